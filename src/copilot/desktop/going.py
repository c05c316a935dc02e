"""Going to a message: on another branch, or in the window of another project.

What another window is to show lies in `state/windows/<project>.goto` for the moment until it looks.
"""

import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

from copilot.desktop.entries import Entry, message_of
from copilot.desktop.panels.actions import Actions
from copilot.desktop.panels.discussion import Discussion
from copilot.desktop.view_state import ViewState
from copilot.projects.home import Home
from copilot.storage.atomic import write_atomic
from copilot.vocabulary.commands import SwitchBranch
from copilot.vocabulary.errors import StorageError
from copilot.vocabulary.search_values import SearchHit

LOOK_SECONDS = 1.0
"""How often it is looked whether another window sends the person here."""
FRESH_SECONDS = 120.0
"""What lies there for longer was for a window that never came."""
WAIT_SECONDS = 10.0
"""How long a branch may take to be shown, before nothing more is gone to."""


class Going:
    """One per window. `elsewhere` opens another project's window; `clock` gives UTC seconds."""

    def __init__(
        self,
        home: Home,
        actions: Actions,
        elsewhere: Callable[[str], None],
        clock: Callable[[], float],
        ticks: Callable[[], float],
    ) -> None:
        self._home = home
        self._actions = actions
        self._elsewhere = elsewhere
        self._clock = clock
        self._ticks = ticks
        self._next_look = 0.0
        self._wanted = ("", "")
        self._until = 0.0

    def go(self, hit: SearchHit, state: ViewState) -> None:
        """Go where something was found."""
        project = state.project
        if project is not None and project.name == hit.project:
            self._show(hit.branch, hit.message, state)
            return
        told = {"branch": hit.branch, "message": hit.message, "at": self._clock()}
        with suppress(StorageError, OSError):  # then the other window opens where it was
            place = self._place(hit.project)
            place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_atomic(place, json.dumps(told).encode())
        self._elsewhere(hit.project)

    def tick(self, state: ViewState, discussion: Discussion) -> bool:
        """Once a frame; True where a message was just shown."""
        now = self._ticks()
        if now >= self._next_look and state.project is not None:
            self._next_look = now + LOOK_SECONDS
            self._hear(state)
        branch, message = self._wanted
        if not message or state.project is None:
            return False
        found = _entry(state, discussion, message) if state.branch == branch else None
        if found is not None or now > self._until:
            self._wanted = ("", "")
        if found is None:
            return False
        discussion.choose(found)
        return True

    def _show(self, branch: str, message: str, state: ViewState) -> None:
        assert state.project is not None
        if all(one.name != branch for one in state.project.discussion.branches):
            return
        self._wanted, self._until = (branch, message), self._ticks() + WAIT_SECONDS
        if branch != state.branch:
            self._actions.submit(SwitchBranch(request_id=self._actions.new_id(), name=branch))

    def _hear(self, state: ViewState) -> None:
        """Take what another window left for this one."""
        assert state.project is not None
        place = self._place(state.project.name)
        try:
            data = place.read_bytes()
            place.unlink()
            told = cast("dict[str, Any]", json.loads(data))
            fresh = self._clock() - float(told["at"]) < FRESH_SECONDS
            branch, message = str(told["branch"]), str(told["message"])
        except (OSError, ValueError, LookupError, TypeError):
            return
        if fresh:
            self._show(branch, message, state)

    def _place(self, project: str) -> Path:
        return self._home.state / "windows" / f"{project}.goto"


def _entry(state: ViewState, discussion: Discussion, message: str) -> Entry | None:
    """The card of a message; results are in the card of the answer that asked for them."""
    assert state.project is not None
    discussion.reach(message)
    cards = {shown.id: entry for entry in discussion.entries if (shown := message_of(entry)) is not None}
    find = state.project.discussion.messages.find
    at: str | None = message
    while at is not None and at not in cards:
        found = find(at)
        at = found.parent if found is not None else None
    return cards[at] if at is not None else None

"""What the approval dialog shows, when it takes an answer, and that a request gets only one (DESIGN 5).

Until 0.7 s after both its appearance and the last key pressed it takes no key and no click, so that a person
who was typing cannot approve by accident. Whatever goes wrong is a rejection. No Dear PyGui here;
`confirm_window` draws what this says.
"""

from dataclasses import dataclass
from typing import Literal

from copilot.desktop.approval_words import RequestView, view_of
from copilot.vocabulary.approvals import ConfirmDialog, Decision
from copilot.vocabulary.commands import CancelTurn, Decide
from copilot.vocabulary.events import CommandFailed
from copilot.vocabulary.frozen import replace

QUIET_SECONDS = 0.7
"""DESIGN 5."""


@dataclass(slots=True)
class Shown:
    """The request on the screen. `edited`: the person's text; `seen_at`: seconds, when it was first drawn."""

    request: ConfirmDialog
    view: RequestView
    edited: str | None = None
    seen_at: float | None = None
    armed: bool = False
    stopping: bool = False

    @property
    def text(self) -> str:
        """What is in the box."""
        return self.view.text if self.edited is None else self.edited


class ConfirmQueue:
    """The requests that wait, one of them `shown`. What a method returns is to be submitted, once. What is
    asked for happens on `server`, where that is said."""

    def __init__(self, server: str = "") -> None:
        self._server = server
        self._failures: tuple[CommandFailed, ...] = ()
        self.shown: Shown | None = None
        self._waiting: tuple[ConfirmDialog, ...] = ()
        self._answered: set[str] = set()
        self._edits: dict[str, str] = {}
        self._wanted = ""
        self._last_key = float("-inf")

    @property
    def open(self) -> tuple[ConfirmDialog, ...]:
        """The requests that have no answer yet, in the order they came."""
        return tuple(w for w in self._waiting if w.request_id not in self._answered)

    def wait_for(self, waiting: tuple[ConfirmDialog, ...]) -> bool:
        """The requests that wait now; True where the shown one was withdrawn."""
        self._waiting = waiting
        if self.shown is None or self.shown.request in waiting:
            return False
        self.shown = None
        return True

    def hear(self, failures: tuple[CommandFailed, ...]) -> None:
        """An answer that never arrived is none: what it was for is asked again, if it still waits."""
        if failures is not self._failures:
            known, self._failures = self._failures, failures
            new = (one for one in failures if one not in known)
            self._answered.difference_update(one.request_id for one in new)

    def following(self) -> ConfirmDialog | None:
        """The request to show next: the one that was asked for, else the one that has waited longest."""
        waiting = self.open
        wanted = next((w for w in waiting if w.request_id == self._wanted), None)
        return wanted or next(iter(waiting), None)

    def turn_to(self, request_id: str) -> bool:
        """Show another request, and this one later: an edit of it is kept. False where there is nothing to
        turn to, or this one is being stopped."""
        shown = self.shown
        known = any(w.request_id == request_id for w in self.open)
        if shown is None or shown.stopping or not known or shown.request.request_id == request_id:
            return False
        if shown.edited is not None:
            self._edits[shown.request.request_id] = shown.edited
        self.shown, self._wanted = None, request_id
        return True

    def next(self) -> str:
        """The request after the shown one, round and round; "" where there is no other."""
        ids = [w.request_id for w in self.open]
        if self.shown is None or self.shown.request.request_id not in ids or len(ids) < 2:
            return ""
        return ids[(ids.index(self.shown.request.request_id) + 1) % len(ids)]

    def show(self, request: ConfirmDialog) -> Shown:
        """Begin with a request."""
        edited = self._edits.get(request.request_id)
        view = view_of(request.detail, request.why)
        if self._server:
            view = replace(view, facts=(("Server", self._server), *view.facts))
        self.shown = Shown(request, view, edited=edited)
        return self.shown

    def pressed(self, now: float) -> bool:
        """A key was pressed at `now`; True where it may mean an answer."""
        if self.shown is not None and self.shown.armed:
            return True
        self._last_key = now
        return False

    def arm(self, now: float) -> bool:
        """True once, as soon as the shown request has been seen and quiet for long enough."""
        shown = self.shown
        if shown is None or shown.seen_at is None or shown.armed or shown.stopping:
            return False
        shown.armed = now - max(shown.seen_at, self._last_key) >= QUIET_SECONDS
        return shown.armed

    def decide(self, decision: Literal["approve", "reject"], note: str) -> Decide | None:
        """The person's answer; None where none is taken now."""
        shown = self.shown
        if shown is None or not shown.armed:
            return None
        approved = decision == "approve"
        changed = approved and shown.view.editable and shown.edited != shown.view.text
        return self._answer(decision, shown.edited if changed else None, "" if approved else note.strip())

    def stop(self) -> CancelTurn | None:
        """End the request's turn. The dialog takes no answer any more and goes when the request does."""
        shown = self.shown
        if shown is None or not shown.armed:
            return None
        shown.armed, shown.stopping = False, True
        return CancelTurn(turn_id=shown.request.turn_id)

    def refuse(self, why: str) -> Decide | None:
        """Reject what is shown, because it could not be shown properly."""
        return self._answer("reject", None, why)

    def _answer(self, decision: Literal["approve", "reject"], edited: str | None, note: str) -> Decide | None:
        shown, self.shown = self.shown, None
        if shown is None or shown.request.request_id in self._answered:
            return None
        self._answered.add(shown.request.request_id)
        return Decide(
            decision=Decision(
                request_id=shown.request.request_id, decision=decision, edited_text=edited, note=note
            )
        )

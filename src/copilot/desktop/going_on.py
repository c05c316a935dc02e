"""Going on from a step of a recording with another model: the recording's window asks for it, and the
project's own window does it, as `copilot replay --from N --provider X` does.

What is asked for lies in `state/windows/<project>.go_on` for the moment until that window looks. No Dear
PyGui here.
"""

import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, cast

from copilot.desktop.errands import Errands
from copilot.desktop.panels.actions import Actions
from copilot.desktop.panels.chooser import Question, no_choices
from copilot.desktop.view_state import ViewState
from copilot.projects.home import Home
from copilot.projects.taking_in import numbered
from copilot.storage.atomic import write_atomic
from copilot.vocabulary.approvals import ApprovalPolicy
from copilot.vocabulary.codec import from_json, to_json
from copilot.vocabulary.commands import RunTurn, SwitchBranch, TakeIn
from copilot.vocabulary.errors import CopilotError
from copilot.vocabulary.events import CommandFailed
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.messages import Branch, Discussion
from copilot.vocabulary.values import ModelChoice

if TYPE_CHECKING:
    from copilot.assembly.continuing import Continuation
    from copilot.assembly.surroundings import Surroundings

LOOK_SECONDS = 1.0
"""How often it is looked whether a recording is to be gone on with here."""
FRESH_SECONDS = 120.0
"""What lies there for longer was for a window that never came."""


@frozen
class Wanted:
    """What a recording's window asks for. `branch` has the history, "" where there is none yet."""

    logs: str
    session: str
    step: int
    model: ModelChoice
    at: float
    branch: str = ""


def ask_to_go_on(
    home: Home, logs: Path, session: str, step: int, model: ModelChoice, around: "Surroundings"
) -> str:
    """Leave what is wanted for the window of the session's project; the project's name. One that is not
    there is made, with the history as a branch of it.

    Raises ProjectError where no turn can go on from that step, StorageError, LockedError.
    """
    from copilot.assembly.continuing import continuation, make_branch
    from copilot.projects.project_manager import list_projects

    one = continuation(logs, session, step)
    project, branch = one.project.name, ""
    if project not in list_projects(home):
        project, branch = make_branch(home.make(), one, step, around)
    told = Wanted(logs=str(logs), session=session, step=step, model=model, at=around.clock(), branch=branch)
    place = _place(home, project)
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_atomic(place, json.dumps(to_json(told)).encode())
    return project


class GoingOn:
    """One per window of a project."""

    def __init__(
        self,
        home: Home,
        actions: Actions,
        errands: Errands,
        clock: Callable[[], float],
        ticks: Callable[[], float],
    ) -> None:
        self._home, self._actions, self._errands = home, actions, errands
        self._clock, self._ticks = clock, ticks
        self._next_look = 0.0
        self._waiting: tuple[str, str, Wanted, Continuation] | None = None
        """The request that takes the history in, the branch that comes of it, and what is done then."""

    def tick(self, state: ViewState) -> None:
        """Once a frame."""
        if state.project is None:
            return
        now = self._ticks()
        if now >= self._next_look:
            self._next_look = now + LOOK_SECONDS
            self._look(state.project.name)
        if self._waiting is not None:
            self._begin(state, *self._waiting)

    def _look(self, project: str) -> None:
        """Take what a recording's window left for this one."""
        place = _place(self._home, project)
        with suppress(OSError, ValueError, TypeError, CopilotError):
            data = place.read_bytes()
            place.unlink()
            wanted = cast(Wanted, from_json(json.loads(data), Wanted))
            if self._clock() - wanted.at < FRESH_SECONDS:
                self._errands.apart(lambda: _found(wanted), lambda one: self._take(wanted, one))

    def _take(self, wanted: Wanted, one: "Continuation | str") -> None:
        """The history is known: have the project take it in, or say why there is none."""
        if isinstance(one, str):
            self._note(one)
            return
        request_id = self._actions.new_id()
        self._waiting = (request_id, wanted.branch, wanted, one)

    def _begin(
        self, state: ViewState, request_id: str, branch: str, wanted: Wanted, one: "Continuation"
    ) -> None:
        """The next step: take in, or once the branch is there, show it and have it answered."""
        assert state.project is not None
        names = {there.name for there in state.project.discussion.branches}
        if not branch:
            start = f"{one.branch} from {wanted.step}"
            branch = next(name for name in numbered(start) if name not in names)
            self._waiting = (request_id, branch, wanted, one)
            tip = one.history[-1].id if one.history else None
            history = Discussion(messages=one.history, branches=(Branch(name=start, tip=tip),), active=start)
            self._actions.submit(TakeIn(request_id=request_id, discussion=history))
            return
        failed = next((f for f in state.failures if _is(f, request_id)), None)
        if failed is not None:
            self._waiting = None
            self._note(f"{failed.message} {failed.hint}".strip())
            return
        if branch not in names:
            return
        self._waiting = None
        new_id, submit = self._actions.new_id, self._actions.submit
        submit(SwitchBranch(request_id=new_id(), name=branch))
        submit(
            RunTurn(
                turn_id=new_id(),
                project=state.project,
                branch=branch,
                user_message=one.prompt,
                model=wanted.model,
                policy=ApprovalPolicy(),
                resumes=not one.prompt,
                recorded=one.recorded,
            )
        )

    def _note(self, words: str) -> None:
        self._actions.ask(Question(hint="Not gone on with", choices=no_choices, nothing=words))


def _found(wanted: Wanted) -> "Continuation | str":
    from copilot.assembly.continuing import continuation

    try:
        return continuation(Path(wanted.logs), wanted.session, wanted.step)
    except CopilotError as error:
        return f"The recording cannot be gone on with: {error}. {error.hint}".strip()


def _is(failed: CommandFailed, request_id: str) -> bool:
    return failed.request_id == request_id


def _place(home: Home, project: str) -> Path:
    return home.state / "windows" / f"{project}.go_on"

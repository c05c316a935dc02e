"""Going on from any step of a recorded session: what stood there, and the results that stand in from there.

The history is that of the turn under way at the step, up to the last message that a model can answer. What
the turn called after that is given to the model again, for as long as it calls the same.
"""

from collections.abc import Iterator
from pathlib import Path

from copilot.assembly.importing import import_branches, import_project
from copilot.assembly.surroundings import Surroundings
from copilot.projects.discussion import kept
from copilot.projects.exchange import Exchanged
from copilot.projects.home import Home
from copilot.projects.project_manager import list_projects
from copilot.record.log_reader import LogReader
from copilot.vocabulary.bare import whole
from copilot.vocabulary.errors import ProjectError
from copilot.vocabulary.events import (
    Event,
    MessageKept,
    ProjectChanged,
    ProjectOpened,
    ToolCallRequested,
    ToolFinished,
    TurnFinished,
    TurnStarted,
)
from copilot.vocabulary.frozen import frozen, replace
from copilot.vocabulary.message_runs import Messages
from copilot.vocabulary.messages import Branch, Discussion
from copilot.vocabulary.recorded_calls import RecordedCall
from copilot.vocabulary.values import Project

_TOLD = tuple(
    f'"{kind.__name__}"'.encode()
    for kind in (
        *(ProjectOpened, ProjectChanged, MessageKept, TurnStarted, TurnFinished),
        *(ToolCallRequested, ToolFinished),
    )
)


@frozen
class Continuation:
    """Where a session is gone on from: `history` is the branch's, `prompt` what is asked behind it ("": what
    stands there is answered), `recorded` the calls that came next."""

    project: Project
    branch: str
    history: Messages
    prompt: str
    recorded: tuple[RecordedCall, ...]


def continuation(logs: Path, session: str, step: int) -> Continuation:
    """What stood at the number `step` of a session. Raises ProjectError where no turn can go on from there,
    StorageError."""
    fold = _Fold(step)
    with LogReader(logs, session) as reader:
        for record in reader.records(lambda head: any(name in head for name in _TOLD)):
            event = record.event()
            if event is not None:
                fold.take(event, record.seq)
    return fold.found(session)


def make_branch(home: Home, one: Continuation, step: int, around: Surroundings) -> tuple[str, str]:
    """Put the history into its project, made where there is none, as a new branch; the names of both.

    Raises LockedError where the project is open elsewhere, ProjectError, StorageError.
    """
    name = f"{one.branch} from {step}"
    tip = one.history[-1].id if one.history else None
    exchanged = Exchanged(
        scope="branch",
        project=one.project.name,
        name=name,
        discussion=Discussion(messages=one.history, branches=(Branch(name=name, tip=tip),), active=name),
        system_prompt=one.project.system_prompt,
    )
    if one.project.name not in list_projects(home):
        base_dir = Path(one.project.base_dir)
        return import_project(home, exchanged, base_dir, one.project.name), name
    names = import_branches(home, exchanged, one.project.name, around.clock, around.new_id)
    return one.project.name, names[0]


class _Fold:
    """What the events of a session come to up to a step, and the turn that is gone on with: the one under way
    then, else the next."""

    def __init__(self, step: int) -> None:
        self._step = step
        self._project: Project | None = None
        self._turn: TurnStarted | None = None
        self._finished = self._later = False
        """Whether the turn was answered by the step, and whether it began after it."""
        self._calls: list[ToolCallRequested] = []
        self._results: dict[str, ToolFinished] = {}

    def take(self, event: Event, seq: int) -> None:
        """One event."""
        within = seq <= self._step
        match event:
            case TurnStarted():
                if within or (not self._later and (self._turn is None or self._finished)):
                    self._turn, self._finished, self._later = event, False, not within
                    self._calls, self._results = [], {}
            case TurnFinished(turn_id=turn_id):
                mine = self._turn is not None and self._turn.turn_id == turn_id
                self._finished = self._finished or (within and mine)
            case ToolCallRequested() | ToolFinished():
                self._take_call(event)
            case _ if within or self._project is None:
                self._take_state(event)
            case _:
                pass

    def found(self, session: str) -> Continuation:
        """What is gone on from. Raises ProjectError."""
        turn, project = self._turn, self._project
        if turn is None or project is None or self._finished:
            raise ProjectError(
                f"at number {self._step} of the session {session} no turn is under way, and none comes after",
                "copilot replay shows the numbers; copilot ask --continue goes on with a branch.",
            )
        path = _path(project.discussion, turn.branch)
        stands = Messages() if self._later else _answerable(path)
        done = {call.call_id for message in stands for call in message.calls}
        return Continuation(
            project=project,
            branch=turn.branch,
            history=stands or path,
            prompt="" if stands else turn.user_message,
            recorded=tuple(self._recorded(done)),
        )

    def _recorded(self, done: set[str]) -> Iterator[RecordedCall]:
        """The calls of the turn that have a result and are not in the history."""
        for call in self._calls:
            result = self._results.get(call.call_id)
            if result is not None and call.call_id not in done:
                yield RecordedCall(
                    name=call.name,
                    arguments=call.arguments,
                    output=result.output,
                    status=result.status,
                    exit_code=result.exit_code,
                )

    def _take_call(self, event: ToolCallRequested | ToolFinished) -> None:
        if self._turn is None or event.turn_id != self._turn.turn_id:
            return
        if isinstance(event, ToolCallRequested):
            self._calls.append(event)
        else:
            self._results[event.call_id] = event

    def _take_state(self, event: Event) -> None:
        match event:
            case ProjectOpened(project=project):
                self._project = project
            case ProjectChanged() if self._project is not None:
                self._project = whole(event, self._project.discussion.messages).project
            case MessageKept(branch=branch, message=message) if self._project is not None:
                discussion = kept(self._project.discussion, branch, message)
                self._project = replace(self._project, discussion=discussion)
            case _:
                pass


def _path(discussion: Discussion, branch: str) -> Messages:
    if all(one.name != branch for one in discussion.branches):
        return Messages()
    return discussion.path(branch)


def _answerable(path: Messages) -> Messages:
    """The path up to its last message that a model can answer: a person's, or all results of its calls."""
    while path:
        last = path[-1]
        if last.role == "user":
            return path
        if last.role == "tool" and len(path) > 1:
            asked = {call.call_id for call in path[-2].calls}
            if asked <= {result.call_id for result in last.results}:
                return path
        if last.role == "assistant" and not last.calls and not last.partial:
            return Messages()
        path = path[:-1]
    return Messages()

"""A project on a server, with the face of a worker here: commands go in, its events come out.

What others do there at the same time is left out. Where the connection breaks it is made again, and goes on
where it was.
"""

import queue
import threading
from collections.abc import Iterable

from copilot.projects.discussion import kept
from copilot.serve.client import Client, Heard
from copilot.serve.inbox import Inbox
from copilot.serve.line import Line, Pace
from copilot.vocabulary.bare import whole as whole_event
from copilot.vocabulary.commands import Command, RunTurn
from copilot.vocabulary.errors import CopilotError
from copilot.vocabulary.events import (
    ApprovalRequested,
    Event,
    MessageKept,
    ProjectChanged,
    ProjectOpened,
    TextDelta,
    ThinkingDelta,
    TrustAsked,
    TurnCancelled,
    TurnEvent,
    TurnFailed,
    TurnFinished,
    TurnStarted,
)
from copilot.vocabulary.frozen import field, mutable, replace

GIVE_UP_SECONDS = 60.0
"""How long a terminal waits for a connection."""


@mutable
class _Turn:
    """What was heard of a turn of ours."""

    branch: str
    begun: bool = False
    ended: bool = False
    said: dict[type, str] = field(default_factory=dict[type, str])
    """In this round: what a message keeps is told no more."""

    asked: set[str] = field(default_factory=set[str])


class RemoteWorker:
    """As a `Crew` for whoever submits and reads. Commands are sent in order, by a thread of their own."""

    def __init__(self, client: Client, project: str, pace: Pace | None = None) -> None:
        self._client, self._project = client, project
        pace = pace or Pace()
        self._inbox = Inbox(pace)
        self._commands: queue.SimpleQueue[Command | None] = queue.SimpleQueue()
        self._turns: dict[str, _Turn] = {}
        self.lost = False
        """Whether it can be reached no more: `WorkerStopped` was told."""

        self._before: list[Event] | None = []
        """What was told of the time before we came; None once all of it was."""

        self._line = Line(client, project, self._take, self._broke, pace=pace, patience=GIVE_UP_SECONDS)
        self._sending = threading.Thread(target=self._send_all, name="remote-send", daemon=True)

    def start(self) -> None:
        """Begin to follow the project."""
        self._line.start()
        self._sending.start()

    def submit(self, command: Command) -> None:
        """Hand in a command; never blocks. One that the server refuses is answered by `CommandFailed`."""
        if isinstance(command, RunTurn):
            self._turns[command.turn_id] = _Turn(branch=command.branch)
        self._commands.put(command)

    def next_event(self, timeout: float | None = None) -> Event | None:
        """As `Crew.next_event`."""
        return self._inbox.next(timeout)

    def stop(self, seconds: float = 3.0) -> None:
        """Send what waits to be sent, for as long as that, and follow no longer."""
        self._line.stop()
        self._commands.put(None)
        if self._sending.ident is not None:
            self._sending.join(seconds)

    def _send_all(self) -> None:
        while (command := self._commands.get()) is not None:
            try:
                self._client.submit(self._project, command)
            except CopilotError as error:
                asked = getattr(command, "request_id", "") or getattr(command, "turn_id", "")
                self._inbox.failed(str(asked), error)

    def _broke(self, error: CopilotError, over: bool) -> None:
        if over:
            self.lost = True
            self._inbox.end(str(error))
        else:
            self._inbox.say("the connection to the server broke; it is made again")

    def _take(self, heard: Heard) -> None:
        if self._before is not None:
            self._begin(self._before, heard)
        elif heard.snapshot:
            self._catch_up(heard.events)
        else:
            for event in heard.events:
                self._hear(event)

    def _begin(self, before: list[Event], heard: Heard) -> None:
        """Of the time before we came only its outcome is told: the project as it is, and what waits."""
        before[:] = heard.events if heard.snapshot else (*before, *heard.events)
        if not heard.beat:
            return
        self._before = None
        opened = project_now(before)
        trust = [one for one in before if isinstance(one, TrustAsked)]
        for event in (*([] if opened is None else [opened]), *trust[-1:]):
            self._inbox.put(event)

    def _hear(self, event: Event) -> None:
        if isinstance(event, TurnEvent):
            turn = self._turns.get(event.turn_id)
            if turn is None:
                return  # somebody else's
            _note(turn, event)
        elif isinstance(event, MessageKept) and event.message.role == "assistant":
            for turn in self._turns.values():
                if turn.branch == event.branch:
                    turn.said.clear()
        self._inbox.put(event)

    def _catch_up(self, events: tuple[Event, ...]) -> None:
        """A snapshot in the middle: of what it repeats only the rest is told."""
        for turn_id, turn in self._turns.items():
            of_it = [one for one in events if isinstance(one, TurnEvent) and one.turn_id == turn_id]
            for kind in (ThinkingDelta, TextDelta):
                self._say_rest(turn, kind, of_it)
            for event in of_it:
                if isinstance(event, ApprovalRequested) and event.request_id not in turn.asked:
                    self._hear(event)
            if turn.begun and not turn.ended and not of_it:
                turn.ended = True
                gone = "the turn ended while the connection was away; what it said is kept in the project"
                self._inbox.failed(turn_id, CopilotError(gone))

    def _say_rest(self, turn: _Turn, kind: type, events: list[TurnEvent]) -> None:
        pieces = [one for one in events if isinstance(one, TextDelta | ThinkingDelta) and type(one) is kind]
        whole, said = "".join(one.text for one in pieces), turn.said.get(kind, "")
        rest = whole.removeprefix(said)
        if rest == whole:
            turn.said.pop(kind, None)  # another round began meanwhile
        if rest:
            self._hear(replace(pieces[-1], text=rest))


def project_now(events: Iterable[Event]) -> ProjectOpened | None:
    """The last opening among the events, with the project as it was after all of them."""
    opened: ProjectOpened | None = None
    for event in events:
        match event:
            case ProjectOpened():
                opened = event
            case ProjectChanged() if opened is not None:
                changed = whole_event(event, opened.project.discussion.messages)
                opened = replace(opened, project=changed.project)
            case MessageKept(branch=branch, message=message) if opened is not None:
                discussion = kept(opened.project.discussion, branch, message)
                opened = replace(opened, project=replace(opened.project, discussion=discussion))
            case _:
                pass
    return opened


def _note(turn: _Turn, event: TurnEvent) -> None:
    match event:
        case TurnStarted():
            turn.begun = True
        case TextDelta(text=text) | ThinkingDelta(text=text):
            turn.said[type(event)] = turn.said.get(type(event), "") + text
        case ApprovalRequested(request_id=request_id):
            turn.asked.add(request_id)
        case TurnFinished() | TurnCancelled() | TurnFailed():
            turn.ended = True
        case _:
            pass

"""Commands on their way to a server, in their order, each at most once.

While the connection is away only what changes nothing waits for it; anything else is given back at once, for
the person to send when they want to. Where it breaks over a command nobody knows whether that arrived: what
the project tells afterwards says so, and if it says nothing the command is given back, too.
"""

import queue
import threading
from collections.abc import Callable

from copilot.serve.client import Client
from copilot.vocabulary import commands as c
from copilot.vocabulary.commands import Command
from copilot.vocabulary.errors import CopilotError, NetworkError
from copilot.vocabulary.events import Event, ProjectOpened
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.queue_events import QueueChanged

AWAY = NetworkError("the connection to the server is away", "Send it again when it is back.", sent=False)
UNKNOWN = NetworkError("the connection broke, and the server knows nothing of it", "Send it again.")

BEATS = 2
"""Signs of life after which a command that was not heard of did not arrive; one where the connection was made
anew in between."""

_HEARD = 4096
"""Ids of requests that are remembered."""

_AGAIN = (
    *(c.CancelTurn, c.ListFiles, c.BuildContext, c.PreviewRequest, c.CountTokens, c.StopCounting),
    *(c.ListModels, c.ShowRun, c.LookAtTrust, c.DiscardPreview),
)
"""What changes nothing when it is done twice."""

_ANSWERS = (c.Decide, c.PreviewScript, c.ApplyPreview, c.EditQueued, c.TakeBackQueued, c.TryNow)
"""What is about something that was told: whether that is still there shows whether it arrived."""

_SAID = (c.RunTurn, c.QueueMessage)
"""What the person wrote."""


@frozen
class _Doubt:
    command: Command
    beats: int


class Sending:
    """`failed` hears what could not be done, on any thread. `up` is whether there is a connection."""

    def __init__(self, client: Client, project: str, failed: Callable[[Command, CopilotError], None]) -> None:
        self._client, self._project, self._failed = client, project, failed
        self._queue: queue.SimpleQueue[Command | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._up = False
        self._later: list[Command] = []
        self._doubts: list[_Doubt] = []
        self._taken: list[Command] = []
        """What the server has taken, and nothing was heard of since: it may be killed before it is kept."""
        self._heard: dict[str, None] = {}
        self._mine: dict[str, None] = {}
        self._thread = threading.Thread(target=self._run, name="remote-send", daemon=True)

    def start(self) -> None:
        """Begin to send."""
        self._thread.start()

    def stop(self, seconds: float) -> None:
        """Send what waits, for as long as that, and nothing more."""
        self._queue.put(None)
        if self._thread.ident is not None:
            self._thread.join(seconds)

    def submit(self, command: Command) -> None:
        """Send it when its turn comes; never blocks."""
        with self._lock:
            _remember(self._mine, id_of(command))
        self._queue.put(command)

    def is_mine(self, request_id: str) -> bool:
        """Whether a command with this id was handed in here."""
        with self._lock:
            return request_id in self._mine

    def connected(self) -> None:
        """The connection is there (again)."""
        with self._lock:
            self._up = True
            later, self._later = self._later, []
            self._doubts = [_Doubt(command=one.command, beats=1) for one in self._doubts]
        for command in later:
            self._queue.put(command)

    def lost(self) -> None:
        """It is away."""
        with self._lock:
            self._up = False

    def hear(self, event: Event) -> None:
        """What is told may be of a command that nobody knew of whether it arrived."""
        with self._lock:
            ids = _ids_in(event)
            for found in ids:
                _remember(self._heard, found)
            if self._taken:
                self._taken = [one for one in self._taken if id_of(one) not in ids]
            if isinstance(event, ProjectOpened):
                doubts = (*self._doubts, *(_Doubt(command=one, beats=1) for one in self._taken))
                self._doubts = [one for one in doubts if not _said_in(event, one.command)]
                self._taken = []

    def beat(self) -> None:
        """All was told that there is."""
        with self._lock:
            doubts = [one for one in self._doubts if id_of(one.command) not in self._heard]
            over = [one.command for one in doubts if one.beats <= 1]
            self._doubts = [
                _Doubt(command=one.command, beats=one.beats - 1) for one in doubts if one.beats > 1
            ]
        for command in over:
            self._failed(command, UNKNOWN)

    def _run(self) -> None:
        while (command := self._queue.get()) is not None:
            with self._lock:
                up = self._up
                if not up and isinstance(command, _AGAIN):
                    self._later.append(command)
                    continue
            if up:
                self._send(command)
            else:
                self._failed(command, AWAY)

    def _send(self, command: Command) -> None:
        if isinstance(command, _SAID):
            with self._lock:
                self._taken.append(command)
        try:
            self._client.submit(self._project, command)
        except CopilotError as error:
            with self._lock:
                self._taken = [one for one in self._taken if one is not command]
            if isinstance(error, NetworkError):
                self._broke(command, error)
            else:
                self._failed(command, error)

    def _broke(self, command: Command, error: NetworkError) -> None:
        with self._lock:
            if isinstance(command, _AGAIN):
                self._later.append(command)  # until the connection is there again
                return
            if error.sent and not isinstance(command, _ANSWERS):
                self._doubts.append(_Doubt(command=command, beats=BEATS))
                return
        self._failed(command, error)


def id_of(command: Command) -> str:
    """The id by which a command is answered."""
    if isinstance(command, c.Decide):
        return command.decision.request_id
    if isinstance(command, c.QueueMessage | c.EditQueued | c.TakeBackQueued):
        return command.message_id
    return str(getattr(command, "request_id", "") or getattr(command, "turn_id", ""))


def _ids_in(event: Event) -> tuple[str, ...]:
    if isinstance(event, QueueChanged):
        return tuple(message.message_id for message in event.messages)
    said = (getattr(event, "request_id", ""), getattr(event, "turn_id", ""))
    message = getattr(event, "message", None)
    return tuple(filter(None, (*said, getattr(message, "id", ""))))


def _said_in(event: ProjectOpened, command: Command) -> bool:
    """Whether a message that a turn was to begin with stands in the discussion now, and did not before."""
    if not isinstance(command, c.RunTurn):
        return False
    branch, words = command.branch, command.user_message
    try:
        path, before = event.project.discussion.path(branch), command.project.discussion.path(branch)
    except KeyError:
        return False
    return any(path[at].role == "user" and path[at].text == words for at in range(len(before), len(path)))


def _remember(ids: dict[str, None], found: str) -> None:
    if found:
        ids[found] = None
        if len(ids) > _HEARD:
            del ids[next(iter(ids))]

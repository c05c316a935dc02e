"""A project on a server, as a window follows it: all that happens there, whoever does it.

First comes what is under way, then each event as it is told. Where the connection breaks, `trouble` says so
until it is there again, for however long that takes; then the rest is told and nothing twice. Only what
others asked for themselves (previews, counts, failures of their commands) is left out.
"""

import threading
from collections.abc import Callable, Iterable

from copilot.serve.catching_up import caught_up, stood
from copilot.serve.client import Client, Heard
from copilot.serve.inbox import Inbox
from copilot.serve.line import Line, Pace
from copilot.serve.sending import Sending, id_of
from copilot.serve.standing import Standing
from copilot.vocabulary import commands as c
from copilot.vocabulary.commands import Command, Shutdown
from copilot.vocabulary.errors import CopilotError
from copilot.vocabulary.events import (
    CommandFailed,
    CompactDrafted,
    Event,
    ProjectChanged,
    ProjectOpened,
    RequestPreviewed,
    TokensCounted,
)
from copilot.vocabulary.frozen import replace
from copilot.vocabulary.text import sentences
from copilot.vocabulary.values import Project

_ANSWERS = (RequestPreviewed, TokensCounted, CompactDrafted, CommandFailed)
"""What only whoever asked for it wants to hear."""

_ABOUT_APPROVALS = (c.Decide, c.PreviewScript, c.ApplyPreview)


class Mirror:
    """As a `Crew` for a window. `place` stands before the folders of the server, as in `host:/srv/shop`: they
    are none of this machine.

    `on_event` is called after each event and each change of `trouble`, on any thread.
    """

    def __init__(self, client: Client, project: str, place: str, pace: Pace | None = None) -> None:
        self.project = project
        pace = pace or Pace()
        self._place = place
        self.on_event: Callable[[], None] | None = None
        self._inbox = Inbox(pace, self._wake)
        self._sending = Sending(client, project, self._failed)
        self._line = Line(client, project, self._take, self._broke, pace=pace)
        self._standing: Standing | None = None
        """What is under way, as far as it was told; None before the first snapshot."""
        self._lock = threading.Lock()
        self._trouble = ""
        self._up = False
        self._over = False

    @property
    def trouble(self) -> str:
        """Why nothing comes now; "" while there is a connection."""
        return self._trouble

    def start(self) -> None:
        """Begin to follow."""
        self._line.start()
        self._sending.start()

    def submit(self, command: Command) -> None:
        """Hand in a command; never blocks. `Shutdown` is for this end alone: the server goes on."""
        if isinstance(command, Shutdown):
            self._line.stop()
            self._end("shutdown")
        else:
            self._sending.submit(command)

    def next_event(self, timeout: float | None = None) -> Event | None:
        """As `Crew.next_event`."""
        return self._inbox.next(timeout)

    def stop(self, seconds: float = 3.0) -> None:
        """Send what waits to be sent, for as long as that, and follow no longer."""
        self._line.stop()
        self._sending.stop(seconds)

    def _take(self, heard: Heard) -> None:
        if not self._up:
            self._up = True
            self._sending.connected()
            self._told_trouble("")
        if heard.snapshot:
            self._snapshot(heard.events)
        for event in () if heard.snapshot else heard.events:
            if self._standing is not None:
                self._standing.take(event)
            self._tell((event,))
        if heard.beat:
            self._sending.beat()

    def _snapshot(self, events: tuple[Event, ...]) -> None:
        before, self._standing = self._standing, stood(events)
        self._tell(events if before is None else caught_up(before, events))

    def _broke(self, error: CopilotError, over: bool) -> None:
        self._up = False
        self._sending.lost()
        self._told_trouble(sentences(str(error), error.hint) if over else str(error))
        if over:
            self._inbox.say(sentences(f"The connection has ended: {error}", error.hint))
            self._end(str(error))

    def _told_trouble(self, words: str) -> None:
        self._trouble = words
        self._wake()

    def _tell(self, events: Iterable[Event]) -> None:
        for event in events:
            self._sending.hear(event)
            if isinstance(event, _ANSWERS) and not self._sending.is_mine(event.request_id):
                continue
            self._inbox.put(_from_afar(event, self._place))

    def _failed(self, command: Command, error: CopilotError) -> None:
        """On the sending thread: the server does not do it, or never got it."""
        if isinstance(command, _ABOUT_APPROVALS):
            self._inbox.say(sentences(f"Your answer was not taken: {error}", error.hint))
        self._inbox.failed(id_of(command), error)

    def _end(self, reason: str) -> None:
        with self._lock:
            if self._over:
                return
            self._over = True
        self._inbox.end(reason)

    def _wake(self) -> None:
        if self.on_event is not None:
            self.on_event()


def _from_afar(event: Event, place: str) -> Event:
    """With folders that are seen to be the server's: a path of this machine they are not."""
    match event:
        case ProjectOpened(project=project) | ProjectChanged(project=project):
            return replace(event, project=_moved(project, place))
        case _:
            return event


def _moved(project: Project, place: str) -> Project:
    return replace(project, base_dir=f"{place}:{project.base_dir}")

"""What an end of ours has heard and not read yet, and the events that are made at this end."""

import queue
from collections.abc import Callable

from copilot.serve.line import Pace
from copilot.vocabulary.errors import CopilotError
from copilot.vocabulary.events import CommandFailed, Event, Notice, WorkerStopped


def _nothing() -> None:
    return None


class Inbox:
    """For any thread. `wake` is called after each event."""

    def __init__(self, pace: Pace, wake: Callable[[], None] = _nothing) -> None:
        self._pace, self._wake = pace, wake
        self._events: queue.SimpleQueue[Event] = queue.SimpleQueue()

    def put(self, event: Event) -> None:
        """One more."""
        self._events.put(event)
        self._wake()

    def next(self, timeout: float | None) -> Event | None:
        """As `Crew.next_event`."""
        try:
            return self._events.get(timeout != 0, timeout or None)
        except queue.Empty:
            return None

    def say(self, text: str) -> None:
        """Words for the person."""
        self.put(Notice(at=self._pace.utc(), worker="", level="warning", text=text))

    def failed(self, asked: str, error: CopilotError) -> None:
        """What was asked for by this id is not done."""
        self.put(
            CommandFailed(
                at=self._pace.utc(),
                worker="",
                request_id=asked,
                message=str(error),
                hint=error.hint,
                kind=error.kind,
            )
        )

    def end(self, reason: str) -> None:
        """Nothing comes any more."""
        self.put(WorkerStopped(at=self._pace.utc(), worker="", reason=reason))

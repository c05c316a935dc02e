"""The seconds until a waiting request is sent, counted from when the window heard of the wait."""

import math

from copilot.desktop.view_state import Turn
from copilot.vocabulary.events import RetryScheduled
from copilot.vocabulary.frozen import frozen


@frozen
class Countdown:
    """A wait, and when it ends by the window's own seconds."""

    event: RetryScheduled
    ends: float

    def left(self, now: float) -> int:
        """Whole seconds, 0 once it is over."""
        return max(0, math.ceil(self.ends - now))


def counting(before: Countdown | None, turn: Turn | None, now: float) -> Countdown | None:
    """The countdown of a turn: the one of before where it is the same wait, None where it does not wait."""
    if turn is None or turn.waits is None or turn.phase != "waiting":
        return None
    if before is not None and before.event is turn.waits:
        return before
    return Countdown(event=turn.waits, ends=now + turn.waits.wait_seconds)

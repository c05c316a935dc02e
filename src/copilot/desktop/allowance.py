"""What one frame may spend on making things, so that none takes long; the rest waits for the next frames."""

import time
from collections.abc import Callable


class Allowance:
    """Made anew in each frame. `ticks` gives seconds: this thread's own, so that nobody waits for more frames
    where the machine is busy. The first thing is always made, so that in the end all are. `lifted`: what is
    in view is made at once, because something was there before."""

    __slots__ = ("_ticks", "_until", "_used", "lifted")

    def __init__(
        self, seconds: float, *, lifted: bool = False, ticks: Callable[[], float] = time.thread_time
    ) -> None:
        self._ticks = ticks
        self._until = ticks() + seconds
        self._used = False
        self.lifted = lifted

    def take(self, *, seen: bool) -> bool:
        """Whether one thing more may be made now, in view or beside it; it costs what it costs."""
        if seen and self.lifted:
            return True
        if self._used and self._ticks() >= self._until:
            return False
        self._used = True
        return True

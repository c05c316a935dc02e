"""When a process may be started again after one that ended: at once, unless they end again and again."""

from collections.abc import Callable
from time import monotonic

STEADY_SECONDS = 30.0
"""A process that lived as long began well."""

FIRST_WAIT, LONGEST_WAIT = 1.0, 60.0
"""Seconds until the next one after two that ended early, and after many of them."""


class Restarts:
    """Of one user's processes. `ticks` are seconds of a clock that never goes back."""

    def __init__(self, ticks: Callable[[], float] = monotonic) -> None:
        self._ticks = ticks
        self._early = 0
        self._not_before = 0.0

    def ended(self, began: float, *, orderly: bool) -> None:
        """One ended that began at this tick; `orderly` where it was meant to."""
        early = not orderly and self._ticks() - began < STEADY_SECONDS
        self._early = self._early + 1 if early else 0
        if self._early > 1:
            wait = FIRST_WAIT * 2.0 ** min(self._early - 2, 10)
            self._not_before = self._ticks() + min(wait, LONGEST_WAIT)

    @property
    def wait(self) -> float:
        """Seconds until the next one may be started; 0: now."""
        return max(0.0, self._not_before - self._ticks())

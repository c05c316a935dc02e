"""What a turn puts off until its next request has left: it is done while the service thinks.

Only what need not be true before a request leaves: totals, and showing what is kept and logged already.
"""

from collections.abc import Callable
from typing import Final

from copilot.vocabulary.frozen import field, mutable


def _nothing() -> None:
    """There is nothing to do."""


@mutable(kw_only=True)
class Meanwhile:
    """Of one turn, for its thread. `let_out` shows what was held back (see `telling`)."""

    let_out: Callable[[], None] = _nothing
    _later: Final[list[Callable[[], None]]] = field(default_factory=list[Callable[[], None]], init=False)
    _failed: Exception | None = field(default=None, init=False)

    def add(self, work: Callable[[], None]) -> None:
        """Put this off."""
        self._later.append(work)

    def catch_up(self) -> None:
        """Do what was put off, in its order: before anything that takes long, and at the end."""
        self.let_out()
        while self._later:
            self._later.pop(0)()

    def while_waiting(self) -> None:
        """The same for whoever waits for a service: what goes wrong here is no fault of its, see `check`."""
        try:
            self.catch_up()
        except Exception as error:
            self._failed = error

    def check(self) -> None:
        """Raise what went wrong while somebody waited."""
        failed, self._failed = self._failed, None
        if failed is not None:
            raise failed

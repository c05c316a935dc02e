"""Work at a service between two requests, in a thread of its own."""

import threading
from collections.abc import Callable
from contextlib import suppress

from copilot.providers.call import Call, current, under
from copilot.vocabulary.errors import TurnCancelledError


class Upkeep:
    """Begins at once, but for what was begun before it: that ends first. `work` is given its call."""

    def __init__(self, work: Callable[[Call], None], before: "Upkeep | None") -> None:
        self._given_up = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(work, before), name="upkeep", daemon=True)
        self._thread.start()

    def give_up(self) -> None:
        """Have it end where it is."""
        self._given_up.set()

    def wait(self) -> None:
        """Wait for its end, as the call allows it."""
        while self._thread.is_alive():
            self._thread.join(current().pause())

    def _run(self, work: Callable[[Call], None], before: "Upkeep | None") -> None:
        call = Call(cancelled=self._given_up.is_set)
        with suppress(TurnCancelledError), under(call):
            if before is not None:
                before.wait()
            work(call)

"""Notifications one after the other: what comes while one is being told is told as one."""

import threading
from collections.abc import Callable, Sequence

from copilot.desktop.notifying import Told

PAUSE_SECONDS = 3.0
"""Between two notifications: eight turns that end together are one piece of news, not eight."""

NAMED = 3
"""Pieces of news whose words are told; of the rest their number."""


class Caller:
    """Of one window. `notify` may take seconds; it is called on a thread that is there only while something
    is to be told."""

    def __init__(self, notify: Callable[[Told], object], pause: float = PAUSE_SECONDS) -> None:
        self._notify = notify
        self._pause = pause
        self._lock = threading.Lock()
        self._waiting: list[Told] = []
        self._calling = False
        self._over = threading.Event()

    def tell(self, told: Told) -> None:
        """Never waits."""
        with self._lock:
            self._waiting.append(told)
            if self._calling:
                return
            self._calling = True
        threading.Thread(target=self._call, name="notifying", daemon=True).start()

    def _call(self) -> None:
        while (found := self._next()) is not None:
            self._notify(found)
            self._over.wait(self._pause)

    def _next(self) -> Told | None:
        with self._lock:
            found, self._waiting = self._waiting, []
            self._calling = bool(found)
        return together(found) if found else None


def together(news: Sequence[Told]) -> Told:
    """Several pieces of news as one; what needs an answer first. At least one."""
    if len(news) == 1:
        return news[0]
    ordered = sorted(news, key=lambda told: not told.urgent)
    same = len({told.title for told in news}) == 1
    lines = [told.words if same else f"{told.title}. {told.words}" for told in ordered[:NAMED]]
    more = len(news) - len(lines)
    words = "\n".join((*lines, *((f"and {more:,} more",) if more else ())))
    title = f"{ordered[0].title} ({len(news):,})" if same else f"{len(news):,} pieces of news"
    return Told(title, words, urgent=ordered[0].urgent)

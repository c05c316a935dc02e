"""Looking for words in a discussion, a few milliseconds at a time. Pure."""

from collections.abc import Callable, Generator

from copilot.desktop.entries import Entry, key_of, text_of
from copilot.desktop.marking import spans
from copilot.vocabulary.frozen import frozen

SLICE_SECONDS = 0.008
EACH = 64
"""Entries that are looked through between two looks at the clock."""


@frozen(kw_only=False)
class Hit:
    """Where the words stand: in which entry, and how many characters from its beginning."""

    entry: int
    key: str
    offset: int


class Finding:
    """`begin` starts a search, `tick` goes on with it. `ticks` gives seconds."""

    def __init__(self, ticks: Callable[[], float]) -> None:
        self._ticks = ticks
        self._rest: Generator[None] | None = None
        self.hits: list[Hit] = []
        self.needle = ""
        self.done = 0
        self.of = 0

    @property
    def running(self) -> bool:
        """Whether there is more to look through."""
        return self._rest is not None

    def begin(self, needle: str, entries: list[Entry]) -> None:
        """Look for other words, or in other entries."""
        self.needle, self.hits, self.done, self.of = needle, [], 0, len(entries)
        self._rest = self._search(needle, entries) if needle else None

    def tick(self) -> bool:
        """Once a frame; whether anything was done."""
        if self._rest is None:
            return False
        until = self._ticks() + SLICE_SECONDS
        for _ in self._rest:
            if self._ticks() > until:
                return True
        self._rest = None
        return True

    def _search(self, needle: str, entries: list[Entry]) -> Generator[None]:
        for index, entry in enumerate(entries):
            words = text_of(entry)
            if words:
                key = key_of(entry)
                self.hits += [Hit(index, key, start) for start, _ in spans(words, needle)]
            self.done = index + 1
            if index % EACH == EACH - 1 or len(words) > 100_000:
                yield

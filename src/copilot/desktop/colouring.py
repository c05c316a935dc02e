"""Colours of code, found a little in each frame: lexing costs about 2 ms for a thousand characters."""

from collections.abc import Callable, Generator
from dataclasses import dataclass, field

from copilot.desktop import highlight
from copilot.desktop.highlight import Run

AT_ONCE = 800
"""Characters that are coloured when they are drawn; more of them are drawn plain first."""

MOST = 400_000
"""Characters of a block that is coloured as one: more would keep the loop busy for many seconds."""

SLICE_SECONDS = 0.002
STILL_SECONDS = 0.15
"""How long code must have stood as it is before it is coloured in slices: it may still be growing."""

REMEMBERED = 120

Lines = list[list[Run]]


@dataclass(slots=True)
class _Work:
    """`guess` are lines coloured from the middle on, shown until `lines` are all there."""

    born: float
    rest: Generator[tuple[str, highlight.Tone]] | None
    lines: Lines = field(default_factory=lambda: [[]])
    guess: Lines | None = None


class Colouring:
    """One for all code that a panel shows. `ticks` gives seconds."""

    def __init__(self, ticks: Callable[[], float]) -> None:
        self._ticks = ticks
        self._works: dict[tuple[str, str], _Work] = {}
        self._last = ("", "")

    def lines(self, code: str, language: str, first: int, count: int) -> Lines | None:
        """`count` lines of `code` from `first` on, in colours; None while they are not known."""
        work = self._work(code, language)
        if work is None:
            return None
        end = first + count
        if work.rest is None or len(work.lines) > end:
            return work.lines[first:end]
        return work.guess[first:end] if work.guess is not None else None

    def coming(self, code: str, language: str) -> bool:
        """Whether colours of this code are on their way."""
        work = self._works.get((code, language))
        return work is not None and work.rest is not None

    def tick(self) -> bool:
        """Once a frame; True while there is more to do."""
        now = self._ticks()
        waits = False
        for work in reversed(self._works.values()):
            if work.rest is not None:
                waits = True
                if now - work.born > STILL_SECONDS:
                    self._go_on(work, now + SLICE_SECONDS)
                    break
        return waits

    def _work(self, code: str, language: str) -> _Work | None:
        key = (code, language)
        work = self._works.get(key)
        if work is not None or len(code) > MOST:
            return work
        rest = highlight.tokens(code, language)
        if rest is None:
            return None
        work = _Work(self._ticks(), rest)
        before, self._last = self._last, key
        if before[1] == language and len(before[0]) > 40 and code.startswith(before[0]):
            self._grown(work, key, before)
        elif len(self._works) >= REMEMBERED:
            del self._works[next(iter(self._works))]
        self._works[key] = work
        if len(code) <= AT_ONCE:
            self._go_on(work, float("inf"))
        return work

    def _grown(self, work: _Work, key: tuple[str, str], before: tuple[str, str]) -> None:
        """The lines that are known of what has grown, and the new ones as if nothing stood above them."""
        old = self._works.pop(before, None)
        if old is None:
            return
        known = old.lines if old.rest is None else old.guess
        if known is None:
            return
        done = len(known) - 1
        start = 0
        for _ in range(done):
            start = key[0].find("\n", start) + 1
        more = key[0][start:]
        if len(more) <= AT_ONCE:
            work.guess = [*known[:done], *highlight.runs(more, key[1])]

    def _go_on(self, work: _Work, until: float) -> None:
        assert work.rest is not None
        for number, (words, tone) in enumerate(work.rest):
            highlight.add(work.lines, words, tone)
            if number % 32 == 31 and self._ticks() > until:
                return
        work.rest = work.guess = None

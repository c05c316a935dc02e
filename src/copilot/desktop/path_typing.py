"""`@path` in what the person writes: the one being typed, those that are whole, and the files that fit.

No Dear PyGui here.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from heapq import nsmallest

from copilot.desktop.listing import Listing
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.named_paths import BEFORE, paths_in
from copilot.vocabulary.values import FileState

SHOWN = 50
"""Files that are offered at most."""

ENOUGH = 5
"""Files that hold the letters side by side, from which on no others are offered."""

CHUNK = 500
"""Files looked at between two looks at the clock: half a millisecond at most."""

_Found = tuple[int, int, str, int]
"""A file by what orders it: rank, length, path; then its number."""

_BEFORE_CARET = re.compile(rf"(?:^|[{BEFORE}])@([^\s@`\"']{{0,300}})$")
_CALLED = re.compile(r"/([A-Za-z0-9_-]{0,64})")


@frozen(kw_only=False)
class Typed:
    """An `@path` or a `/name` under way: `start` is its place, `end` that of the caret."""

    start: int
    end: int
    words: str


def caret_after(before: str, after: str) -> int:
    """Where the caret stands when typing made `after` of `before`: behind what is new."""
    most = min(len(before), len(after))
    start = _common(most, lambda size: before[:size] == after[:size])
    end = _common(most - start, lambda size: not size or before[-size:] == after[-size:])
    return len(after) - end


def _common(most: int, alike: Callable[[int], bool]) -> int:
    """The greatest size up to `most` for which the two are alike."""
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if alike(middle) else (low, middle - 1)
    return low


def path_at(draft: str, caret: int) -> Typed | None:
    """The `@path` whose end the caret stands at."""
    line = draft.rfind("\n", 0, caret) + 1
    found = _BEFORE_CARET.search(draft[max(line, caret - 400) : caret])
    return Typed(caret - len(found[1]) - 1, caret, found[1]) if found is not None else None


def command_at(draft: str, caret: int) -> Typed | None:
    """The `/name` at the beginning of the draft whose end the caret stands at."""
    found = _CALLED.fullmatch(draft[:caret])
    return Typed(0, caret, found[1]) if found is not None else None


def new_files(listing: Listing | None, message: str) -> tuple[str, ...]:
    """The files that the message names by `@path` and that are not in the context yet."""
    if listing is None or "@" not in message:
        return ()
    named = paths_in(message, lambda path: listing.file(path) is not None)
    return tuple(path for path in named if (file := listing.file(path)) and file.wanted == "off")


class PathFinder:
    """Finds files for a few letters, in slices: `step` until it gives False, `best` any time.

    First come files whose name begins with the letters, then those whose name or path holds them, within each
    the shorter path; where these are few, those that have the letters in this order. Without letters: what is
    in the context.
    """

    def __init__(self, files: Sequence[FileState]) -> None:
        self._files = files
        self._paths: list[str] = []
        self._names: list[str] = []
        self._work: Iterator[None] = iter(())
        self._best: list[_Found] = []
        self._came_from: tuple[str, list[int]] = ("", [])

    def begin(self, words: str) -> None:
        """Look for these letters from now on; what did not hold those before is not looked at again."""
        self._best = []
        self._work = self._look(words.lower())

    def step(self, until: float, clock: Callable[[], float]) -> bool:
        """Look on until this time of the clock. True while there is more."""
        return any(clock() >= until for _ in self._work)

    def best(self) -> tuple[str, ...]:
        """The best found so far."""
        return tuple(self._files[number].path for *_, number in self._best)

    def _look(self, words: str) -> Iterator[None]:
        every, (before, holding) = range(len(self._files)), self._came_from
        fitting: list[int] = []
        among = holding if before and words.startswith(before) else every
        for numbers in self._chunks(among):
            held = [number for number in numbers if words in self._paths[number]]
            fitting += held
            self._take((self._rank(words, number), number) for number in held)
            yield
        self._came_from = (words, fitting)
        if words and len(fitting) < ENOUGH:
            loose = _loosely(words)
            for numbers in self._chunks(every):
                held = [number for number in numbers if loose(self._paths[number])]
                ranks = ((3 if loose(self._names[number]) else 4, number) for number in held)
                self._take((rank, number) for rank, number in ranks if words not in self._paths[number])
                yield

    def _chunks(self, numbers: Sequence[int]) -> Iterator[Sequence[int]]:
        for first in range(0, len(numbers), CHUNK):
            chunk = numbers[first : first + CHUNK]
            while len(self._paths) <= chunk[-1]:
                self._fold()
            yield chunk

    def _fold(self) -> None:
        """The next paths in small letters; no path has a NUL in it."""
        start = len(self._paths)
        folded = "\0".join([file.path for file in self._files[start : start + CHUNK]]).lower().split("\0")
        self._paths += folded
        self._names += [path[path.rfind("/") + 1 :] for path in folded]

    def _take(self, found: Iterable[tuple[int, int]]) -> None:
        """Keep the best of these files, given by rank and number, and of those before."""
        worst = self._best[-1][:2] if len(self._best) == SHOWN else (9, 0)
        good: list[_Found] = []
        for rank, number in found:
            path = self._files[number].path
            if (rank, len(path)) <= worst:
                good.append((rank, len(path), path, number))
        if good:
            self._best = nsmallest(SHOWN, (*self._best, *good))

    def _rank(self, words: str, number: int) -> int:
        if not words:
            return int(self._files[number].wanted == "off")
        name = self._names[number]
        return 0 if name.startswith(words) else 1 if words in name else 2


def _loosely(letters: str) -> Callable[[str], object]:
    """Whether a text has all the letters in this order: each is sought behind the one before."""
    first, *others = (re.escape(letter) for letter in letters)
    return re.compile("".join((first, *(f"[^{one}]*{one}" for one in others))), re.DOTALL).search

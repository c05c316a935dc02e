"""`@path` in what the person writes: the one being typed, those that are whole, and the files that fit.

No Dear PyGui here.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from heapq import nsmallest

from copilot.desktop.fuzzy import is_within
from copilot.desktop.listing import Listing
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.values import FileState

SHOWN = 50
"""Files that are offered at most."""

ENOUGH = 5
"""Files that hold the letters side by side, from which on no others are offered."""

CHUNK = 1_500
"""Files looked at between two looks at the clock: about a millisecond."""

_BEFORE_CARET = re.compile(r"(?:^|[\s(\[{\"'`,;])@([^\s@`\"']{0,300})$")
_WHOLE = re.compile(r"(?:^|(?<=[\s(\[{\"'`,;]))@([^\s@`\"']+)")
_CLOSING = ".,;:!?)]}>"


@frozen(kw_only=False)
class Typed:
    """An `@path` under way: `start` is the place of the `@`, `end` that of the caret."""

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


def paths_in(message: str, known: Callable[[str], bool]) -> tuple[str, ...]:
    """The files that the message names by `@path`, each once, in their order."""
    found: dict[str, None] = {}
    for whole in _WHOLE.findall(message):
        path = whole.removeprefix("./")
        while path and not known(path) and path[-1] in _CLOSING:
            path = path[:-1]
        if path and known(path):
            found[path] = None
    return tuple(found)


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
        self._folded: list[tuple[str, str]] = []
        self._work: Iterator[None] = iter(())
        self._best: list[tuple[tuple[int, int, str], int]] = []
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
        return tuple(self._files[number].path for _, number in self._best)

    def _look(self, words: str) -> Iterator[None]:
        before, holding = self._came_from
        known = bool(before) and words.startswith(before)
        fitting: list[int] = []
        yield from self._sift(holding if known else range(len(self._files)), words, self._rank, fitting)
        self._came_from = (words, fitting)
        if words and len(fitting) < ENOUGH:
            yield from self._sift(range(len(self._files)), words, self._loose_rank, [])

    def _sift(
        self,
        numbers: Sequence[int],
        words: str,
        rank_of: Callable[[str, int], int | None],
        fitting: list[int],
    ) -> Iterator[None]:
        for first in range(0, len(numbers), CHUNK):
            chunk = numbers[first : first + CHUNK]
            self._fold(chunk[-1] + 1)
            found = [
                ((rank, len(self._files[number].path), self._files[number].path), number)
                for number in chunk
                if (rank := rank_of(words, number)) is not None
            ]
            fitting.extend(number for _, number in found)
            self._best = nsmallest(SHOWN, (*self._best, *found))
            yield

    def _fold(self, count: int) -> None:
        for file in self._files[len(self._folded) : count]:
            folded = file.path.lower()
            self._folded.append((folded, folded[folded.rfind("/") + 1 :]))

    def _rank(self, words: str, number: int) -> int | None:
        if not words:
            return int(self._files[number].wanted == "off")
        path, name = self._folded[number]
        if words not in path:
            return None
        return 0 if name.startswith(words) else 1 if words in name else 2

    def _loose_rank(self, words: str, number: int) -> int | None:
        """Behind all that hold the letters side by side; where the name alone has them before the others."""
        path, name = self._folded[number]
        if words in path or not is_within(words, path):
            return None
        return 3 if is_within(words, name) else 4

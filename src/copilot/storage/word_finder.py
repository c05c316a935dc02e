"""Which of some words a text holds, fast where texts come that begin alike.

A request repeats all that was said before it, so from one to the next only the end is new. What the common
beginning holds is known from the last time; only the rest is searched. Texts are known by the hashes of their
blocks: kept themselves, they would be copies of the last request.
"""

from array import array
from collections.abc import Sequence

_LONG = 4_096
"""Characters from which a text is compared with the one before it."""

_BLOCK = 2_048
"""Characters of a block. Its hash is 64 bits of SipHash: two texts share one by chance in 2^64 times."""


class WordFinder:
    """Looks for the same words in one text after another. Any thread may call it."""

    def __init__(self, words: Sequence[str]) -> None:
        self._words = tuple(words)
        self._last: tuple[array[int], tuple[int, ...]] = (array("q"), (-1,) * len(self._words))

    def found(self, text: str) -> list[int]:
        """The numbers of the words that the text holds."""
        if len(text) < _LONG:
            return [number for number, word in enumerate(self._words) if word in text]
        before, firsts = self._last
        blocks = array("q", [hash(text[at : at + _BLOCK]) for at in range(0, len(text), _BLOCK)])
        same = min(_alike(before, blocks) * _BLOCK, len(text))
        now: list[int] = []
        for word, first in zip(self._words, firsts, strict=True):
            last = same - len(word)
            now.append(first if 0 <= first <= last else text.find(word, last + 1 if last > 0 else 0))
        self._last = (blocks, tuple(now))
        return [number for number, first in enumerate(now) if first >= 0]


def _alike(before: "array[int]", now: "array[int]") -> int:
    """How many blocks two texts have in common from their beginning."""
    most = min(len(before), len(now))
    return most if before[:most] == now[:most] else next(at for at in range(most) if before[at] != now[at])

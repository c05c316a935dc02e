"""Which of some words a text holds, fast where texts come that begin alike.

A request repeats all that was said before it, so from one to the next only the end is new. What the common
beginning holds is known from the last time; only the rest is searched.
"""

from collections.abc import Sequence

from copilot.vocabulary.diffs import common_length

_LONG = 4_096
"""Characters from which a text is compared with the one before it."""

_KEPT = 4_000_000
"""Characters of the longest text that is kept for that."""


class WordFinder:
    """Looks for the same words in one text after another. Any thread may call it."""

    def __init__(self, words: Sequence[str]) -> None:
        self._words = tuple(words)
        self._last: tuple[str, tuple[int, ...]] = ("", (-1,) * len(self._words))

    def found(self, text: str) -> list[int]:
        """The numbers of the words that the text holds."""
        if len(text) < _LONG:
            return [number for number, word in enumerate(self._words) if word in text]
        before, firsts = self._last
        same = common_length(before, text)
        now = tuple(
            first if 0 <= first <= same - len(word) else text.find(word, max(0, same - len(word) + 1))
            for word, first in zip(self._words, firsts, strict=True)
        )
        if len(text) <= _KEPT:
            self._last = (text, now)
        return [number for number, first in enumerate(now) if first >= 0]

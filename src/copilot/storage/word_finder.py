"""Which of some words a text holds, fast where texts come that begin alike.

A request repeats all that was said before it, so from one to the next only the end is new. What the common
beginning holds is known from the last time; only the rest is searched. Texts are known by the hashes of their
blocks: kept themselves, they would be copies of the last request.
"""

from array import array
from collections.abc import Iterator, Mapping, Sequence

_LONG = 4_096
"""Characters from which a text is compared with the one before it."""

_BLOCK = 2_048
"""Characters of a block. Its hash is 64 bits of SipHash: two texts share one by chance in 2^64 times."""


class WordFinder:
    """Looks for the same words in one text after another. Any thread may call it.

    Of `folded` words, which are given in small letters, it does not matter how a text spells them. `cues` are
    what several words have in common: where one is not, none of them is.
    """

    def __init__(self, words: Sequence[str], folded: Sequence[str] = (), cues: Sequence[str] = ()) -> None:
        self._words = _by_cue(words, cues)
        self._folded = _by_cue(folded, cues)
        self._longest = max(map(len, (*words, *folded)), default=0)
        self._last: tuple[array[int], dict[str, int]] = (array("q"), {})
        """The last text's blocks, and where the first of each word in it ends, or further on."""

    def any_in(self, text: str) -> bool:
        """Whether the text holds one of them."""
        return next(self._within(text, {}), None) is not None

    def found(self, text: str) -> set[str]:
        """The words that the text holds."""
        if len(text) < _LONG:
            return {word for word, _ in self._within(text, {})}
        before, ends = self._last
        blocks = array("q", [hash(text[at : at + _BLOCK]) for at in range(0, len(text), _BLOCK)])
        same = min(_alike(before, blocks) * _BLOCK, len(text))
        now = {word: end for word, end in ends.items() if end <= same}
        start = max(same - self._longest, 0)
        now.update((word, start + end) for word, end in self._within(text[start:], now))
        self._last = (blocks, now)
        return set(now)

    def _within(self, text: str, known: Mapping[str, int]) -> Iterator[tuple[str, int]]:
        """The words in it that are not known, each with where the first one ends."""
        yield from _found(self._words, text, known)
        if self._folded:
            lower = text.lower()
            for word, end in _found(self._folded, lower, known):
                # Of some letters `lower` makes two: then nobody knows where.
                yield word, end if len(lower) == len(text) else len(text)


def _by_cue(words: Sequence[str], cues: Sequence[str]) -> Mapping[str, Sequence[str]]:
    """The words, those together that hold the same cue; a word without one is its own."""
    groups: dict[str, list[str]] = {}
    for word in words:
        groups.setdefault(next((cue for cue in cues if cue in word), word), []).append(word)
    return groups


def _found(
    groups: Mapping[str, Sequence[str]], text: str, known: Mapping[str, int]
) -> Iterator[tuple[str, int]]:
    for cue, words in groups.items():
        if cue in text:
            for word in words:
                if word not in known and (at := text.find(word)) >= 0:
                    yield word, at + len(word)


def _alike(before: "array[int]", now: "array[int]") -> int:
    """How many blocks two texts have in common from their beginning."""
    most = min(len(before), len(now))
    return most if before[:most] == now[:most] else next(at for at in range(most) if before[at] != now[at])

"""Finding by a few letters: which of their places fit best, and how well. No Dear PyGui here.

A query's words may come in any order; the letters of each must be there in order. Letters at the beginning of
a word and letters that follow each other count most, so `swb` finds "Switch branch" before "Show web pages".
"""

from copilot.vocabulary.frozen import frozen

WORD_START, TOGETHER, FIRST, HIT = 9, 7, 4, 1
_GAP = 12
"""The most that what lies between two letters may cost."""


@frozen(kw_only=False)
class Match:
    """How well words fit, more is better; `at` are the places of the letters that were found."""

    score: int
    at: tuple[int, ...]


_NOTHING = Match(0, ())


def match(query: str, words: str) -> Match | None:
    """How `words` fit the query; None where a letter is missing. An empty query fits everything alike."""
    folded = words.lower()
    score, places = 0, set[int]()
    for part in query.lower().split():
        found = _best(part, folded, words)
        if found is None:
            return None
        score += found.score
        places |= set(found.at)
    if not places:
        return _NOTHING
    return Match(score * 4 - min(len(words), 80) // 8, tuple(sorted(places)))


def _best(part: str, folded: str, words: str) -> Match | None:
    """The best of all ways to find the letters of one word in order, by what each place is worth."""
    if not is_within(part, folded) or len(folded) != len(words):
        return None
    ways: dict[int, tuple[int, tuple[int, ...]]] = {}
    for number, letter in enumerate(part):
        following: dict[int, tuple[int, tuple[int, ...]]] = {}
        best: tuple[int, int, tuple[int, ...]] | None = None
        for at in range(number, len(folded)):
            if number and at - 1 in ways:
                score, path = ways[at - 1]
                if best is None or score >= best[0] - min(at - 1 - best[1], _GAP):
                    best = score, at - 1, path
            if folded[at] != letter or (number and best is None):
                continue
            worth = HIT + (WORD_START if starts(words, at) else 0)
            if best is None:
                following[at] = worth + (FIRST if at == 0 else 0), (at,)
                continue
            score, before, path = best
            after = score - min(at - 1 - before, _GAP) + worth
            if at - 1 in ways:
                after = max(after, ways[at - 1][0] + worth + TOGETHER)
                path = ways[at - 1][1] if after == ways[at - 1][0] + worth + TOGETHER else path
            following[at] = after, (*path, at)
        ways = following
    if not ways:
        return None
    score, path = max(ways.values(), key=lambda way: way[0])
    return Match(score, path)


def starts(words: str, at: int) -> bool:
    """Whether a word begins at this place: behind a blank or a sign, or with a capital after a small one."""
    if not at or not words[at - 1].isalnum():
        return words[at : at + 1].isalnum()
    return words[at].isupper() and not words[at - 1].isupper()


def is_within(letters: str, words: str) -> bool:
    """Whether all letters are there in this order."""
    at = -1
    for letter in letters:
        at = words.find(letter, at + 1)
        if at < 0:
            return False
    return True

"""Two changes of one text put together line by line, or word that they contradict each other."""

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

_MOST_LINES = 20_000
"""Between the first and the last difference; more is not merged, which would take its time."""
_LOOKED_AT = 8_192

Lines = Sequence[bytes]


def merge(base: bytes, mine: bytes, other: bytes) -> bytes | None:
    """`mine` and `other`, both made from `base`, in one; None where they change the same place or are binary.

    Changes that touch each other count as the same place: what stands between them may well belong to both.
    """
    if mine == other or other == base:
        return mine
    if mine == base:
        return other
    if any(b"\0" in text[:_LOOKED_AT] for text in (base, mine, other)):
        return None
    texts = tuple(map(_lines, (base, mine, other)))
    start = _same_start(texts)
    end = _same_start([lines[start:][::-1] for lines in texts])
    middle = [lines[start : len(lines) - end] for lines in texts]
    if max(map(len, middle)) > _MOST_LINES:
        return None
    merged = _merged(*middle)
    if merged is None:
        return None
    return b"".join((*texts[0][:start], *merged, *texts[0][len(texts[0]) - end :]))


def _lines(text: bytes) -> list[bytes]:
    """Lines end in a line feed and in nothing else."""
    parts = text.split(b"\n")
    return [*(part + b"\n" for part in parts[:-1]), *filter(None, parts[-1:])]


def _same_start(texts: Sequence[Lines]) -> int:
    same = 0
    for lines in zip(*texts, strict=False):
        if lines[0] != lines[1] or lines[0] != lines[2]:
            break
        same += 1
    return same


def _merged(base: Lines, mine: Lines, other: Lines) -> list[bytes] | None:
    out: list[bytes] = []
    at = (0, 0, 0)
    for begin, length in _common(base, mine, other):
        piece = _piece(*(lines[a:b] for lines, a, b in zip((base, mine, other), at, begin, strict=True)))
        if piece is None:
            return None
        out += piece
        out += base[begin[0] : begin[0] + length]
        at = (begin[0] + length, begin[1] + length, begin[2] + length)
    return out


def _piece(base: Lines, mine: Lines, other: Lines) -> Lines | None:
    """What stands between two places that all three have in common."""
    if mine == other or other == base:
        return mine
    return other if mine == base else None


def _common(base: Lines, mine: Lines, other: Lines) -> Iterator[tuple[tuple[int, int, int], int]]:
    """Where all three have the same lines: places in base, mine and other, and how many; at last the ends."""
    ours = SequenceMatcher(None, base, mine, autojunk=False).get_matching_blocks()
    theirs = SequenceMatcher(None, base, other, autojunk=False).get_matching_blocks()
    i = j = 0
    while i < len(ours) and j < len(theirs):
        a, b = ours[i], theirs[j]
        begin, end = max(a.a, b.a), min(a.a + a.size, b.a + b.size)
        if begin < end:
            yield (begin, a.b + begin - a.a, b.b + begin - b.a), end - begin
        if a.a + a.size < b.a + b.size:
            i += 1
        else:
            j += 1
    yield (len(base), len(mine), len(other)), 0

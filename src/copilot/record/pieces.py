"""Long texts in pieces, so that what many lines of a log repeat is written once.

Each request repeats the ones before it, and a tool's output is told by its end and by the message that keeps
it. Texts are cut where JSON has a seam, so that the same content gives the same pieces wherever it stands.
"""

from array import array
from bisect import bisect_left

LONG = 16_384
"""Characters from which a text is cut, and the least of a piece that is not the last before a long value."""

SHORT = 1_024
"""Characters below which a piece stays in its line: a hash and a line of its own cost about 250."""

# Quotes inside a string are escaped, so these stand between values only: before an object, after the quote
# that opens a value, before the quote that ends one. Each with the characters of it that go before the cut.
_SEAMS = (('{"', 0), ('":"', 3), ('","', 0))


def cut(text: str) -> list[str]:
    """The pieces, in order; joined they are the text. The same beginning gives the same first pieces."""
    seams = _Seams(text)
    pieces: list[str] = []
    begin = 0
    while len(text) - begin > LONG:
        before, after = seams.before(begin, begin + LONG), seams.after(begin + LONG)
        if before > begin and after - before >= LONG:  # a long value is a piece of its own
            pieces.append(text[begin:before])
            begin = before
        pieces.append(text[begin:after])
        begin = after
    if begin < len(text):
        pieces.append(text[begin:])
    return pieces


def name_of(piece: str) -> bytes:
    """What a piece is known by: SHA-256 of its UTF-8 bytes. A log tells it in hexadecimal."""
    import hashlib  # OpenSSL comes with it, and a session without long texts needs none

    return hashlib.sha256(piece.encode("utf-8", "surrogatepass")).digest()


class Names:
    """Which pieces a log has. Of each name the first 128 bits are kept, in two rows of numbers: a seventh of
    what a set takes, and still too many for anyone to find two texts that share them (2^64 tries)."""

    def __init__(self) -> None:
        self._first, self._second = array("Q"), array("Q")

    def __contains__(self, name: bytes) -> bool:
        at, numbers = self._place(name)
        return at < len(self._first) and (self._first[at], self._second[at]) == numbers

    def add(self, name: bytes) -> None:
        """The log has this piece now."""
        if name not in self:
            at, (first, second) = self._place(name)
            self._first.insert(at, first)
            self._second.insert(at, second)

    def _place(self, name: bytes) -> tuple[int, tuple[int, int]]:
        """Where it stands, or would stand, and its numbers."""
        first, second = int.from_bytes(name[:8], "big"), int.from_bytes(name[8:16], "big")
        at = bisect_left(self._first, first)
        while at < len(self._first) and self._first[at] == first and self._second[at] < second:
            at += 1
        return at, (first, second)


class _Seams:
    """Where a text may be cut. Looked for from front to back, each mark once."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._next = [-1] * len(_SEAMS)

    def before(self, begin: int, end: int) -> int:
        """The last seam from `begin` up to `end`; `begin` where there is none."""
        found = (self._text.rfind(mark, begin, end) + within for mark, within in _SEAMS)
        return max(begin, *(at for at in found if at <= end), begin)

    def after(self, start: int) -> int:
        """The first seam from `start` on; the end of the text where there is none."""
        for number, (mark, within) in enumerate(_SEAMS):
            if self._next[number] < start:
                at = self._text.find(mark, start - within if start >= within else 0)
                self._next[number] = at + within if at >= 0 else len(self._text)
        return min(self._next)

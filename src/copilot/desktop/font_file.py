"""Reads of a font file what must be known before the library loads it: that it has outlines, and of what.

Dear PyGui ends the process at the first frame over a file that it cannot draw from: coloured bitmaps, junk
(measured, 2.3.1). So nothing is loaded that this has not read. The format is OpenType 1.9.
"""

import struct
from bisect import bisect_right
from collections.abc import Iterable
from pathlib import Path

from copilot.vocabulary.frozen import frozen

LARGEST = 64 << 20
"""Bytes of a file that is still read; Noto's largest collections have 20 MB."""

_NEEDED = {b"cmap", b"head", b"hhea", b"hmtx", b"maxp"}
_BITMAPS = {b"CBDT", b"sbix", b"EBDT", b"SVG ", b"COLR", b"CFF2"}
_UNICODE = {(3, 10): 4, (0, 6): 3, (0, 4): 3, (3, 1): 2, (0, 3): 1, (0, 2): 1, (0, 1): 1, (0, 0): 1}
"""Platform and encoding of the tables that map Unicode, and which is preferred."""


@frozen(kw_only=False)
class Coverage:
    """The characters that a font has, as ranges in order."""

    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def __contains__(self, code: int) -> bool:
        at = bisect_right(self.starts, code) - 1
        return at >= 0 and code <= self.ends[at]

    def lacks(self, codes: Iterable[int]) -> set[int]:
        """Those of the code points that the font does not have."""
        return {code for code in codes if code not in self}

    def __len__(self) -> int:
        return sum(end - start + 1 for start, end in zip(self.starts, self.ends, strict=True))


def coverage(path: Path) -> Coverage | None:
    """What the (first) font of a file can draw; None where the library must not load it."""
    try:
        if path.stat().st_size > LARGEST:
            return None
        return covered(path.read_bytes())
    except OSError:
        return None


def covered(data: bytes) -> Coverage | None:
    """The same of a file's bytes."""
    try:
        tables = _tables(data)
        if tables is None:
            return None
        return _cmap(data, *tables[b"cmap"])
    except (struct.error, IndexError, ValueError):
        return None


def _tables(data: bytes) -> dict[bytes, tuple[int, int]] | None:
    """Where each table lies; None for a file without outlines, or with tables that are not in it."""
    at = 0
    if data[:4] == b"ttcf":
        at = struct.unpack_from(">I", data, 12)[0]
    kind, count = struct.unpack_from(">4sH", data, at)
    if kind not in (b"\0\1\0\0", b"OTTO", b"true"):
        return None
    tables: dict[bytes, tuple[int, int]] = {}
    for number in range(count):
        name, _, start, size = struct.unpack_from(">4sIII", data, at + 12 + 16 * number)
        if start + size > len(data):
            return None
        tables[name] = (start, size)
    outlines = {b"glyf", b"loca"} <= tables.keys() or b"CFF " in tables
    if not outlines or not tables.keys() >= _NEEDED or _BITMAPS & tables.keys():
        return None
    return tables


def _cmap(data: bytes, start: int, size: int) -> Coverage | None:
    best, place = 0, 0
    for number in range(struct.unpack_from(">H", data, start + 2)[0]):
        platform, encoding, offset = struct.unpack_from(">HHI", data, start + 4 + 8 * number)
        rank = _UNICODE.get((platform, encoding), 0)
        if rank > best and offset + 4 <= size and _format(data, start + offset) in (4, 12):
            best, place = rank, start + offset
    if not best:
        return None
    found = _format_12(data, place) if _format(data, place) == 12 else _format_4(data, place)
    return _joined(found)


def _format(data: bytes, at: int) -> int:
    return struct.unpack_from(">H", data, at)[0]


def _format_12(data: bytes, at: int) -> Iterable[tuple[int, int]]:
    count = struct.unpack_from(">I", data, at + 12)[0]
    if at + 16 + 12 * count > len(data):
        raise ValueError("the table of characters ends before its time")
    for first, last, glyph in struct.iter_unpack(">III", data[at + 16 : at + 16 + 12 * count]):
        if last > 0x10FFFF:
            raise ValueError("no such character")
        yield (first if glyph else first + 1, last)


def _format_4(data: bytes, at: int) -> Iterable[tuple[int, int]]:
    half = struct.unpack_from(">H", data, at + 6)[0] // 2
    form = f">{half}H"
    ends = struct.unpack_from(form, data, at + 14)
    starts = struct.unpack_from(form, data, at + 16 + 2 * half)
    deltas = struct.unpack_from(form, data, at + 16 + 4 * half)
    base = at + 16 + 6 * half
    offsets = struct.unpack_from(form, data, base)
    for number, (first, last) in enumerate(zip(starts, ends, strict=True)):
        if first > last or first == 0xFFFF:
            continue
        if not offsets[number]:
            nothing = -deltas[number] & 0xFFFF  # the code point whose glyph is 0, "missing"
            yield (first, min(last, nothing - 1) if first <= nothing <= last else last)
            if first <= nothing < last:
                yield (nothing + 1, last)
            continue
        where = base + 2 * number + offsets[number]
        glyphs = struct.unpack_from(f">{last - first + 1}H", data, where)
        yield from ((first + index, first + index) for index, glyph in enumerate(glyphs) if glyph)


def _joined(ranges: Iterable[tuple[int, int]]) -> Coverage:
    starts: list[int] = []
    ends: list[int] = []
    for first, last in sorted(ranges):
        if first > last:
            continue
        if ends and first <= ends[-1] + 1:
            ends[-1] = max(ends[-1], last)
        else:
            starts.append(first)
            ends.append(last)
    return Coverage(tuple(starts), tuple(ends))

"""A long text cut into rows for the screen, as places in it: a megabyte costs a few milliseconds, once."""

import bisect
import json
from collections.abc import Sequence

from copilot.vocabulary.text import visible

TAB = 4
Rows = Sequence[tuple[int, int]]
"""From which character to which each row goes; line ends belong to no row."""


def cut(text: str, columns: int) -> list[tuple[int, int]]:
    """The rows of a text where a row holds `columns` characters at most; tabs count as four."""
    found: list[tuple[int, int]] = []
    at = 0
    for line in text.split("\n"):
        end = at + len(line)
        if len(line) <= columns and "\t" not in line:
            found.append((at, end))
        else:
            found.extend(_pieces(text, at, end, columns))
        at = end + 1
    return found


def _pieces(text: str, at: int, end: int, columns: int) -> list[tuple[int, int]]:
    columns = max(columns, TAB)
    if "\t" not in text[at:end]:
        return [(start, min(start + columns, end)) for start in range(at, max(end, at + 1), columns)]
    found: list[tuple[int, int]] = []
    start, used = at, 0
    for place in range(at, end):
        wide = TAB if text[place] == "\t" else 1
        if used + wide > columns:
            found.append((start, place))
            start, used = place, 0
        used += wide
    found.append((start, end))
    return found


def row_of(rows: Rows, at: int) -> int:
    """The row that holds a character; the last one for what stands behind all, 0 where there is none."""
    return max(0, bisect.bisect_right(rows, at, key=lambda row: row[0]) - 1)


def row_text(text: str, row: tuple[int, int]) -> str:
    """A row as it may be shown: hidden characters visible, tabs as blanks."""
    piece = text[row[0] : row[1]]
    return piece if piece.isascii() and piece.isprintable() else visible(piece, keep="\t").expandtabs(TAB)


def place_in_body(body: str, section: str) -> int:
    """Where in a JSON body a section of the readable text begins; -1 where it is not found.

    Our own labels are not in the body, so its lines are tried one after the other, the longest first.
    """
    lines = sorted(section.split("\n")[:40], key=len, reverse=True)
    for line in lines[:8]:
        words = line.strip()
        if len(words) < 4:
            continue
        for ascii_only in (False, True):
            at = body.find(json.dumps(words, ensure_ascii=ascii_only)[1:-1])
            if at >= 0:
                return at
    return -1

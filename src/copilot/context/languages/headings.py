"""A Markdown document by its headings: each with its section's lines and first words."""

import re

from copilot.context.markdown import one_line
from copilot.context.table import LONGEST_ABOUT, Row, shortened, table

_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_HEADING = re.compile(r" {0,3}(#{1,6})[ \t]+(\S.*?)(?:[ \t]+#+)?[ \t]*$")
_UNDERLINE = re.compile(r" {0,3}(=+|-{2,})[ \t]*$")
_PLAIN = re.compile(r" {0,3}[^\s#>|`~*+<=-]")


def headings(text: str) -> str:
    """The table; empty without headings."""
    lines = text.rstrip().splitlines()
    found = _found(lines)
    rows: list[Row] = []
    ends: list[tuple[int, int]] = [(0, len(lines))]
    for line, level, title in reversed(found):
        while len(ends) > 1 and ends[-1][0] > level:
            ends.pop()
        rows.append(
            Row(first=line, last=ends[-1][1], code=f"{'#' * level} {title}", about=_words(lines, line))
        )
        ends.append((level, line - 1))
    return table(rows, "heading")


def _found(lines: list[str]) -> list[tuple[int, int, str]]:
    """Line (from 1), level and title of each heading outside fences and front matter."""
    found: list[tuple[int, int, str]] = []
    fence = "---" if lines[:1] == ["---"] else ""
    for number, line in enumerate(lines, 1):
        mark = _FENCE.match(line)
        if fence:
            closed = line.strip() == "---" if fence == "---" else line.strip().startswith(fence)
            fence = "" if closed and number > 1 and not line.strip().strip(fence[0]) else fence
        elif mark:
            fence = mark[1]
        elif heading := _HEADING.match(line):
            found.append((number, len(heading[1]), one_line(heading[2])))
        elif number > 1 and _PLAIN.match(lines[number - 2]) and (under := _UNDERLINE.match(line)):
            level = 1 if under[1][0] == "=" else 2
            found.append((number - 1, level, one_line(lines[number - 2])))
    return found


def _words(lines: list[str], heading: int) -> str:
    """The first line of text under a heading."""
    for line in lines[heading : heading + 6]:
        if _HEADING.match(line) or _FENCE.match(line) or line.startswith(("|", "    ")):
            return ""
        if line.strip() and not _UNDERLINE.match(line):
            return shortened(one_line(line), LONGEST_ABOUT)
    return ""

"""Reading TOML that a person may have edited: what is wrong, on which line, in which column."""

import tomllib
from typing import Any

from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.patterns import late

_PLACE = late(r"\s*\(at (?:line (\d+), column (\d+)|end of document)\)$")
_HEADER = late(r"\s*(\[\[?)\s*([^\]]*?)\s*\]")
_PART = late(r""""(?:[^"\\]|\\.)*"|'[^']*'|[^\s.]+""")
_KEY = late(r"""\s*("(?:[^"\\]|\\.)*"|'[^']*'|[A-Za-z0-9_-]+(?:\s*\.\s*[A-Za-z0-9_-]+)*)\s*=""")


@frozen
class Flaw:
    """Something wrong in a file. `line` and `column` count from 1; 0 where it has no place."""

    reason: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        place = f"line {self.line}, column {self.column}: " if self.line else ""
        return place + self.reason


def parse(data: bytes) -> tuple[str, dict[str, Any]] | Flaw:
    """The text and what it holds, or what is wrong. A byte order mark (Windows editors) is no flaw."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        line, column = before.count(b"\n") + 1, error.start - before.rfind(b"\n")
        return Flaw(reason="it is not UTF-8 text", line=line, column=column)
    try:
        return text, tomllib.loads(text)
    except RecursionError:
        return Flaw(reason="it is nested too deep")
    except ValueError as error:  # TOMLDecodeError, or a number with more digits than Python reads
        return _flaw(text, str(error))


def find(text: str, path: tuple[str | int, ...]) -> tuple[int, int]:
    """Where the value at `path` is set, as (line, column) from 1; (0, 0) where that cannot be told.

    A number in the path counts the `[[tables]]` of the name before it, from 0. Looks at tables and keys as
    people and this program write them; a value deep in an inline table is found at its key.
    """
    wanted = [part for part in path if isinstance(part, str)]
    best: tuple[int, tuple[int, int]] = (0, (0, 0))
    here: list[str] = []
    counted: dict[tuple[str, ...], int] = {}
    for number, line in _lines_outside_strings(text):
        header, key = _HEADER.match(line), _KEY.match(line)
        if header:
            here = _names(header[2])
            if header[1] == "[[":
                counted[tuple(here)] = counted.get(tuple(here), -1) + 1
                _forget_inside(counted, tuple(here))
            named = here
        elif key:
            named = here + _names(key[1])
        else:
            continue
        depth = len(named)
        if depth > best[0] and wanted[:depth] == named and _counts_fit(path, counted):
            indent = len(line) - len(line.lstrip())
            best = (depth, (number, indent + 1))
    return best[1]


def _flaw(text: str, said: str) -> Flaw:
    match = _PLACE.search(said)
    if match is None:
        return Flaw(reason=said)
    if match[1]:
        line, column = int(match[1]), int(match[2])
    else:
        line, column = text.count("\n") + 1, len(text) - text.rfind("\n")
    return Flaw(reason=said[: match.start()], line=line, column=column)


def _names(dotted: str) -> list[str]:
    """The parts of a dotted name; a quoted part may hold dots itself."""
    return [part.strip("\"'") for part in _PART.findall(dotted)]


def _forget_inside(counted: dict[tuple[str, ...], int], outer: tuple[str, ...]) -> None:
    """A new `[[a]]` starts the count of `[[a.b]]` again."""
    for name in [n for n in counted if len(n) > len(outer) and n[: len(outer)] == outer]:
        del counted[name]


def _counts_fit(path: tuple[str | int, ...], counted: dict[tuple[str, ...], int]) -> bool:
    names: tuple[str, ...] = ()
    for part in path:
        if isinstance(part, str):
            names = (*names, part)
        elif counted.get(names, part) != part:
            return False
    return True


def _lines_outside_strings(text: str) -> list[tuple[int, str]]:
    """The numbered lines that do not begin inside a multi-line string."""
    found: list[tuple[int, str]] = []
    closing = ""
    for number, line in enumerate(text.split("\n"), start=1):
        rest = line
        if closing:
            at = _end_of_string(line, closing)
            if at < 0:
                continue
            rest = line[at:]
            closing = ""
        else:
            found.append((number, line))
        closing = _left_open(rest)
    return found


def _left_open(line: str) -> str:
    """The quotes of a multi-line string that this line opens and does not close; empty where none."""
    at = 0
    while at < len(line):
        three, one = line[at : at + 3], line[at]
        if three in ('"""', "'''"):
            end = _end_of_string(line, three, at + 3)
            if end < 0:
                return three
            at = end
        elif one in "\"'":
            end = _end_of_string(line, one, at + 1)
            at = end if end > 0 else len(line)
        elif one == "#":
            return ""
        else:
            at += 1
    return ""


def _end_of_string(line: str, quotes: str, at: int = 0) -> int:
    """Just behind the closing quotes, -1 where they are not on this line."""
    while at < len(line):
        if quotes[0] == '"' and line[at] == "\\":
            at += 2
        elif line.startswith(quotes, at):
            end = at + len(quotes)
            while len(quotes) == 3 and line.startswith(quotes[0], end) and end < at + 5:
                end += 1
            return end
        else:
            at += 1
    return -1

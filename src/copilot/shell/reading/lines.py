"""Small helpers for finding places in a script."""

import re
from collections.abc import Iterator

from copilot.vocabulary.readings import Edit, Fix, Hazard


def lines_of(code: str) -> Iterator[tuple[int, int, str]]:
    """Each line with its number from 1 and the offset of its first character."""
    start = 0
    for number, line in enumerate(code.split("\n"), start=1):
        yield number, start, line
        start += len(line) + 1


def inserted(label: str, at: int, text: str) -> Fix:
    """A fix that puts a text in."""
    return Fix(label=label, edits=(Edit(at, at, text),))


def replaced(label: str, start: int, end: int, text: str) -> Fix:
    """A fix that puts a text in the place of another."""
    return Fix(label=label, edits=(Edit(start, end, text),))


def told(line: int, words: str, fix: Fix | None = None) -> Hazard:
    """A hazard of the shell."""
    return Hazard(line=line, words=words, kind="shell", fix=fix)


def asks(line: int, words: str, fix: Fix | None = None) -> Hazard:
    """A hazard of a question that nobody answers."""
    return Hazard(line=line, words=words, kind="prompt", fix=fix)


def each(pattern: re.Pattern[str], code: str) -> Iterator[tuple[int, re.Match[str]]]:
    """Each place that fits, with its line. Line by line, so that other threads run meanwhile."""
    number, start = 1, 0
    while start <= len(code):
        end = code.find("\n", start)
        end = len(code) if end < 0 else end
        for found in pattern.finditer(code, start, end):
            yield number, found
        number, start = number + 1, end + 1

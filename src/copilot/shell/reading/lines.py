"""Small helpers for finding places in a script."""

import re
from bisect import bisect_right
from collections.abc import Iterator

from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.readings import Edit, Fix, Hazard


@frozen(kw_only=False)
class Code:
    """A script without what it quotes and remarks. `low`: in small letters; `starts`: of its lines."""

    text: str
    low: str
    starts: tuple[int, ...]

    def lines_with(self, needles: tuple[str, ...]) -> Iterator[tuple[int, int, int]]:
        """Number from 1, start and end of each line that holds one of the `needles`, in small letters."""
        found = {bisect_right(self.starts, at) for needle in needles for at in _places(self.low, needle)}
        for number in sorted(found):
            end = self.starts[number] - 1 if number < len(self.starts) else len(self.text)
            yield number, self.starts[number - 1], end


def code_of(text: str) -> Code:
    """What `code_only` left of a script, ready to be searched."""
    low = text.lower() if text.isascii() else "".join(map(_small, text))
    return Code(text, low, (0, *(found.end() for found in re.finditer("\n", text))))


def _small(char: str) -> str:
    low = char.lower()
    return low if len(low) == 1 else char


def _places(text: str, needle: str) -> Iterator[int]:
    """One in each line that holds it."""
    at = text.find(needle)
    while at >= 0:
        yield at
        end = text.find("\n", at)
        at = text.find(needle, end) if end >= 0 else -1


def line_from(text: str, at: int) -> str:
    """From there to the end of the line."""
    end = text.find("\n", at)
    return text[at : end if end >= 0 else len(text)]


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


def each(pattern: re.Pattern[str], code: Code, *needles: str) -> Iterator[tuple[int, re.Match[str]]]:
    """Each place that fits, with its line. What fits holds one of the `needles`, in small letters.

    Only lines with a needle are looked at: most of what is looked for stands in no script at all.
    """
    for number, start, end in code.lines_with(needles):
        for found in pattern.finditer(code.text, start, end):
            yield number, found

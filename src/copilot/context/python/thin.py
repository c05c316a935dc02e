"""A text of Python without the elements of its long lists, sets and dicts, of which nobody asks anything.

They may be most of a text, and a tree takes 40 to 300 times what it stands for. So runs of such elements are
parsed each by itself, and one name stands in the place of each run: what is left has the lines and the length
of the text. A run is whole lines, begins where an element may and ends behind a comma. Where it parses
between brackets as a display of that kind, and the name in its place is an element of such a display, the
text with the run is valid where the one with the name is, and its tree is the same but for those elements.
"""

import ast
from collections.abc import Iterator, Sequence
from typing import Literal

from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.patterns import late

RUN = 6_000
"""Characters of a run; a display that is shorter is left as it is."""
_LONGEST_RUN = 24_000
"""Characters of an element beyond which it is no run, but looked into."""
_OPENING = late(r"[\[{][ \t]*\n( *)(?=[^\s#\]})])")
_PLACEHOLDER = "_"

Kind = Literal["list", "set", "dict"]


class NotThinError(ValueError):
    """The text without its runs is another: one of them stands where there are no elements."""


@frozen
class Thin:
    """What is left of a text. `places` are the line and column of each name that stands for a run."""

    text: str
    solid: int
    """Characters that are left."""
    places: frozenset[tuple[int, int]]


def thinned(text: str) -> Thin | None:
    """What is left; None where that is all. Whether it is right is known when its trees are `checked`."""
    pieces: list[str] = []
    places: list[tuple[int, int]] = []
    end = line = taken = 0
    for start, stop, indent in _runs(text, 0, len(text)):
        kind = _kind(text, start, stop)
        if kind is None:
            continue
        pieces.append(text[end:start])
        line += pieces[-1].count("\n")
        lines = text.count("\n", start, stop)
        name = " " * indent + (f"{_PLACEHOLDER}:{_PLACEHOLDER}," if kind == "dict" else f"{_PLACEHOLDER},")
        pieces += name, " " * (stop - start - len(name) - lines), "\n" * lines
        places.append((line + 1, indent))
        line += lines
        taken += stop - start - len(name)
        end = stop
    if not places:
        return None
    pieces.append(text[end:])
    return Thin(text="".join(pieces), solid=len(text) - taken, places=frozenset(places))


def checked(thin: Thin, found: set[tuple[int, int]]) -> None:
    """`found` are the places of elements in all trees of the text. Raises NotThinError."""
    if not thin.places <= found:
        raise NotThinError


def places_of(tree: ast.AST) -> Iterator[tuple[int, int]]:
    """Where elements stand that may be names in the place of runs."""
    for node in ast.walk(tree):
        elements: Sequence[ast.expr | None] = ()
        if isinstance(node, ast.Set) or (isinstance(node, ast.List) and isinstance(node.ctx, ast.Load)):
            elements = node.elts
        elif isinstance(node, ast.Dict):
            elements = node.keys
        for one in elements:
            if isinstance(one, ast.Name) and one.id == _PLACEHOLDER:
                yield one.lineno, one.col_offset


def _runs(text: str, at: int, stop: int) -> Iterator[tuple[int, int, int]]:
    """What may be runs, none within another: where they begin and end, and their indentation."""
    while (opening := _OPENING.search(text, at, stop)) is not None:
        indent = len(opening[1])
        at = opening.end()
        first = at - indent
        end = _closing(text, at, stop, indent)
        if end - first < RUN:
            continue
        starts = _starts(text, first, end, indent)
        place = 0
        while place + 1 < len(starts):
            start, place = starts[place], _last_within(starts, place)
            if starts[place] - start > _LONGEST_RUN:
                yield from _runs(text, start, starts[place])
            else:
                yield start, starts[place], indent
        yield from _runs(text, starts[-1], end)
        at = end


def _closing(text: str, start: int, stop: int, indent: int) -> int:
    """The end of the lines before the one that closes a display whose elements have this indentation."""
    at = start
    while (at := text.find("\n", at, stop)) >= 0:
        at += 1
        rest = text[at : at + indent].lstrip(" ")
        if rest and rest[0] in "]})":
            return at
    return stop


def _starts(text: str, first: int, end: int, indent: int) -> list[int]:
    """Where elements begin, as far as their indentation tells, and where the last whole one ends."""
    found = [first]
    before = ",\n" + " " * indent
    at = first
    while (at := text.find(before, at, end)) >= 0:
        at += len(before)
        if at < end and text[at] not in " \n":
            found.append(at - indent)
    if text[end - 2 : end] == ",\n" and end > found[-1]:
        found.append(end)
    return found


def _last_within(starts: Sequence[int], place: int) -> int:
    """The last start in reach of a run, at least the next one."""
    last = place + 1
    while last + 1 < len(starts) and starts[last + 1] - starts[place] <= RUN:
        last += 1
    return last


def _kind(text: str, start: int, stop: int) -> Kind | None:
    """What these lines are the elements of; None where they are no run of elements."""
    run = text[start:stop]
    for opening, closing in ("[]", "{}"):
        try:
            found = ast.parse(f"{opening}\n{run}{closing}", mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        match found:
            case ast.List() if opening == "[":
                return "list"
            case ast.Set():
                return "set"
            case ast.Dict() if found.keys:
                return "dict"
            case _:
                return None
    return None

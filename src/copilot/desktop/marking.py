"""Where searched words stand in text, and pieces of text cut at those places. Pure."""

import re
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")
Span = tuple[int, int]


def spans(text: str, needle: str) -> list[Span]:
    """Where `needle` stands in `text`, whatever the letters' case; from left to right, none over another.

    An empty needle stands nowhere.
    """
    if not needle:
        return []
    low = text.lower()
    if len(low) != len(text):  # a few letters have a lower form of two
        found = re.finditer(re.escape(needle), text, re.IGNORECASE)
        return [match.span() for match in found]
    wanted, size = needle.lower(), len(needle)
    if len(wanted) != size:
        return []
    places: list[Span] = []
    at = low.find(wanted)
    while at >= 0:
        places.append((at, at + size))
        at = low.find(wanted, at + size)
    return places


def shared(pieces: Sequence[str], needle: str) -> list[list[int]]:
    """Which of the pieces that were drawn for matches, one after another, belong to each of the matches.

    A match that went over the end of a line is of several pieces; a piece may hold several matches.
    """
    size = len("".join(needle.split()))
    found: list[list[int]] = []
    part: list[int] = []
    letters = 0
    for number, piece in enumerate(pieces):
        whole = 0 if part else len(spans(piece, needle))
        found += [[number]] * whole
        if whole:
            continue
        part.append(number)
        letters += len("".join(piece.split()))
        if letters >= size:
            found.append(part)
            part, letters = [], 0
    return [*found, part] if part else found


def cut(runs: Sequence[tuple[str, T]], needle: str) -> list[tuple[str, T, bool]]:
    """Runs of words cut where `needle` begins and ends, each with whether it is of a match.

    A match may go over several runs.
    """
    if not needle:
        return [(words, kind, False) for words, kind in runs]
    places = spans("".join(words for words, _ in runs), needle)
    if not places:
        return [(words, kind, False) for words, kind in runs]
    edges = [edge for place in places for edge in place]
    found: list[tuple[str, T, bool]] = []
    at = passed = 0
    for words, kind in runs:
        start, end = at, at + len(words)
        while start < end:
            while passed < len(edges) and edges[passed] <= start:
                passed += 1
            stop = min(end, edges[passed]) if passed < len(edges) else end
            found.append((words[start - at : stop - at], kind, passed % 2 == 1))
            start = stop
        if not words:
            found.append((words, kind, False))
        at = end
    return found

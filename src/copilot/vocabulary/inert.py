"""Markdown of others that is passed on: whoever shows it loads no picture and runs no HTML of it.

What is code for one reader of Markdown is a picture for another, so code is settled first: fences and spans
that every reader takes for code (CommonMark 0.31) are left alone, all other backticks are escaped.
"""

import re
from collections.abc import Callable, Iterator
from typing import Literal

from copilot.vocabulary.frozen import field, frozen, mutable
from copilot.vocabulary.patterns import late

Kind = Literal["text", "span", "fence"]

_OPENS = late(r"(?P<blanks> *)(?P<mark>`{3,}(?=[^`]*$)|~{3,}).*")
_CLOSES = late(r"[ \t]*(?P<mark>`{3,}|~{3,})[ \t]*")
_ESCAPED = r"\\[!-/:-@\[-`{-~]"
_TICKS = late(rf"\\`+|{_ESCAPED}|`+")
_RUN = late(r"`+")
_BEGINS = late(r"[ \t]*(?:$|[-*+>#|]|\d{1,9}[.)]|`{3}|~{3})")
"""A line that does not go on with the paragraph before it, or may not."""
_TILDES = late(r"(?<![\\~])~(?=~~)")
_ACTIVE = late(rf"{_ESCAPED}|<(?=[A-Za-z/!?])(?!https?://[^\s<>`\ue000]*>)|!(?=\[)")
_OF_A_TABLE = frozenset(" \t|:-*+>")
_LONGEST = 2_000
"""Lines of a fence behind blanks."""

_DEEP = 4
"""Blanks from which a line may be code without a fence, or go on with a paragraph."""


@frozen(kw_only=False)
class Piece:
    """A part of a text, from `start` to `end`; all of them make up the whole."""

    kind: Kind
    start: int
    end: int


def inert(text: str) -> str:
    """The text with nothing in it that a reader would fetch or run; links stay, to be followed by a click."""
    return rewritten(text, disarmed)


def disarmed(plain: str) -> str:
    """Words outside code, in which no picture and no HTML begins."""

    def without(found: re.Match[str]) -> str:
        return {"<": "&lt;", "!": "!\\"}.get(found[0], found[0])

    # `!\[` is no picture: the escape is of the bracket
    return _ACTIVE.sub(without, plain)


def rewritten(text: str, change: Callable[[str], str]) -> str:
    """The text with its code settled, and `change` applied to the words between, which are given as a whole:
    code stands in it as U+E000, its number, U+E001.
    """
    held: list[tuple[Kind, str]] = []
    words: list[str] = []
    for kind, piece in settled(text):
        if kind == "text":
            words.append(piece.replace("\ue000", "\\u{e000}").replace("\ue001", "\\u{e001}"))
        else:
            code = piece.removesuffix("\n")
            words.append(f"\ue000{len(held)}\ue001{piece[len(code) :]}")
            held.append((kind, code))
    changed = change("".join(words))
    in_tables = any(map(_is_of_table, changed.split("\n")))

    def back(found: re.Match[str]) -> str:
        kind, code = held[int(found[1])]
        is_cut = in_tables and kind == "span" and "|" in code  # a table's cells end within code, too
        return code.replace("<", "&lt;") if is_cut else code

    return re.sub("\ue000(\\d+)\ue001", back, changed)


def settled(text: str) -> Iterator[tuple[Kind, str]]:
    """The pieces, written so that every reader takes the same ones for code."""
    for piece in pieces(text):
        said = text[piece.start : piece.end]
        match piece.kind:
            case "text":
                yield "text", _TILDES.sub(r"\\~", _TICKS.sub(_escaped, said))
            case "span":
                yield "span", re.sub(r"[ \t]*\n[ \t]*", " ", said)
            case "fence":
                opened = _OPENS.match(said.partition("\n")[0])
                assert opened is not None, "it was one"
                lines = said.removesuffix("\n").split("\n")
                closed = len(lines) > 1 and (opened["blanks"] or _ends(lines[-1], opened["mark"]))
                yield "fence", said if closed else "\n".join((*lines, opened["mark"], ""))


def _escaped(found: re.Match[str]) -> str:
    said = found[0]
    own, ticks = (said[:2], said[2:]) if said[0] == "\\" else ("", said)
    return own + "\\`" * len(ticks)


def pieces(text: str) -> Iterator[Piece]:
    """Words, spans of code and fences, in order."""
    begun = 0
    for start, end in _fences(text):
        yield from _spans(text, begun, start)
        yield Piece("fence", start, end)
        begun = end
    yield from _spans(text, begun, len(text))


def _fences(text: str) -> Iterator[tuple[int, int]]:
    """Where fences are that all readers take for fences, line ends included."""
    lines = text.split("\n")
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)
    at = 0
    while at < len(lines):
        opened = _OPENS.fullmatch(lines[at])
        last = _last_of(lines, at, opened["mark"], len(opened["blanks"])) if opened is not None else -1
        if last < 0:
            at += 1
            continue
        yield starts[at], min(starts[last + 1], len(text))
        at = last + 1


def _last_of(lines: list[str], first: int, mark: str, blanks: int) -> int:
    """The last line of the fence that opens at `first`; -1 where somebody may see no fence, or another end.

    Behind blanks it may stand in a list, whose own blanks nobody here knows.
    """
    if blanks >= _DEEP and mark[0] == "~":
        return -1
    if not blanks:
        ends = (at for at in range(first + 1, len(lines)) if _ends(lines[at], mark))
        return next(ends, len(lines) - 1)
    for at in range(first + 1, min(len(lines), first + _LONGEST)):
        line = lines[at]
        if line.strip(" \t") and _blanks(line) < blanks:
            return -1  # the list around it ends, and the fence with it
        closing = _CLOSES.fullmatch(line)
        if closing is not None and closing["mark"].startswith(mark):
            same = closing["mark"] == mark or blanks < _DEEP
            return at if same and _blanks(line) == blanks else -1
        if blanks >= _DEEP and (not line.strip() or mark[0] * 3 in line):
            return -1
    return -1


def _ends(line: str, mark: str) -> bool:
    """Whether a line closes a fence that stands in no list."""
    closing = _CLOSES.fullmatch(line)
    return closing is not None and closing["mark"].startswith(mark) and _blanks(line) < _DEEP


def _blanks(line: str) -> int:
    wide = line.expandtabs(_DEEP)
    return len(wide) - len(wide.lstrip(" "))


@mutable(kw_only=False)
class _Runs:
    """Where runs of backticks begin in a text, by their length."""

    places: dict[int, list[int]] = field(default_factory=dict[int, list[int]])

    def next(self, length: int, after: int) -> int:
        """The first one behind a place, which only grows; -1 for none."""
        places = self.places.get(length, [])
        while places and places[-1] < after:
            places.pop()
        return places[-1] if places else -1


def _spans(text: str, start: int, end: int) -> Iterator[Piece]:
    """Words and spans between two places, outside fences."""
    runs = _Runs()
    for found in _RUN.finditer(text, start, end):
        runs.places.setdefault(len(found[0]), []).append(found.start())
    for places in runs.places.values():
        places.reverse()
    begun = at = start
    while (found := _TICKS.search(text, at, end)) is not None:
        at = found.end()
        length = len(found[0])
        if found[0][0] == "\\":
            continue
        closing = runs.next(length, at)
        if closing < 0 or closing >= _end_of_paragraph(text, at, min(end, closing + 1)):
            continue
        if begun < found.start():
            yield Piece("text", begun, found.start())
        begun = at = closing + length
        yield Piece("span", found.start(), begun)
    if begun < end:
        yield Piece("text", begun, end)


def _end_of_paragraph(text: str, at: int, end: int) -> int:
    """Where the lines end that surely go on with the one at a place; at most `end`."""
    while (at := text.find("\n", at, end)) >= 0:
        at += 1
        line = text[at : (text.find("\n", at) + 1 or len(text) + 1) - 1]
        if _BEGINS.match(line) is not None:
            return at
    return end


def _is_of_table(line: str) -> bool:
    """Whether a line may be the one below the head of a table."""
    return "-" in line and ("|" in line or ":" in line) and _OF_A_TABLE.issuperset(line)

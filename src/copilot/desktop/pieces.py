"""A Markdown text cut into pieces that can be read each by itself, so that only what is in view is.

A piece ends where blocks end: behind an empty line that is not within code, before a line that goes on with
nothing above it. Long code is cut between its lines. A text that grows keeps its pieces but for the last one.
Pure; cutting takes about 30 µs a piece.
"""

import re
from dataclasses import dataclass

from copilot.desktop.markdown import Block, Code, Part, blocks, references
from copilot.desktop.text import prose
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.text import visible

PIECE = 400
"""Characters from which on a piece ends at the next good place."""

LONGEST = 2_400
"""Characters after which a piece ends at any line, or anywhere in a line that has no end."""

LONG_CODE = 2_400
"""Characters of a code block that becomes pieces of its own."""

CODE_LINES = 40
CODE_PIECE = 1_600
"""Lines and characters of one piece of long code, at most."""

AT_ONCE = 300
"""Pieces that are cut in one go: about 10 ms."""

REMEMBERED = 60
"""Pieces whose blocks are remembered."""

_BLANK = re.compile(r"\n[ \t\r]*\n")
_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})([^\n`]*)$", re.MULTILINE)
_GOES_ON = re.compile(r"[ \t\r\n]|[-*+][ \t]|\d{1,9}[.)][ \t]")
_DEFINES = re.compile(r"^ {0,3}\[[^\]\n]+\]:[ \t]*\S[^\n]*$", re.MULTILINE)
_DELIMITER = re.compile(r"^ {0,3}\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t:-]*)+$", re.MULTILINE)


@frozen(kw_only=False)
class Piece:
    """Where a piece stands in the text. `code` is the number of the long code it is of, `table` where the
    head of the table stands that it goes on with; -1 for none."""

    start: int
    end: int
    code: int = -1
    table: int = -1


@dataclass(slots=True)
class _LongCode:
    """A code block with pieces of its own; `end` is -1 while its fence is open."""

    language: str
    close: re.Pattern[str]
    start: int
    end: int
    whole: str = ""


class Pieces:
    """`take` gives it the text, which may have grown; `len`, `piece` and `blocks` tell of the pieces."""

    def __init__(self, text: str = "") -> None:
        self.text = ""
        self.version = 0
        """Changes where pieces that stayed may look different now."""
        self._pieces: list[Piece] = []
        self._codes: list[_LongCode] = []
        self._open = -1
        self._start = 0
        self._more = False
        self._known: dict[str, object] = {}
        self._blocks: dict[Piece, tuple[Block, ...]] = {}
        self.take(text)

    def __len__(self) -> int:
        return len(self._pieces) + (self._start < len(self.text))

    def take(self, text: str) -> bool:
        """Go on with a text that begins with the one before, or begin with another. At most `AT_ONCE` pieces
        are cut; True where there is more to cut, by another call."""
        if text is not self.text:
            if not text.startswith(self.text):
                self._begin()
            before, self.text = len(self.text), text
            self._define(before)
            self._more = True
        if self._more:
            self._more = self._cut()
        return self._more

    def _cut(self) -> bool:
        for _ in range(AT_ONCE):
            if (end := self._next_end()) is None:
                return False
            code = self._open  # `_next_end` may have come to a long code
            table = self._table(self._start) if code < 0 else -1
            self._pieces.append(Piece(self._start, end, code, table))
            self._start = end
            if code >= 0 and self._codes[code].end >= 0 and end > self._codes[code].end:
                self._open = -1
        return True

    def piece(self, index: int) -> Piece:
        """The piece of that number."""
        if index < len(self._pieces):
            return self._pieces[index]
        table = self._table(self._start) if self._open < 0 else -1
        return Piece(self._start, len(self.text), self._open, table)

    def at(self, offset: int) -> int:
        """The number of the piece in which a character of the text stands."""
        low, high = 0, len(self._pieces)
        while low < high:
            middle = (low + high) // 2
            if self._pieces[middle].end <= offset:
                low = middle + 1
            else:
                high = middle
        return min(low, max(0, len(self) - 1))

    def blocks(self, index: int) -> tuple[Block, ...]:
        """The blocks of a piece."""
        piece = self.piece(index)
        done = index < len(self._pieces)
        if done and piece in self._blocks:
            return self._blocks[piece]
        found = self._code_block(piece) if piece.code >= 0 else self._read(piece)
        if done:
            if len(self._blocks) >= REMEMBERED:
                del self._blocks[next(iter(self._blocks))]
            self._blocks[piece] = found
        return found

    def code(self, number: int) -> str:
        """The whole text of a long code block."""
        code = self._codes[number]
        if code.end < 0:
            return self.text[code.start :].removesuffix("\n")
        if not code.whole:
            code.whole = self.text[code.start : code.end].removesuffix("\n")
        return code.whole

    def code_size(self, number: int) -> int:
        """How many characters a long code block has."""
        code = self._codes[number]
        return (code.end if code.end >= 0 else len(self.text)) - code.start

    def first_line(self, piece: Piece) -> int:
        """How many lines of its long code stand before a piece."""
        return self.text.count("\n", self._codes[piece.code].start, piece.start) if piece.code >= 0 else 0

    def _begin(self) -> None:
        self.text = ""
        self._pieces, self._codes, self._open, self._start = [], [], -1, 0
        self._known, self._blocks = {}, {}
        self.version += 1

    def _define(self, before: int) -> None:
        """Take in the definitions of links that new text brings; all pieces may use them."""
        start = self.text.rfind("\n", 0, before) + 1
        if self.text.find("]:", start) < 0:
            return
        found = "\n".join(match[0] for match in _DEFINES.finditer(self.text, start))
        if found and (more := references(found)).keys() - self._known.keys():
            self._known = {**more, **self._known}
            self._blocks.clear()
            self.version += 1

    def _read(self, piece: Piece) -> tuple[Block, ...]:
        words = self.text[piece.start : piece.end]
        if piece.table >= 0:
            words = self.text[piece.table : self._end_of_head(piece.table)] + words
        return blocks(prose(words), self._known)

    def _code_block(self, piece: Piece) -> tuple[Block, ...]:
        code = self._codes[piece.code]
        whole_start, end = code.start, code.end if code.end >= 0 else len(self.text)
        start = max(piece.start, whole_start)
        first, last = piece.start <= whole_start, piece.end > end or piece.end == len(self.text)
        part: Part = "whole" if first and last else "first" if first else "last" if last else "middle"
        words = prose(self.text[start : min(piece.end, end)])
        if not words and not first:
            return ()  # the fence came right behind a piece that had been cut already
        return (Code(words.removesuffix("\n"), code.language, part=part),)

    def _next_end(self) -> int | None:
        """Where the piece that begins at `_start` ends; None where that is not known yet."""
        if self._open >= 0:
            return self._code_end(self._codes[self._open])
        return self._text_end()

    def _code_end(self, code: _LongCode) -> int | None:
        text, start = self.text, max(self._start, code.start)
        if code.end < 0 and (close := code.close.search(text, start)) and close.end() < len(text):
            code.end = close.start()
        end = code.end if code.end >= 0 else len(text)
        cut = _line_cut(text, start, end, CODE_PIECE, CODE_LINES)
        if cut is not None and cut != code.end:
            return cut
        if code.end < 0:
            return None
        closed = text.find("\n", code.end)
        return closed + 1 if closed >= 0 else len(text)

    def _text_end(self) -> int | None:
        text, start = self.text, self._start
        looked, far = start, min(len(text), start + 2 * LONGEST)
        while True:
            blank = _BLANK.search(text, max(looked, start + PIECE) - 1, far)
            good = blank.end() if blank is not None else far
            fence = _fence(text, looked, good)
            if fence is not None:
                behind = self._behind(fence)
                if behind == fence.start() == start:
                    return self._code_end(self._enter(fence))
                if behind is None or behind == fence.start() or behind - start >= PIECE:
                    return behind
                looked = behind
                if looked >= far:
                    return behind
                continue
            if blank is None:
                return self._forced(start) if far < len(text) else None
            if text.find("\n", good) < 0:
                return None
            if not _GOES_ON.match(text, good) or good - start > LONGEST:
                return good
            looked = good

    def _behind(self, fence: re.Match[str]) -> int | None:
        """Where reading goes on behind a code block, its start where it is long; None while it is open."""
        text = self.text
        close = _closing(fence).search(text, fence.end(), fence.end() + 2 * LONG_CODE)
        closed = close is not None and close.end() < len(text)
        length = (close.start() if close is not None and closed else len(text)) - fence.end()
        if length > LONG_CODE:
            return fence.start()
        return close.end() + 1 if close is not None and closed else None

    def _enter(self, fence: re.Match[str]) -> _LongCode:
        language = fence[2].split()[0] if fence[2].strip() else ""
        code = _LongCode(visible(language, keep=""), _closing(fence), fence.end() + 1, -1)
        self._codes.append(code)
        self._open = len(self._codes) - 1
        return code

    def _forced(self, start: int) -> int:
        text = self.text
        for mark in ("\n", " "):
            cut = text.rfind(mark, start + PIECE, start + LONGEST)
            if cut >= 0:
                return cut + 1
        return start + LONGEST

    def _table(self, start: int) -> int:
        """Where the head of the table stands that is cut at `start`; -1 where none is."""
        text = self.text
        if not self._pieces or not text.startswith("|", start) or text[start - 2 : start] == "\n\n":
            return -1
        before = self._pieces[-1]
        if before.table >= 0:
            return before.table
        marks = list(_DELIMITER.finditer(text, before.start, before.end))
        return text.rfind("\n", 0, max(0, marks[-1].start() - 1)) + 1 if marks else -1

    def _end_of_head(self, start: int) -> int:
        return self.text.find("\n", self.text.find("\n", start) + 1) + 1


def _fence(text: str, start: int, end: int) -> re.Match[str] | None:
    if text.find("```", start, end) < 0 and text.find("~~~", start, end) < 0:
        return None
    return _FENCE.search(text, start, end)


def _closing(fence: re.Match[str]) -> re.Pattern[str]:
    return re.compile(rf"^ {{0,3}}{re.escape(fence[1][0])}{{{len(fence[1])},}}[ \t\r]*$", re.MULTILINE)


def _line_cut(text: str, start: int, end: int, most: int, lines: int) -> int | None:
    """Behind the last line that still fits; None where all fits."""
    cut = start
    for _ in range(lines):
        after = text.find("\n", cut, end) + 1
        if not after:
            return None if end - start <= most else (cut if cut > start else start + most)
        if after - start > most:
            return cut if cut > start else min(after, start + most)
        cut = after
    return cut if cut < end else None

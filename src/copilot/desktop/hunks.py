"""A proposed change of a file, cut into hunks of which a person takes, leaves or rewrites each. Pure.

The proposed text and its unified diff (`vocabulary.diffs.unified`) give the old text, so that nothing is read
again. What is chosen for every hunk, joined with what stays, is exactly what is written: all of them taken
it is the proposed text, none of them the old one.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Literal

from copilot.desktop.approval_words import DiffRow
from copilot.vocabulary.diffs import unified
from copilot.vocabulary.frozen import frozen, replace
from copilot.vocabulary.patterns import late

MOST_HUNKS = 100
"""More are one last hunk: nobody decides on more, one by one."""
AROUND = 3
"""Lines that are shown before and after a hunk."""

_RANGES = late(r"@@ -([0-9]+)(?:,([0-9]+))? \+([0-9]+)(?:,([0-9]+))? @@")
_NO_NEWLINE = "\\ No newline at end of file"

Verdict = Literal["taken", "left", "edited"]


@frozen(kw_only=False)
class Piece:
    """Some lines of the old and of the new text, with their line feeds. Where both are the same they stay."""

    old: str
    new: str

    @property
    def changes(self) -> bool:
        """Whether it is a hunk."""
        return self.old != self.new


@frozen(kw_only=False)
class Review:
    """A change under review. `chosen` holds what is written for each hunk, in their order."""

    pieces: tuple[Piece, ...]
    chosen: tuple[str, ...]

    @property
    def hunks(self) -> tuple[Piece, ...]:
        """What can be decided on."""
        return tuple(piece for piece in self.pieces if piece.changes)

    @property
    def old(self) -> str:
        """The whole text as it is now."""
        return "".join(piece.old for piece in self.pieces)

    @property
    def text(self) -> str:
        """The whole text as it would be written."""
        rest = iter(self.chosen)
        return "".join(next(rest) if piece.changes else piece.new for piece in self.pieces)

    @property
    def taken(self) -> int:
        """How many hunks change anything, as proposed or edited."""
        return sum(chosen != hunk.old for chosen, hunk in zip(self.chosen, self.hunks, strict=True))

    def verdict(self, number: int) -> Verdict:
        """What was decided on a hunk, counted from 0."""
        chosen, hunk = self.chosen[number], self.hunks[number]
        if chosen == hunk.new:
            return "taken"
        return "left" if chosen == hunk.old else "edited"

    def take(self, number: int) -> "Review":
        """With a hunk as it was proposed."""
        return self._with(number, self.hunks[number].new)

    def leave(self, number: int) -> "Review":
        """With the lines of a hunk as they are now."""
        return self._with(number, self.hunks[number].old)

    def edit(self, number: int, text: str) -> "Review":
        """With the person's own lines; in the middle of the file the last of them gets its line feed."""
        hunk = self.hunks[number]
        if text and not text.endswith("\n") and hunk is not self.pieces[-1]:
            text += "\n"
        return self._with(number, text)

    def line(self, number: int) -> int:
        """The first line of a hunk in the old text."""
        return sum(piece.old.count("\n") for piece in self.pieces[: self._place(number)]) + 1

    def rows(self, number: int) -> tuple[DiffRow, ...]:
        """A hunk as lines to show, with what stands around it and line numbers of both texts; what was left
        out comes after what stays in its place."""
        at, old = self._place(number), self.line(number)
        new = sum(text.count("\n") for text in self._written(at)) + 1
        before = _last_lines(self.pieces[at - 1].old, AROUND) if at else ()
        after = _first_lines(self.pieces[at + 1].old, AROUND) if at + 1 < len(self.pieces) else ()
        rows = [*_same(before, old - len(before), new - len(before))]
        lines = _lines(self.pieces[at].old)
        if self.verdict(number) == "left":
            rows += _same(lines, old, new)
            rows += [DiffRow("left", None, None, line) for line in _lines(self.pieces[at].new)]
            added: Sequence[str] = ()
            new += len(lines)
        else:
            rows += [DiffRow("removed", old + index, None, line) for index, line in enumerate(lines)]
            added = _lines(self.chosen[number])
        rows += [DiffRow("added", None, new + index, line) for index, line in enumerate(added)]
        return (*rows, *_same(after, old + len(lines), new + len(added)))

    def _place(self, number: int) -> int:
        return [index for index, piece in enumerate(self.pieces) if piece.changes][number]

    def _written(self, until: int) -> Iterator[str]:
        rest = iter(self.chosen)
        for piece in self.pieces[:until]:
            yield next(rest) if piece.changes else piece.new

    def _with(self, number: int, text: str) -> "Review":
        return replace(self, chosen=(*self.chosen[:number], text, *self.chosen[number + 1 :]))


def review_of(new: str, diff: str) -> Review:
    """A review with everything taken. Raises ValueError for a diff that does not lead to `new`."""
    pieces = tuple(_few(_joined(_cut(new, diff))))
    return Review(pieces, tuple(piece.new for piece in pieces if piece.changes))


def review_again(old: str, new: str) -> Review:
    """A review of another change of the same text."""
    return review_of(new, unified(old, new, "", creates=False))


def _cut(new: str, diff: str) -> Iterator[Piece]:
    """Pieces one after the other, neighbours of the same kind not yet joined."""
    rest = _lines_kept(new)
    done = 0
    told = iter(_told(diff))
    for start, count, lines in told:
        if start < done or start > len(rest):
            raise ValueError("the hunks of the diff are not in order")
        yield from _stay(rest[done:start])
        here = [line for sign, line in lines if sign != "-"]
        if len(here) != count or rest[start : start + count] != here:
            raise ValueError("the diff does not lead to this text")
        for sign, line in lines:
            yield Piece("" if sign == "+" else line, "" if sign == "-" else line)
        done = start + count
    yield from _stay(rest[done:])


def _stay(lines: Sequence[str]) -> Iterator[Piece]:
    if lines:
        text = "".join(lines)
        yield Piece(text, text)


def _told(diff: str) -> Iterator[tuple[int, int, list[tuple[str, str]]]]:
    """Each block of a unified diff: its first line in the new text, from 0, how many, and its lines."""
    lines = diff.split("\n")
    at = next((index for index, line in enumerate(lines) if line.startswith("@@ ")), len(lines))
    while at < len(lines) and lines[at]:
        ranges = _RANGES.match(lines[at])
        if ranges is None:
            raise ValueError(f"no block begins with {lines[at]!r}")
        old, new = (int(word) if word is not None else 1 for word in (ranges[2], ranges[4]))
        start = int(ranges[3]) - (1 if new else 0)
        found: list[tuple[str, str]] = []
        at += 1
        while old or new or lines[at : at + 1] == [_NO_NEWLINE]:
            if at >= len(lines) or lines[at][:1] not in ("+", "-", " ", "\\") or lines[at] == "\\":
                raise ValueError("the diff ends in the middle of a block")
            sign, line = lines[at][:1], lines[at][1:]
            at += 1
            if sign == "\\" and found:
                found[-1] = (found[-1][0], found[-1][1].removesuffix("\n"))
                continue
            old, new = old - (sign != "+"), new - (sign != "-")
            found.append((sign, f"{line}\n"))
        yield start, sum(sign != "-" for sign, _ in found), found


def _joined(pieces: Iterator[Piece]) -> Iterator[Piece]:
    """Neighbours of one kind as one; what is apart by a single line that stays is one hunk."""
    found: list[list[Piece]] = []
    for piece in pieces:
        if found and found[-1][0].changes == piece.changes:
            found[-1].append(piece)
        else:
            found.append([piece])
    whole = [(run[0].changes, _one(run)) for run in found]
    held: list[Piece] = []
    for index, (changes, piece) in enumerate(whole):
        single = piece.old.find("\n") in (-1, len(piece.old) - 1)
        if changes or (single and 0 < index < len(whole) - 1):
            held.append(piece)
            continue
        if held:
            yield _one(held)
            held = []
        yield piece
    if held:
        yield _one(held)


def _few(pieces: Iterator[Piece]) -> Iterator[Piece]:
    """No more than `MOST_HUNKS` hunks: what follows the last but one is one."""
    hunks = 0
    for piece in pieces:
        hunks += piece.changes
        if hunks < MOST_HUNKS:
            yield piece
            continue
        rest = [piece, *pieces]
        end = [rest.pop()] if not rest[-1].changes else []
        yield _one(rest)
        yield from end


def _one(pieces: Sequence[Piece]) -> Piece:
    old, new = "".join(piece.old for piece in pieces), "".join(piece.new for piece in pieces)
    return Piece(old, old if old == new else new)  # one and the same text is compared in no time


def _same(lines: Sequence[str], old: int, new: int) -> list[DiffRow]:
    return [DiffRow("same", old + index, new + index, line) for index, line in enumerate(lines)]


def _lines(text: str) -> tuple[str, ...]:
    """To show: without their ends."""
    return tuple(line.removesuffix("\n") for line in _lines_kept(text))


def _first_lines(text: str, count: int) -> tuple[str, ...]:
    end = 0
    for _ in range(count):
        found = text.find("\n", end)
        end = found + 1 if found >= 0 else len(text)
    return _lines(text[:end])


def _last_lines(text: str, count: int) -> tuple[str, ...]:
    start = len(text) - text.endswith("\n")
    for _ in range(count):
        start = text.rfind("\n", 0, max(start, 0))
    return _lines(text[start + 1 :])


def _lines_kept(text: str) -> list[str]:
    """Lines end in a line feed and in nothing else; `splitlines` knows eight more ends."""
    return re.findall(r"[^\n]*\n|[^\n]+", text)

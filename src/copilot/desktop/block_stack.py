"""The words of one card: pieces below each other, of which only those near the view exist."""

from collections.abc import Callable, Generator
from dataclasses import dataclass, field

from copilot.desktop import marking, rich
from copilot.desktop.allowance import Allowance
from copilot.desktop.gate import Item, dpg
from copilot.desktop.heights import Heights
from copilot.desktop.pieces import LONGEST, Pieces
from copilot.desktop.rich_flow import Mark, Pen
from copilot.vocabulary.frozen import frozen

OVERSCAN = 500
"""Pixels above and below the view where pieces are kept alive."""


@frozen(kw_only=False)
class View:
    """What of a card is in view: pixels from its top. `upwards`: what is lowest in it comes first."""

    top: float
    height: float
    allowance: Allowance
    upwards: bool = False


@dataclass(slots=True)
class Body:
    """A text, its pieces and how high they are; it outlives the card that shows it."""

    pieces: Pieces = field(default_factory=Pieces)
    heights: Heights = field(default_factory=Heights)
    width: float = 0.0
    more: bool = False

    def take(self, text: str, width: float, guess: Callable[[str], float]) -> None:
        """Hold this text; `guess` tells how high a piece may be. A text that grows keeps what is known."""
        version = self.pieces.version
        self.more = self.pieces.take(text)
        if width != self.width or version != self.pieces.version:
            self.width = width
            self.heights = Heights()
        count = len(self.pieces)
        if len(self.heights) > count:
            self.heights.cut(count)
        for number in range(len(self.heights), count):
            piece = self.pieces.piece(number)
            self.heights.append(guess(text[piece.start : min(piece.end, piece.start + 4 * LONGEST)]))

    def go_on(self, guess: Callable[[str], float]) -> None:
        """Cut the next pieces of a long text."""
        if self.more:
            self.heights.cut(max(0, len(self.heights) - 1))
            self.take(self.pieces.text, self.width, guess)


@dataclass(slots=True)
class _Row:
    """A piece on the screen; `room` stands there for it until it is drawn. `end` is its last character, -1
    where it is to be drawn again; `rest` what is still to be done of drawing it."""

    group: Item
    drawn: rich.Drawn
    end: int = -1
    room: Item | None = None
    rest: Generator[None] | None = None
    marks: list[Mark] = field(default_factory=list[Mark])


class BlockStack:
    """`show` gives it a body, `tick` draws what is in view. `tags` are for its child windows."""

    def __init__(self, pen: Pen, parent: Item, width: float, tags: list[int]) -> None:
        self._pen = pen
        self._width = width
        self._tags = rich.Tags(tags)
        self._rows: dict[int, _Row] = {}
        self._stale = False
        self._still: tuple[float, float, float, bool] | None = None
        self._body = Body()
        self._version: int = -1
        self._needle = pen.needle
        self._pointed: tuple[str, int] | None = None
        self._lit: list[Mark] = []
        self.group = dpg.add_group(parent=parent)
        pen.look.themes.bind(self.group, "stack")
        self._before = dpg.add_spacer(parent=self.group, height=0)
        self._after = dpg.add_spacer(parent=self.group, height=0)

    def show(self, body: Body) -> None:
        """Show another body, or this one after its text grew."""
        if body is not self._body or body.pieces.version != self._version:
            self._drop_all()
        self._body, self._version = body, body.pieces.version
        self._stale = True

    @property
    def height(self) -> float:
        """Of all pieces, as far as is known."""
        return self._body.heights.total

    def tick(self, view: View) -> tuple[bool, float]:
        """Draw what is in view. Whether anything is under way, and how much what is above the view grew."""
        if self._needle != self._pen.needle:
            self._needle = self._pen.needle
            for row in self._rows.values():
                row.drawn.blocks, row.end, row.rest = (), -1, None
            self._still = None
        body, heights = self._body, self._body.heights
        if body.more:
            body.go_on(lambda words: guess(self._pen, words, self._width))
            self._stale = True
        changed, grew = self._measure(view)
        place = view.top, view.height, heights.total, view.upwards
        if place == self._still and not changed and not self._stale and self._pen.here is self._pointed:
            return False, 0.0
        over = self._pen.look.px(OVERSCAN)
        first = min(heights.at(view.top - over), max(0, len(heights) - 1)) if view.top > over else 0
        last = min(heights.at(view.top + view.height + over) + 1, len(heights))
        edges = heights.at(max(0.0, view.top)), heights.at(max(0.0, view.top + view.height))
        near = max(first, min(edges[0], last - 1)), max(first, min(edges[1], last - 1))
        if view.top >= heights.total:
            near = (last, last - 1)  # above the view: nothing is in it, and what is next to it comes first
        elif view.top + view.height <= 0:
            near = (first, first - 1)
        for number in [n for n in self._rows if not first <= n < last]:
            self._drop(number)
        built = self._build(first, last, near, view)
        self._close_ranks(max(first, min(near[1 if view.upwards else 0], last - 1)))
        top = heights.top(min(self._rows)) if self._rows else heights.top(first)
        end = heights.top(max(self._rows) + 1) if self._rows else top
        dpg.configure_item(self._before, height=max(0, round(top)))
        dpg.configure_item(self._after, height=max(0, round(heights.total - end)))
        if self._pen.here is not self._pointed or built:
            self._point()
        self._stale = False
        under_way = built or body.more
        coming = any(row.drawn.pale for row in self._rows.values())
        self._still = None if under_way or coming else place
        return under_way, grew

    @property
    def windows(self) -> list[int]:
        """The tags of the child windows that code stands in."""
        tags = [tag for row in self._rows.values() for tag in row.drawn.tags]
        return [tag for tag in tags if tag is not None]

    def close(self) -> None:
        """Forget everything; the items are deleted by the card."""
        self._rows.clear()

    def _point(self) -> None:
        """Make the place that was gone to stand out from the others that were found."""
        themes, pieces, self._pointed = self._pen.look.themes, self._body.pieces, self._pen.here
        for mark in self._lit:
            if dpg.does_item_exist(mark.item):
                themes.bind(mark.item, mark.style)
        self._lit = []
        if self._pointed is None or self._pointed[0] != pieces.text:
            return
        offset = self._pointed[1]
        number = pieces.at(offset)
        row = self._rows.get(number)
        if row is None:
            return
        marks = [mark for mark in row.marks if dpg.does_item_exist(mark.item)]
        start = pieces.piece(number).start
        before = len(marking.spans(pieces.text[start:offset], self._needle))
        found = marking.shared([mark.words for mark in marks], self._needle)
        self._lit = [marks[index] for index in found[min(before, len(found) - 1)]] if found else []
        for mark in self._lit:
            themes.bind(mark.item, f"{mark.style}_here")

    def _measure(self, view: View) -> tuple[bool, float]:
        """Whether any piece has another height than was known, and how much what is above the view grew."""
        heights, changed, grew = self._body.heights, False, 0.0
        for number, row in self._rows.items():
            if number >= len(heights) or row.room is not None:
                continue
            size = dpg.get_item_rect_size(row.group)[1]
            if size > 0 and abs(size - heights[number]) > 0.5:
                if heights.top(number) < view.top:
                    grew += size - heights[number]
                heights.set(number, size)
                changed = True
        return changed, grew

    def _build(self, first: int, last: int, near: tuple[int, int], view: View) -> bool:
        """The rows from `first` to `last` while there is time: those in view, then those beside it. What has
        changed in view is never late."""
        waiting = False
        below, above = range(near[1] + 1, last), range(near[0] - 1, first - 1, -1)
        seen = range(near[0], min(near[1] + 1, last))  # no words: nothing, though something is near
        for number in seen:
            if number not in self._rows:
                self._begin(number)
        for number in (*reversed(seen), *above, *below) if view.upwards else (*seen, *below, *above):
            row = self._rows.get(number)
            if row is None or row.rest is not None or self._old(number, row):
                waiting = True
                if view.allowance.take(seen=number in seen):
                    self._go_on(number, row or self._begin(number), view.allowance, seen=number in seen)
        return waiting

    def _close_ranks(self, start: int) -> None:
        """Drop what a gap parts from the view, where there was no time to fill it."""
        for step in (1, -1):
            number = start
            while number in self._rows:
                number += step
            for other in [n for n in self._rows if (n - number) * step > 0]:
                self._drop(other)

    def _old(self, number: int, row: _Row) -> bool:
        """Whether a row has to be drawn, or drawn again; it stays as it is until that is done."""
        if self._stale and row.end != self._body.pieces.piece(number).end:
            row.end = -1
        if row.drawn.pale and not any(self._pen.colours.coming(*key) for key in row.drawn.pale):
            row.drawn.pale.clear()
            row.drawn.blocks, row.end = (), -1
        return row.end < 0

    def _begin(self, number: int) -> _Row:
        """The room for a piece."""
        after = next((self._rows[n].group for n in sorted(self._rows) if n > number), self._after)
        group = dpg.add_group(parent=self.group, before=after)
        room = dpg.add_spacer(parent=group, height=round(self._body.heights[number]))
        row = self._rows[number] = _Row(group, rich.Drawn(group, self._width), room=room)
        return row

    def _go_on(self, number: int, row: _Row, allowance: Allowance, *, seen: bool) -> None:
        """Draw a row as far as is allowed."""
        pieces = self._body.pieces
        piece = pieces.piece(number)
        if row.rest is None:
            row.end = piece.end
            row.rest = self._drawing(number, row)
        self._pen.marks = row.marks
        for _ in row.rest:
            if not allowance.take(seen=seen):
                return
        row.rest = None
        if row.end != piece.end:  # it has grown meanwhile
            row.end = -1
        if row.room is not None:
            dpg.delete_item(row.room)
            row.room = None

    def _drawing(self, number: int, row: _Row) -> Generator[None]:
        pieces = self._body.pieces
        piece = pieces.piece(number)
        if self._body.more and piece.end - piece.start > 3 * LONGEST:
            return  # what is not cut yet
        long = None
        if piece.code >= 0:
            code = piece.code
            long = rich.LongCode(lambda: pieces.code(code), pieces.code_size(code), pieces.first_line(piece))
        blocks = pieces.blocks(number)
        yield
        yield from rich.draw(self._pen, row.drawn, blocks, self._tags, long, first=not number)

    def _drop(self, number: int) -> None:
        row = self._rows.pop(number)
        row.drawn.leave_off(self._tags)
        self._tags.give_back(row.drawn.tags)
        dpg.delete_item(row.group)

    def _drop_all(self) -> None:
        for number in list(self._rows):
            self._drop(number)


def guess(pen: Pen, words: str, width: float) -> float:
    """How high words may be when they are drawn, in pixels; measured later."""
    px = pen.look.px
    columns = max(20.0, width / px(8))
    lines = words.count("\n") - words.count("\n\n") + len(words) / columns * 0.6 + 0.5
    return max(px(24), lines * px(25))

"""Draws rows of the file tree: one look at a place of a drawing."""

from copilot.desktop.file_row import VIEW_TONES, VIEW_WORDS, RowLook
from copilot.desktop.gate import Item, dpg
from copilot.desktop.palette import CLEAR, Colour, faded
from copilot.desktop.widgets import Icon, Look

ROW = 25
"""Height of a row at scale 1, in pixels, as are all lengths here."""

INDENT = 13
ARROW = 15
ICON = 19
CHIP = 42
TOKENS = 40
MARK = 17
EDGE = 3
NAME = 70
"""What a long name has at least, before the number of its tokens."""


class RowPainter:
    """Measures and draws; `width` is that of the whole row."""

    def __init__(self, look: Look) -> None:
        self._look = look
        self._px = look.px
        self.height = look.px(ROW)

    def chip_left(self, width: float) -> float:
        """Where the view's chip begins."""
        return width - self._px(CHIP + EDGE)

    def draw(self, layer: Item, top: float, depth: int, row: RowLook, width: float) -> None:
        """One row whose upper edge is at `top`."""
        px = self._px
        middle = top + self.height / 2
        for level in range(depth):
            x = px(EDGE + 7 + level * INDENT)
            dpg.draw_line((x, top), (x, top + self.height), color=self._look.palette.line, parent=layer)
        left = px(EDGE + depth * INDENT)
        if row.opened is not None:
            self._arrow(layer, left + px(6), middle, opened=row.opened)
            left += px(ARROW)
        icon = (
            self._look.palette.dim
            if row.opened is not None and row.chip != "off"
            else self._look.palette.faint
        )
        self._words(layer, row.icon, left, middle, self._look.fonts.small, icon)
        left += px(ICON + (2 if row.opened is not None else 0))
        needs = min(self._look.size(row.name, self._look.fonts.small)[0], px(NAME))
        right = self._right(layer, middle, row, width, left + needs)
        name = self._look.fit(row.name, self._look.fonts.small, right - left)
        self._words(layer, name, left, middle, self._look.fonts.small, self._look.palette.of(row.tone))

    def _right(self, layer: Item, middle: float, row: RowLook, width: float, name_to: float) -> float:
        """Chip, tokens and marks, from the right; where the name must end. Tokens only where they leave the
        name its room, which goes up to `name_to`: they are told where the mouse rests, too."""
        px, fonts = self._px, self._look.fonts
        x = self.chip_left(width)
        colour = self._look.palette.of(VIEW_TONES[row.chip])
        self._chip(layer, x, middle, VIEW_WORDS[row.chip], colour, filled=row.chip != "off")
        x -= px(6)
        room = self._look.size(row.tokens, fonts.small)[0]
        others = max(px(TOKENS), room) + px(MARK) * len(row.marks) + px(6)
        if row.tokens and x - others >= name_to:
            self._words(layer, row.tokens, x - room, middle, fonts.small, self._look.palette.faint)
            x -= max(px(TOKENS), room)
        for glyph, tone in reversed(row.marks):
            x -= px(MARK)
            size = px(8) if glyph == Icon.DOT else None
            self._words(
                layer, glyph, x + px(3), middle, fonts.caption, self._look.palette.of(tone), size=size
            )
        return x - px(6)

    def _chip(
        self, layer: Item, x: float, middle: float, words: str, colour: Colour, *, filled: bool
    ) -> None:
        px, font = self._px, self._look.fonts.caption
        width, high = px(CHIP), px(18)
        if filled:
            dpg.draw_rectangle(
                (x, middle - high / 2),
                (x + width, middle + high / 2),
                rounding=high / 2,
                fill=faded(colour, 34),
                color=CLEAR,
                parent=layer,
            )
        room = self._look.size(words, font)[0]
        self._words(layer, words, x + (width - room) / 2, middle, font, colour)

    def _arrow(self, layer: Item, x: float, middle: float, *, opened: bool) -> None:
        a, b = self._px(4), self._px(2.5)
        points = (
            ((x - a, middle - b), (x + a, middle - b), (x, middle + b + 1))
            if opened
            else ((x - b, middle - a), (x - b, middle + a), (x + b + 1, middle))
        )
        dpg.draw_triangle(*points, fill=self._look.palette.dim, color=CLEAR, parent=layer)

    def _words(
        self,
        layer: Item,
        words: str,
        x: float,
        middle: float,
        font: Item,
        colour: Colour,
        *,
        size: float | None = None,
    ) -> None:
        high = size or self._look.size("0", font)[1]
        self._look.draw(layer, (x, middle - high / 2), words, font, colour, high)

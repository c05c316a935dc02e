"""Many lines of which only those in view are drawn: lists, long texts, diffs. All lines are of one height."""

import math
from collections.abc import Callable

from copilot.desktop.gate import Item, dpg
from copilot.desktop.palette import CLEAR, Colour, faded
from copilot.desktop.widgets import Look
from copilot.vocabulary.frozen import frozen

OVERSCAN = 12
"""Lines drawn above and below the view, so that scrolling meets drawn lines."""

SCROLLBAR = 12
EDGE = 6
DOT = 8
RIGHT_SHARE = 0.5


@frozen(kw_only=False)
class Line:
    """What one line shows: `gutter` at its left, `right` at its right end; a small square of colour `dot`
    before it, and a round one of colour `mark` behind it."""

    words: str
    colour: Colour | None = None
    fill: Colour = CLEAR
    gutter: str = ""
    right: str = ""
    dot: Colour = CLEAR
    mark: Colour = CLEAR


def _no_line(_number: int) -> Line:
    return Line("")


class Sheet:
    """Call `show` when the lines changed, `place` when the room did, `tick` once a frame.

    `picked` hears the number of the line that was clicked; without it lines cannot be chosen.
    """

    def __init__(
        self,
        look: Look,
        parent: Item,
        tag: str,
        font: Item,
        *,
        gutter: float = 0,
        picked: Callable[[int], None] | None = None,
    ) -> None:
        self._look = look
        self._font = font
        self._gutter = look.px(gutter)
        self._picked = picked
        self._count = 0
        self._line: Callable[[int], Line] = _no_line
        self._first = self._last = 0
        self._size = (0.0, 0.0)
        self._stale = True
        self._go_to = -1
        self._settle = 0
        self.cursor = -1
        self.height = look.px(24 if picked is not None else 19)
        self.box = dpg.add_child_window(parent=parent, tag=tag, width=10, height=10)
        look.themes.bind(self.box, "sheet")
        self._before = dpg.add_spacer(parent=self.box, height=0)
        place = dpg.add_group(parent=self.box)  # a drawing takes no tooltip and no handler of the box
        self._sheet = dpg.add_drawlist(parent=place, width=10, height=10)
        self._after = dpg.add_spacer(parent=self.box, height=0)
        under = dpg.add_draw_layer(parent=self._sheet)
        self._mark = dpg.draw_rectangle((0, 0), (1, 1), parent=under, show=False, rounding=5)
        self._layer = dpg.add_draw_layer(parent=self._sheet)
        if picked is not None:
            with dpg.item_handler_registry() as handlers:
                dpg.add_item_clicked_handler(button=dpg.mvMouseButton_Left, callback=self._clicked)
            dpg.bind_item_handler_registry(self._sheet, handlers)

    def show(self, count: int, line: Callable[[int], Line], *, top: bool = True) -> None:
        """Show other lines; `line` gives each when it comes into view. `top`: begin at the first again."""
        self._count, self._line, self._stale = count, line, True
        if top:
            dpg.set_y_scroll(self.box, 0.0)

    def place(self, width: float, height: float) -> None:
        """Give the sheet this room, in pixels."""
        dpg.configure_item(self.box, width=max(1, int(width)), height=max(1, int(height)))

    def columns(self, width: float) -> int:
        """How many characters of a font with equal widths fit into a line of a sheet of this width."""
        room = width - self._look.px(SCROLLBAR + 2 * EDGE) - self._gutter
        return max(8, int(room / max(1.0, self._look.size("0" * 50, self._font)[0] / 50)))

    def go_to(self, number: int) -> None:
        """Scroll until a line is in view."""
        self._go_to, self._settle, self._stale = number, 3, True  # more lines are known only after a frame

    def scroll(self, pages: float) -> None:
        """Scroll by so many views."""
        y = dpg.get_y_scroll(self.box) + pages * dpg.get_item_rect_size(self.box)[1]
        dpg.set_y_scroll(self.box, max(0.0, min(y, dpg.get_y_scroll_max(self.box))))

    def tick(self) -> bool:
        """Once a frame while it is shown. True while it still moves."""
        width, height = dpg.get_item_rect_size(self.box)
        if width < self._look.px(40) or height < self.height:
            return False
        if self._settle:
            self._settle -= 1
            self._scroll_to(self._go_to, height)
        y = dpg.get_y_scroll(self.box)
        top = max(0, min(self._count, int(y / self.height)))
        bottom = min(self._count, math.ceil((y + height) / self.height))
        if self._stale or (width, height) != self._size or top < self._first or bottom > self._last:
            self._size, self._stale = (width, height), False
            scrolls = self._count * self.height > height
            room = width - self._look.px(SCROLLBAR if scrolls else 0)
            self._draw(max(0, top - OVERSCAN), min(self._count, bottom + OVERSCAN), room)
        return self._settle > 0

    def redraw(self) -> None:
        """The lines, or the chosen one, look different now."""
        self._stale = True

    def _scroll_to(self, number: int, height: float) -> None:
        y, top = dpg.get_y_scroll(self.box), number * self.height
        if top < y or top + self.height > y + height:
            dpg.set_y_scroll(self.box, max(0.0, top - (height - self.height) / 3))

    def _draw(self, first: int, last: int, width: float) -> None:
        self._first, self._last = first, last
        high = self.height
        dpg.configure_item(self._before, height=first * high)
        dpg.configure_item(self._sheet, width=max(1, int(width)), height=max(1, (last - first) * high))
        dpg.configure_item(self._after, height=(self._count - last) * high)
        dpg.delete_item(self._layer, children_only=True)
        for number in range(first, last):
            self._draw_line(self._line(number), (number - first) * high, width)
        at = (self.cursor - first) * high
        dpg.configure_item(
            self._mark,
            show=self._picked is not None and first <= self.cursor < last,
            pmin=(0, at),
            pmax=(width, at + high - 1),
            fill=faded(self._look.palette.accent, 46),
            color=faded(self._look.palette.accent, 130),
        )

    def _draw_line(self, line: Line, top: float, width: float) -> None:
        px, layer, small = self._look.px, self._layer, self._look.fonts.small
        left = px(EDGE)
        if line.fill != CLEAR:
            dpg.draw_rectangle(
                (0, top), (width, top + self.height), fill=line.fill, color=CLEAR, parent=layer
            )
        if line.dot != CLEAR:
            upper = top + (self.height - px(DOT)) / 2
            dpg.draw_rectangle(
                (left, upper),
                (left + px(DOT), upper + px(DOT)),
                fill=line.dot,
                color=CLEAR,
                rounding=2,
                parent=layer,
            )
            left += px(DOT + 7)
        if line.gutter:
            self._words(line.gutter, left, top, self._look.palette.faint, self._font)
        left += self._gutter
        words = line.words
        if self._picked is not None:
            right, room = self._right(line, width - left - px(EDGE + 20))
            if line.mark != CLEAR:
                centre = (width - px(EDGE) - px(4), top + self.height / 2)
                dpg.draw_circle(centre, px(3), fill=line.mark, color=CLEAR, parent=layer)
            if right:
                self._words(right, width - room - px(EDGE + 12), top, self._look.palette.dim, small)
            words = self._look.fit_path(words, self._font, width - left - room - px(EDGE + 20))
        if words:
            self._words(words, left, top, line.colour or self._look.palette.code, self._font)

    def _right(self, line: Line, room: float) -> tuple[str, float]:
        """What stands at the right end, and its width: half of the `room` is its own, more where the other
        words leave it."""
        if not line.right:
            return "", 0.0
        look, small = self._look, self._look.fonts.small
        left = room - look.size(line.words, self._font)[0] - look.px(8)
        right = look.fit(line.right, small, max(left, room * RIGHT_SHARE))
        return right, look.size(right, small)[0]

    def _words(self, words: str, x: float, top: float, colour: Colour, font: Item) -> None:
        y = top + (self.height - self._look.size("0", font)[1]) / 2
        self._look.draw(self._layer, (x, y), words, font, colour)

    def _clicked(self, _sender: object, _data: object, _user: object) -> None:
        y = dpg.get_mouse_pos(local=False)[1] - dpg.get_item_rect_min(self._sheet)[1]
        number = self._first + int(y / self.height)
        if self._picked is not None and 0 <= number < self._count:
            self._picked(number)

"""The branches as rows beside lines that show where each left another: drawn by hand, only those in view."""

import math
from collections.abc import Callable, Sequence
from typing import Any

from copilot.desktop import text
from copilot.desktop.branch_rows import BranchRow
from copilot.desktop.gate import Item, dpg
from copilot.desktop.palette import CLEAR, Colour, faded
from copilot.desktop.widgets import Look
from copilot.vocabulary.frozen import frozen

OVERSCAN = 6
HEIGHT = 46
LANE, MOST_LANES = 16, 7
"""Pixels between two lines at scale 1; branches of branches beyond this many share the last one."""
_SCROLLBAR, _EDGE, _KNOT = 10, 14, 5


@frozen(kw_only=False)
class BranchClicks:
    """What clicks ask for: `open` a branch, or its `menu` at a place of the window."""

    open: Callable[[BranchRow], None]
    menu: Callable[[BranchRow, tuple[float, float]], None]


class BranchList:
    """`show` when something changed, `tick` each frame."""

    def __init__(self, look: Look, parent: Item, clicks: BranchClicks) -> None:
        self._look = look
        self._clicks = clicks
        self._rows: Sequence[BranchRow] = ()
        self._first = self._last = 0
        self._size = (0.0, 0.0)
        self._stale = True
        self._settle = 0
        self._cursor = ""
        self.focused = False
        self.height = look.px(HEIGHT)
        self.box = dpg.add_child_window(parent=parent, tag="branches.list", width=-1, height=-1)
        look.themes.bind(self.box, "tree")
        self._before = dpg.add_spacer(parent=self.box, height=0)
        place = dpg.add_group(parent=self.box)  # a drawing takes no tooltip and no handler of the box
        self._sheet = dpg.add_drawlist(parent=place, width=10, height=10, tag="branches.sheet")
        self._after = dpg.add_spacer(parent=self.box, height=0)
        under = dpg.add_draw_layer(parent=self._sheet)
        self._hover = dpg.draw_rectangle((0, 0), (1, 1), parent=under, color=CLEAR, show=False, rounding=6)
        self._mark = dpg.draw_rectangle((0, 0), (1, 1), parent=under, show=False, rounding=6)
        self._layer = dpg.add_draw_layer(parent=self._sheet)
        with dpg.item_handler_registry() as handlers:
            dpg.add_item_clicked_handler(callback=self._clicked)
        dpg.bind_item_handler_registry(self._sheet, handlers)

    @property
    def cursor(self) -> BranchRow | None:
        """The row that keys are for: the active branch until another was marked."""
        return next((row for row in self._rows if row.name == self._cursor), None) or next(
            (row for row in self._rows if row.active), None
        )

    def show(self, rows: Sequence[BranchRow]) -> None:
        """Show these rows."""
        self._rows, self._stale = rows, True

    def move(self, by: int) -> None:
        """Mark a row further down or up."""
        row = self.cursor
        at = next((n for n, one in enumerate(self._rows) if row is not None and one.name == row.name), 0)
        if self._rows:
            self._cursor = self._rows[max(0, min(at + by, len(self._rows) - 1))].name
            self._settle = 3

    def place_of_cursor(self) -> tuple[float, float]:
        """Below the marked row, in pixels of the window."""
        left, top = dpg.get_item_rect_min(self._sheet)
        return left + self._look.px(60), top + (self._number() + 1 - self._first) * self.height

    def tick(self) -> bool:
        """Once a frame. True while it still moves."""
        width, height = dpg.get_item_rect_size(self.box)
        width -= self._look.px(_SCROLLBAR)
        if width < self._look.px(60) or height < self.height:
            return False
        if self._settle:
            self._settle -= 1
            self._reveal(height)
        y = dpg.get_y_scroll(self.box)
        top = max(0, int(y / self.height))
        bottom = min(len(self._rows), math.ceil((y + height) / self.height))
        if self._stale or (width, height) != self._size or top < self._first or bottom > self._last:
            self._size, self._stale = (width, height), False
            self._draw(max(0, top - OVERSCAN), min(len(self._rows), bottom + OVERSCAN), width)
        self._show_marks(width)
        return self._settle > 0

    def _number(self) -> int:
        row = self.cursor
        return next((n for n, one in enumerate(self._rows) if one is row), -1)

    def _reveal(self, height: float) -> None:
        y, top = dpg.get_y_scroll(self.box), self._number() * self.height
        if top < y:
            dpg.set_y_scroll(self.box, float(max(0, top)))
        elif top + self.height > y + height:
            dpg.set_y_scroll(self.box, float(top + self.height - height))

    def _show_marks(self, width: float) -> None:
        palette = self._look.palette
        fill = faded(palette.accent, 46) if self.focused else faded(palette.dim, 24)
        edge = faded(palette.accent, 150) if self.focused else CLEAR
        dpg.configure_item(self._mark, fill=fill, color=edge, **self._band(self._number(), width))
        hovered = self._under_mouse() if dpg.is_item_hovered(self._sheet) else -1
        dpg.configure_item(self._hover, fill=faded(palette.dim, 26), **self._band(hovered, width))

    def _band(self, number: int, width: float) -> dict[str, Any]:
        top = (number - self._first) * self.height
        shown = self._first <= number < self._last
        return {"show": shown, "pmin": (0, top), "pmax": (width, top + self.height - 1)}

    def _draw(self, first: int, last: int, width: float) -> None:
        self._first, self._last = first, last
        dpg.configure_item(self._before, height=first * self.height)
        dpg.configure_item(self._sheet, width=max(1, int(width)), height=max(1, (last - first) * self.height))
        dpg.configure_item(self._after, height=(len(self._rows) - last) * self.height)
        dpg.delete_item(self._layer, children_only=True)
        for number in range(first, last):
            self._draw_row(self._rows[number], (number - first) * self.height, width)

    def _draw_row(self, row: BranchRow, top: float, width: float) -> None:
        look, fonts, palette = self._look, self._look.fonts, self._look.palette
        self._draw_lines(row, top)
        left = self._x(row.depth) + look.px(_EDGE)
        right = width - look.px(8)
        if row.phase:
            room = look.size(row.phase, fonts.caption)[0]
            self._words(row.phase, right - room, top + look.px(13), palette.of(row.tone), fonts.caption)
            right -= room + look.px(8)
        font = fonts.small_bold if row.active else fonts.small
        name = look.fit(text.one_line(row.name, 120), font, right - left)
        self._words(name, left, top + look.px(14), palette.strong if row.active else palette.text, font)
        facts = look.fit(row.facts, fonts.caption, width - look.px(8) - left)
        self._words(facts, left, top + look.px(32), palette.dim, fonts.caption)

    def _draw_lines(self, row: BranchRow, top: float) -> None:
        look, palette = self._look, self._look.palette
        middle, knot = top + look.px(14), look.px(_KNOT)
        thick = max(1.0, look.scale * 1.5)
        x = self._x(row.depth)
        for depth in row.lanes:
            beside = self._x(depth)
            ends_here = row.depth - 1 == depth
            if beside != x:
                dpg.draw_line(
                    (beside, top),
                    (beside, top + self.height if not ends_here or self._goes_on(row, depth) else middle),
                    color=palette.line_strong,
                    thickness=thick,
                    parent=self._layer,
                )
        if row.parent is not None and (before := self._x(row.depth - 1)) != x:
            dpg.draw_bezier_cubic(
                (before, top),
                (before, middle),
                (before, middle),
                (x, middle),
                color=palette.line_strong,
                thickness=thick,
                parent=self._layer,
            )
        colour = palette.of(row.tone)
        filled = row.active or bool(row.phase)
        dpg.draw_circle(
            (x, middle),
            knot,
            color=colour,
            fill=colour if filled else palette.panel,
            thickness=max(1.0, look.scale * 1.6),
            parent=self._layer,
        )
        if self._has_branches(row):
            start = (x, middle + knot)
            dpg.draw_line(
                start, (x, top + self.height), color=palette.line_strong, thickness=thick, parent=self._layer
            )

    def _goes_on(self, row: BranchRow, depth: int) -> bool:
        """Whether the line at this depth passes the next row too."""
        number = next(n for n, one in enumerate(self._rows) if one is row)
        return number + 1 < len(self._rows) and depth in self._rows[number + 1].lanes

    def _has_branches(self, row: BranchRow) -> bool:
        return any(one.parent == row.name for one in self._rows)

    def _x(self, depth: int) -> float:
        return self._look.px(_EDGE + LANE * min(depth, MOST_LANES - 1))

    def _words(self, words: str, x: float, middle: float, colour: Colour, font: Item) -> None:
        place = (x, middle - self._look.size("0", font)[1] / 2)
        self._look.draw(self._layer, place, words, font, colour)

    def _under_mouse(self) -> int:
        y = dpg.get_mouse_pos(local=False)[1] - dpg.get_item_rect_min(self._sheet)[1]
        number = self._first + int(y // self.height)
        return number if 0 <= number < len(self._rows) else -1

    def _clicked(self, _sender: object, data: tuple[int, object], _user: object) -> None:
        number = self._under_mouse()
        if number < 0:
            return
        row = self._rows[number]
        self._cursor = row.name
        if data[0] == dpg.mvMouseButton_Right:
            x, y = dpg.get_mouse_pos(local=False)
            self._clicks.menu(row, (x, y))
        elif data[0] == dpg.mvMouseButton_Left:
            self._clicks.open(row)

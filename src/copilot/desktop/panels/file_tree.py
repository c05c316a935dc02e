"""The tree of files: only the rows in view are drawn, whatever there is; mouse, cursor, tooltip."""

import math
from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet

from copilot.desktop.file_browser import FileBrowser
from copilot.desktop.file_index import Row
from copilot.desktop.file_row import RowLook, row_look
from copilot.desktop.gate import Item, dpg
from copilot.desktop.listing import Choosing
from copilot.desktop.palette import CLEAR, faded
from copilot.desktop.row_painter import RowPainter
from copilot.desktop.widgets import TOOLTIP_DELAY, Look
from copilot.vocabulary.frozen import frozen

OVERSCAN = 10
"""Rows drawn above and below the view, so that scrolling meets drawn rows."""

TIP_LINES, TIP_WIDTH = 8, 420
SCROLLBAR = 10
"""What the scrollbar takes of the box; it lies in the window's padding."""


@frozen(kw_only=False)
class TreeActions:
    """What clicks ask for: `cycle` the view of a row, `menu` for it at a place of the window."""

    cycle: Callable[[Row], None]
    menu: Callable[[Row, tuple[float, float]], None]


class FileTree:
    """Shows a `FileBrowser`. `show` when something changed, `tick` each frame."""

    def __init__(self, look: Look, parent: Item, browser: FileBrowser, actions: TreeActions) -> None:
        self._look = look
        self._browser = browser
        self._actions = actions
        self._painter = RowPainter(look)
        self._choosing: Sequence[Choosing] = ()
        self._fresh: AbstractSet[str] = frozenset()
        self._first = self._last = 0
        self._width = 0.0
        self._stale = True
        self._reveal = 0
        self._tip_of = ""
        self.focused = False
        self.box = dpg.add_child_window(parent=parent, tag="files.tree", width=-1, height=-1)
        look.themes.bind(self.box, "tree")
        self._before = dpg.add_spacer(parent=self.box, height=0)
        place = dpg.add_group(parent=self.box)  # a drawing takes no tooltip of its own
        self._sheet = dpg.add_drawlist(parent=place, width=10, height=10, tag="files.sheet")
        self._after = dpg.add_spacer(parent=self.box, height=0)
        under = dpg.add_draw_layer(parent=self._sheet)
        self._hover = dpg.draw_rectangle((0, 0), (1, 1), parent=under, color=CLEAR, show=False, rounding=5)
        self._cursor = dpg.draw_rectangle((0, 0), (1, 1), parent=under, show=False, rounding=5)
        self._chip = dpg.draw_rectangle((0, 0), (1, 1), parent=under, color=CLEAR, show=False, rounding=9)
        self._rows = dpg.add_draw_layer(parent=self._sheet)
        with dpg.item_handler_registry() as handlers:
            dpg.add_item_clicked_handler(callback=self._clicked)
        dpg.bind_item_handler_registry(self._sheet, handlers)
        self._bubble = dpg.add_tooltip(place, delay=TOOLTIP_DELAY)
        look.themes.bind(self._bubble, "tree_tip")
        self._tips = [
            look.text("", self._bubble, font=look.fonts.small, wrap=look.px(TIP_WIDTH))
            for _ in range(TIP_LINES)
        ]

    def show(self, choosing: Sequence[Choosing], fresh: AbstractSet[str]) -> None:
        """The rows, or what they say, may have changed."""
        self._choosing, self._fresh, self._stale = choosing, fresh, True

    def reveal(self) -> None:
        """Scroll until the cursor's row is in view."""
        self._stale, self._reveal = True, 3  # the library knows of more rows only after a frame or two

    def to_top(self) -> None:
        """Other rows: show them from the first."""
        self._stale = True
        dpg.set_y_scroll(self.box, 0.0)

    def page(self) -> int:
        """Rows that fit into the view, less one."""
        return max(1, int(dpg.get_item_rect_size(self.box)[1] / self._painter.height) - 1)

    def row_look(self, row: Row) -> RowLook:
        """What a row says now."""
        return row_look(row, self._browser, self._choosing, self._fresh)

    def place_of_cursor(self) -> tuple[float, float]:
        """Below the cursor's row, in pixels of the window."""
        left, top = dpg.get_item_rect_min(self._sheet)
        rows = max(0, self._browser.at()) + 1 - self._first
        return left + self._look.px(40), top + rows * self._painter.height

    def tick(self) -> bool:
        """Once a frame. True while it still moves."""
        width, height = dpg.get_item_rect_size(self.box)
        width -= self._look.px(SCROLLBAR)
        if width < self._look.px(60) or height < self._painter.height:
            return False
        if self._reveal:
            self._reveal -= 1
            self._scroll_to_cursor(height)
        rows, high = len(self._browser.rows), self._painter.height
        y = dpg.get_y_scroll(self.box)
        top = max(0, min(rows, int(y / high)))
        bottom = min(rows, math.ceil((y + height) / high))
        if self._stale or width != self._width or top < self._first or bottom > self._last:
            self._draw(max(0, top - OVERSCAN), min(rows, bottom + OVERSCAN), width)
        self._mark_rows(width)
        return self._reveal > 0

    def _draw(self, first: int, last: int, width: float) -> None:
        rows, high = self._browser.rows, self._painter.height
        self._first, self._last, self._width, self._stale = first, last, width, False
        dpg.configure_item(self._before, height=first * high)
        dpg.configure_item(self._sheet, width=max(1, int(width)), height=max(1, (last - first) * high))
        dpg.configure_item(self._after, height=(len(rows) - last) * high)
        dpg.delete_item(self._rows, children_only=True)
        for number in range(first, last):
            row = rows[number]
            self._painter.draw(self._rows, (number - first) * high, row.depth, self.row_look(row), width)
        self._tip_of = ""

    def _scroll_to_cursor(self, height: float) -> None:
        at, high = self._browser.at(), self._painter.height
        if at < 0:
            return
        y = dpg.get_y_scroll(self.box)
        if at * high < y:
            dpg.set_y_scroll(self.box, at * high)
        elif (at + 1) * high > y + height:
            dpg.set_y_scroll(self.box, (at + 1) * high - height)

    def _mark_rows(self, width: float) -> None:
        """The cursor, and what the mouse is on."""
        at = self._browser.at()
        fill, edge = (
            (faded(self._look.palette.accent, 46), faded(self._look.palette.accent, 150))
            if self.focused
            else (
                faded(self._look.palette.dim, 30),
                CLEAR,
            )
        )
        dpg.configure_item(self._cursor, fill=fill, color=edge, **self._band(at, width))
        number = self._under_mouse()
        dpg.configure_item(self._hover, fill=faded(self._look.palette.dim, 26), **self._band(number, width))
        row = self._browser.rows[number] if number >= 0 else None
        on_chip = row is not None and self._on_chip()
        dpg.configure_item(
            self._chip, fill=faded(self._look.palette.dim, 50), **self._chip_band(number, width, on_chip)
        )
        path = row.path if row is not None else ""
        if path != self._tip_of:
            self._tip_of = path
            self._write_tip(row)

    def _band(self, number: int, width: float) -> dict[str, object]:
        top = (number - self._first) * self._painter.height
        shown = self._first <= number < self._last
        return {"show": shown, "pmin": (0, top), "pmax": (width, top + self._painter.height - 1)}

    def _chip_band(self, number: int, width: float, shown: bool) -> dict[str, object]:
        middle = (number - self._first + 0.5) * self._painter.height
        left, half = self._painter.chip_left(width), self._look.px(9)
        right = left + self._look.px(42)
        return {"show": shown, "pmin": (left, middle - half), "pmax": (right, middle + half)}

    def _write_tip(self, row: Row | None) -> None:
        lines = self.row_look(row).tips if row is not None else ()
        for item, line in zip(self._tips, (*lines, *((("", CLEAR),) * TIP_LINES)), strict=False):
            dpg.configure_item(item, show=bool(line[0]), color=line[1])
            dpg.set_value(item, line[0])

    def _under_mouse(self) -> int:
        if not dpg.is_item_hovered(self._sheet):
            return -1
        number = self._first + int(self._mouse()[1] / self._painter.height)
        return number if 0 <= number < len(self._browser.rows) else -1

    def _on_chip(self) -> bool:
        return self._mouse()[0] >= self._painter.chip_left(self._width) - self._look.px(4)

    def _mouse(self) -> tuple[float, float]:
        (x, y), (left, top) = dpg.get_mouse_pos(local=False), dpg.get_item_rect_min(self._sheet)
        return x - left, y - top

    def _clicked(self, _sender: object, data: tuple[int, object], _user: object) -> None:
        number = self._under_mouse()
        if number < 0:
            return
        row = self._browser.rows[number]
        self._browser.cursor = row.path
        if data[0] == dpg.mvMouseButton_Right:
            x, y = dpg.get_mouse_pos(local=False)
            self._actions.menu(row, (x, y))
        elif data[0] == dpg.mvMouseButton_Left and self._on_chip():
            self._actions.cycle(row)
        elif data[0] == dpg.mvMouseButton_Left and row.folder:
            self._browser.toggle()
        self._stale = True

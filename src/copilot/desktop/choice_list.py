"""A list of things to choose from: one is marked; what was typed is lit up in each; keys stand at the right.

Only the rows in view are drawn.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

from copilot.desktop.gate import Item, dpg
from copilot.desktop.palette import CLEAR, Colour, faded
from copilot.desktop.widgets import Look
from copilot.vocabulary.frozen import frozen

OVERSCAN = 8
_EDGE, _SCROLLBAR, _ICON = 12, 12, 26
_CAP_PADDING, _CAP_GAP = 7, 4


@frozen
class ChoiceRow:
    """What one row shows: `lit` are the places in `title` of what was typed, `caps` keys, left to right.

    With `under` it has two lines: the title, and below it `under`, with the note at the right.
    """

    title: str
    lit: tuple[int, ...] = ()
    icon: str = ""
    note: str = ""
    caps: tuple[str, ...] = ()
    enabled: bool = True
    under: str = ""


class ChoiceList:
    """`show` when the rows changed, `tick` once a frame while it is on the screen. `picked` hears a click."""

    def __init__(
        self, look: Look, parent: Item, tag: str, picked: Callable[[int], None], *, height: float = 34
    ) -> None:
        self._look = look
        self._picked = picked
        self._rows: Sequence[ChoiceRow] = ()
        self._first = self._last = 0
        self._size = (0.0, 0.0)
        self._stale = True
        self._settle = 0
        self.cursor = 0
        self.height = look.px(height)
        self.box = dpg.add_child_window(parent=parent, tag=tag, width=-1, height=10)
        look.themes.bind(self.box, "choices")
        self._before = dpg.add_spacer(parent=self.box, height=0)
        place = dpg.add_group(parent=self.box)  # a drawing takes no handler of the box
        self._sheet = dpg.add_drawlist(parent=place, width=10, height=10)
        self._after = dpg.add_spacer(parent=self.box, height=0)
        under = dpg.add_draw_layer(parent=self._sheet)
        self._hover = dpg.draw_rectangle((0, 0), (1, 1), parent=under, color=CLEAR, show=False, rounding=6)
        self._mark = dpg.draw_rectangle((0, 0), (1, 1), parent=under, show=False, rounding=6)
        self._layer = dpg.add_draw_layer(parent=self._sheet)
        with dpg.item_handler_registry() as handlers:
            dpg.add_item_clicked_handler(button=dpg.mvMouseButton_Left, callback=self._clicked)
        dpg.bind_item_handler_registry(self._sheet, handlers)

    def show(self, rows: Sequence[ChoiceRow], *, cursor: int = 0) -> None:
        """Show other rows."""
        self._rows, self._stale = rows, True
        self.move_to(cursor)

    def place(self, height: float) -> None:
        """Give it this height, in pixels."""
        dpg.configure_item(self.box, height=max(1, int(height)))

    def move(self, by: int) -> None:
        """Mark another row; from the last one goes round to the first, and back."""
        if self._rows:
            self.move_to((self.cursor + by) % len(self._rows))

    def page(self, pages: int) -> None:
        """Mark a row a view further down or up, as far as there are any."""
        step = max(1, int(dpg.get_item_rect_size(self.box)[1] / self.height) - 1)
        self.move_to(self.cursor + pages * step)

    def move_to(self, number: int) -> None:
        """Mark a row and bring it into view."""
        self.cursor = max(0, min(number, len(self._rows) - 1))
        self._settle = 3  # the library knows of more rows only after a frame or two

    def tick(self) -> bool:
        """Once a frame. True while it still moves."""
        width, height = dpg.get_item_rect_size(self.box)
        if width < self._look.px(60) or height < self.height:
            return True
        if self._settle:
            self._settle -= 1
            self._reveal(height)
        y = dpg.get_y_scroll(self.box)
        top = max(0, int(y / self.height))
        bottom = min(len(self._rows), math.ceil((y + height) / self.height))
        room = width - self._look.px(_SCROLLBAR if len(self._rows) * self.height > height else 0)
        if self._stale or (width, height) != self._size or top < self._first or bottom > self._last:
            self._size, self._stale = (width, height), False
            self._draw(max(0, top - OVERSCAN), min(len(self._rows), bottom + OVERSCAN), room)
        self._show_marks(room)
        return self._settle > 0

    def _reveal(self, height: float) -> None:
        y, top = dpg.get_y_scroll(self.box), self.cursor * self.height
        if top < y:
            dpg.set_y_scroll(self.box, float(top))
        elif top + self.height > y + height:
            dpg.set_y_scroll(self.box, float(top + self.height - height))

    def _show_marks(self, width: float) -> None:
        accent = self._look.palette.accent
        dpg.configure_item(
            self._mark, fill=faded(accent, 44), color=faded(accent, 120), **self._band(self.cursor, width)
        )
        hovered = self._under_mouse() if dpg.is_item_hovered(self._sheet) else -1
        dpg.configure_item(self._hover, fill=faded(self._look.palette.dim, 26), **self._band(hovered, width))

    def _band(self, number: int, width: float) -> dict[str, Any]:
        top = (number - self._first) * self.height
        shown = self._first <= number < self._last
        return {"show": shown, "pmin": (0, top), "pmax": (width, top + self.height - 1)}

    def _draw(self, first: int, last: int, width: float) -> None:
        self._first, self._last = first, last
        high = self.height
        dpg.configure_item(self._before, height=first * high)
        dpg.configure_item(self._sheet, width=max(1, int(width)), height=max(1, (last - first) * high))
        dpg.configure_item(self._after, height=(len(self._rows) - last) * high)
        dpg.delete_item(self._layer, children_only=True)
        for number in range(first, last):
            self._draw_row(self._rows[number], (number - first) * high, width)

    def _draw_row(self, row: ChoiceRow, top: float, width: float) -> None:
        if row.under:
            self._draw_two_lines(row, top, width)
            return
        look, fonts, palette = self._look, self._look.fonts, self._look.palette
        left, right = float(look.px(_EDGE)), width - look.px(_EDGE)
        for cap in reversed(row.caps):
            right = self._draw_cap(cap, right, top)
        if row.caps:
            right -= look.px(8)
        if row.icon:
            tone = palette.dim if row.enabled else palette.faint
            self._words(row.icon, left, top, tone, fonts.small)
            left += look.px(_ICON)
        title = look.fit(row.title, fonts.body, right - left)
        tone = palette.text if row.enabled else palette.faint
        left = self._draw_title(title, row.lit, left, top, tone)
        if row.note:
            room = right - left - look.px(14)
            note = look.fit(row.note, fonts.small, room) if room > look.px(40) else ""
            if note:
                at = right - look.size(note, fonts.small)[0] if not row.caps else left + look.px(14)
                self._words(note, at, top, palette.faint, fonts.small)

    def _draw_two_lines(self, row: ChoiceRow, top: float, width: float) -> None:
        look, fonts, palette = self._look, self._look.fonts, self._look.palette
        left, right = float(look.px(_EDGE)), width - look.px(_EDGE)
        shift = self.height * 0.22
        upper, lower = top - shift + 1, top + shift - 1
        self._words(row.icon, left, upper, palette.dim, fonts.small)
        left += look.px(_ICON)
        self._draw_title(look.fit(row.title, fonts.body, right - left), row.lit, left, upper, palette.text)
        note = look.size(row.note, fonts.small)[0]
        self._words(row.note, right - note, lower, palette.faint, fonts.small)
        under = look.fit(row.under, fonts.small, right - left - note - look.px(14))
        self._words(under, left, lower, palette.dim, fonts.small)

    def _draw_title(self, title: str, lit: Sequence[int], left: float, top: float, tone: Colour) -> float:
        """The title in runs of letters that were typed and others; where it ends."""
        look, fonts = self._look, self._look.fonts
        places = {at for at in lit if at < len(title)}
        at = 0
        while at < len(title):
            is_lit, end = at in places, at
            while end < len(title) and (end in places) == is_lit:
                end += 1
            run = title[at:end]
            font = fonts.body_bold if is_lit else fonts.body
            self._words(run, left, top, look.palette.accent_bright if is_lit else tone, font)
            left += look.size(run, font)[0]
            at = end
        return left

    def _draw_cap(self, cap: str, right: float, top: float) -> float:
        """A key as it is on the keyboard, ending at `right`; where the next one ends."""
        look, font, palette = self._look, self._look.fonts.caption, self._look.palette
        wide, high = look.size(cap, font)
        left = right - max(wide + 2 * look.px(_CAP_PADDING), look.px(22))
        half = look.px(10)
        middle = top + self.height / 2
        dpg.draw_rectangle(
            (left, middle - half),
            (right, middle + half),
            rounding=5,
            fill=palette.field,
            color=palette.line_strong,
            parent=self._layer,
        )
        place = (left + (right - left - wide) / 2, middle - high / 2)
        look.draw(self._layer, place, cap, font, palette.dim)
        return left - look.px(_CAP_GAP)

    def _words(self, words: str, x: float, top: float, colour: Colour, font: Item) -> None:
        y = top + (self.height - self._look.size("0", font)[1]) / 2
        self._look.draw(self._layer, (x, y), words, font, colour)

    def _under_mouse(self) -> int:
        y = dpg.get_mouse_pos(local=False)[1] - dpg.get_item_rect_min(self._sheet)[1]
        number = self._first + int(y / self.height)
        return number if 0 <= number < len(self._rows) else -1

    def _clicked(self, _sender: object, _data: object, _user: object) -> None:
        number = self._under_mouse()
        if number >= 0:
            self._picked(number)

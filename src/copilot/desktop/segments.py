"""Buttons side by side within the room there is: in smaller letters, or going on in the next line."""

from collections.abc import Sequence

from copilot.desktop.gate import Item, dpg
from copilot.desktop.widgets import Look

GAP, PADDING, TIGHT = 4, 20, 8
"""Pixels at scale 1: between two buttons, at both sides of a button's words, and where they are tight."""


def fit_segments(look: Look, items: Sequence[Item], labels: Sequence[str], room: float) -> None:
    """Give the buttons of a line the widths that `room` (pixels) allows; `labels` are their words, which the
    themes `choice_on` and `choice_off` leave all of the button to.
    """
    fonts, gaps = look.fonts, look.px(GAP) * (len(items) - 1)
    narrow = look.widths(tuple(labels), fonts.small, PADDING, GAP) > room
    words = [look.size(label, fonts.caption)[0] for label in labels]
    spare = (room - gaps - sum(words)) / len(items)
    for item, label, wide in zip(items, labels, words, strict=True):
        whole = look.size(label, fonts.small)[0] + look.px(PADDING)
        width = max(int(wide + spare), look.px(TIGHT)) if narrow else int(whole)
        shown = look.fit(label, fonts.caption, width - look.px(TIGHT)) if narrow else label
        dpg.configure_item(item, width=width, label=shown)
        dpg.bind_item_font(item, fonts.caption if narrow else fonts.small)


class Lines:
    """Things of known widths side by side, going on in the next line where a line is full; drawn once."""

    def __init__(self, look: Look, parent: Item, room: float, *, gap: int = 8) -> None:
        self._parent, self._room, self._gap = parent, room, look.px(gap)
        self._line: Item = 0
        self._left = 0.0

    def fits(self, width: float) -> bool:
        """Whether this line has so much room left."""
        return width <= (self._left if self._line else self._room)

    def place(self, width: float) -> Item:
        """Where the next thing goes, which is `width` pixels wide."""
        if not self._line or width > self._left:
            self._line = dpg.add_group(parent=self._parent, horizontal=True, horizontal_spacing=self._gap)
            self._left = self._room
        self._left -= width + self._gap
        return self._line


class Flow:
    """Buttons that go on in the next line where a line is full. Make them in `first`, then `add` them."""

    def __init__(self, look: Look, parent: Item, *, padding: int = PADDING, gap: int = GAP) -> None:
        self._look = look
        self._padding, self._gap = padding, gap
        self._place = dpg.add_group(parent=parent)
        look.themes.bind(self._place, "flow")
        self._lines: list[Item] = []
        self._buttons: list[tuple[Item, Item]] = []
        self._shown: tuple[object, ...] = ()
        self.first = self._line(0)

    def add(self, *buttons: Item, font: Item | None = None) -> None:
        """These come next; `font` is that of their words."""
        self._buttons += [(one, font if font is not None else self._look.fonts.small) for one in buttons]

    def tighten(self, padding: int) -> None:
        """The buttons have another style, with so many pixels (at scale 1) at both sides of their words."""
        self._padding, self._shown = padding, ()

    def fit(self, room: float) -> None:
        """Once a frame, and whenever a label changed: keep within `room` pixels."""
        labels = [
            (item, font, dpg.get_item_label(item) or "")
            for item, font in self._buttons
            if dpg.is_item_shown(item)
        ]
        shown = (room, *labels)
        if shown == self._shown:
            return
        self._shown = shown
        look, left, line = self._look, room, 0
        begun = False
        for item, font, words in labels:
            width = look.size(words, font)[0] + look.px(self._padding)
            if begun and width > left:
                left, line = room, line + 1
            dpg.move_item(item, parent=self._line(line))
            left -= width + look.px(self._gap)
            begun = True
        for number, one in enumerate(self._lines):
            dpg.configure_item(one, show=number <= line)

    def _line(self, number: int) -> Item:
        while len(self._lines) <= number:
            gap = self._look.px(self._gap)
            self._lines.append(dpg.add_group(parent=self._place, horizontal=True, horizontal_spacing=gap))
        return self._lines[number]

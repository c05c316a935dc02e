"""A small button in the corner of each docked panel that opens it in a window of its own.

The library draws the tabs of docked windows itself and takes no items there. So each button is a tiny window
over the right end of its panel's tabs, and hidden while the panel is not seen.
"""

from collections.abc import Callable, Mapping

from copilot.desktop.gate import Item, dpg
from copilot.desktop.panel_focus import Place
from copilot.desktop.panel_table import PANELS
from copilot.desktop.part_looks import Styles
from copilot.desktop.theme import Theme
from copilot.desktop.widgets import Icon, Look

SIDE, EDGE, TOP = 26, 6, 3
"""Pixels at scale 1: how large a button is, and how far from the right and upper edges of its panel."""

WITHOUT_TABS = ("discussion", "composer")
"""Panels without tabs, which have a button for it in their own head or foot."""

_BARE: Styles = {"WindowPadding": (0, 0), "WindowBorderSize": 0, "WindowMinSize": (4, 4)}


class Corners:
    """`place` once a frame; made anew with another look."""

    def __init__(self, look: Look, tear_off: Callable[[str], None]) -> None:
        self._look = look
        bare = Theme({"WindowBg": (0, 0, 0, 0)}, _BARE, look.scale)
        self._items = {
            one.name: self._corner(one.name, one.title, bare.item, tear_off)
            for one in PANELS
            if one.name not in WITHOUT_TABS
        }
        self._places: dict[str, tuple[int, int] | None] = dict.fromkeys(self._items)

    def place(self, seen: Mapping[str, Place]) -> None:
        """Let each button follow its panel; only docked panels that are seen have one."""
        px = self._look.px
        for name, item in self._items.items():
            place = None
            if name in seen:
                x, y, width = seen[name]
                place = (x + width - px(SIDE + EDGE), y + px(TOP))
            if place != self._places[name]:
                self._places[name] = place
                if place is None:
                    dpg.hide_item(item)
                else:
                    dpg.configure_item(item, pos=place, show=True)

    def _corner(self, name: str, title: str, bare: Item, tear_off: Callable[[str], None]) -> Item:
        look, side = self._look, self._look.px(SIDE)
        window = dpg.add_window(
            tag=f"{name}.corner",
            show=False,
            width=side,
            height=side,
            min_size=(side, side),  # else 100 by 100, which would catch the mouse over the panel beside it
            no_title_bar=True,
            no_resize=True,
            no_move=True,
            no_collapse=True,
            no_scrollbar=True,
            no_saved_settings=True,
            no_focus_on_appearing=True,
        )
        dpg.bind_item_theme(window, bare)
        tip = f"{title} in a window of its own"
        look.icon_button(Icon.TEAR_OFF, window, lambda: tear_off(name), tip, tag=f"{name}.tear_off")
        return window

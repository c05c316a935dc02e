"""Makes everything in the window anew, as after another theme, scale or font, and leaves it where it was.

What is drawn keeps the colours and lengths it was made with, so the items go and come again. Windows keep
their names and with them their place among the docks; fonts, themes and pictures stay.
"""

from collections.abc import Mapping
from typing import Any

from copilot.desktop.caret import mouse_is_down
from copilot.desktop.gate import Item, dpg
from copilot.desktop.panels.panel import Panel

SETTLING = 8
"""Frames until what was made anew has its size, so that it can be scrolled to where it was."""

_GOES = ("WindowAppItem", "ViewportMenuBar", "ViewportDrawlist", "HandlerRegistry", "ItemHandlerRegistry")
_SCROLLS = ("ChildWindow", "WindowAppItem", "Table")


class Kept:
    """How far all had been scrolled, which tabs were in front, and what panels asked to be kept."""

    def __init__(self, panels: Mapping[str, Panel]) -> None:
        self._scrolls: dict[str, tuple[float, float, bool]] = {}
        for tag in dpg.get_aliases():
            if _kind(tag) in _SCROLLS:
                x, y, last = dpg.get_x_scroll(tag), dpg.get_y_scroll(tag), dpg.get_y_scroll_max(tag)
                self._scrolls[tag] = (x, y, 0 < last <= y + 1)
        self._fronts = [name for name in panels if dpg.does_item_exist(name) and dpg.is_item_visible(name)]
        self._panels: dict[str, Any] = {name: panel.kept() for name, panel in panels.items()}
        self._frames = SETTLING

    def give_back(self, panels: Mapping[str, Panel]) -> None:
        """Right after all was made anew: what each panel had."""
        for name, panel in panels.items():
            if self._panels.get(name) is not None:
                panel.take_up(self._panels[name])

    def settle(self) -> bool:
        """Once a frame from then on: bring what was in front to the front, scroll back. True until done."""
        if self._frames == 0:
            return False
        if mouse_is_down():  # a splitter that is dragged would be let go
            return True
        self._frames -= 1
        if self._frames == SETTLING - 2:
            for name in self._fronts:
                if dpg.does_item_exist(name):
                    dpg.focus_item(name)
        if self._frames == 0:
            for tag, (x, y, at_end) in self._scrolls.items():
                if dpg.does_item_exist(tag) and (x or y) and _kind(tag) in _SCROLLS:
                    dpg.set_x_scroll(tag, x)
                    dpg.set_y_scroll(tag, -1.0 if at_end else y)
        return True


def strip() -> None:
    """Delete every window, menu bar and handler of the context."""
    for root in dpg.get_windows():
        if _kind(root) in _GOES:
            dpg.delete_item(root)


def _kind(item: Item) -> str:
    return dpg.get_item_type(item).removeprefix("mvAppItemType::mv")

"""A window that lies over the others: how it looks, where it stands, and where its caret goes."""

from collections.abc import Sequence

from copilot.desktop.gate import Item, dpg
from copilot.desktop.widgets import Look

_EDGE, _TOP = 40, 60
"""Pixels that are left free beside it, both sides together, and above it."""

_AROUND, _CELL = 72, 14
"""Pixels at scale 1: the edges of the window and of a list in it with its scrollbar, and those of a cell."""


def overlay_window(look: Look, tag: str) -> Item:
    """The window itself, not shown yet."""
    window = dpg.add_window(
        tag=tag,
        show=False,
        no_title_bar=True,
        no_resize=True,
        no_move=True,
        no_collapse=True,
        no_scrollbar=True,
        no_saved_settings=True,
    )
    look.themes.bind(window, "overlay")
    return window


class Overlay:
    """Made once; `show` puts it in the middle, of `width` and `height` where the window has that room."""

    def __init__(self, look: Look, tag: str, width: int, height: int) -> None:
        self._look = look
        self._size = (width, height)
        self.window = overlay_window(look, tag)
        self.opened = False
        """Whether it is on the screen. Asked many times a frame, so it is not asked of the library."""

    def show(self, caret: Item | None = None) -> None:
        """Show it. `caret` is the box that is typed into next."""
        px = self._look.px
        room = dpg.get_viewport_client_width(), dpg.get_viewport_client_height()
        width = min(px(self._size[0]), room[0] - px(_EDGE))
        height = min(px(self._size[1]), room[1] - px(_TOP + _EDGE // 2))
        at = [(room[0] - width) // 2, px(_TOP)]
        dpg.configure_item(self.window, show=True, width=width, height=height, pos=at)
        self.opened = True
        if caret is None:
            self._look.caret.drop()
        else:
            self._look.caret.give(caret)

    def column(self, weights: Sequence[float], number: int) -> float:
        """The pixels for words in a column of a list in it, whose columns share its width by `weights`."""
        whole = dpg.get_item_width(self.window) - self._look.px(_AROUND)
        return whole * weights[number] / sum(weights) - self._look.px(_CELL)

    def hide(self) -> None:
        """Hide it."""
        self._look.caret.drop()
        self.opened = False
        dpg.hide_item(self.window)

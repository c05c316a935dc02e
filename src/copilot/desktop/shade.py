"""What lies behind a window that is over the others, darkened around it: one sees what takes the keys.

A window cannot lie between the docked panels and one above them without catching their mouse, so the shade
is drawn over everything, with a hole that has the window's round corners.
"""

from math import sqrt

from copilot.desktop.gate import Item, dpg
from copilot.desktop.palette import CLEAR, faded
from copilot.desktop.widgets import Look, clear

_ROUNDING = 12
"""Of the corners of the theme `overlay`, in pixels at scale 1."""

_WEIGHT = 0.6
"""How dark it is against what the library draws behind a modal window."""

Box = tuple[int, int, int, int]


class Shade:
    """Made once a look; `around` each frame."""

    def __init__(self, look: Look) -> None:
        self._colour = faded(look.palette.shade, round(look.palette.shade[3] * _WEIGHT))
        self._rounding = look.px(_ROUNDING)
        self._shown: tuple[int, ...] = ()
        self._sheet = dpg.add_viewport_drawlist(front=True)

    def around(self, window: Item | None) -> None:
        """Darken all but this window; None: nothing."""
        shown: tuple[int, ...] = ()
        if window is not None:
            x, y = dpg.get_item_pos(window)
            size = dpg.get_item_width(window), dpg.get_item_height(window)
            room = dpg.get_viewport_client_width(), dpg.get_viewport_client_height()
            shown = (int(x), int(y), *size, *room)
        if shown == self._shown:
            return
        self._shown = shown
        clear(self._sheet)
        for left, top, right, bottom in _boxes(shown, self._rounding) if shown else ():
            dpg.draw_rectangle(
                (left, top),
                (right, bottom),
                parent=self._sheet,
                fill=self._colour,
                color=CLEAR,
            )


def _boxes(shown: tuple[int, ...], rounding: int) -> list[Box]:
    """The room without the window: the four sides of it, and its corners row by row."""
    x, y, width, height, across, down = shown
    right, bottom = x + width, y + height
    found = [(0, 0, across, y), (0, bottom, across, down), (0, y, x, bottom), (right, y, across, bottom)]
    for row in range(rounding):
        free = round(rounding - sqrt(rounding**2 - (rounding - row - 0.5) ** 2))
        for at in (y + row, bottom - row - 1):
            found += [(x, at, x + free, at + 1), (right - free, at, right, at + 1)]
    return [box for box in found if box[0] < box[2] and box[1] < box[3]]

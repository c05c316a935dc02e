"""Scrolling a box by the keyboard: the library scrolls by the mouse alone."""

from copilot.desktop.gate import Item, dpg
from copilot.desktop.keyboard import Press

LINES = 48
"""Pixels that Up and Down scroll."""

KEYS = (("PageUp", "Scroll up; PageDown: down, Home and End: to the ends"),)


def scroll(press: Press, box: Item) -> bool:
    """Scroll a box where the key is one of those that scroll; whether it was."""
    if press.chord.modifiers:
        return False
    at, last = dpg.get_y_scroll(box), dpg.get_y_scroll_max(box)
    page = max(LINES, dpg.get_item_state(box)["rect_size"][1] - LINES)
    to = {
        "Up": at - LINES,
        "Down": at + LINES,
        "PageUp": at - page,
        "PageDown": at + page,
        "Home": 0.0,
        "End": last,
    }.get(press.chord.key)
    if to is not None:
        dpg.set_y_scroll(box, max(0.0, min(float(to), float(last))))
    return to is not None

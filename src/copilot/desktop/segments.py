"""Buttons side by side of which one is on: as wide as their words, or within the room in smaller letters."""

from collections.abc import Sequence

from copilot.desktop.gate import Item, dpg
from copilot.desktop.widgets import Look

GAP, PADDING, TIGHT = 4, 20, 8
"""Pixels at scale 1: between two buttons, at both sides of a button's words, and where they are tight."""


def fit_segments(look: Look, items: Sequence[Item], labels: Sequence[str], room: float) -> None:
    """Give the buttons of a line the widths that `room` (pixels) allows; `labels` are their words."""
    fonts, gaps = look.fonts, look.px(GAP) * (len(items) - 1)
    narrow = look.widths(tuple(labels), fonts.small, PADDING, GAP) > room
    words = [look.size(label, fonts.caption)[0] for label in labels]
    spare = (room - gaps - sum(words)) / len(items)
    for item, label, wide in zip(items, labels, words, strict=True):
        width = max(int(wide + spare), look.px(TIGHT)) if narrow else 0
        shown = look.fit(label, fonts.caption, width - look.px(TIGHT)) if narrow else label
        dpg.configure_item(item, width=width, label=shown)
        dpg.bind_item_font(item, fonts.caption if narrow else fonts.small)

"""The look: the theme of the whole window, and shared themes for its parts, made from the tables of looks.

Themes are made once per context and shared, because the library never frees one that was bound to an item.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

from copilot.desktop.gate import Item, dpg
from copilot.desktop.palette import ACCENT_BRIGHT, AMBER, CYAN, DIM, GREEN, RED, VIOLET, Colour, faded
from copilot.desktop.part_looks import PARTS, Styles, button
from copilot.desktop.window_look import BASE_COLOURS, BASE_STYLES, DOCK_COLOURS, DOCK_STYLES
from copilot.vocabulary.frozen import frozen

_CHIPS = (ACCENT_BRIGHT, GREEN, AMBER, RED, VIOLET, CYAN, DIM)


def make(
    colours: Mapping[str, Colour] | None = None, styles: Styles | None = None, scale: float = 1.0
) -> Item:
    """A theme; names are those of `mvThemeCol_` and `mvStyleVar_`, numbers are pixels at scale 1."""
    theme = dpg.add_theme()
    part = dpg.add_theme_component(dpg.mvAll, parent=theme)
    for name, colour in (colours or {}).items():
        dpg.add_theme_color(getattr(dpg, f"mvThemeCol_{name}"), colour, parent=part)
    for name, value in (styles or {}).items():
        pair = value if isinstance(value, tuple) else (value,)
        dpg.add_theme_style(getattr(dpg, f"mvStyleVar_{name}"), *_scaled(name, pair, scale), parent=part)
    return theme


def _scaled(name: str, values: tuple[float, ...], scale: float) -> tuple[float, ...]:
    return values if "Align" in name or "BorderSize" in name else tuple(round(v * scale, 1) for v in values)


@frozen(kw_only=False)
class Themes:
    """Shared themes by the names of `PARTS`, and chips by colour. Made once per context by `load_themes`."""

    parts: Mapping[str, Item]
    chips: Mapping[Colour, Item]

    def bind(self, item: Item, name: str) -> Item:
        """Give an item one of the shared themes; returns the item."""
        dpg.bind_item_theme(item, self.parts[name])
        return item


def load_themes(scale: float) -> Themes:
    """Make every theme and bind the window's own."""
    dpg.bind_theme(make(BASE_COLOURS, BASE_STYLES, scale))
    parts = {name: make(colours, styles, scale) for name, (colours, styles) in PARTS.items()}
    chips = {colour: _chip(colour, scale) for colour in _CHIPS}
    return Themes(parts, chips)


def _chip(colour: Colour, scale: float) -> Item:
    pale = faded(colour, 34)
    return make(button((pale, pale, pale), colour), {"FramePadding": (9, 2), "FrameRounding": 10}, scale)


@cache
def base_style(scale: float) -> tuple[dict[int, Colour], dict[int, tuple[float, ...]]]:
    """For `Native.patch_base_style`: dock tabs and splitters are drawn before any theme is in force."""
    colours: Any = {getattr(dpg, f"mvThemeCol_{name}"): colour for name, colour in DOCK_COLOURS.items()}
    numbers = {getattr(dpg, f"mvStyleVar_{n}"): _scaled(n, v, scale) for n, v in DOCK_STYLES.items()}
    return colours, numbers

"""The look: the theme of the whole window, and shared themes for its parts, made from the tables of looks.

Themes are made once per context and shared, because the library never frees one that was bound to an item.
"""

from collections.abc import Mapping
from typing import Any

from copilot.desktop.gate import Item, dpg
from copilot.desktop.palette import Colour, Palette, Tone, faded
from copilot.desktop.part_looks import Styles, button, parts
from copilot.desktop.window_look import BASE_STYLES, DOCK_STYLES, base_colours, dock_colours
from copilot.vocabulary.frozen import frozen

CHIP_TONES: tuple[Tone, ...] = ("dim", "accent_bright", "green", "amber", "red", "violet", "cyan")
CHIP_ALPHA = 34


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
    """Shared themes by the names of `part_looks.parts`, and chips by colour. `load_themes` makes them."""

    parts: Mapping[str, Item]
    chips: Mapping[Colour, Item]

    def bind(self, item: Item, name: str) -> Item:
        """Give an item one of the shared themes; returns the item."""
        dpg.bind_item_theme(item, self.parts[name])
        return item

    def chip(self, colour: Colour | None) -> Item:
        """The theme of a chip in this colour; the quiet one for None and colours that chips do not have."""
        quiet = next(iter(self.chips.values()))
        return quiet if colour is None else self.chips.get(colour, quiet)


def load_themes(palette: Palette, scale: float) -> Themes:
    """Make every theme and bind the window's own."""
    dpg.bind_theme(make(base_colours(palette), BASE_STYLES, scale))
    made = {name: make(colours, styles, scale) for name, (colours, styles) in parts(palette).items()}
    chips = {palette.of(tone): _chip(palette.of(tone), scale) for tone in CHIP_TONES}
    return Themes(made, chips)


def _chip(colour: Colour, scale: float) -> Item:
    pale = faded(colour, CHIP_ALPHA)
    return make(button((pale, pale, pale), colour), {"FramePadding": (9, 2), "FrameRounding": 10}, scale)


def base_style(palette: Palette, scale: float) -> tuple[dict[int, Colour], dict[int, tuple[float, ...]]]:
    """For `Native.patch_base_style`: dock tabs and splitters are drawn before any theme is in force."""
    colours: Any = {
        getattr(dpg, f"mvThemeCol_{name}"): colour for name, colour in dock_colours(palette).items()
    }
    numbers = {getattr(dpg, f"mvStyleVar_{n}"): _scaled(n, v, scale) for n, v in DOCK_STYLES.items()}
    return colours, numbers

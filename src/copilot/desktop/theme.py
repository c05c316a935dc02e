"""The look: the theme of the whole window, and shared themes for its parts, made from the tables of looks.

Themes are made once per context and shared, because the library never frees one that was bound to an item.
Another palette or scale is written into the same themes, so nothing has to be bound anew.
"""

from collections.abc import Mapping
from typing import Any

from copilot.desktop.gate import Item, dpg
from copilot.desktop.node_look import NODE_STYLES, active_node_colours, map_colours, node_colours
from copilot.desktop.palette import Colour, Palette, Tone, faded
from copilot.desktop.part_looks import Styles, button, parts
from copilot.desktop.plot_look import LINE_STYLES, MARK_ALPHA, PLOT_STYLES, SERIES_TONES, plot_colours
from copilot.desktop.window_look import BASE_STYLES, DOCK_STYLES, base_colours, dock_colours
from copilot.vocabulary.frozen import frozen

CHIP_TONES: tuple[Tone, ...] = ("dim", "accent_bright", "green", "amber", "red", "violet", "cyan")
CHIP_ALPHA = 34
_CHIP_STYLES: Styles = {"FramePadding": (9, 2), "FrameRounding": 10}


class Theme:
    """One theme; names are those of `mvThemeCol_` and `mvStyleVar_`, numbers are pixels at scale 1."""

    def __init__(self, colours: Mapping[str, Colour], styles: Styles, scale: float, kind: str = "") -> None:
        self.item: Item = dpg.add_theme()
        part = dpg.add_theme_component(dpg.mvAll, parent=self.item)
        more: dict[str, Any] = {"category": getattr(dpg, f"mvThemeCat_{kind.rstrip('s')}s")} if kind else {}
        self._colours: dict[str, Item] = {
            name: dpg.add_theme_color(
                getattr(dpg, f"mv{kind or 'Theme'}Col_{name}"), colour, parent=part, **more
            )
            for name, colour in colours.items()
        }
        self._styles: dict[str, Item] = {
            name: dpg.add_theme_style(
                getattr(dpg, f"mv{kind}StyleVar_{name}"), *_scaled(name, value, scale), parent=part, **more
            )
            for name, value in styles.items()
        }

    def change(self, colours: Mapping[str, Colour], styles: Styles, scale: float) -> None:
        """Write other values into it; whatever it is bound to looks like that from the next frame on."""
        for name, colour in colours.items():
            dpg.set_value(self._colours[name], colour)
        for name, value in styles.items():
            dpg.set_value(self._styles[name], _scaled(name, value, scale))


def _scaled(name: str, value: float | tuple[float, ...], scale: float) -> tuple[float, ...]:
    values = value if isinstance(value, tuple) else (value,)
    fixed = "Align" in name or "BorderSize" in name or "Alpha" in name
    return values if fixed else tuple(round(v * scale, 1) for v in values)


@frozen(kw_only=False)
class Themes:
    """Shared themes by the names of `part_looks.parts`; chips and series of plots by colour.

    `mark` is for what lies behind the bar of a plot that is pointed at.
    """

    parts: Mapping[str, Item]
    chips: Mapping[Colour, Item]
    lines: Mapping[Colour, Item]
    plot: Item
    mark: Item

    def bind(self, item: Item, name: str) -> Item:
        """Give an item one of the shared themes; returns the item."""
        dpg.bind_item_theme(item, self.parts[name])
        return item

    def chip(self, colour: Colour | None) -> Item:
        """The theme of a chip in this colour; the quiet one for None and colours that chips do not have."""
        quiet = next(iter(self.chips.values()))
        return quiet if colour is None else self.chips.get(colour, quiet)

    def series(self, colour: Colour) -> Item:
        """The theme of a plot's series in one of the colours of `SERIES_TONES`."""
        return self.lines[colour]


class Wardrobe:
    """Every theme of a context, the window's own bound to all of it."""

    def __init__(self, palette: Palette, scale: float) -> None:
        self._window = Theme(base_colours(palette), BASE_STYLES, scale)
        self._parts = {name: Theme(*look, scale) for name, look in parts(palette).items()}
        self._chips: dict[Tone, Theme] = {
            tone: Theme(_chip(palette.of(tone)), _CHIP_STYLES, scale) for tone in CHIP_TONES
        }
        self._plot = Theme(plot_colours(palette), PLOT_STYLES, scale, "Plot")
        self._lines: dict[Tone, Theme] = {
            tone: Theme(_line(palette.of(tone)), LINE_STYLES, scale, "Plot") for tone in SERIES_TONES
        }
        self._mark = Theme(_line(faded(palette.veil, MARK_ALPHA)), {}, scale, "Plot")
        self._graph = Theme(node_colours(palette), NODE_STYLES, scale, "Node")
        self._active = Theme(active_node_colours(palette), {}, scale, "Node")
        self._map = Theme(map_colours(palette), {}, scale, "Nodes")
        dpg.bind_theme(self._window.item)

    def change(self, palette: Palette, scale: float) -> None:
        """Dress the window anew."""
        self._window.change(base_colours(palette), BASE_STYLES, scale)
        for name, look in parts(palette).items():
            self._parts[name].change(*look, scale)
        for tone, theme in self._chips.items():
            theme.change(_chip(palette.of(tone)), _CHIP_STYLES, scale)
        self._plot.change(plot_colours(palette), PLOT_STYLES, scale)
        for tone, theme in self._lines.items():
            theme.change(_line(palette.of(tone)), LINE_STYLES, scale)
        self._mark.change(_line(faded(palette.veil, MARK_ALPHA)), {}, scale)
        self._graph.change(node_colours(palette), NODE_STYLES, scale)
        self._active.change(active_node_colours(palette), {}, scale)
        self._map.change(map_colours(palette), {}, scale)

    def themes(self, palette: Palette) -> Themes:
        """The themes as they are found by what is drawn in this palette."""
        return Themes(
            parts={
                **{name: theme.item for name, theme in self._parts.items()},
                "graph": self._graph.item,
                "graph_active": self._active.item,
                "graph_map": self._map.item,
            },
            chips={palette.of(tone): theme.item for tone, theme in self._chips.items()},
            lines={palette.of(tone): theme.item for tone, theme in self._lines.items()},
            plot=self._plot.item,
            mark=self._mark.item,
        )


def _chip(colour: Colour) -> dict[str, Colour]:
    pale = faded(colour, CHIP_ALPHA)
    return button((pale, pale, pale), colour)


def _line(colour: Colour) -> dict[str, Colour]:
    return {"Line": colour, "Fill": colour}


def base_style(palette: Palette, scale: float) -> tuple[dict[int, Colour], dict[int, tuple[float, ...]]]:
    """For `Native.patch_base_style`: dock tabs and splitters are drawn before any theme is in force."""
    colours: Any = {
        getattr(dpg, f"mvThemeCol_{name}"): colour for name, colour in dock_colours(palette).items()
    }
    numbers = {getattr(dpg, f"mvStyleVar_{n}"): _scaled(n, v, scale) for n, v in DOCK_STYLES.items()}
    return colours, numbers

"""The look: the theme of the whole window, and shared themes for its parts.

Themes are made once per context and shared, because the library never frees one that was bound to an item.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from copilot.desktop.gate import Item, dpg
from copilot.desktop.palette import (
    ACCENT,
    ACCENT_BRIGHT,
    ACCENT_DEEP,
    AMBER,
    BACK,
    CARD,
    CARD_PERSON,
    CARD_PERSON_EDGE,
    CLEAR,
    CODE,
    CODE_INLINE,
    DIM,
    FIELD,
    GREEN,
    HOVER,
    INSET,
    LINE,
    LINE_STRONG,
    MODAL,
    PANEL,
    RED,
    RED_SOFT,
    TEXT,
    VIOLET,
    WHITE,
    Colour,
    faded,
    rgb,
)

Styles = Mapping[str, float | tuple[float, float]]


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


def _button(colours: tuple[Colour, Colour, Colour], text: Colour, edge: Colour = CLEAR) -> dict[str, Colour]:
    normal, hovered, active = colours
    return {"Button": normal, "ButtonHovered": hovered, "ButtonActive": active, "Text": text, "Border": edge}


BASE_COLOURS: dict[str, Colour] = {
    "Text": TEXT,
    "TextDisabled": DIM,
    "WindowBg": PANEL,
    "ChildBg": CLEAR,
    "PopupBg": rgb("1a1f2a"),
    "Border": LINE,
    "BorderShadow": CLEAR,
    "FrameBg": FIELD,
    "FrameBgHovered": HOVER,
    "FrameBgActive": HOVER,
    "TitleBg": BACK,
    "TitleBgActive": BACK,
    "TitleBgCollapsed": BACK,
    "MenuBarBg": BACK,
    "ScrollbarBg": CLEAR,
    "ScrollbarGrab": faded(DIM, 60),
    "ScrollbarGrabHovered": faded(DIM, 110),
    "ScrollbarGrabActive": faded(DIM, 150),
    "CheckMark": ACCENT,
    "SliderGrab": ACCENT,
    "SliderGrabActive": ACCENT_BRIGHT,
    "Button": FIELD,
    "ButtonHovered": HOVER,
    "ButtonActive": LINE_STRONG,
    "Header": faded(ACCENT, 46),
    "HeaderHovered": faded(DIM, 34),
    "HeaderActive": faded(ACCENT, 66),
    "Separator": LINE,
    "SeparatorHovered": ACCENT_DEEP,
    "SeparatorActive": ACCENT,
    "ResizeGrip": CLEAR,
    "ResizeGripHovered": faded(ACCENT, 120),
    "ResizeGripActive": ACCENT,
    "Tab": CLEAR,
    "TabHovered": HOVER,
    "TabSelected": PANEL,
    "TabSelectedOverline": ACCENT,
    "TabDimmed": CLEAR,
    "TabDimmedSelected": PANEL,
    "TabDimmedSelectedOverline": faded(ACCENT, 150),
    "DockingPreview": faded(ACCENT, 110),
    "DockingEmptyBg": BACK,
    "TableHeaderBg": CLEAR,
    "TableBorderStrong": LINE,
    "TableBorderLight": faded(LINE, 160),
    "TableRowBg": CLEAR,
    "TableRowBgAlt": faded(WHITE, 5),
    "TextSelectedBg": faded(ACCENT, 90),
    "TreeLines": LINE_STRONG,
    "InputTextCursor": ACCENT_BRIGHT,
    "ModalWindowDimBg": (4, 6, 10, 165),
    "PlotHistogram": ACCENT,
    "PlotHistogramHovered": ACCENT_BRIGHT,
    "NavCursor": ACCENT,
    "DragDropTarget": ACCENT,
}

BASE_STYLES: dict[str, float | tuple[float, float]] = {
    "WindowPadding": (14, 12),
    "FramePadding": (10, 6),
    "ItemSpacing": (8, 8),
    "ItemInnerSpacing": (6, 6),
    "CellPadding": (6, 4),
    "IndentSpacing": 16,
    "ScrollbarSize": 11,
    "ScrollbarRounding": 8,
    "ScrollbarPadding": 2,
    "GrabMinSize": 10,
    "GrabRounding": 6,
    "WindowRounding": 10,
    "ChildRounding": 8,
    "FrameRounding": 6,
    "PopupRounding": 8,
    "TabRounding": 6,
    "WindowBorderSize": 1,
    "ChildBorderSize": 1,
    "FrameBorderSize": 0,
    "PopupBorderSize": 1,
    "TabBorderSize": 0,
    "TabBarBorderSize": 1,
    "TabBarOverlineSize": 2,
    "DockingSeparatorSize": 3,
    "WindowTitleAlign": (0.0, 0.5),
    "SeparatorTextPadding": (0, 4),
    "TreeLinesSize": 1,
}

_CARD_STYLES: Styles = {
    "WindowPadding": (18, 13),
    "ChildRounding": 10,
    "ItemSpacing": (8, 6),
    "FramePadding": (8, 2),
}
_PLAIN = (CLEAR, HOVER, LINE_STRONG)

PARTS: dict[str, tuple[dict[str, Colour], Styles]] = {
    "card": ({"ChildBg": CARD, "Border": LINE}, _CARD_STYLES),
    "card_person": ({"ChildBg": CARD_PERSON, "Border": CARD_PERSON_EDGE}, _CARD_STYLES),
    "card_live": ({"ChildBg": CARD, "Border": faded(ACCENT, 120)}, _CARD_STYLES),
    "card_failed": ({"ChildBg": rgb("211a20"), "Border": faded(RED, 110)}, _CARD_STYLES),
    "card_notice": ({"ChildBg": rgb("1d1c1e"), "Border": faded(AMBER, 90)}, _CARD_STYLES),
    "inset": (
        {"ChildBg": INSET, "Border": LINE},
        {"WindowPadding": (14, 8), "ChildRounding": 8, "ItemSpacing": (8, 4), "FramePadding": (6, 2)},
    ),
    "row": (
        {"ChildBg": faded(WHITE, 7), "Border": CLEAR},
        {
            "WindowPadding": (12, 6),
            "FramePadding": (6, 2),
            "ChildRounding": 7,
            "ItemSpacing": (8, 0),
            "ChildBorderSize": 0,
        },
    ),
    "tile": (
        {"ChildBg": CARD, "Border": LINE},
        {"WindowPadding": (12, 9), "ChildRounding": 8, "ItemSpacing": (4, 3), "FramePadding": (2, 0)},
    ),
    "composer": (
        {"ChildBg": CARD, "Border": LINE_STRONG},
        {"WindowPadding": (14, 10), "ChildRounding": 12, "ItemSpacing": (8, 6)},
    ),
    "flat_field": (
        {
            "FrameBg": CLEAR,
            "FrameBgHovered": CLEAR,
            "FrameBgActive": CLEAR,
            "Border": CLEAR,
            "ChildBg": CLEAR,
        },
        {"FramePadding": (2, 2)},
    ),
    "code_field": (
        {
            "FrameBg": CLEAR,
            "FrameBgHovered": CLEAR,
            "FrameBgActive": CLEAR,
            "Border": CLEAR,
            "ChildBg": CLEAR,
        },
        {"FramePadding": (6, 6), "FrameBorderSize": 0, "ItemSpacing": (0, 0)},
    ),
    "reading_field": (
        {"FrameBg": INSET, "FrameBgHovered": INSET, "FrameBgActive": INSET, "Border": LINE, "Text": CODE},
        {"FramePadding": (10, 8), "FrameBorderSize": 1, "FrameRounding": 8},
    ),
    "note_field": (
        {"FrameBg": INSET, "FrameBgHovered": INSET, "FrameBgActive": INSET, "Border": LINE_STRONG},
        {"FramePadding": (12, 9), "FrameBorderSize": 1, "FrameRounding": 8},
    ),
    "tight": ({}, {"ItemSpacing": (0, 3), "CellPadding": (0, 0), "FramePadding": (6, 3)}),
    "text_lines": ({}, {"ItemSpacing": (0, 3), "FramePadding": (0, 2)}),
    "code_lines": ({}, {"ItemSpacing": (0, 4), "FramePadding": (0, 0)}),
    "tree": ({}, {"FramePadding": (4, 2), "ItemSpacing": (6, 5), "IndentSpacing": 16}),
    "table": ({}, {"CellPadding": (7, 5), "FramePadding": (4, 1)}),
    "diff": ({}, {"CellPadding": (5, 1), "ItemSpacing": (0, 0), "FramePadding": (4, 2)}),
    "menu": (
        {"Header": HOVER, "HeaderHovered": HOVER, "Text": DIM},
        {"FramePadding": (10, 8), "ItemSpacing": (14, 8)},
    ),
    "modal": (
        {
            "WindowBg": MODAL,
            "PopupBg": MODAL,
            "Border": LINE_STRONG,
            "TitleBg": MODAL,
            "TitleBgActive": MODAL,
        },
        {
            "WindowPadding": (24, 20),
            "WindowRounding": 14,
            "ItemSpacing": (8, 9),
            "WindowBorderSize": 1,
            "PopupBorderSize": 1,
        },
    ),
    "popup": (
        {"WindowBg": rgb("1a1f2a"), "PopupBg": rgb("1a1f2a"), "Border": LINE_STRONG},
        {"WindowPadding": (16, 14), "WindowRounding": 10},
    ),
    "primary": (
        _button((ACCENT_DEEP, ACCENT, ACCENT_BRIGHT), WHITE),
        {"FramePadding": (16, 8), "FrameRounding": 8},
    ),
    "stop": (
        _button((faded(RED, 40), faded(RED, 80), faded(RED, 110)), RED_SOFT, faded(RED, 120)),
        {"FramePadding": (16, 8), "FrameRounding": 8, "FrameBorderSize": 1},
    ),
    "approve": (
        _button((rgb("23834a"), rgb("2b9a58"), rgb("35b068")), WHITE),
        {"FramePadding": (18, 9), "FrameRounding": 8},
    ),
    "approve_wait": (
        _button((rgb("1f3a2b"), rgb("1f3a2b"), rgb("1f3a2b")), rgb("7f9a8a")),
        {"FramePadding": (18, 9), "FrameRounding": 8},
    ),
    "ghost": (
        _button((CLEAR, HOVER, LINE_STRONG), TEXT, LINE_STRONG),
        {"FramePadding": (16, 9), "FrameRounding": 8, "FrameBorderSize": 1},
    ),
    "tab_on": (
        _button((faded(ACCENT, 40), faded(ACCENT, 60), faded(ACCENT, 80)), ACCENT_BRIGHT, faded(ACCENT, 110)),
        {"FramePadding": (14, 6), "FrameRounding": 8, "FrameBorderSize": 1},
    ),
    "tab_off": (
        _button((CLEAR, HOVER, LINE_STRONG), DIM, LINE),
        {"FramePadding": (14, 6), "FrameRounding": 8, "FrameBorderSize": 1},
    ),
    "reject": (
        _button((faded(RED, 24), faded(RED, 60), faded(RED, 90)), RED_SOFT, faded(RED, 110)),
        {"FramePadding": (16, 9), "FrameRounding": 8, "FrameBorderSize": 1},
    ),
    "icon": (_button(_PLAIN, DIM), {"FramePadding": (6, 3), "FrameRounding": 6}),
    "code_pill": (
        _button((faded(WHITE, 16), faded(WHITE, 16), faded(WHITE, 16)), CODE_INLINE),
        {"FramePadding": (5, 2), "FrameRounding": 5},
    ),
    "bar": (
        {"FrameBg": rgb("232937"), "PlotHistogram": ACCENT},
        {"FramePadding": (0, 0), "FrameRounding": 3},
    ),
}


@dataclass(frozen=True, slots=True)
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
    chips = {colour: _chip(colour, scale) for colour in (ACCENT_BRIGHT, GREEN, AMBER, RED, VIOLET, DIM)}
    return Themes(parts, chips)


def _chip(colour: Colour, scale: float) -> Item:
    pale = faded(colour, 34)
    return make(_button((pale, pale, pale), colour), {"FramePadding": (9, 2), "FrameRounding": 10}, scale)


@cache
def base_style(scale: float) -> tuple[dict[int, Colour], dict[int, tuple[float, ...]]]:
    """For `Native.patch_base_style`: dock tabs and splitters are drawn before any theme is in force."""
    colours = {
        "TitleBg": BACK,
        "TitleBgActive": BACK,
        "TitleBgCollapsed": BACK,
        "DockingEmptyBg": BACK,
        "Separator": BACK,
        "SeparatorHovered": ACCENT_DEEP,
        "SeparatorActive": ACCENT,
        "Border": LINE,
        "WindowBg": BACK,
        "Text": TEXT,
        "TabHovered": HOVER,
        "TabSelected": PANEL,
        "TabSelectedOverline": ACCENT,
        "ModalWindowDimBg": (4, 6, 10, 165),
        "DockingPreview": faded(ACCENT, 110),
    }
    styles: dict[str, tuple[float, ...]] = {
        "FramePadding": (11, 8),
        "TabRounding": (6,),
        "TabBarOverlineSize": (2,),
        "TabBarBorderSize": (1,),
        "TabBorderSize": (0,),
        "DockingSeparatorSize": (4,),
        "ItemInnerSpacing": (4, 4),
        "WindowBorderSize": (0,),
    }
    found: Any = {getattr(dpg, f"mvThemeCol_{name}"): colour for name, colour in colours.items()}
    numbers = {getattr(dpg, f"mvStyleVar_{n}"): _scaled(n, v, scale) for n, v in styles.items()}
    return found, numbers

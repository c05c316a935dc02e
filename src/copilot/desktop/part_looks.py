"""The looks of the window's parts as data: cards, fields, buttons. `theme` makes a shared theme of each."""

from collections.abc import Mapping

from copilot.desktop.palette import (
    ACCENT,
    ACCENT_BRIGHT,
    ACCENT_DEEP,
    AMBER,
    CARD,
    CARD_PERSON,
    CARD_PERSON_EDGE,
    CLEAR,
    CODE,
    CODE_INLINE,
    DIM,
    FAINT,
    HOVER,
    INSET,
    LINE,
    LINE_STRONG,
    MODAL,
    PANEL,
    RED,
    RED_SOFT,
    TEXT,
    WHITE,
    Colour,
    faded,
    rgb,
)

Styles = Mapping[str, float | tuple[float, float]]


def button(colours: tuple[Colour, Colour, Colour], text: Colour, edge: Colour = CLEAR) -> dict[str, Colour]:
    """A button's colours: normal, hovered, pressed; its words; its border."""
    normal, hovered, active = colours
    return {"Button": normal, "ButtonHovered": hovered, "ButtonActive": active, "Text": text, "Border": edge}


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
    "tree": (
        {"Border": CLEAR},
        {"WindowPadding": (0, 0), "ItemSpacing": (0, 0), "ChildBorderSize": 0, "ChildRounding": 0},
    ),
    "tree_tip": (
        {"Border": LINE_STRONG},
        {"WindowPadding": (12, 9), "ItemSpacing": (8, 1), "FramePadding": (0, 1), "PopupBorderSize": 1},
    ),
    "tree_menu": ({}, {"WindowPadding": (8, 8), "ItemSpacing": (10, 7), "FramePadding": (8, 4)}),
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
        button((ACCENT_DEEP, ACCENT, ACCENT_BRIGHT), WHITE),
        {"FramePadding": (16, 8), "FrameRounding": 8},
    ),
    "stop": (
        button((faded(RED, 40), faded(RED, 80), faded(RED, 110)), RED_SOFT, faded(RED, 120)),
        {"FramePadding": (16, 8), "FrameRounding": 8, "FrameBorderSize": 1},
    ),
    "approve": (
        button((rgb("23834a"), rgb("2b9a58"), rgb("35b068")), WHITE),
        {"FramePadding": (18, 9), "FrameRounding": 8},
    ),
    "approve_wait": (
        button((rgb("1f3a2b"), rgb("1f3a2b"), rgb("1f3a2b")), rgb("7f9a8a")),
        {"FramePadding": (18, 9), "FrameRounding": 8},
    ),
    "ghost": (
        button((CLEAR, HOVER, LINE_STRONG), TEXT, LINE_STRONG),
        {"FramePadding": (16, 9), "FrameRounding": 8, "FrameBorderSize": 1},
    ),
    "tab_on": (
        button((faded(ACCENT, 40), faded(ACCENT, 60), faded(ACCENT, 80)), ACCENT_BRIGHT, faded(ACCENT, 110)),
        {"FramePadding": (14, 6), "FrameRounding": 8, "FrameBorderSize": 1},
    ),
    "tab_off": (
        button((CLEAR, HOVER, LINE_STRONG), DIM, LINE),
        {"FramePadding": (14, 6), "FrameRounding": 8, "FrameBorderSize": 1},
    ),
    "segment_on": (
        button((faded(ACCENT, 40), faded(ACCENT, 60), faded(ACCENT, 80)), ACCENT_BRIGHT, faded(ACCENT, 110)),
        {"FramePadding": (10, 3), "FrameRounding": 6, "FrameBorderSize": 1},
    ),
    "segment_off": (
        button((CLEAR, HOVER, LINE_STRONG), DIM, LINE),
        {"FramePadding": (10, 3), "FrameRounding": 6, "FrameBorderSize": 1},
    ),
    "segment_field": ({"Border": LINE}, {"FramePadding": (10, 3), "FrameRounding": 6, "FrameBorderSize": 1}),
    "segment_line": ({}, {"FramePadding": (0, 3)}),
    "hash": (button((CLEAR, HOVER, LINE_STRONG), FAINT), {"FramePadding": (0, 2), "FrameRounding": 5}),
    "sheet": (
        {"ChildBg": INSET, "Border": CLEAR},
        {"WindowPadding": (0, 0), "ItemSpacing": (0, 0), "ChildBorderSize": 0, "ChildRounding": 6},
    ),
    "overlay": (
        {"WindowBg": PANEL, "Border": LINE_STRONG},
        {"WindowPadding": (14, 12), "WindowRounding": 12, "WindowBorderSize": 1},
    ),
    "reject": (
        button((faded(RED, 24), faded(RED, 60), faded(RED, 90)), RED_SOFT, faded(RED, 110)),
        {"FramePadding": (16, 9), "FrameRounding": 8, "FrameBorderSize": 1},
    ),
    "quiet": (
        button((CLEAR, HOVER, LINE_STRONG), DIM),
        {"FramePadding": (16, 9), "FrameRounding": 8},
    ),
    "icon": (button(_PLAIN, DIM), {"FramePadding": (6, 3), "FrameRounding": 6}),
    "code_pill": (
        button((faded(WHITE, 16), faded(WHITE, 16), faded(WHITE, 16)), CODE_INLINE),
        {"FramePadding": (5, 2), "FrameRounding": 5},
    ),
    "fold": (button((CLEAR, CLEAR, CLEAR), DIM), {"FramePadding": (0, 3)}),
    "bar_over": (
        {"FrameBg": rgb("232937"), "PlotHistogram": AMBER},
        {"FramePadding": (0, 0), "FrameRounding": 3},
    ),
    "bar": (
        {"FrameBg": rgb("232937"), "PlotHistogram": ACCENT},
        {"FramePadding": (0, 0), "FrameRounding": 3},
    ),
}

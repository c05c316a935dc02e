"""The looks of the window's parts as data: cards, fields, buttons. `theme` makes a shared theme of each."""

from collections.abc import Mapping

from copilot.desktop.palette import CLEAR, Colour, Palette, faded

Styles = Mapping[str, float | tuple[float, float]]


def button(colours: tuple[Colour, Colour, Colour], text: Colour, edge: Colour = CLEAR) -> dict[str, Colour]:
    """A button's colours: normal, hovered, pressed; its words; its border."""
    normal, hovered, active = colours
    return {"Button": normal, "ButtonHovered": hovered, "ButtonActive": active, "Text": text, "Border": edge}


FOUND_ALPHA = 90

_CARD_STYLES: Styles = {
    "WindowPadding": (18, 13),
    "ChildRounding": 10,
    "ItemSpacing": (8, 6),
    "FramePadding": (8, 2),
}


Parts = dict[str, tuple[dict[str, Colour], Styles]]

_MEASURES: Parts = {
    "tight": ({}, {"ItemSpacing": (0, 3), "CellPadding": (0, 0), "FramePadding": (6, 3)}),
    "text_lines": ({}, {"ItemSpacing": (0, 3), "FramePadding": (0, 2)}),
    "stack": ({}, {"ItemSpacing": (0, 0), "FramePadding": (0, 2)}),
    "code_lines": ({}, {"ItemSpacing": (0, 4), "FramePadding": (0, 0)}),
    "flow": ({}, {"ItemSpacing": (4, 5)}),
    "tree_menu": ({}, {"WindowPadding": (8, 8), "ItemSpacing": (10, 7), "FramePadding": (8, 4)}),
    "table": ({}, {"CellPadding": (7, 5), "FramePadding": (4, 1)}),
    "diff": ({}, {"CellPadding": (5, 1), "ItemSpacing": (0, 0), "FramePadding": (4, 2)}),
    "segment_line": ({}, {"FramePadding": (0, 3)}),
}
"""Parts that have no colours of their own."""


def parts(p: Palette) -> Parts:
    """Each part's colours and measures (pixels at scale 1) by the library's names."""
    return {**_MEASURES, **_cards(p), **_words(p), **_fields(p), **_windows(p), **_actions(p), **_toggles(p)}


def _cards(p: Palette) -> Parts:
    """What is drawn in the discussion and in panels as boxes."""
    return {
        "card": ({"ChildBg": p.card, "Border": p.line}, _CARD_STYLES),
        "card_person": ({"ChildBg": p.card_person, "Border": p.card_person_edge}, _CARD_STYLES),
        "card_live": ({"ChildBg": p.card, "Border": faded(p.accent, 120)}, _CARD_STYLES),
        "card_failed": ({"ChildBg": p.card_failed, "Border": faded(p.red, 110)}, _CARD_STYLES),
        "card_notice": ({"ChildBg": p.card_notice, "Border": faded(p.amber, 90)}, _CARD_STYLES),
        "inset": (
            {"ChildBg": p.inset, "Border": p.line},
            {"WindowPadding": (14, 8), "ChildRounding": 8, "ItemSpacing": (8, 4), "FramePadding": (6, 2)},
        ),
        "row": (
            {"ChildBg": faded(p.veil, 7), "Border": CLEAR},
            {
                "WindowPadding": (12, 6),
                "FramePadding": (6, 2),
                "ChildRounding": 7,
                "ItemSpacing": (8, 0),
                "ChildBorderSize": 0,
            },
        ),
        "tile": (
            {"ChildBg": p.card, "Border": p.line},
            {"WindowPadding": (12, 9), "ChildRounding": 8, "ItemSpacing": (4, 3), "FramePadding": (2, 0)},
        ),
        "setting": (
            {"ChildBg": p.card, "Border": p.line},
            {"WindowPadding": (14, 11), "ChildRounding": 9, "ItemSpacing": (8, 6), "FramePadding": (8, 3)},
        ),
        "composer": (
            {"ChildBg": p.card, "Border": p.line_strong},
            {"WindowPadding": (14, 10), "ChildRounding": 12, "ItemSpacing": (8, 6)},
        ),
        "sheet": (
            {"ChildBg": p.inset, "Border": CLEAR},
            {"WindowPadding": (0, 0), "ItemSpacing": (0, 0), "ChildBorderSize": 0, "ChildRounding": 6},
        ),
        "choices": (
            {"ChildBg": CLEAR, "Border": CLEAR},
            {"WindowPadding": (0, 0), "ItemSpacing": (0, 0), "ChildBorderSize": 0},
        ),
        "code_pill": (
            button((faded(p.veil, 16), faded(p.veil, 16), faded(p.veil, 16)), p.code_inline),
            {"FramePadding": (5, 2), "FrameRounding": 5},
        ),
    }


def _words(p: Palette) -> Parts:
    """What stands among the words of messages, and cards that were chosen."""
    return {
        "card_chosen": ({"ChildBg": p.card, "Border": p.accent}, _CARD_STYLES),
        "card_person_chosen": ({"ChildBg": p.card_person, "Border": p.accent}, _CARD_STYLES),
        "inset_part": (
            {"ChildBg": p.inset, "Border": CLEAR},
            {
                "WindowPadding": (14, 4),
                "ChildRounding": 0,
                "ChildBorderSize": 0,
                "ItemSpacing": (8, 4),
                "FramePadding": (6, 2),
            },
        ),
        "link": (
            button((CLEAR, faded(p.accent, 36), faded(p.accent, 60)), p.accent_bright),
            {"FramePadding": (0, 2), "FrameRounding": 4},
        ),
        **_found(p),
        "fold_mark": (
            button((CLEAR, p.hover, p.press), p.dim),
            {"FramePadding": (4, 2), "FrameRounding": 5},
        ),
    }


def _found(p: Palette) -> Parts:
    """Words that were searched for; among them those of the place that was gone to."""
    pale = faded(p.amber, FOUND_ALPHA)
    shapes: dict[str, Styles] = {
        "found": {"FramePadding": (0, 2), "FrameRounding": 3},
        "found_code": {"FramePadding": (0, 0), "FrameRounding": 2},
        "found_pill": {"FramePadding": (5, 2), "FrameRounding": 5},
    }
    others: Parts = {name: (button((pale, pale, pale), p.strong), shape) for name, shape in shapes.items()}
    here: Parts = {
        f"{name}_here": (button((p.amber, p.amber, p.amber), p.back), shape) for name, shape in shapes.items()
    }
    return {**others, **here}


_NO_FIELD: dict[str, Colour] = dict.fromkeys(
    ("FrameBg", "FrameBgHovered", "FrameBgActive", "Border", "ChildBg"), CLEAR
)


def _field(ground: Colour, edge: Colour) -> dict[str, Colour]:
    return {"FrameBg": ground, "FrameBgHovered": ground, "FrameBgActive": ground, "Border": edge}


def _fields(p: Palette) -> Parts:
    """What one types or reads in, and bars."""
    return {
        "check": (
            {
                "FrameBg": p.inset,
                "FrameBgHovered": p.hover,
                "FrameBgActive": p.press,
                "Border": faded(p.faint, 150),
            },
            {"FramePadding": (3, 3), "FrameRounding": 5, "FrameBorderSize": 1, "ItemInnerSpacing": (9, 4)},
        ),
        "flat_field": (_NO_FIELD, {"FramePadding": (2, 2)}),
        "code_field": (
            _NO_FIELD,
            {"FramePadding": (6, 6), "FrameBorderSize": 0, "ItemSpacing": (0, 0)},
        ),
        "reading_field": (
            {**_field(p.inset, p.line), "Text": p.code},
            {"FramePadding": (10, 8), "FrameBorderSize": 1, "FrameRounding": 8},
        ),
        "note_field": (
            _field(p.inset, p.line_strong),
            {"FramePadding": (12, 8), "FrameBorderSize": 1, "FrameRounding": 8},
        ),
        "setting_field": (
            _field(p.inset, p.line_strong),
            {"FramePadding": (10, 7), "FrameRounding": 7, "FrameBorderSize": 1},
        ),
        "segment_field": (
            {"Border": p.line},
            {"FramePadding": (10, 3), "FrameRounding": 6, "FrameBorderSize": 1},
        ),
        "bar": (
            {"FrameBg": p.track, "PlotHistogram": p.accent},
            {"FramePadding": (0, 0), "FrameRounding": 3},
        ),
        "bar_over": (
            {"FrameBg": p.track, "PlotHistogram": p.amber_bar},
            {"FramePadding": (0, 0), "FrameRounding": 3},
        ),
    }


def _windows(p: Palette) -> Parts:
    """What lies over the window: menus, dialogs, bubbles."""
    return {
        "tree": (
            {"Border": CLEAR},
            {"WindowPadding": (0, 0), "ItemSpacing": (0, 0), "ChildBorderSize": 0, "ChildRounding": 0},
        ),
        "tree_tip": (
            {"Border": p.line_strong},
            {"WindowPadding": (12, 9), "ItemSpacing": (8, 1), "FramePadding": (0, 1), "PopupBorderSize": 1},
        ),
        "menu": (
            {"Header": p.hover, "HeaderHovered": p.hover, "Text": p.dim},
            {"FramePadding": (10, 8), "ItemSpacing": (14, 8)},
        ),
        "modal": (
            {
                "WindowBg": p.modal,
                "PopupBg": p.modal,
                "Border": p.line_strong,
                "TitleBg": p.modal,
                "TitleBgActive": p.modal,
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
            {"WindowBg": p.popup, "PopupBg": p.popup, "Border": p.line_strong},
            {"WindowPadding": (16, 14), "WindowRounding": 10},
        ),
        "overlay": (
            {"WindowBg": p.panel, "Border": p.line_strong},
            {"WindowPadding": (14, 12), "WindowRounding": 12, "WindowBorderSize": 1},
        ),
    }


def _actions(p: Palette) -> Parts:
    """Buttons that do something."""
    return {
        "primary": (
            button((p.accent_deep, p.accent_deep_hover, p.accent_deep_active), p.on_fill),
            {"FramePadding": (16, 8), "FrameRounding": 8},
        ),
        "stop": (
            button((faded(p.red, 30), faded(p.red, 46), faded(p.red, 60)), p.red_soft, faded(p.red, 120)),
            {"FramePadding": (16, 8), "FrameRounding": 8, "FrameBorderSize": 1},
        ),
        "approve": (
            button((p.approve, p.approve_hover, p.approve_active), p.on_fill),
            {"FramePadding": (18, 8), "FrameRounding": 8},
        ),
        "approve_wait": (
            button((p.approve_wait, p.approve_wait, p.approve_wait), p.approve_wait_text),
            {"FramePadding": (18, 8), "FrameRounding": 8},
        ),
        "ghost": (
            button((CLEAR, p.hover, p.press), p.text, p.line_strong),
            {"FramePadding": (16, 8), "FrameRounding": 8, "FrameBorderSize": 1},
        ),
        "reject": (
            button((faded(p.red, 20), faded(p.red, 38), faded(p.red, 54)), p.red_soft, faded(p.red, 110)),
            {"FramePadding": (16, 8), "FrameRounding": 8, "FrameBorderSize": 1},
        ),
        "quiet": (
            button((CLEAR, p.hover, p.press), p.dim),
            {"FramePadding": (16, 8), "FrameRounding": 8},
        ),
    }


_TOGGLES: dict[str, Styles] = {
    "tab": {"FramePadding": (14, 6), "FrameRounding": 8, "FrameBorderSize": 1},
    "segment": {"FramePadding": (10, 3), "FrameRounding": 6, "FrameBorderSize": 1},
    "choice": {"FramePadding": (3, 3), "FrameRounding": 6, "FrameBorderSize": 1},
}
"""Buttons of which one is on; a `choice` is as wide as its line says."""


def _pressed(p: Palette) -> dict[str, Colour]:
    fills = (faded(p.accent, 34), faded(p.accent, 46), faded(p.accent, 58))
    return button(fills, p.accent_bright, faded(p.accent, 110))


def _toggles(p: Palette) -> Parts:
    """Small buttons, and those that stay pressed."""
    return {
        **{f"{name}_on": (_pressed(p), styles) for name, styles in _TOGGLES.items()},
        **{
            f"{name}_off": (button((CLEAR, p.hover, p.press), p.dim, p.line), styles)
            for name, styles in _TOGGLES.items()
        },
        "hash": (
            button((CLEAR, p.hover, p.press), p.dim),
            {"FramePadding": (0, 2), "FrameRounding": 5},
        ),
        "icon": (
            button((CLEAR, p.hover, p.press), p.dim),
            {"FramePadding": (6, 3), "FrameRounding": 6},
        ),
        "fold": (button((CLEAR, CLEAR, CLEAR), p.dim), {"FramePadding": (0, 3)}),
    }

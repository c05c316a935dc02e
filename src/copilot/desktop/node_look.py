"""How node editors look: the boxes of the graph of branches and the lines between them."""

from copilot.desktop.palette import CLEAR, Colour, Palette, faded
from copilot.desktop.part_looks import Styles

NODE_STYLES: Styles = {
    "NodeCornerRounding": 8,
    "NodePadding": (12, 8),
    "NodeBorderThickness": 1,
    "LinkThickness": 2,
    "PinCircleRadius": 3,
    "GridSpacing": 32,
}


def node_colours(palette: Palette) -> dict[str, Colour]:
    """By the library's names of what a node editor consists of."""
    return {
        "NodeBackground": palette.card,
        "NodeBackgroundHovered": palette.card,
        "NodeBackgroundSelected": palette.hover,
        "NodeOutline": palette.line_strong,
        "TitleBar": palette.field,
        "TitleBarHovered": palette.hover,
        "TitleBarSelected": palette.hover,
        "Link": palette.line_strong,
        "LinkHovered": palette.accent,
        "LinkSelected": palette.accent,
        "Pin": palette.faint,
        "PinHovered": palette.accent,
        "BoxSelector": faded(palette.accent, 40),
        "BoxSelectorOutline": palette.accent,
        "GridBackground": palette.inset,
        "GridLine": faded(palette.line, 90),
    }


def active_node_colours(palette: Palette) -> dict[str, Colour]:
    """The same for the branch that is shown."""
    marked = {"TitleBar": palette.card_person, "NodeOutline": palette.accent, "Pin": palette.accent}
    return node_colours(palette) | marked | {"LinkSelected": palette.accent, "PinHovered": CLEAR}


def map_colours(palette: Palette) -> dict[str, Colour]:
    """Of the small map of the whole graph."""
    return {
        "GridLinePrimary": faded(palette.line_strong, 90),
        "MiniMapBackground": faded(palette.panel, 230),
        "MiniMapBackgroundHovered": palette.panel,
        "MiniMapOutline": palette.line,
        "MiniMapOutlineHovered": palette.line_strong,
        "MiniMapNodeBackground": palette.hover,
        "MiniMapNodeBackgroundHovered": palette.press,
        "MiniMapNodeBackgroundSelected": palette.accent,
        "MiniMapNodeOutline": palette.line_strong,
        "MiniMapLink": palette.line_strong,
        "MiniMapLinkSelected": palette.accent,
        "MiniMapCanvas": faded(palette.accent, 20),
        "MiniMapCanvasOutline": faded(palette.accent, 90),
    }

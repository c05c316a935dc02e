"""The look of plots as data: everything transparent but the grid's lines, the words and the series."""

from copilot.desktop.palette import CLEAR, Colour, Palette, Tone, faded
from copilot.desktop.part_looks import Styles

SERIES_TONES: tuple[Tone, ...] = ("violet", "accent", "green", "amber", "cyan", "red", "cached_bar")

MARK_ALPHA = 20
"""How much what lies behind the bar that is pointed at is lifted."""

LINE_STYLES: Styles = {"LineWeight": 2}

_EMPTY = (
    *("FrameBg", "PlotBg", "PlotBorder", "AxisTick", "LegendBg", "LegendBorder"),
    *("AxisBg", "AxisBgHovered", "AxisBgActive"),
)

PLOT_STYLES: Styles = {
    "PlotPadding": (4, 6),
    "PlotBorderSize": 0,
    "MajorTickLen": (0, 0),
    "MinorTickLen": (0, 0),
    "LabelPadding": (6, 6),
    "LegendPadding": (4, 2),
    "LegendInnerPadding": (2, 2),
    "LegendSpacing": (10, 2),
    "MinorAlpha": 0,
}


def plot_colours(p: Palette) -> dict[str, Colour]:
    """What a plot is drawn in, but for its series."""
    return {
        **dict.fromkeys(_EMPTY, CLEAR),
        "AxisGrid": faded(p.dim, 38),
        "AxisText": p.dim,
        "LegendText": p.dim,
        "Selection": p.accent,
        "Crosshairs": p.dim,
    }

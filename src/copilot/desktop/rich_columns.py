"""How wide the columns of a message's table are: no word is cut that has room in a column of its own."""

from copilot.desktop.markdown import Run
from copilot.desktop.rich_flow import PILL_PADDING, Pen

Cell = tuple[Run, ...]
Rows = tuple[tuple[Cell, ...], ...]

CELL, WORD = 14, 150
"""Pixels at scale 1: both edges of a cell; and what the longest word of a column gets at least, or less where
it needs less."""

MEASURED_ROWS = 60
"""Rows whose words are measured: the others are likely as wide."""


def column_widths(pen: Pen, rows: Rows, width: float) -> list[float]:
    """The width of each column without the edges of its cells, in pixels, for a table in `width` pixels.

    Together they fill the width. Where not even the longest words have room beside each other, these are cut.
    """
    columns = max((len(row) for row in rows), default=0)
    room = width - columns * pen.look.px(CELL)
    sizes = [_sizes(pen, rows, index) for index in range(columns)]
    whole, least = sum(line for line, _ in sizes), sum(word for _, word in sizes)
    if whole <= room:
        return [line * room / whole for line, _ in sizes]
    if least <= room:
        more = (room - least) / (whole - least)
        return [word + (line - word) * more for line, word in sizes]
    return [word * room / least for _, word in sizes]


def _sizes(pen: Pen, rows: Rows, index: int) -> tuple[float, float]:
    """The widths of a column's longest line and of its longest word."""
    cells = [(row[index], number == 0) for number, row in enumerate(rows[:MEASURED_ROWS]) if index < len(row)]
    lines, longest = 1.0, 1.0
    for cell, head in cells:
        line = 0.0
        for run in cell:
            font = pen.fonts("bold" if head and run.style == "plain" else run.style, small=True)
            edge = pen.look.px(PILL_PADDING) if run.style == "code" else 0
            line += pen.width(run.words, font) + edge
            for word in [run.words] if run.style == "code" else run.words.split():
                longest = max(longest, pen.width(word, font) + edge)
        lines = max(lines, line)
    return lines + 2, min(longest + 2, pen.look.px(WORD))

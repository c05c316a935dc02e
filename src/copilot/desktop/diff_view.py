"""The lines of a difference on the screen, with the numbers of both sides."""

from collections.abc import Sequence

from copilot.desktop import text
from copilot.desktop.approval_words import DiffRow
from copilot.desktop.gate import Item, dpg
from copilot.desktop.palette import CLEAR, Tone
from copilot.desktop.widgets import Look

DIFF_ROWS = 3_000
"""Lines that are drawn of one difference."""
DIFF_TABLE = (1 << 39) + 1
"""A fixed tag for its table, used again for each request; the tags after it are for the hunks of one."""

_SIGNS: dict[str, tuple[str, Tone]] = {
    "added": ("+", "green"),
    "removed": ("-", "red"),
    "same": (" ", "faint"),
    "hunk": ("", "faint"),
    "left": ("·", "faint"),
}


def draw_rows(look: Look, parent: Item, rows: Sequence[DiffRow], *, tag: int, most: int = DIFF_ROWS) -> None:
    """A table of at most `most` lines in `parent`, and how many more there are."""
    table = dpg.add_table(
        parent=parent, tag=tag, header_row=False, policy=dpg.mvTable_SizingFixedFit, no_pad_outerX=True
    )
    look.themes.bind(table, "diff")
    for width in (40, 40, 14):
        dpg.add_table_column(parent=table, width_fixed=True, init_width_or_weight=look.px(width))
    dpg.add_table_column(parent=table, width_stretch=True)
    for index, row in enumerate(rows[:most]):
        _draw_row(look, table, index, row)
    if len(rows) > most:
        words = f"{len(rows) - most:,} more lines; New content has all."
        look.text(words, parent, font=look.fonts.small, colour=look.palette.amber)


def _draw_row(look: Look, table: Item, index: int, row: DiffRow) -> None:
    mono = look.fonts.mono_large
    line = dpg.add_table_row(parent=table)
    sign, tone = _SIGNS[row.kind]
    for number in (row.old, row.new):
        look.text("" if number is None else f"{number:>4}", line, font=mono, colour=look.palette.faint)
    look.text(sign, line, font=mono, colour=look.palette.of(tone))
    words = text.shown(row.text).expandtabs(4) or " "
    colours = {"hunk": look.palette.accent_bright, "left": look.palette.faint}
    colour = colours.get(row.kind, look.palette.code)
    look.text(words, line, font=mono, colour=colour, wrap=0)
    fill = look.palette.diff_fill(row.kind)
    if fill != CLEAR:
        dpg.highlight_table_row(table, index, fill)

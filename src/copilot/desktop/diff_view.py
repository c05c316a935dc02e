"""The diff of a proposed file in the approval dialog, and the tabs between it and the new content."""

from collections.abc import Callable

from copilot.desktop import text
from copilot.desktop.approval_words import DiffRow, diff_rows
from copilot.desktop.gate import Item, dpg
from copilot.desktop.palette import CLEAR, Tone
from copilot.desktop.widgets import Look, clear

DIFF_ROWS = 3_000
DIFF_TABLE = (1 << 39) + 1
"""A fixed tag, used again for each request."""

_SIGNS: dict[str, tuple[str, Tone]] = {
    "added": ("+", "green"),
    "removed": ("-", "red"),
    "same": (" ", "faint"),
    "hunk": ("", "faint"),
}


class DiffView:
    """Made once: buttons in `tabs`, the table in `parent`. `chosen` hears whether the diff is in front."""

    def __init__(self, look: Look, tabs: Item, parent: Item, chosen: Callable[[bool], None]) -> None:
        self._look = look
        self._chosen = chosen
        self._tabs = tabs
        self._buttons: tuple[Item, ...] = ()
        self._body = dpg.add_group(parent=parent, show=False)

    def draw(self, diff: str) -> None:
        """Show a unified diff in front; without one, the tabs are hidden too."""
        clear(self._body)
        clear(self._tabs)
        self._buttons = ()
        rows = diff_rows(diff)
        dpg.configure_item(self._tabs, show=bool(rows))
        if rows:
            self._draw_tabs(rows)
            self._draw_table(rows)
        self._choose(diff=bool(rows))

    def turn(self, *, to_diff: bool | None = None) -> None:
        """The other of the two, or the one that is said; nothing happens without a diff."""
        if self._buttons:
            shown = bool(dpg.is_item_shown(self._body))
            self._choose(diff=not shown if to_diff is None else to_diff)

    def _draw_tabs(self, rows: tuple[DiffRow, ...]) -> None:
        look = self._look
        added = sum(1 for r in rows if r.kind == "added")
        removed = sum(1 for r in rows if r.kind == "removed")
        words = f"Diff   +{added} −{removed}"
        self._buttons = (
            look.button(words, self._tabs, "tab_on", lambda: self._choose(diff=True)),
            look.button("New content", self._tabs, "tab_off", lambda: self._choose(diff=False)),
        )

    def _draw_table(self, rows: tuple[DiffRow, ...]) -> None:
        look = self._look
        table = dpg.add_table(
            parent=self._body,
            tag=DIFF_TABLE,
            header_row=False,
            policy=dpg.mvTable_SizingFixedFit,
            no_pad_outerX=True,
        )
        look.themes.bind(table, "diff")
        for width in (40, 40, 14):
            dpg.add_table_column(parent=table, width_fixed=True, init_width_or_weight=look.px(width))
        dpg.add_table_column(parent=table, width_stretch=True)
        for index, row in enumerate(rows[:DIFF_ROWS]):
            self._draw_row(table, index, row)
        if len(rows) > DIFF_ROWS:
            words = f"{len(rows) - DIFF_ROWS:,} more lines; New content has all."
            look.text(words, self._body, font=look.fonts.small, colour=look.palette.amber)

    def _draw_row(self, table: Item, index: int, row: DiffRow) -> None:
        look, mono = self._look, self._look.fonts.mono_large
        line = dpg.add_table_row(parent=table)
        sign, tone = _SIGNS[row.kind]
        for number in (row.old, row.new):
            look.text("" if number is None else f"{number:>4}", line, font=mono, colour=look.palette.faint)
        look.text(sign, line, font=mono, colour=look.palette.of(tone))
        words = text.shown(row.text).expandtabs(4) or " "
        colour = look.palette.accent_bright if row.kind == "hunk" else look.palette.code
        look.text(words, line, font=mono, colour=colour, wrap=0)
        fill = look.palette.diff_fill(row.kind)
        if fill != CLEAR:
            dpg.highlight_table_row(table, index, fill)

    def _choose(self, *, diff: bool) -> None:
        for item, front in zip(self._buttons, (diff, not diff), strict=False):
            self._look.themes.bind(item, "tab_on" if front else "tab_off")
        dpg.configure_item(self._body, show=diff)
        self._chosen(diff)

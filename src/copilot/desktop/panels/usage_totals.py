"""The lines of the usage panel that add up: this turn, this branch, this project, today."""

from copilot.desktop import text
from copilot.desktop.gate import Item, dpg
from copilot.desktop.spending_view import TotalRow, rows
from copilot.desktop.widgets import Look, clear
from copilot.vocabulary.usage_events import UsageTotal

_HEADS = ("", "New", "Cached", "Output", "Cost")


class UsageTotals:
    """A small table, drawn anew when the totals change."""

    def __init__(self, look: Look, parent: Item) -> None:
        self._look = look
        self._shown: tuple[UsageTotal, ...] = ()
        self._item = dpg.add_group(parent=parent, show=False)
        look.themes.bind(self._item, "diff")

    def show(self, totals: tuple[UsageTotal, ...]) -> None:
        """Show these."""
        if totals == self._shown:
            return
        self._shown = totals
        clear(self._item)
        found = rows(totals)
        dpg.configure_item(self._item, show=bool(found))
        if not found:
            return
        look = self._look
        table = dpg.add_table(
            parent=self._item,
            header_row=False,
            borders_innerH=False,
            policy=dpg.mvTable_SizingStretchProp,
        )
        for weight in (2.2, 0.9, 1.0, 1.0, 3.2):
            dpg.add_table_column(parent=table, width_stretch=True, init_width_or_weight=weight)
        line = dpg.add_table_row(parent=table)
        for head in _HEADS:
            look.text(head, line, font=look.fonts.caption, colour=look.palette.faint)
        for row in found:
            self._row(table, row)

    def _row(self, table: Item, row: TotalRow) -> None:
        look, font = self._look, self._look.fonts.small
        line = dpg.add_table_row(parent=table)
        name = look.text(row.name, line, font=font, colour=look.palette.text)
        look.tip(name, "\n".join(filter(None, (row.note, row.left))))
        for number in (row.fresh, row.cached, row.output):
            look.text(text.count(number), line, font=font, colour=look.palette.dim)
        colour = look.palette.red_soft if row.over else look.palette.strong
        look.text(f"{row.cost}{row.cap}", line, font=font, colour=colour)

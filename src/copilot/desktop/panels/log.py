"""The session's events, one line each. The whole log is a file in `logs/`."""

from copilot.desktop import text
from copilot.desktop.event_words import Level, LogRow
from copilot.desktop.gate import Item, dpg
from copilot.desktop.keyboard import Press
from copilot.desktop.palette import Tone
from copilot.desktop.panels.panel import Panel
from copilot.desktop.scroll_keys import KEYS, scroll
from copilot.desktop.view_state import ViewState
from copilot.desktop.widgets import Icon, Look, window

SHOWN_ROWS = 300

LEVEL_TONES: dict[Level, Tone] = {
    "info": "faint",
    "good": "green",
    "warning": "amber",
    "error": "red",
}


class Log(Panel):
    """The panel `log`."""

    def __init__(self, look: Look) -> None:
        self._look = look
        self._last: LogRow | None = None
        self._rows: list[Item] = []
        self._was_visible = False
        self._item = window("log", f"{Icon.LIST}  Log")
        self._table = dpg.add_table(
            parent=self._item,
            tag="log.table",
            header_row=False,
            scrollY=True,
            policy=dpg.mvTable_SizingFixedFit,
            borders_innerH=True,
            height=-1,
        )
        look.themes.bind(self._table, "table")
        dpg.add_table_column(parent=self._table, width_fixed=True, init_width_or_weight=look.px(66))
        dpg.add_table_column(parent=self._table, width_stretch=True)

    def key(self, press: Press) -> None:
        """Scroll."""
        if dpg.is_item_focused(self._item):
            scroll(press, self._table)

    def own_keys(self) -> tuple[tuple[str, str], ...]:
        """Scrolling."""
        return KEYS

    def refresh(self, state: ViewState) -> None:
        """Add the rows that are new."""
        new = _after(state.log, self._last)[-SHOWN_ROWS:]
        visible = bool(dpg.is_item_visible(self._item))
        if visible and not self._was_visible:
            dpg.set_y_scroll(self._table, -1.0)  # rows that came while the tab was hidden
        self._was_visible = visible
        if not new:
            return
        at_end = dpg.get_y_scroll(self._table) >= dpg.get_y_scroll_max(self._table) - self._look.px(30)
        for row in new:
            self._rows.append(self._add(row))
        for old in self._rows[:-SHOWN_ROWS]:
            dpg.delete_item(old)
        del self._rows[:-SHOWN_ROWS]
        self._last = new[-1]
        if at_end:
            dpg.set_y_scroll(self._table, -1.0)

    def _add(self, row: LogRow) -> Item:
        fonts = self._look.fonts
        line = dpg.add_table_row(parent=self._table)
        self._look.text(text.clock_time(row.at), line, font=fonts.mono_small, colour=self._look.palette.faint)
        cell = dpg.add_group(parent=line)
        self._look.themes.bind(cell, "code_lines")
        colour = self._look.palette.of(LEVEL_TONES[row.level])
        self._look.text(
            row.name,
            cell,
            font=fonts.small_bold,
            colour=self._look.palette.dim if row.level == "info" else colour,
        )
        if row.text:
            self._look.text(row.text, cell, font=fonts.small, colour=self._look.palette.text, wrap=0)
        return line


def _after(log: tuple[LogRow, ...], last: LogRow | None) -> tuple[LogRow, ...]:
    for index in range(len(log) - 1, -1, -1):
        if log[index] is last:
            return log[index + 1 :]
    return log

"""The tool calls: a table with one row each; the selected one in full below (`tool_call_detail`)."""

from collections.abc import Sequence

from copilot.desktop import text
from copilot.desktop.action_table import NamedAction
from copilot.desktop.gate import Item, dpg
from copilot.desktop.keyboard import Press
from copilot.desktop.panels.actions import Actions
from copilot.desktop.panels.panel import Panel
from copilot.desktop.panels.run_changes import RunChanges
from copilot.desktop.panels.tool_call_detail import ToolCallDetail
from copilot.desktop.scroll_keys import scroll
from copilot.desktop.tool_call_look import status_look
from copilot.desktop.tool_call_view import ToolCallView
from copilot.desktop.view_state import ViewState
from copilot.desktop.widgets import Icon, Look, clear, on, window
from copilot.vocabulary.frozen import frozen

SHOWN_CALLS = 300
"""Rows of the table; older calls are in the discussion and in `logs/`."""

TABLE_ROWS, FEWEST_ROWS, SHARE = 7, 2, 0.45
"""Rows of the table that show at once: at most, at least, and the part of the panel's height that they take;
the detail has the rest."""

HEAD, ROW = 34, 28
"""Pixels at scale 1 of the table's head with its edges, and of a row."""

ICON, TOOL, TIME, CELL, EDGE = 18, 108, 54, 7, 14
"""Pixels at scale 1: columns of the table, the edge of a cell at each side, that of the panel."""

NARROW = 320
"""Pixels at scale 1 of a panel below which the column of times is left out."""

REVEAL_FRAMES = 3
"""Until the library knows how far a table can be scrolled that has grown."""


@frozen(kw_only=False)
class _Row:
    call: ToolCallView
    line: Item
    name: Item


class ToolCalls(Panel):
    """The panel `tools`."""

    def __init__(self, look: Look, actions: Actions) -> None:
        self._look = look
        self._changes = RunChanges(look, actions, "tools", self._redraw)
        self._calls: tuple[ToolCallView, ...] = ()
        self._rows: dict[str, _Row] = {}
        self._selected = ""
        self._width = 0.0
        self._names = 0
        self._table_rows = 0
        self._reveal = 0
        self._columns: list[Item] = []
        self._item = window("tools", f"{Icon.TERMINAL}  Tool calls")
        self._hint = look.text(
            "Every tool the model calls is listed here with its result. Reading tools run at once; whatever "
            "changes something asks you first.",
            self._item,
            font=look.fonts.small,
            colour=look.palette.dim,
            wrap=0,
        )
        self._table = self._make_table()
        self._detail = ToolCallDetail(look, self._item, self._changes)

    def _make_table(self) -> Item:
        look = self._look
        table = dpg.add_table(
            parent=self._item,
            tag="tools.table",
            header_row=True,
            scrollY=True,
            freeze_rows=1,
            pad_outerX=True,
            borders_innerH=True,
            policy=dpg.mvTable_SizingFixedFit,
            height=look.px(HEAD + ROW),
            show=False,
        )
        look.themes.bind(table, "table")
        dpg.bind_item_font(table, look.fonts.small)
        for label, width in (("", ICON), ("Tool", TOOL), ("Target", 0), ("Time", TIME)):
            fixed = {"width_fixed": True, "init_width_or_weight": look.px(width)}
            column = dpg.add_table_column(
                parent=table, label=label, **(fixed if width else {"width_stretch": True})
            )
            self._columns.append(column)
        return table

    @property
    def _narrow(self) -> bool:
        """Whether there is no room to tell how long each call took; the detail tells it."""
        return self._width < self._look.px(NARROW)

    @property
    def _name_room(self) -> int:
        """Pixels of the tools' names, which leave what a call is about its room in a narrow panel."""
        look = self._look
        names = {text.one_line(call.name, 40) for call in self._calls[-SHOWN_CALLS:]}
        longest = max((look.size(name, look.fonts.mono_small)[0] for name in names), default=0)
        both = self._width - look.px(ICON + 2 * EDGE + 6 * CELL)
        return int(min(longest + 1, look.px(TOOL), both / 2 if self._narrow else look.px(TOOL)))

    def tick(self) -> bool:
        """Once a frame: the table leaves the detail its room, and shows the row that was chosen by key."""
        if not self._calls or not dpg.is_item_visible(self._item):
            return False
        look = self._look
        rows = int((dpg.get_item_height(self._item) * SHARE - look.px(HEAD)) / look.px(ROW))
        rows = min(len(self._calls), TABLE_ROWS, max(FEWEST_ROWS, rows))
        if rows != self._table_rows:
            self._table_rows = rows
            dpg.configure_item(self._table, height=look.px(HEAD + ROW * rows))
            self._reveal = REVEAL_FRAMES
        if self._reveal:
            self._reveal -= 1
            self._scroll_to([call.call_id for call in self._calls[-SHOWN_CALLS:]], rows)
        return self._reveal > 0

    def _scroll_to(self, ids: Sequence[str], rows: int) -> None:
        """Scroll the table, in which so many rows show at once, until the chosen one is in view."""
        if self._selected not in ids:
            return
        y, most = dpg.get_y_scroll(self._table), dpg.get_y_scroll_max(self._table)
        high = most / max(1, len(ids) - rows)
        top = ids.index(self._selected) * high
        if top < y or top > y + (rows - 1) * high:
            to = top if top < y else top - (rows - 1) * high
            dpg.set_y_scroll(self._table, max(0.0, min(to, most)))

    def key(self, press: Press) -> None:
        """Up and Down choose a call; the others scroll what it gave."""
        items = (self._item, self._detail.box)
        if not any(map(dpg.is_item_focused, items)) or press.chord.modifiers:
            return
        if press.chord.key in ("Up", "Down"):
            self._step(-1 if press.chord.key == "Up" else 1)
        else:
            scroll(press, self._detail.box)

    def own_keys(self) -> tuple[tuple[str, str], ...]:
        """Choosing a call."""
        return (("Up", "The call before; Down: the next"), ("PageDown", "Scroll what it gave"))

    def actions(self) -> tuple[NamedAction, ...]:
        """What can be done here by name."""

        def there() -> bool:
            return bool(self._calls)

        none = "no tool was called yet"
        return (
            NamedAction(
                name="tools.before",
                title="Tool calls: the one before",
                run=lambda: self._step(-1),
                enabled=there,
                why=none,
            ),
            NamedAction(
                name="tools.next",
                title="Tool calls: the next one",
                run=lambda: self._step(1),
                enabled=there,
                why=none,
            ),
            NamedAction(
                name="tools.copy",
                title="Tool calls: copy what the chosen one gave",
                run=self._detail.copy,
                enabled=there,
                why=none,
                words="output result clipboard",
            ),
            NamedAction(
                name="tools.undo",
                title="Tool calls: undo what the chosen one changed",
                run=self._turn,
                enabled=lambda: self._changes.can(self._selected, undo=True),
                why="the chosen call changed no file, or is undone",
                words="revert restore rollback take back",
            ),
            NamedAction(
                name="tools.redo",
                title="Tool calls: redo what the chosen one changed",
                run=self._turn,
                enabled=lambda: self._changes.can(self._selected, undo=False),
                why="the chosen call was not undone",
            ),
        )

    def _turn(self) -> None:
        self._changes.turn(self._selected)

    def _redraw(self) -> None:
        self._detail.forget()
        self._draw_detail()

    def _step(self, by: int) -> None:
        ids = [call.call_id for call in self._calls[-SHOWN_CALLS:]]
        at = ids.index(self._selected) if self._selected in ids else len(ids) - 1
        if ids:
            self._select(ids[max(0, min(at + by, len(ids) - 1))])
            self._reveal = REVEAL_FRAMES
            dpg.focus_item(self._item)

    def refresh(self, state: ViewState) -> None:
        """Bring the rows up to date, and the detail of the selected call."""
        width = dpg.get_item_width("tools")
        calls = state.calls[-SHOWN_CALLS:]
        if self._changes.changed(state):
            self._redraw()
        if state.calls is self._calls and width == self._width:
            return
        grown = len(state.calls) > len(self._calls)
        self._calls = state.calls
        resized, self._width = width != self._width, width
        names, self._names = self._names, self._name_room
        if resized or names != self._names or {c.call_id for c in calls} < set(self._rows):
            dpg.configure_item(self._columns[1], init_width_or_weight=self._names)
            dpg.configure_item(self._columns[3], enabled=not self._narrow)
            self._forget()
        for call in calls:
            self._row(call)
        dpg.configure_item(self._hint, show=not calls)
        dpg.configure_item(self._table, show=bool(calls))
        if calls and (grown or not self._selected):
            self._select(calls[-1].call_id)
            self._reveal = REVEAL_FRAMES
        self._draw_detail()

    def _forget(self) -> None:
        for row in self._rows.values():
            dpg.delete_item(row.line)
        self._rows = {}

    def _row(self, call: ToolCallView) -> None:
        known = self._rows.get(call.call_id)
        if known is not None and _facts(known.call) == _facts(call):
            return
        look = self._look
        if known is not None:
            line = known.line
            clear(line)
        else:
            line = dpg.add_table_row(parent=self._table)
        icon, tone, word = status_look(call)
        look.tip(look.text(icon, line, font=look.fonts.small, colour=look.palette.of(tone)), word)
        name = dpg.add_selectable(
            parent=line,
            span_columns=True,
            default_value=call.call_id == self._selected,
            callback=on(lambda: self._select(call.call_id)),
        )
        mono = look.fonts.mono_small
        look.relabel(name, text.label(look.fit(text.one_line(call.name, 60), mono, self._names)), mono)
        self._rows[call.call_id] = _Row(call, line, name)
        others = ICON + (0 if self._narrow else TIME + 2 * CELL)
        room = self._width - self._names - look.px(others + 2 * EDGE + 6 * CELL)
        fit = look.fit_path if call.target == call.arguments.get("path") else look.fit
        target = look.text(
            fit(call.target, look.fonts.mono_small, max(room, 40)),
            line,
            font=look.fonts.mono_small,
            colour=look.palette.dim,
        )
        look.tip(target, call.target)
        spent = text.seconds(call.seconds) if call.seconds is not None else "—"
        look.text(spent, line, font=look.fonts.mono_small, colour=look.palette.faint)

    def _select(self, call_id: str) -> None:
        self._selected = call_id
        for known, row in self._rows.items():
            dpg.set_value(row.name, known == call_id)
        self._draw_detail()

    def _draw_detail(self) -> None:
        call = next((c for c in reversed(self._calls) if c.call_id == self._selected), None)
        self._detail.show(call, self._width)


def _facts(call: ToolCallView) -> tuple[object, ...]:
    return (call.name, call.status, call.exit_code, call.seconds)

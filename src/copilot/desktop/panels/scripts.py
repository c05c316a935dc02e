"""Every script that a model asked to run: what became of it, and its text as it ran."""

from pathlib import Path

from copilot.desktop import text
from copilot.desktop.action_table import NamedAction
from copilot.desktop.choice_list import ChoiceList, ChoiceRow
from copilot.desktop.errands import Errands
from copilot.desktop.gate import Item, dpg
from copilot.desktop.keyboard import Press
from copilot.desktop.panels.actions import Actions
from copilot.desktop.panels.panel import Panel
from copilot.desktop.panels.run_changes import RunChanges
from copilot.desktop.script_box import ScriptBox
from copilot.desktop.scroll_keys import scroll
from copilot.desktop.tool_call_look import status_look
from copilot.desktop.tool_call_view import ToolCallView
from copilot.desktop.view_state import ViewState
from copilot.desktop.widgets import Icon, Look, clear, window

TOOLS = ("run_shell", "run_powershell", "run_python_file")
SHOWN = 2_000
"""Scripts listed; all are in `scripts/generated/` and in `logs/`."""

MOST_CHARACTERS = 400_000
_LIST_SHARE = 0.4
_EDGES = 60


class Scripts(Panel):
    """The panel `scripts`. On a `server` they are kept there: shown is what the model asked for."""

    def __init__(self, look: Look, errands: Errands, actions: Actions, server: str = "") -> None:
        self._look, self._server = look, server
        self._changes = RunChanges(look, actions, "scripts", self._draw_changes)
        self._errands = errands
        self._calls: tuple[ToolCallView, ...] | None = None
        self._rows: tuple[ToolCallView, ...] = ()
        self._shown: tuple[object, ...] = ()
        self._newest = self._reading = ""
        self._words = ""
        self._item = window("scripts", f"{Icon.CODE}  Scripts", no_scrollbar=True)
        self._hint = look.text(
            "Each script that a model asks to run is listed here, with what became of it and its text. "
            "None runs before you have read it, unless your own rule says so.",
            self._item,
            font=look.fonts.small,
            colour=look.palette.dim,
            wrap=0,
        )
        self._list = ChoiceList(look, self._item, "scripts.list", self._pick, height=30)
        self._head = dpg.add_group(parent=self._item)
        self._body = dpg.add_child_window(
            parent=self._item, tag="scripts.body", width=-1, height=-1, horizontal_scrollbar=True
        )
        look.themes.bind(self._body, "inset")
        self._box = ScriptBox(look, self._body, _nothing, tag="scripts.text")
        self._changed = dpg.add_group(parent=self._body)

    def refresh(self, state: ViewState) -> None:
        """Bring the list up to date; the newest stands first."""
        if state.calls is not self._calls:
            self._calls = state.calls
            chosen = self._chosen()
            found = [call for call in state.calls if call.name in TOOLS]
            self._rows = tuple(reversed(found))[:SHOWN]
            new = chosen is None or chosen.call_id == self._newest
            self._newest = self._rows[0].call_id if self._rows else ""
            ids = [call.call_id for call in self._rows]
            kept = 0 if new or chosen is None or chosen.call_id not in ids else ids.index(chosen.call_id)
            self._list.show([_row(call) for call in self._rows], cursor=kept)
        dpg.configure_item(self._hint, show=not self._rows)
        for item in (self._list.box, self._head, self._body):
            dpg.configure_item(item, show=bool(self._rows))
        if self._changes.changed(state):
            self._draw_changes()
        self._draw()

    def tick(self) -> bool:
        """Once a frame."""
        if not self._rows:
            return False
        high = dpg.get_item_rect_size(self._item)[1]
        rows = min(len(self._rows) * self._list.height + self._look.px(8), high * _LIST_SHARE)
        self._list.place(rows)
        return self._list.tick()

    def key(self, press: Press) -> None:
        """Up and Down choose a script; the others scroll its text."""
        items = (self._item, self._list.box, self._body)
        if not any(map(dpg.is_item_focused, items)) or press.chord.modifiers:
            return
        if press.chord.key in ("Up", "Down"):
            self._step(-1 if press.chord.key == "Up" else 1)
        else:
            scroll(press, self._body)

    def keys_to(self) -> Item | None:
        """The list."""
        return self._list.box

    def own_keys(self) -> tuple[tuple[str, str], ...]:
        """Choosing a script."""
        return (("Up", "The script after; Down: the one before"), ("PageDown", "Scroll its text"))

    def actions(self) -> tuple[NamedAction, ...]:
        """By name."""
        none = "no script was asked for yet"

        def there() -> bool:
            return bool(self._rows)

        return (
            NamedAction(
                name="scripts.before",
                title="Scripts: the one before",
                run=lambda: self._step(1),
                enabled=there,
                why=none,
            ),
            NamedAction(
                name="scripts.next",
                title="Scripts: the next one",
                run=lambda: self._step(-1),
                enabled=there,
                why=none,
            ),
            NamedAction(
                name="scripts.copy",
                title="Scripts: copy the chosen one",
                run=self._copy,
                enabled=there,
                why=none,
                words="clipboard text",
            ),
        )

    def _chosen(self) -> ToolCallView | None:
        at = self._list.cursor
        return self._rows[at] if 0 <= at < len(self._rows) else None

    def _pick(self, number: int) -> None:
        self._list.move_to(number)
        self._draw()

    def _step(self, by: int) -> None:
        self._list.move_to(self._list.cursor + by)
        self._draw()

    def _copy(self) -> None:
        if self._words:
            dpg.set_clipboard_text(self._words)

    def _draw(self) -> None:
        call = self._chosen()
        width = dpg.get_item_width("scripts")
        if call is None or (call, width) == self._shown:
            return
        read = not self._shown or self._shown[0] != call
        self._shown = (call, width)
        self._draw_head(call, width)
        self._draw_changes()
        if not read:
            self._put(width)
            return
        self._reading, self._words = call.call_id, ""
        path, asked = call.script, _asked(call)
        if path and not self._server:
            self._errands.add(lambda: _read(Path(path)), lambda words: self._show(call, words))
        else:
            self._show(call, asked)

    def _draw_head(self, call: ToolCallView, width: float) -> None:
        look = self._look
        clear(self._head)
        row = look.row(self._head, look.widths((Icon.COPY,), look.fonts.small, 12))
        icon, tone, word = status_look(call)
        look.chip(f"{icon}  {word}", row.left, look.palette.of(tone))
        branch = f"{Icon.BRANCH} {text.one_line(call.branch, 24)}" if call.branch else ""
        spent = text.seconds(call.seconds) if call.seconds is not None else ""
        facts = "   ".join(filter(None, (text.clock_time(call.at, "%d %b %H:%M"), spent, branch)))
        look.text(facts, row.left, font=look.fonts.small, colour=look.palette.dim)
        look.icon_button(Icon.COPY, row.right, self._copy, "Copy the script", tag="scripts.copy")
        there = f"{self._server}:{call.script}" if self._server else call.script
        kept = there if call.script else "Not kept: it never ran, or ran before this session began."
        said = look.fit_path(kept, look.fonts.caption, width - look.px(40)) if call.script else kept
        item = look.text(said, self._head, font=look.fonts.caption, colour=look.palette.faint)
        look.tip(item, text.one_line(kept, 400))

    def _draw_changes(self) -> None:
        call = self._chosen()
        clear(self._changed)
        if call is not None and call.done and call.status not in ("rejected", "dry_run"):
            self._look.gap(self._changed, height=8)
            self._changes.look_up(call.call_id)
            self._changes.draw(self._changed, call.call_id, dpg.get_item_width("scripts"))

    def _show(self, call: ToolCallView, words: str) -> None:
        if call.call_id != self._reading:
            return
        self._words = words
        self._put(dpg.get_item_width("scripts"))
        dpg.set_y_scroll(self._body, 0.0)

    def _put(self, width: float) -> None:
        """The script as it is shown: what cannot be seen is made visible."""
        shown = text.shown(text.bounded(self._words, MOST_CHARACTERS))
        self._box.put(shown, width - self._look.px(_EDGES))


def _row(call: ToolCallView) -> ChoiceRow:
    icon, _, word = status_look(call)
    return ChoiceRow(
        title=call.target or call.name,
        icon=icon,
        note=f"{word} · {text.clock_time(call.at, '%H:%M')}",
        enabled=call.status not in ("rejected", "cancelled"),
    )


def _asked(call: ToolCallView) -> str:
    """What the model asked for, where the file of what ran is not known."""
    script = call.arguments.get("script")
    return script if isinstance(script, str) else call.target


def _read(path: Path) -> str:
    """On the errands' thread."""
    try:
        with path.open("r", encoding="utf-8-sig", errors="replace", newline="") as file:
            return file.read(MOST_CHARACTERS + 1).replace("\r\n", "\n")
    except OSError as error:
        return f"The file cannot be read: {error}"


def _nothing(_words: str) -> None:
    """The box is for reading."""

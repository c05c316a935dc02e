"""One tool call below the table of them: its state, what it was about, what it changed, and what it gave."""

from copilot.desktop import text
from copilot.desktop.gate import Item, dpg
from copilot.desktop.palette import Tone
from copilot.desktop.panels.run_changes import GATED, RunChanges
from copilot.desktop.tool_call_look import STATUS_LOOK, status_look
from copilot.desktop.tool_call_view import ToolCallView
from copilot.desktop.widgets import Icon, Look, clear

STREAM_SHOWN = 30_000
"""Characters of one stream that are shown, from its end."""

_BESIDE, _EDGES = 74, 70
"""Pixels at scale 1 of the panel: what stands beside the name but for its words, and beside a path."""


class ToolCallDetail:
    """The rest of the panel below the table. `changes` draws what a call changed in the files."""

    def __init__(self, look: Look, parent: Item, changes: RunChanges) -> None:
        self._look = look
        self._changes = changes
        self._shown: ToolCallView | None = None
        self._width = 0.0
        self._head = dpg.add_group(parent=parent, show=False)
        self.box = dpg.add_child_window(parent=parent, tag="tools.detail", width=-1, height=-1, show=False)
        """What scrolls."""
        look.themes.bind(self.box, "inset")

    def show(self, call: ToolCallView | None, width: float) -> None:
        """Show a call in a panel that is `width` pixels wide; nothing where there is none."""
        dpg.configure_item(self.box, show=call is not None)
        dpg.configure_item(self._head, show=call is not None)
        if call is None or call is self._shown:
            return
        same = self._shown is not None and self._shown.call_id == call.call_id
        at_end = dpg.get_y_scroll(self.box) >= dpg.get_y_scroll_max(self.box) - self._look.px(20)
        self._shown, self._width = call, width
        self._draw_head(call)
        clear(self.box)
        self._draw_parts(call)
        if same and at_end and not call.done:
            dpg.set_y_scroll(self.box, -1.0)
        elif not same:
            dpg.set_y_scroll(self.box, 0.0)

    def forget(self) -> None:
        """Draw the call anew when it is shown again."""
        self._shown = None

    def copy(self) -> None:
        """What the call gave, to the clipboard."""
        call = self._shown
        if call is not None:
            dpg.set_clipboard_text(call.output or call.stdout + call.stderr)

    def _draw_head(self, call: ToolCallView) -> None:
        look = self._look
        clear(self._head)
        row = look.row(self._head, look.widths((Icon.COPY,), look.fonts.small, 12))
        icon, tone, word = status_look(call)
        spent = text.seconds(call.seconds) if call.seconds is not None else ""
        beside = look.widths((f"{icon}  {word}", spent), look.fonts.small, 18) + look.px(_BESIDE)
        name = look.fit(text.one_line(call.name), look.fonts.small_bold, self._width - beside)
        title = look.text(name, row.left, font=look.fonts.small_bold, colour=look.palette.strong)
        if call.script:
            look.tip(title, f"The script as it ran:\n{text.one_line(call.script, 400)}")
        look.chip(f"{icon}  {word}", row.left, look.palette.of(tone))
        if spent:
            look.text(spent, row.left, font=look.fonts.small, colour=look.palette.faint)
        look.icon_button(Icon.COPY, row.right, self.copy, "Copy the output")

    def _draw_parts(self, call: ToolCallView) -> None:
        if call.done and call.name in GATED and call.status not in ("rejected", "dry_run"):
            self._changes.look_up(call.call_id)
            self._changes.draw(self.box, call.call_id, self._width)
        streams = bool(call.stdout or call.stderr)
        script = call.arguments.get("script")
        if call.script and not streams:
            self._path("SCRIPT FILE", text.one_line(call.script, 400))
        elif not call.script and not isinstance(script, str) and call.target:
            self._part("ASKED FOR", call.target, "dim")
        if call.stdout:
            self._part("STDOUT", call.stdout, "code")
        if call.stderr:
            self._part("STDERR", call.stderr, "code", "amber")
        if call.output and not streams:
            self._part("RESULT", call.output, "code" if call.status == "ok" else "amber")
        if not call.done:
            self._look.text(
                STATUS_LOOK[call.status][2] + " …",
                self.box,
                font=self._look.fonts.small,
                colour=self._look.palette.faint,
            )

    def _path(self, title: str, path: str) -> None:
        look, font = self._look, self._look.fonts.mono_small
        look.text(title, self.box, font=look.fonts.caption, colour=look.palette.faint)
        shown = look.fit_path(path, font, self._width - look.px(_EDGES))
        look.tip(look.text(shown, self.box, font=font, colour=look.palette.dim), path)
        look.gap(self.box, height=4)

    def _part(self, title: str, words: str, tone: Tone, caption: Tone = "faint") -> None:
        look = self._look
        look.text(title, self.box, font=look.fonts.caption, colour=look.palette.of(caption))
        shown = text.shown(text.tail(words.rstrip("\n"), STREAM_SHOWN))
        look.text(shown, self.box, font=look.fonts.mono_small, colour=look.palette.of(tone), wrap=0)
        look.gap(self.box, height=4)

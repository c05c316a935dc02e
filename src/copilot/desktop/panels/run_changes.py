"""What a call changed in the files, with the differences, and the button that takes it back."""

from collections.abc import Callable

from copilot.desktop import text
from copilot.desktop.approval_words import diff_rows
from copilot.desktop.gate import Item, dpg
from copilot.desktop.palette import CLEAR, Tone
from copilot.desktop.panels.actions import Actions
from copilot.desktop.run_words import MARKS
from copilot.desktop.runs_view import run_of
from copilot.desktop.view_state import ViewState
from copilot.desktop.widgets import Icon, Look, on
from copilot.vocabulary.commands import RedoRun, ShowRun, UndoRun
from copilot.vocabulary.events import RunChanged
from copilot.vocabulary.run_events import ChangeKind, RunChange

GATED = ("run_shell", "run_powershell", "run_python_file", "write_file", "edit_file")
"""Tools whose calls may change files."""

_SHOWN = 60
"""Changes that are listed."""
_OPEN_LINES = 60
"""Lines of differences that are open at first."""
_DIFF_LINES = 400
"""Lines that are drawn of one difference."""

_TONES: dict[ChangeKind, Tone] = {
    "created": "green",
    "changed": "accent_bright",
    "deleted": "red",
    "moved": "amber",
    "mode": "dim",
}
_SIGNS: dict[str, tuple[str, Tone]] = {"added": ("+", "green"), "removed": ("-", "red")}


class RunChanges:
    """Drawn into the detail of a panel, which calls `draw` again when `changed` says so."""

    def __init__(self, look: Look, actions: Actions, name: str, redraw: Callable[[], None]) -> None:
        self._look = look
        self._actions = actions
        self._name = name
        self._redraw = redraw
        self._runs: tuple[RunChanged, ...] = ()
        self._asked: set[str] = set()
        self._turned: dict[tuple[int, str], bool] = {}
        self._waits: tuple[str, RunChanged] | None = None

    def changed(self, state: ViewState) -> bool:
        """Whether anything was told of runs since the last look."""
        if state.runs is self._runs:
            return False
        self._runs = state.runs
        return True

    def run(self, call_id: str) -> RunChanged | None:
        """What is known of a call's run; None where nothing is, or nothing is kept of it."""
        found = run_of(self._runs, call_id)
        return found if found is not None and found.run else None

    def can(self, call_id: str, *, undo: bool) -> bool:
        """Whether a call's run can be undone, or done again."""
        run = self.run(call_id)
        return run is not None and bool(run.changes) and (run.state == "done") == undo

    def turn(self, call_id: str) -> None:
        """Undo the run, or do it again."""
        run = self.run(call_id)
        if run is None or (self._waits is not None and self._waits == (call_id, run)):
            return
        self._waits = (call_id, run)
        asked = self._actions.new_id()
        command = UndoRun if run.state == "done" else RedoRun
        self._actions.submit(command(request_id=asked, call_id=call_id))

    def look_up(self, call_id: str) -> None:
        """Ask what a call of an earlier session changed; once."""
        if run_of(self._runs, call_id) is None and call_id not in self._asked:
            self._asked.add(call_id)
            self._actions.submit(ShowRun(request_id=self._actions.new_id(), call_id=call_id))

    def draw(self, parent: Item, call_id: str, width: float) -> None:
        """The whole part, in a panel that is `width` pixels wide; nothing where nothing is known."""
        run = self.run(call_id)
        if run is None:
            return
        self._head(parent, run, call_id)
        self._said(parent, run)
        if not run.changes:
            self._small(parent, "No file was changed.", "faint")
        left = _OPEN_LINES
        for change in run.changes[:_SHOWN]:
            rows = change.diff.count("\n")
            opened = self._turned.get((run.run, change.path), bool(rows) and rows <= left)
            left -= rows if opened else 0
            self._change(parent, run, change, opened, width)
        more = run.more + max(len(run.changes) - _SHOWN, 0)
        if more:
            self._small(parent, f"and {text.plural(more, 'more change')}", "faint")
        if run.left_out:
            shown = "; ".join(run.left_out[:3]) + ("; …" if len(run.left_out) > 3 else "")
            self._small(parent, f"Not kept: {shown}", "faint")
        self._look.gap(parent, height=6)

    def _head(self, parent: Item, run: RunChanged, call_id: str) -> None:
        look = self._look
        undone = run.state == "undone"
        word = "redo" if undone else "undo"
        label = f"{Icon.REFRESH}  Redo" if undone else f"{Icon.UNDO}  Undo"
        row = look.row(parent, look.widths((label,), look.fonts.small, 24))
        look.text("CHANGES", look.lowered(row.left, 3), font=look.fonts.caption, colour=look.palette.faint)
        if undone:
            look.chip("undone", row.left, look.palette.amber)
        if not run.changes:
            return
        item = look.button(
            label, row.right, "segment_off", lambda: self.turn(call_id), tag=f"{self._name}.{word}"
        )
        look.tip(
            item,
            "Do to the files again what this call did."
            if undone
            else "Bring back what was there before. What you changed since stays: it is merged,\n"
            "and where both changed the same place, yours stays and the other is put beside it.",
        )

    def _change(self, parent: Item, run: RunChanged, change: RunChange, opened: bool, width: float) -> None:
        look = self._look
        line = dpg.add_group(parent=parent, horizontal=True, horizontal_spacing=look.px(8))
        mono = look.fonts.mono_small
        glyph = Icon.CHEVRON_RIGHT if change.diff and not opened else Icon.CHEVRON
        chevron = look.palette.dim if change.diff else CLEAR
        look.text(glyph, line, font=look.fonts.small, colour=chevron)
        look.text(MARKS[change.kind], line, font=mono, colour=look.palette.of(_TONES[change.kind]))
        ending = "/" if change.thing == "folder" else ""
        path = text.one_line(f"{change.path}{ending}", 400)
        room = width - look.px(170)
        shown = look.fit_path(path, mono, max(room, look.px(80)))
        if change.diff:
            item = dpg.add_selectable(
                parent=line,
                callback=on(lambda: self._fold(run.run, change.path, opened)),
                width=int(look.size(shown, mono)[0] + look.px(2)),
            )
            look.relabel(item, text.label(shown), mono)
        else:
            item = look.text(shown, line, font=mono, colour=look.palette.code)
        look.tip(item, f"{path}\n{_facts(change)}")
        added, removed = _counts(change.diff)
        if added:
            look.text(f"+{added}", line, font=mono, colour=look.palette.green)
        if removed:
            look.text(f"−{removed}", line, font=mono, colour=look.palette.red)
        said = text.one_line(f"was {change.source}" if change.source else change.note, 200)
        if said:
            look.text(said, line, font=look.fonts.small, colour=look.palette.faint)
        if opened and change.diff:
            self._diff(parent, change.diff)

    def _diff(self, parent: Item, diff: str) -> None:
        look = self._look
        rows = [row for row in diff_rows(diff) if not (row.kind == "hunk" and _whole(row.text))]
        table = dpg.add_table(
            parent=parent, header_row=False, policy=dpg.mvTable_SizingFixedFit, no_pad_outerX=True
        )
        look.themes.bind(table, "diff")
        for width in (34, 12):
            dpg.add_table_column(parent=table, width_fixed=True, init_width_or_weight=look.px(width))
        dpg.add_table_column(parent=table, width_stretch=True)
        font = look.fonts.mono_small
        for index, row in enumerate(rows[:_DIFF_LINES]):
            line = dpg.add_table_row(parent=table)
            number = row.new if row.kind != "removed" else row.old
            look.text(
                f"{number:>4}" if number is not None else "", line, font=font, colour=look.palette.faint
            )
            sign, tone = _SIGNS.get(row.kind, ("", "faint"))
            look.text(sign, line, font=font, colour=look.palette.of(tone))
            words = text.shown(row.text).expandtabs(4) or " "
            colour = look.palette.accent_bright if row.kind == "hunk" else look.palette.code
            look.text(words, line, font=font, colour=colour, wrap=0)
            if row.kind in ("added", "removed", "hunk"):
                dpg.highlight_table_row(table, index, look.palette.diff_fill(row.kind))
        if len(rows) > _DIFF_LINES:
            self._small(parent, f"{len(rows) - _DIFF_LINES:,} more lines", "faint")
        look.gap(parent, height=2)

    def _said(self, parent: Item, run: RunChanged) -> None:
        """What the person should know of the last undo or redo, before all that it is about."""
        for path in run.merged:
            self._small(parent, f"{path}: put together with your edit", "dim")
        for clash in run.clashes:
            beside = f"; the other version is in {clash.kept}" if clash.kept else ""
            self._small(parent, f"{clash.path}: {clash.why}{beside}", "amber", Icon.WARNING)
        if run.interrupted:
            words = "The program was killed in the middle of it: edits of yours may be among these."
            self._small(parent, words, "amber", Icon.WARNING)

    def _small(self, parent: Item, words: str, tone: Tone, icon: str = "") -> None:
        look = self._look
        line = f"{icon}  {text.one_line(words, 600)}" if icon else text.one_line(words, 600)
        look.text(line, parent, font=look.fonts.small, colour=look.palette.of(tone), wrap=0)

    def _fold(self, run: int, path: str, opened: bool) -> None:
        self._turned[run, path] = not opened
        self._redraw()


def _facts(change: RunChange) -> str:
    sizes = [
        f"{size:,} bytes" if size is not None else "nothing" for size in (change.old_size, change.new_size)
    ]
    modes = f", mode {change.old_mode:o} → {change.new_mode:o}" if _modes(change) else ""
    return f"{change.kind}: {' → '.join(sizes)}{modes}" if change.thing == "file" else change.kind


def _whole(hunk: str) -> bool:
    """Whether it is of a file that was made, or went, as a whole: then where it stands says nothing."""
    return hunk.startswith("@@ -0,0") or " +0,0 @@" in hunk


def _modes(change: RunChange) -> bool:
    return None not in (change.old_mode, change.new_mode) and change.old_mode != change.new_mode


def _counts(diff: str) -> tuple[int, int]:
    """Lines added and removed."""
    kinds = [row.kind for row in diff_rows(diff)]
    return kinds.count("added"), kinds.count("removed")

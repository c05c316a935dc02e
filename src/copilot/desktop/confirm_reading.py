"""What a script does, above it in the approval: its statements with their effects, hazards with fixes.

The reading is made beside the main thread, again after each edit; meanwhile it says that it reads.
"""

from collections.abc import Callable
from typing import Protocol

from copilot.desktop import text
from copilot.desktop.gate import dpg
from copilot.desktop.palette import Tone
from copilot.desktop.widgets import Icon, Look, clear
from copilot.shell.reading.reader import Asked, GivenUpError, Read, asked_by, read
from copilot.shell.reading.telling import EFFECT_WORDS, Told, lines, told
from copilot.vocabulary.approvals import ApprovalDetail, PythonFileDetail, ScriptDetail
from copilot.vocabulary.frozen import replace
from copilot.vocabulary.readings import Effect, Fix, Hazard, Reading, Statement

TAG = "confirm.reading"
MOST_HEIGHT, LEAST_HEIGHT, LEAST_TEXT = 196, 62, 150
"""Pixels at scale 1: of the reading, and what the text below it has at least where there is that room."""
MOST_HAZARDS = 12
READING_KEYS = (("Alt+F", "Apply the first fix of a script"),)
_ROW = 24
_NUMBER, _GAP = 30, 6
"""Pixels at scale 1: for the number of a line, and between the parts of a row."""
QUIET_SECONDS = 0.3
"""How long the person has not typed before an edited script is read again."""
_LONGEST_WAIT = 4.0
"""Seconds after which an approval no longer waits for the reading."""

Shown = tuple[Read, Told]

TONES: dict[Effect, Tone] = {
    "unknown": "amber",
    "deletes": "red",
    "history": "red",
    "privilege": "violet",
    "installs": "violet",
    "network": "cyan",
    "writes": "accent_bright",
    "reads": "dim",
}


class Apart(Protocol):
    """Work on a thread of its own, whose end is told on the main thread (`Errands.apart`)."""

    def __call__(self, work: Callable[[], Shown | None], then: Callable[[Shown | None], None]) -> None: ...


class ReadingRoom:
    """`begin` with each request, `typed` with each edit, `tick` once a frame. `fix` hears a click."""

    def __init__(self, look: Look, parent: int | str, apart: Apart, fix: Callable[[Fix], None]) -> None:
        self._look = look
        self._apart = apart
        self._fix = fix
        self._detail: ApprovalDetail | None = None
        self._reading: Reading | None = None
        self._last: Read | None = None
        self._told: Told | None = None
        self._hazards: list[Hazard] = []
        self._number = 0
        self._shown = -1
        self._began: float | None = None
        self._typed_at: float | None = None
        self._typed = ""
        self._changed = False
        self._rows = 0
        self._most = look.px(MOST_HEIGHT)
        self._box = dpg.add_child_window(parent=parent, tag=TAG, height=look.px(40), width=-1, show=False)
        look.themes.bind(self._box, "inset")

    @property
    def height(self) -> int:
        """Pixels that it takes from the dialog where there is room; 0 where nothing runs."""
        return 0 if self._detail is None else self._whole() + self._look.px(8)

    def begin(self, detail: ApprovalDetail, words: str) -> None:
        """Another request is shown."""
        runs = isinstance(detail, ScriptDetail | PythonFileDetail)
        self._detail, self._reading, self._last = (detail if runs else None), None, None
        self._hazards = []
        self._typed_at = self._began = None
        dpg.configure_item(self._box, show=runs)
        if runs:
            self._read(words)
            self._draw()

    def typed(self, words: str) -> None:
        """The person changed the script: what was read holds no longer."""
        if self._detail is not None:
            self._typed, self._typed_at = words, 0.0
            self._number += 1

    def key(self, key: int) -> bool:
        """A key with Alt; True where it was one of these: the first fix there is."""
        if key != dpg.mvKey_F:
            return False
        fixes = (one.fix for one in self._hazards)
        first = next((fix for fix in fixes if fix is not None), None)
        if first is not None and isinstance(self._detail, ScriptDetail):
            self._apply(first)
        return True

    def _apply(self, fix: Fix) -> None:
        """Only while the reading is that of the text in the box: its places are those of that text."""
        if self._shown == self._number:
            self._fix(fix)

    @property
    def complete(self) -> bool:
        """Whether the reading of the text in the box is shown."""
        return self._reading is not None and self._shown == self._number

    def waits(self, now: float) -> bool:
        """Whether an approval should still wait for what the reading says of this script."""
        if self._detail is None or self._reading is not None:
            return False
        self._began = now if self._began is None else self._began
        return now - self._began < _LONGEST_WAIT

    def tick(self, now: float) -> bool:
        """Once a frame; True where its height may have changed."""
        if self._typed_at is not None:
            self._typed_at = self._typed_at or now
            if now - self._typed_at >= QUIET_SECONDS:
                self._typed_at = None
                self._read(self._typed)
        changed, self._changed = self._changed, False
        return changed

    @property
    def busy(self) -> bool:
        """Whether a reading is due or under way: frames are wanted."""
        return self._typed_at is not None

    def _read(self, words: str) -> None:
        detail = _with_text(self._detail, words)
        asked = asked_by(detail) if detail is not None else None
        if asked is None:
            return
        self._number += 1
        number, before = self._number, self._last
        self._apart(lambda: self._made(asked, before, number), lambda found: self._came(number, found))

    def _made(self, asked: Asked, before: Read | None, number: int) -> Shown | None:
        """On another thread. An edit meanwhile makes it useless."""
        try:
            found = read(asked, before, lambda: number != self._number)
        except GivenUpError:
            return None
        return found, told(found.reading)

    def _came(self, number: int, found: Shown | None) -> None:
        if number != self._number or self._detail is None or found is None:
            return
        self._last, self._told = found
        self._reading = self._last.reading
        self._hazards = sorted(self._reading.hazards, key=lambda one: not one.grave)
        self._shown, self._changed = number, True
        self._draw()

    def _whole(self) -> int:
        return self._look.px(min(MOST_HEIGHT, _ROW * self._rows + 20))

    def _inner(self) -> int:
        return min(self._most, self._whole())

    def limit(self, bottom: float, wanted: float) -> None:
        """Once a frame: leave the text below, which has so many pixels `wanted`, room above `bottom`."""
        top = float(dpg.get_item_pos(self._box)[1])
        if self._detail is None or top <= 0:
            return
        px = self._look.px
        room = bottom - top - min(wanted, px(LEAST_TEXT))
        most = int(min(max(room, px(LEAST_HEIGHT)), px(MOST_HEIGHT)))
        if most != self._most:
            self._most = most
            dpg.configure_item(self._box, height=self._inner())

    def _draw(self) -> None:
        clear(self._box)
        self._rows = 0
        if self._reading is None or self._told is None:
            self._line("Reading the script…", "dim", Icon.HOURGLASS)
        else:
            self._draw_head(self._told, self._reading.trouble)
            for one in self._hazards[:MOST_HAZARDS]:
                self._hazard(one)
            if len(self._reading.hazards) > MOST_HAZARDS:
                self._line(f"And {len(self._reading.hazards) - MOST_HAZARDS:,} more such notes.", "dim")
            for one in self._told.statements:
                self._statement(one)
            if self._told.rest:
                self._line(self._told.rest, "dim")
        dpg.configure_item(self._box, height=self._inner())
        dpg.set_y_scroll(self._box, 0.0)

    def _draw_head(self, shown: Told, trouble: tuple[str, ...]) -> None:
        look = self._look
        row = self._row()
        mark = Icon.INFO if shown.understood else Icon.WARNING
        colour = look.palette.dim if shown.understood else look.palette.amber
        look.text(f"{mark}  {shown.verdict}", row, font=look.fonts.small, colour=colour)
        for effect, number in shown.counted:
            self._chip(f"{EFFECT_WORDS[effect]} {number:,}", effect, row)
        for words in trouble:
            self._line(words, "amber", Icon.WARNING)

    def _statement(self, one: Statement) -> None:
        look = self._look
        row = self._row()
        number = look.text(lines(one), row, font=look.fonts.mono_small, colour=look.palette.faint)
        width = look.size(lines(one), look.fonts.mono_small)[0]
        dpg.add_spacer(parent=row, width=max(1, int(look.px(_NUMBER) - width)))
        look.tip(number, "Line of the script")
        for effect in one.effects:
            self._chip(EFFECT_WORDS[effect], effect, row)
        if not one.effects:
            look.chip("no effect", row)
        words = text.one_line(one.text, 90)
        look.text(words, row, font=look.fonts.mono_small, colour=look.palette.text)
        explained = not one.understood or bool(set(one.effects) - {"reads", "writes"})
        if one.outside or (explained and one.why):
            self._reasons(one)

    def _reasons(self, one: Statement) -> None:
        look = self._look
        row = self._row()
        dpg.add_spacer(parent=row, width=look.px(_NUMBER + _GAP))  # below the chips
        room = 160
        if one.outside:
            more = f" and {len(one.outside) - 4} more" if len(one.outside) > 4 else ""
            named = ", ".join(text.one_line(path.text, 40) for path in one.outside[:4])
            words = f"outside the project: {named}{more}"
            room -= len(words)
            look.text(words, row, font=look.fonts.small, colour=look.palette.red_soft)
        whole = " ".join(one.why)
        if room > 30 and whole:
            cut = text.one_line(whole, room)
            item = look.text(cut, row, font=look.fonts.small, colour=look.palette.dim)
            if cut != whole:
                look.tip(item, text.shown(whole))

    def _hazard(self, one: Hazard) -> None:
        look = self._look
        row = self._row()
        tone: Tone = "red_soft" if one.grave else "amber"
        words = f"{Icon.WARNING}  Line {one.line}: {text.one_line(one.words, 110)}"
        item = look.text(words, row, font=look.fonts.small, colour=look.palette.of(tone))
        if len(one.words) > 110:
            look.tip(item, text.shown(one.words))
        fix = one.fix
        if fix is not None and isinstance(self._detail, ScriptDetail):
            label = f"{Icon.PENCIL}  {text.label(fix.label)}"
            look.button(label, row, "segment_off", lambda: self._apply(fix), font=look.fonts.small)

    def _chip(self, words: str, effect: Effect, row: int | str) -> None:
        tone = TONES[effect]
        self._look.chip(words, row, None if tone == "dim" else self._look.palette.of(tone))

    def _row(self) -> int | str:
        self._rows += 1
        return dpg.add_group(parent=self._box, horizontal=True, horizontal_spacing=self._look.px(_GAP))

    def _line(self, words: str, tone: Tone, icon: str = "") -> None:
        look = self._look
        shown = text.one_line(words, 170)
        look.text(
            f"{icon}  {shown}" if icon else shown,
            self._row(),
            font=look.fonts.small,
            colour=look.palette.of(tone),
        )


def _with_text(detail: ApprovalDetail | None, words: str) -> ApprovalDetail | None:
    if isinstance(detail, ScriptDetail):
        return replace(detail, script=words)
    return detail if isinstance(detail, PythonFileDetail) else None

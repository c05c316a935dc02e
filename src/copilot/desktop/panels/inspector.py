"""The log inspector: every line of a session's log, by kind and by words, and the wire beside the event."""

from collections.abc import Callable

from copilot.desktop import text
from copilot.desktop.action_table import NamedAction
from copilot.desktop.errands import Errands
from copilot.desktop.gate import dpg
from copilot.desktop.inspecting import Detail, Entry, Inspecting, LogKind, LogShelf, RowWords
from copilot.desktop.keyboard import Press
from copilot.desktop.palette import CLEAR, Colour, Tone
from copilot.desktop.panels.inspector_bar import InspectorBar
from copilot.desktop.panels.log import LEVEL_TONES
from copilot.desktop.panels.panel import Panel
from copilot.desktop.panels.record_pages import RecordPages
from copilot.desktop.scroll_keys import scroll
from copilot.desktop.session_list import SessionList, began
from copilot.desktop.sheet import Line, Sheet
from copilot.desktop.view_state import ViewState
from copilot.desktop.widgets import Icon, Look, window
from copilot.vocabulary.errors import CopilotError

READ_SECONDS = 0.012
"""How long the log is read at once beside the main thread."""

WIDE = 640
"""Pixels at scale 1 from which the record stands beside the list and not below it."""

LIST_SHARE = {True: 0.46, False: 0.45}
SIZES_FROM = 240
"""Pixels at scale 1 of the list from which it says how long what went over the wire is."""

_TIME, _EDGE, _BELOW = 70, 28, 20
"""Pixels at scale 1: the column of times, the panel's edges, what is left free below."""
_TONES: dict[str, Tone] = {"request": "accent_bright", "response": "violet"}
_ARROWS = {"request": "→", "response": "←"}
_PIECES = ("TextDelta", "ThinkingDelta", "ToolOutput")


class Inspector(Panel):
    """The panel `inspector`. `picked` hears the record that the person goes to."""

    def __init__(
        self,
        look: Look,
        errands: Errands,
        shelf: LogShelf,
        sessions: SessionList,
        *,
        inspecting: Inspecting | None = None,
        picked: Callable[[int], None] | None = None,
    ) -> None:
        self._look, self._errands, self._shelf, self._sessions = look, errands, shelf, sessions
        self._picked = picked
        self._inspecting = inspecting
        self._fixed = inspecting is not None
        self._chosen = -1
        """The record that is shown, by its number in the index."""
        self._project = ""
        self._busy = self._looking = False
        self._shown: tuple[object, ...] = ()
        self._size = (0.0, 0.0)
        self._trouble = ""
        self._item = window("inspector", f"{Icon.SEARCH}  Log inspector")
        self._bar = InspectorBar(look, self._item, errands, shelf, self._ask_anew)
        self._body = dpg.add_group(parent=self._item, horizontal=False, horizontal_spacing=look.px(10))
        left = dpg.add_group(parent=self._body)
        self._list = Sheet(
            look, left, "inspector.list", look.fonts.mono_small, gutter=_TIME, picked=self._pick
        )
        self._pages = RecordPages(look, self._body)

    def refresh(self, state: ViewState) -> None:
        """Read on while it is looked at."""
        project = state.project.name if state.project is not None else ""
        if project != self._project and not self._fixed:
            self._project, self._inspecting, self._shown = project, None, ()
        if self._visible():
            if self._inspecting is None and project and not self._looking:
                self._looking = True
                self._errands.add(lambda: self._shelf.session_of(project), self._found_session)
            self._work()
            self._bar.proof.check(self._inspecting)

    def tick(self) -> bool:
        """Once a frame: show what was read. True while something moves."""
        if not self._visible():
            return False
        self._place()
        one = self._inspecting
        if one is not None:
            self._draw(one)
            if one.wants:
                self._work()
        return self._list.tick() | self._pages.tick() | self._busy

    def key(self, press: Press) -> None:
        """Up and Down choose a line, Home and End the first and the last; the others scroll what it says."""
        items = (self._item, self._list.box, *self._pages.boxes)
        one = self._inspecting
        if one is None or not any(map(dpg.is_item_focused, items)) or press.chord.modifiers:
            return
        numbers = one.found.numbers
        match press.chord.key:
            case "Up" | "Down":
                self._move(self._list.cursor + (-1 if press.chord.key == "Up" else 1))
            case "Home":
                self._move(0)
            case "End":
                self._move(len(numbers) - 1)
            case _:
                scroll(press, self._pages.boxes[0])

    def own_keys(self) -> tuple[tuple[str, str], ...]:
        """Choosing a line."""
        return (("Up", "The line before; Down: the next"), ("Home", "The first line; End: the last"))

    def actions(self) -> tuple[NamedAction, ...]:
        """What can be done here by name."""

        def there() -> bool:
            return self._chosen >= 0

        words = "comms events wire request response body json"
        none = "no line of a log is chosen"
        found = (
            NamedAction(
                name="inspector.find", title="Log inspector: find words…", run=self.find, words=words
            ),
            NamedAction(
                name="inspector.kind", title="Log inspector: events, wire or errors only", run=self._bar.turn
            ),
            NamedAction(
                name="inspector.copy",
                title="Log inspector: copy the chosen line",
                run=self._pages.copy,
                enabled=there,
                why=none,
                words=words,
            ),
        )
        check = NamedAction(
            name="inspector.check",
            title="Log inspector: check again that the log is whole",
            run=lambda: self._bar.proof.check(self._inspecting, again=True),
            words="chain proof hash changed cut",
        )
        found = (*found, check)
        if self._fixed:
            return found
        session = NamedAction(
            name="inspector.session",
            title="Log inspector: look at another session…",
            run=lambda: self._sessions.choose("Which session's log?", self._open),
            words=words,
        )
        return (*found, session)

    def show_at(self, number: int) -> None:
        """Go to a record of the index, as playback does; -1 for none."""
        if number == self._chosen or self._inspecting is None:
            return
        self._chosen = number
        if number < 0:
            self._mark(go=False)
            self._pages.show(None)
            return
        self._mark(go=True)
        self._read_detail(number)

    def find(self) -> None:
        """Put the caret into the box for words."""
        dpg.focus_item("inspector")
        self._look.caret.give(self._bar.search)

    def beside(self, number: int, by: int) -> int | None:
        """The listed record after a record of the index (`by` 1) or before it (-1), going round at the ends;
        None where none is listed."""
        numbers = self._inspecting.found.numbers if self._inspecting is not None else ()
        if self._inspecting is None or not numbers:
            return None
        row = self._inspecting.row_of(number)
        here = row >= 0 and numbers[row] == number
        return numbers[(row + (by if by > 0 or here else 0)) % len(numbers)]

    def kept(self) -> object:
        """The log that is looked at, and the line."""
        return (self._inspecting, self._project, self._bar.kind, self._chosen)

    def take_up(self, kept: tuple[Inspecting | None, str, LogKind, int]) -> None:
        """Go on with them."""
        self._inspecting, self._project, kind, self._chosen = kept
        self._bar.take(kind)
        if self._chosen >= 0:
            self._read_detail(self._chosen)

    def _visible(self) -> bool:
        return bool(dpg.is_item_visible(self._item))

    def _open(self, session: str) -> None:
        if self._inspecting is not None:
            self._inspecting.left = True
            self._inspecting.index.close()
        self._inspecting = self._shelf.open(session)
        self._chosen, self._shown, self._trouble = -1, (), ""
        self._pages.show(None)
        self._ask_anew()

    def _found_session(self, session: str) -> None:
        self._looking = False
        if session and self._inspecting is None:
            self._open(session)

    def _ask_anew(self) -> None:
        if self._inspecting is not None:
            self._inspecting.ask(self._bar.sought)
            self._work()

    def _work(self) -> None:
        one = self._inspecting
        if one is None or self._busy:
            return
        self._busy = True
        self._errands.add(lambda: _read(one), self._did)

    def _did(self, done: tuple[bool, str]) -> None:
        more, self._trouble = done
        self._busy = False
        if more and self._visible():
            self._work()

    def _pick(self, row: int) -> None:
        self._move(row)
        if self._picked is not None and self._chosen >= 0:
            self._picked(self._chosen)

    def _move(self, row: int) -> None:
        one = self._inspecting
        if one is None or not 0 <= row < len(one.found.numbers):
            return
        self._chosen = one.found.numbers[row]
        self._mark(go=True)
        self._read_detail(self._chosen)

    def _read_detail(self, number: int) -> None:
        one = self._inspecting
        if one is not None:
            self._errands.add(lambda: _detail(one, number), self._show_detail)

    def _show_detail(self, detail: Detail | None) -> None:
        if detail is not None and detail.number == self._chosen:
            self._pages.show(detail)

    def _mark(self, *, go: bool) -> None:
        """Mark the chosen record in the list, or the one before it where it is not listed."""
        one = self._inspecting
        if one is None:
            return
        row = one.row_of(self._chosen)
        self._list.cursor = row
        self._list.redraw()
        if go and row >= 0:
            self._list.go_to(row)

    def _draw(self, one: Inspecting) -> None:
        found = one.found
        shown = (found, len(found.numbers), one.version, one.proven, self._size, self._trouble, found.looked)
        if shown == self._shown:
            return
        before, self._shown = self._shown, shown
        numbers, count = found.numbers, len(found.numbers)
        room = self._list_width - self._look.px(_TIME + 44)
        self._list.show(count, lambda row: self._line(one, numbers[row], room), top=before[:1] != (found,))
        self._mark(go=before[:1] != (found,) and self._chosen >= 0)
        self._bar.say(self._words(one, count), self._size[0])
        self._bar.proof.show(one, self._size[0])

    def _words(self, one: Inspecting, count: int) -> str:
        if self._trouble:
            return text.one_line(self._trouble, 300)
        reading = ", reading on" if one.found.looked < len(one.index) else ""
        what = text.plural(count, "line")
        of = f" of {len(one.index):,}" if count != len(one.index) else ""
        return f"{began(one.index.session)}  ·  {what}{of}{reading}"

    def _line(self, one: Inspecting, number: int, room: float) -> Line:
        look, entry, told = self._look, one.index.entry(number), one.row(number)
        name = _ARROWS.get(entry.name, entry.name) if entry.kind == "wire" else entry.name or entry.kind
        words = f"{name}  {told.words if told is not None else '…'}"
        sized = entry.kind == "wire" and self._list_width >= look.px(SIZES_FROM)
        right = _size(one.index.size(number)) if sized else ""
        if right:
            room -= look.size(right, look.fonts.small)[0] + look.px(8)
        shown = look.fit(words, look.fonts.mono_small, room)
        mark = look.palette.red if one.wrong(number) else CLEAR
        colour = look.palette.red if mark != CLEAR else self._colour(entry, told)
        return Line(shown, colour, gutter=text.clock_time(entry.at), right=right, mark=mark)

    def _colour(self, entry: Entry, told: RowWords | None) -> Colour:
        palette = self._look.palette
        if told is not None and told.level != "info":
            return palette.of(LEVEL_TONES[told.level])
        if entry.kind == "wire":
            return palette.of(_TONES.get(entry.name, "dim"))
        return palette.text if _told_at_once(entry) else palette.dim

    @property
    def _list_width(self) -> float:
        wide = self._size[0] >= self._look.px(WIDE)
        return self._size[0] * (LIST_SHARE[True] if wide else 1.0)

    def _place(self) -> None:
        size = dpg.get_item_rect_size(self._item)
        above = dpg.get_item_rect_max(self._bar.item)[1] - dpg.get_item_pos(self._item)[1]
        inside = (float(size[0] - self._look.px(_EDGE)), float(size[1] - above - self._look.px(_BELOW)))
        if inside == self._size or inside[0] < self._look.px(60):
            return
        self._size = inside
        self._bar.place(inside[0])
        width, height = inside
        wide = width >= self._look.px(WIDE)
        dpg.configure_item(self._body, horizontal=wide)
        if wide:
            left = width * LIST_SHARE[True]
            self._list.place(left, height)
            self._pages.place(width - left - self._look.px(10), height)
        else:
            upper = height * LIST_SHARE[False]
            self._list.place(width, upper)
            self._pages.place(width, height - upper - self._look.px(8))


def _read(one: Inspecting) -> tuple[bool, str]:
    try:
        return one.read(READ_SECONDS), ""
    except CopilotError as error:
        return False, str(error)


def _detail(one: Inspecting, number: int) -> Detail | None:
    try:
        return one.detail(number)
    except CopilotError:
        return None


def _told_at_once(entry: Entry) -> bool:
    """Whether a line stands out among the many pieces of texts."""
    return entry.kind == "event" and entry.name not in _PIECES


def _size(count: int) -> str:
    return f"{count:,} B" if count < 1_000 else f"{count / 1_000:,.1f} kB"

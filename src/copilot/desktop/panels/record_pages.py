"""One record of a log, whole: as text, and beside it what went over the wire with it."""

from typing import Literal

from copilot.desktop import text
from copilot.desktop.gate import Item, dpg
from copilot.desktop.inspecting import Detail
from copilot.desktop.segments import fit_segments
from copilot.desktop.sheet import Line, Sheet
from copilot.desktop.text_rows import Rows, cut, row_text
from copilot.desktop.widgets import Icon, Look

PageName = Literal["record", "request", "response"]
_NAMES: tuple[tuple[PageName, str], ...] = (
    ("record", "Line"),
    ("request", "Request"),
    ("response", "Answer"),
)
_NOTHING = {
    "record": "Choose a line of the log.",
    "request": "No request goes with this line.",
    "response": "No answer goes with this line.",
}
WIDE = 760
"""Pixels at scale 1 from which the wire stands beside the line and not behind a tab."""

_HEAD, _GAP, _TABS_SHARE = 32, 10, 0.62
_COPY, _NARROW = 34, 330
"""Pixels at scale 1: the button beside the tabs; below which they have all that it leaves."""


class RecordPages:
    """`show` a record, `place` it, `tick` once a frame."""

    def __init__(self, look: Look, parent: Item) -> None:
        self._look = look
        self._detail: Detail | None = None
        self._chosen: PageName = "record"
        self._width = 0.0
        self._drawn: tuple[object, ...] = ()
        self.item = dpg.add_group(parent=parent)
        bar = dpg.add_group(parent=self.item, horizontal=True, horizontal_spacing=look.px(4))
        self._tabs = {
            name: look.button(
                words, bar, "choice_off", lambda one=name: self._choose(one), tag=f"inspector.page.{name}"
            )
            for name, words in _NAMES
        }
        look.icon_button(Icon.COPY, bar, self.copy, "Copy what is shown", tag="inspector.copy")
        self._title = look.text("", bar, font=look.fonts.small, colour=look.palette.faint)
        sheets = dpg.add_group(parent=self.item, horizontal=True, horizontal_spacing=look.px(_GAP))
        self._sheets = tuple(
            Sheet(look, sheets, f"inspector.page{number}", look.fonts.mono_small) for number in range(2)
        )
        self._paint()

    @property
    def boxes(self) -> tuple[Item, ...]:
        """What can be scrolled."""
        return tuple(sheet.box for sheet in self._sheets)

    def show(self, detail: Detail | None) -> None:
        """Show a record; None for none."""
        self._detail = detail
        if detail is not None and not self._text(self._chosen):
            self._chosen = "record"
        self._paint()

    def place(self, width: float, height: float) -> None:
        """Give it this room, in pixels."""
        px = self._look.px
        room = max(px(40), height - px(_HEAD + 6))
        if width != self._width:
            labels = [words for _, words in _NAMES]
            room = width - px(_COPY) if width < px(_NARROW) else width * _TABS_SHARE
            fit_segments(self._look, tuple(self._tabs.values()), labels, room)
        self._width = width
        if width >= px(WIDE):
            left = (width - px(_GAP)) / 2
            self._sheets[0].place(left, room)
            self._sheets[1].place(width - left - px(_GAP), room)
        else:
            self._sheets[0].place(width, room)
        dpg.configure_item(self._sheets[1].box, show=width >= px(WIDE))

    def tick(self) -> bool:
        """Once a frame. True while it still moves."""
        wanted = (self._detail, self._chosen, self._width)
        if wanted != self._drawn:
            self._drawn = wanted
            self._draw()
        return self._sheets[0].tick() | (self._wide and self._sheets[1].tick())

    def copy(self) -> None:
        """What is shown, to the clipboard."""
        words = self._text(self._chosen)
        if words:
            dpg.set_clipboard_text(words)

    @property
    def _wide(self) -> bool:
        return self._width >= self._look.px(WIDE)

    def _choose(self, name: PageName) -> None:
        self._chosen = name
        self._paint()

    def _paint(self) -> None:
        for name, item in self._tabs.items():
            self._look.themes.bind(item, "choice_on" if name == self._chosen else "choice_off")

    def _text(self, name: PageName) -> str:
        """What a page says; a line that is not as it was written says so first."""
        if self._detail is None:
            return ""
        said, wrong = str(getattr(self._detail, name)), self._detail.wrong
        return f"{Icon.WARNING}  {wrong}\n\n{said}" if wrong and name == "record" else said

    def _draw(self) -> None:
        detail = self._detail
        title = ""
        if detail is not None:
            when = text.clock_time(detail.at, "%H:%M:%S.%f")[:-3]
            title = f"{detail.seq:,}  ·  {when}  ·  {text.one_line(detail.name or detail.kind, 60)}"
        look = self._look
        labels = tuple(words for _, words in _NAMES)
        room = self._width - look.widths(labels, look.fonts.small, 20) - look.px(56)
        dpg.set_value(self._title, look.fit(title, look.fonts.small, room) if room > look.px(50) else "")
        if not self._wide:
            self._lay(self._sheets[0], self._chosen)
            return
        self._lay(self._sheets[0], "record")
        wire: PageName = "request" if self._chosen == "record" else self._chosen
        self._lay(self._sheets[1], wire)

    def _lay(self, sheet: Sheet, name: PageName) -> None:
        words = self._text(name)
        width = (self._width - self._look.px(_GAP)) / 2 if self._wide else self._width
        rows: Rows = cut(words or _NOTHING[name], sheet.columns(width))
        source, palette = words or _NOTHING[name], self._look.palette
        warned = source.find("\n") if self._detail is not None and self._detail.wrong else 0

        def line(number: int) -> Line:
            shown = row_text(source, rows[number])
            if not words:
                return Line(shown, palette.faint)
            if name == "record" and rows[number][0] < warned:
                return Line(shown, palette.red)
            return Line(shown, palette.accent_bright if shown.endswith(":") else palette.code)

        sheet.show(len(rows), line)

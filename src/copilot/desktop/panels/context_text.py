"""The request as text: its sections as a list, the chosen one word for word, or the bytes of the body."""

from collections.abc import Callable
from pathlib import Path

from copilot.desktop import text
from copilot.desktop.gate import Item, dpg
from copilot.desktop.palette import CLEAR, faded
from copilot.desktop.request_parts import KIND_TONES, KIND_WORDS, cached_to, section_name
from copilot.desktop.sheet import Line, Sheet
from copilot.desktop.text_rows import Rows, cut, place_in_body, row_of, row_text
from copilot.desktop.widgets import Icon, Look
from copilot.vocabulary.events import RequestPreviewed

READ_LIMIT = 32 * 1024 * 1024
"""Bytes of a request that the panel reads; the file has all of them."""

LIST_SHARE = {True: 0.38, False: 0.44}
LIST_LINES = 11
"""The list of sections takes this part of the height (True: of a wide panel), and at most these lines."""


def read(path: str) -> tuple[str, str]:
    """A file's text to the character, and why it could not be read."""
    if not path:
        return "", "The request could not be serialised, so there are no bytes to show."
    try:
        with Path(path).open("rb") as file:
            data = file.read(READ_LIMIT)
    except (OSError, ValueError) as error:  # a name that the system cannot take is a ValueError
        return "", f"The file cannot be read: {text.one_line(str(error))}"
    return data.decode("utf-8", "replace"), ""


class ContextText:
    """`show` when the request changed, `choose` for a section, `place`, and `tick` once a frame. What lies on
    a `server` is not read: a file of this machine is another one."""

    def __init__(self, look: Look, parent: Item, picked: Callable[[int], None], server: str = "") -> None:
        self._look, self._server = look, server
        self._shown: RequestPreviewed | None = None
        self._whole: str | None = None
        self._body: str | None = None
        self._trouble = ""
        self._chosen = -1
        self._raw = False
        self._width = 0.0
        self._source = ""
        self._columns: int = 0
        self._rows: Rows = ()
        self._drawn: tuple[object, ...] = ()
        self.item = dpg.add_group(parent=parent, show=False)
        self.list = Sheet(look, self.item, "context.sections", look.fonts.small, picked=picked)
        line = dpg.add_group(parent=self.item, horizontal=True, horizontal_spacing=look.px(6))
        look.themes.bind(line, "text_lines")
        self._raw_button = look.button("Raw bytes", line, "segment_off", self.toggle_raw, tag="context.raw")
        look.tip(self._raw_button, "The JSON body, exactly as it goes out  (B)")
        look.icon_button(Icon.COPY, line, self._copy, "Copy what is shown")
        self._name = look.text("", line, font=look.fonts.small, colour=look.palette.dim)
        self.page = Sheet(look, self.item, "context.text", look.fonts.mono_small)

    def show(self, shown: RequestPreviewed, chosen: int) -> None:
        """Show a request; `chosen` is the number of a section, -1 for none."""
        if self._shown is None or shown.text_path != self._shown.text_path:
            self._whole = self._body = None
        self._shown, self._chosen = shown, chosen
        sections = shown.sections
        to = cached_to(shown)

        def line(number: int) -> Line:
            section = sections[number]
            view = section.view if section.view and section.view != "full" else ""
            right = (Icon.PIN if section.pinned else "", view, text.count(section.tokens))
            return Line(
                section_name(section),
                self._look.palette.strong if number == self._chosen else self._look.palette.text,
                dot=self._look.palette.of(KIND_TONES[section.kind]),
                right="   ".join(filter(None, right)),
                mark=self._look.palette.amber if to is not None and to < section.end else CLEAR,
            )

        self.list.cursor = chosen
        self.list.show(len(sections), line, top=False)
        self._drawn = ()

    def choose(self, number: int) -> None:
        """Show a section, from its beginning."""
        self._chosen = self.list.cursor = number
        self.list.go_to(number)
        self._drawn = ()

    def toggle_raw(self) -> None:
        """Between the readable text and the bytes of the body."""
        self._raw = not self._raw
        self._look.themes.bind(self._raw_button, "segment_on" if self._raw else "segment_off")
        self._drawn = ()

    def place(self, width: float, height: float, *, wide: bool) -> None:
        """Give the view this room, in pixels."""
        px, lines = self._look.px, len(self._shown.sections) if self._shown else 0
        wanted = min(max(lines, 3), LIST_LINES) * self.list.height + px(2)
        top = min(wanted, height * LIST_SHARE[wide])
        self._width = width
        self.list.place(width, top)
        self.page.place(width, max(px(40), height - top - px(22 + 2 * 8)))

    def whole(self) -> str:
        """The readable text; empty where it cannot be read."""
        if self._whole is None:
            self._whole, self._trouble = self._read(self._shown.text_path) if self._shown else ("", "")
        return self._whole

    def tick(self) -> bool:
        """Once a frame while it is shown: read and cut what is to be seen. True while it still moves."""
        if self._shown is None:
            return False
        wanted = (self._shown.text_path, self._chosen, self._raw, self._width)
        if wanted != self._drawn:
            self._drawn = wanted
            self._draw(self._shown)
        return self.list.tick() | self.page.tick()

    def _draw(self, shown: RequestPreviewed) -> None:
        number = self._chosen
        if not 0 <= number < len(shown.sections):
            number = next((n for n, s in enumerate(shown.sections) if s.kind == "message"), 0)
        section = shown.sections[number] if shown.sections else None
        if section is None:
            return
        broken = shown.changed if shown.changed is not None and shown.changed.section == number else None
        whole = self.whole()
        part = whole[section.start : section.end]
        if self._raw:
            self._draw_body(shown, part, broken.body_at if broken is not None else -1)
        elif self._trouble:
            self._lay(self._trouble, -1, -1)
        else:
            self._lay(part, broken.at - section.start if broken is not None else -1, -1)
        what = "the whole body" if self._raw else KIND_WORDS[section.kind]
        size = len(self._source.encode("utf-8", "replace"))
        dpg.set_value(self._name, f"{what}  ·  {size:,} bytes")

    def _draw_body(self, shown: RequestPreviewed, part: str, broken: int) -> None:
        trouble = ""
        if self._body is None:
            self._body, trouble = self._read(shown.body_path)
        if trouble or not self._body:
            self._body = None
            self._lay(trouble, -1, -1)
            return
        # `broken` counts bytes; the text of the page counts characters.
        at = len(self._body.encode()[:broken].decode("utf-8", "ignore")) if broken >= 0 else -1
        self._lay(self._body, at, at if at >= 0 else place_in_body(self._body, part))

    def _read(self, path: str) -> tuple[str, str]:
        if self._server:
            return "", f"The request is written on {self._server}: its parts are shown here, its text is not."
        return read(path)

    def _lay(self, words: str, broken: int, go_to: int) -> None:
        """Show a text; `broken` is the character where the cached prefix ends, `go_to` what to scroll to."""
        columns = self.page.columns(self._width)
        same = words == self._source and columns == self._columns
        if not same:
            self._source, self._columns, self._rows = words, columns, cut(words, columns)
        rows = self._rows
        marked = row_of(rows, broken) if broken >= 0 else -1

        def line(number: int) -> Line:
            fill = faded(self._look.palette.amber, 46) if number == marked else CLEAR
            mark = f"  {Icon.WARNING} cached up to here" if number == marked else ""
            return Line(row_text(words, rows[number]) + mark, self._look.palette.code, fill)

        self.page.show(len(rows), line, top=not same)
        if not same and (marked >= 0 or go_to >= 0):
            self.page.go_to(marked if marked >= 0 else row_of(rows, go_to))

    def _copy(self) -> None:
        dpg.set_clipboard_text(self._source)

"""The approval of a recording: what was asked, word for word, and what the person said to it."""

import textwrap
from collections.abc import Iterator

from copilot.desktop import text
from copilot.desktop.approval_words import diff_rows, view_of
from copilot.desktop.gate import Item, dpg
from copilot.desktop.keyboard import Press
from copilot.desktop.palette import CLEAR, Colour, Tone
from copilot.desktop.panels.panel import Panel
from copilot.desktop.playback.recording import Approval
from copilot.desktop.scroll_keys import KEYS, scroll
from copilot.desktop.sheet import Line, Sheet
from copilot.desktop.text_rows import cut, row_text
from copilot.desktop.view_state import ViewState
from copilot.desktop.widgets import Icon, Look, clear, window
from copilot.vocabulary.frozen import frozen

_EDGE, _BELOW = 28, 20
"""Pixels at scale 1: the panel's edges, what is left free below the text."""


@frozen(kw_only=False)
class PageLine:
    """A line of what was asked; `kind` is that of a diff's row, or a heading."""

    words: str
    tone: Tone = "code"
    kind: str = ""


def verdict(one: Approval) -> tuple[str, str, Tone]:
    """An icon, a word and a colour for what the person said."""
    answer = one.answer
    if answer is None:
        return Icon.HOURGLASS, "waits for an answer", "amber"
    who = "the person" if answer.by == "person" else answer.by
    if answer.decision == "approve":
        return Icon.CHECK, f"approved by {who}{', edited' if answer.diff else ''}", "green"
    return Icon.CROSS, f"rejected by {who}", "red"


def page_lines(one: Approval) -> Iterator[PageLine]:
    """What was asked and what was said to it, line by line."""
    view = view_of(one.asked.detail, one.asked.why)
    for name, value in view.facts:
        yield PageLine(f"{name}: {value}", "dim")
    yield PageLine(f"Asks because {view.why}", "dim")
    answer = one.answer
    if answer is not None and answer.note:
        yield PageLine(f"The person said: {answer.note}", "amber")
    if answer is not None and answer.diff:
        yield from _diff("The person's edit", answer.diff)
    if view.diff:
        yield from _diff("The change", view.diff)
    elif view.text:
        yield PageLine("")
        yield PageLine("As it was shown", "faint", "section")
        yield from (PageLine(line) for line in view.text.split("\n"))


def _diff(title: str, diff: str) -> Iterator[PageLine]:
    yield PageLine("")
    yield PageLine(title, "faint", "section")
    marks = {"added": "+ ", "removed": "- ", "same": "  "}
    for row in diff_rows(diff):
        yield PageLine(marks.get(row.kind, "") + row.text, "dim" if row.kind == "hunk" else "code", row.kind)


def _rows(one: PageLine, columns: int) -> list[str]:
    """What a line takes: our own words are broken between two of them, what was asked where the line ends."""
    plain = text.shown(one.words) == one.words and "  " not in one.words
    if one.tone in ("dim", "amber") and not one.kind and plain:
        return textwrap.wrap(one.words, columns) or [""]
    return [row_text(one.words, place) for place in cut(one.words, columns)]


class ApprovalPage(Panel):
    """The panel `approval`. `show` tells it which one."""

    def __init__(self, look: Look) -> None:
        self._look = look
        self._one: Approval | None = None
        self._width = 0.0
        self._drawn: tuple[object, ...] = ()
        self._item = window("approval", f"{Icon.SHIELD}  Approval")
        self._head: Item = dpg.add_group(parent=self._item)
        self._sheet = Sheet(look, self._item, "approval.text", look.fonts.mono_small)

    def show(self, one: Approval | None) -> None:
        """The approval of this moment; None before the first."""
        self._one = one

    def refresh(self, state: ViewState) -> bool | None:
        """All comes by `show`."""
        del state

    def tick(self) -> bool:
        """Once a frame. True while it still moves."""
        if not dpg.is_item_visible(self._item):
            return False
        size, px = dpg.get_item_rect_size(self._item), self._look.px
        self._width = float(size[0] - px(_EDGE))
        above = dpg.get_item_rect_max(self._head)[1] - dpg.get_item_pos(self._item)[1]
        self._sheet.place(self._width, max(px(40), size[1] - above - px(_BELOW)))
        dpg.configure_item(self._sheet.box, show=self._one is not None)
        if (self._one, self._width) != self._drawn:
            self._drawn = (self._one, self._width)
            self._draw_head()
            self._draw_text()
        return self._sheet.tick()

    def key(self, press: Press) -> None:
        """Scroll."""
        if any(map(dpg.is_item_focused, (self._item, self._sheet.box))):
            scroll(press, self._sheet.box)

    def own_keys(self) -> tuple[tuple[str, str], ...]:
        """Scrolling."""
        return KEYS

    def _draw_head(self) -> None:
        look, one = self._look, self._one
        clear(self._head)
        if one is None:
            words = "Nothing was asked for yet. A goes to the next approval."
            look.text(words, self._head, font=look.fonts.small, colour=look.palette.dim, wrap=0)
            return
        view = view_of(one.asked.detail, one.asked.why)
        title = look.fit(text.one_line(view.title), look.fonts.body_bold, self._width)
        look.text(title, self._head, font=look.fonts.body_bold, colour=look.palette.strong)
        row = dpg.add_group(parent=self._head, horizontal=True, horizontal_spacing=look.px(8))
        look.themes.bind(row, "text_lines")
        icon, words, tone = verdict(one)
        look.chip(f"{icon}  {words}", row, look.palette.of(tone))
        place = f"approval {one.number}  ·  {text.one_line(one.asked.tool, 40)}"
        room = self._width - look.widths((f"{icon}  {words}",), look.fonts.small, 18) - look.px(8)
        shown = look.fit(place, look.fonts.small, room) if room > look.px(60) else ""
        look.text(shown, row, font=look.fonts.small, colour=look.palette.faint)

    def _draw_text(self) -> None:
        lines = list(page_lines(self._one)) if self._one is not None else []
        columns = self._sheet.columns(self._width)
        rows = [(words, one) for one in lines for words in _rows(one, columns)]
        palette = self._look.palette

        def line(number: int) -> Line:
            words, one = rows[number]
            fill: Colour = CLEAR if one.kind == "section" else palette.diff_fill(one.kind)
            return Line(words, palette.of(one.tone), fill)

        self._sheet.show(len(rows), line)

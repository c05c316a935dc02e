"""A message as plain text in a box: to be edited, or to be selected and copied."""

import bisect
import re
from collections.abc import Callable

from copilot.desktop.entries import Entry, PersonEntry
from copilot.desktop.gate import Item, dpg
from copilot.desktop.panels.card_tools import CardTools
from copilot.desktop.rich_flow import Pen
from copilot.desktop.widgets import Look
from copilot.vocabulary.text import visible

LONGEST = 200_000
"""Characters of a message that is wrapped by the width of its words; a longer one by columns."""

EDIT_LINES = (3, 26)
"""How many lines an edit box shows, at least and at most."""


class Wrapped:
    """Text with line ends where it would leave its box, and how to take them out again of a part of it."""

    def __init__(self, source: str, fits: Callable[[str], int]) -> None:
        self._breaks: list[int] = []
        lines: list[str] = []
        at = 0
        for line in visible(source.replace("\r\n", "\n")).split("\n"):
            parts = _wrapped(line.expandtabs(4), fits)
            lines += parts
            for part in parts[:-1]:
                at += len(part)
                self._breaks.append(at)
                at += 1
            at += len(parts[-1]) + 1
        self.text = "\n".join(lines)
        self.lines = len(lines)

    def unwrapped(self, part: str) -> str:
        """What was copied out of the box, without the line ends that wrapping added."""
        start = self.text.find(part)
        if start < 0 or not part:
            return part
        first = bisect.bisect_left(self._breaks, start)
        last = bisect.bisect_left(self._breaks, start + len(part))
        added = {place - start for place in self._breaks[first:last]}
        return "".join(char for place, char in enumerate(part) if place not in added)


def _wrapped(line: str, fits: Callable[[str], int]) -> list[str]:
    """`fits` tells how many characters of a text fit into a line."""
    parts: list[str] = []
    while (room := fits(line)) < len(line):
        cut = line.rfind(" ", 0, room) + 1
        cut = cut if cut > room // 3 else max(1, room)
        parts.append(line[:cut])
        line = line[cut:]
    return [*parts, line]


def fitting(pen: Pen, font: Item, width: float) -> Callable[[str], int]:
    """How many characters of a text fit into `width` pixels."""
    average = pen.width("n" * 40, font) / 40

    def fits(line: str) -> int:
        if len(line) * average * 2.2 < width:
            return len(line)
        used = 0.0
        for word in re.finditer(r"\s*\S*", line):
            used += pen.width(word[0], font)
            if used > width:
                return max(word.start(), _inside(word[0], width, used, word.start()))
        return len(line)

    def _inside(word: str, width: float, used: float, start: int) -> int:
        own = pen.width(word, font)
        return start if start else max(1, int(len(word) * (width - used + own) / max(own, 1.0) * 0.97))

    return fits


def by_columns(columns: int) -> Callable[[str], int]:
    """For a font with equal widths."""
    return lambda line: min(len(line), columns)


def draw_text(pen: Pen, parent: Item, source: str, width: float, tag: int) -> Wrapped:
    """The box to select from; as high as its text."""
    look = pen.look
    inner = width - look.px(4)
    if len(source) <= LONGEST:
        font, fits = look.fonts.body, fitting(pen, look.fonts.body, inner)
    else:
        font = look.fonts.mono
        fits = by_columns(max(20, int(inner / max(1.0, pen.width("0" * 50, font) / 50))))
    wrapped = Wrapped(source, fits)
    size = look.size("0", font)[1]
    box = dpg.add_input_text(
        parent=parent,
        tag=tag,
        multiline=True,
        readonly=True,
        default_value=wrapped.text,
        width=int(width),
        height=int((wrapped.lines + 1) * size),
        no_horizontal_scroll=True,
    )
    look.themes.bind(box, "flat_field")
    dpg.bind_item_font(box, look.fonts.for_text(wrapped.text, font)[1])
    return wrapped


def draw_edit(
    look: Look, parent: Item, words: str, width: float, tag: int, changed: Callable[[str], None]
) -> Item:
    """The box to edit a message in."""

    def edited(_sender: object, data: str, _user: object) -> None:
        changed(data)

    lines = min(max(words.count("\n") + len(words) // 90 + 2, EDIT_LINES[0]), EDIT_LINES[1])
    box = dpg.add_input_text(
        parent=parent,
        tag=tag,
        multiline=True,
        tab_input=True,
        default_value=words,
        width=int(width),
        height=int(lines * look.size("0", look.fonts.body)[1]) + look.px(20),
        callback=edited,
    )
    look.themes.bind(box, "note_field")
    dpg.bind_item_font(box, look.fonts.for_text(words, look.fonts.body)[1])
    return box


def draw_edit_buttons(look: Look, parent: Item, entry: Entry, tools: CardTools) -> None:
    """Below that box: what becomes of the edit."""
    line = dpg.add_group(parent=parent, horizontal=True, horizontal_spacing=look.px(8))
    keep = look.button(
        "Save   Ctrl+Enter",
        line,
        "segment_on",
        lambda: tools.keep_edit(entry),
        tag="discussion.edit.keep",
    )
    look.tip(keep, "The branch goes on from the edited message")
    if isinstance(entry, PersonEntry):
        again = look.button(
            "Save and ask again",
            line,
            "segment_off",
            lambda: tools.again(entry),
            tag="discussion.edit.again",
        )
        look.tip(again, "The answers so far stay as a branch of their own")
    look.button(
        "Give up   Esc",
        line,
        "segment_off",
        lambda: tools.leave_edit(entry),
        tag="discussion.edit.leave",
    )

"""Lines of the approval dialog: facts about the request, and what a look at its text may miss."""

from collections.abc import Sequence

from copilot.desktop import text
from copilot.desktop.approval_words import RequestView, warnings
from copilot.desktop.gate import Item, dpg, safe
from copilot.desktop.script_face import Face
from copilot.desktop.widgets import Icon, Look, clear

Fact = tuple[str, str]
NAMES, SHORT, BESIDE = 110, 24, 3
"""Pixels at scale 1 for the names; characters of a value that may stand beside others; how many may."""

LOW = 720
"""Pixels at scale 1 of a window in which the text needs every line."""


def fact_lines(look: Look, view: RequestView, branch: str) -> list[tuple[Fact, ...]]:
    """The facts by line; where the window is low, short ones share a line."""
    facts = (*view.facts, ("Branch", text.one_line(branch, 60)), ("Why it asks", view.why))
    if dpg.get_viewport_client_height() >= look.px(LOW):
        return [(fact,) for fact in facts]
    short = [fact for fact in facts if len(fact[1]) <= SHORT]
    lines = [tuple(short[at : at + BESIDE]) for at in range(0, len(short), BESIDE)]
    return [*lines, *((fact,) for fact in facts if fact not in short)]


def draw_facts(look: Look, parent: Item, lines: Sequence[Sequence[Fact]], room: float) -> None:
    """Names and their values in lines that are `room` pixels wide."""
    for facts in lines:
        _draw_line(look, parent, facts, room)


def _draw_line(look: Look, parent: Item, facts: Sequence[Fact], room: float) -> None:
    line = dpg.add_group(parent=parent, horizontal=True, horizontal_spacing=0)
    look.themes.bind(line, "text_lines")
    for number, (name, value) in enumerate(facts):
        look.text(name, line, font=look.fonts.small, colour=look.palette.faint)
        dpg.add_spacer(parent=line, width=int(look.px(NAMES) - look.size(name, look.fonts.small)[0]))
        shown = text.shown(value)
        last = number == len(facts) - 1
        wrap = {"wrap": 0} if last else {}
        look.text(shown, line, font=look.fonts.mono, colour=look.palette.text, **wrap)
        if not last:
            used = look.px(NAMES) + look.size(shown, look.fonts.mono)[0]
            dpg.add_spacer(parent=line, width=int(max(look.px(16), room / BESIDE - used)))


def draw_warnings(
    look: Look, parent: Item, words: str, view: RequestView, columns: int, face: Face | None
) -> None:
    """Lines with characters that do not show, written out, and lines longer than the box."""
    clear(parent)
    for index, line in enumerate(warnings(words, columns, face=face)):
        headline = not index or face is not None or "longer than the box" in line
        font = look.fonts.small if headline else look.fonts.mono_small
        mark = f"{Icon.WARNING}  " if headline else "     "
        look.text(mark + line, parent, font=font, colour=look.palette.amber, wrap=0)
    held = view.text if face is None else face.text
    if safe(held) != held:
        unfit = f"{Icon.WARNING}  Some characters fit no box: this text can only be used as it came."
        look.text(unfit, parent, font=look.fonts.small, colour=look.palette.red_soft, wrap=0)

"""Lines of the approval dialog: facts about the request, and what a look at its text may miss."""

from collections.abc import Sequence
from math import ceil

from copilot.desktop import text
from copilot.desktop.approval_words import RequestView, warnings
from copilot.desktop.gate import Item, dpg, safe
from copilot.desktop.script_face import Face
from copilot.desktop.widgets import Icon, Look, clear

Fact = tuple[str, str]
NAMES, SHORT, BESIDE = 110, 24, 3
"""Pixels at scale 1 for the names; characters of a value that may stand beside others; how many may."""

TOLD = "confirm.told"
MOST_TOLD = 180
"""Pixels at scale 1 of the box for what others say; the rest of it is scrolled to."""

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


def facts_height(look: Look, view: RequestView, room: float) -> int:
    """Pixels of all that `draw_facts` draws."""
    told = _told_height(look, view.told, room) + look.px(28) if view.told else 0
    return look.px(23) * len(fact_lines(look, view, "")) + told


def draw_facts(look: Look, parent: Item, view: RequestView, branch: str, room: float) -> None:
    """Names and their values in lines that are `room` pixels wide, and what others say, apart from those."""
    for facts in fact_lines(look, view, branch):
        _draw_line(look, parent, facts, room)
    if view.told:
        _draw_told(look, parent, view, room)


def _draw_told(look: Look, parent: Item, view: RequestView, room: float) -> None:
    """In full, in a box that scrolls: however long it is, the facts and the text keep their places."""
    head = f"{Icon.WARNING}  {view.told_by}"
    look.text(head, parent, font=look.fonts.small, colour=look.palette.amber, wrap=0)
    height = _told_height(look, view.told, room)
    box = dpg.add_child_window(parent=parent, tag=TOLD, height=height, width=-1)
    look.themes.bind(box, "inset")
    look.text(text.shown(view.told), box, font=look.fonts.mono_small, colour=look.palette.text, wrap=0)


def _told_height(look: Look, told: str, room: float) -> int:
    across, down = look.size("0", look.fonts.mono_small)
    lines = sum(max(1, ceil(len(line) * across / max(room, 1.0))) for line in told.split("\n"))
    whole = int(lines * down * 1.2) + look.px(26)
    client = dpg.get_viewport_client_height()
    share = 7 if client < look.px(LOW) else 4  # what is approved stands below it, and needs its room more
    return min(whole, look.px(MOST_TOLD), client // share)


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

"""Lines of the approval dialog: facts about the request, and what a look at its text may miss."""

from copilot.desktop import text
from copilot.desktop.approval_words import RequestView, warnings
from copilot.desktop.gate import Item, dpg, safe
from copilot.desktop.widgets import Icon, Look, clear


def draw_fact(look: Look, parent: Item, name: str, value: str) -> None:
    """A name and its value, the values one below the other."""
    line = dpg.add_group(parent=parent, horizontal=True, horizontal_spacing=0)
    look.themes.bind(line, "text_lines")
    look.text(name, line, font=look.fonts.small, colour=look.palette.faint)
    dpg.add_spacer(parent=line, width=int(look.px(110) - look.size(name, look.fonts.small)[0]))
    look.text(text.shown(value), line, font=look.fonts.mono, colour=look.palette.text, wrap=0)


def draw_warnings(look: Look, parent: Item, words: str, view: RequestView, columns: int) -> None:
    """Lines with characters that do not show, written out, and lines longer than the box."""
    clear(parent)
    for index, line in enumerate(warnings(words, columns)):
        headline = not index or "longer than the box" in line
        font = look.fonts.small if headline else look.fonts.mono_small
        mark = f"{Icon.WARNING}  " if headline else "     "
        look.text(mark + line, parent, font=font, colour=look.palette.amber, wrap=0)
    if safe(view.text) != view.text:
        held = f"{Icon.WARNING}  Some characters fit no box: this text can only be used as it came."
        look.text(held, parent, font=look.fonts.small, colour=look.palette.red_soft, wrap=0)

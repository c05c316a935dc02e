"""What can be done with a card, and the head of a card with the buttons for it."""

from collections.abc import Callable

from copilot.desktop.entries import AnswerEntry, Entry, PersonEntry, SummaryEntry, key_of, text_of
from copilot.desktop.gate import Item
from copilot.desktop.palette import Colour
from copilot.desktop.panels.card_state import CardState
from copilot.desktop.widgets import Icon, Look
from copilot.vocabulary.frozen import frozen

MORE = "\uf141"


@frozen
class CardTools:
    """What the buttons of a card do. `more` opens the menu of a card below a button."""

    copy: Callable[[Entry], None]
    edit: Callable[[Entry], None]
    again: Callable[[Entry], None]
    fork: Callable[[Entry], None]
    fold: Callable[[Entry], None]
    more: Callable[[Entry, Item], None]
    choose: Callable[[Entry], None]
    dismiss: Callable[[], None]
    earlier: Callable[[], None]
    go_on: Callable[[str], None]
    keep_edit: Callable[[Entry], None]
    leave_edit: Callable[[Entry], None]
    reads: bool = False
    """Whether cards are of a recording, in which nothing can be changed."""


@frozen
class Title:
    """What stands at the left of a head."""

    icon: str
    colour: Colour
    who: str
    by: str = ""


_LEFT = 76
"""Pixels at scale 1: the fold mark, the icon, and what lies between them, the name and the buttons."""


def draw_head(
    look: Look, tools: CardTools | None, state: CardState, entry: Entry, box: Item, title: Title, room: float
) -> None:
    """Icon, name, time and model, in `room` pixels; at the right the buttons, where anything can be done."""
    fonts, palette = look.fonts, look.palette
    buttons = _buttons(tools, entry) if tools is not None else []
    width = look.widths((*(glyph for glyph, _, _, _ in buttons), MORE), fonts.small, 12)
    row = look.row(box, width if buttons else 1)
    if tools is not None:
        _fold_button(look, tools, entry, row.left, folded=state.folded(key_of(entry)))
    look.text(title.icon, row.left, colour=title.colour)
    look.text(title.who, row.left, font=fonts.body_bold, colour=palette.strong)
    free = room - width - look.size(title.who, fonts.body_bold)[0] - look.px(_LEFT)
    by = look.fitting((title.by, title.by.partition("   ")[0], ""), fonts.small, free)
    if by:
        look.text(by, row.left, font=fonts.small, colour=palette.faint)
    for glyph, name, tip, action in buttons:
        look.icon_button(glyph, row.right, action, tip, tag=f"discussion.{name}.{key_of(entry)}")
    if tools is not None and buttons:
        tag = f"discussion.more.{key_of(entry)}"
        look.icon_button(MORE, row.right, lambda: tools.more(entry, tag), "More", tag=tag)


def _fold_button(look: Look, tools: CardTools, entry: Entry, parent: Item, *, folded: bool) -> None:
    chevron = Icon.CHEVRON_RIGHT if folded else Icon.CHEVRON
    tag = f"discussion.fold.{key_of(entry)}"
    fold = look.button(chevron, parent, "fold_mark", lambda: tools.fold(entry), tag=tag)
    look.tip(fold, "Unfold (Enter)" if folded else "Fold (Enter)")


def _buttons(tools: CardTools, entry: Entry) -> list[tuple[str, str, str, Callable[[], None]]]:
    found: list[tuple[str, str, str, Callable[[], None]]] = []
    if not isinstance(entry, PersonEntry | AnswerEntry | SummaryEntry):
        return found
    if text_of(entry):
        found.append((Icon.COPY, "copy", "Copy the message (C)", lambda: tools.copy(entry)))
    if tools.reads:
        return found
    if text_of(entry):
        found.append((Icon.PENCIL, "edit", "Edit (E)", lambda: tools.edit(entry)))
    if not isinstance(entry, SummaryEntry):
        found.append((Icon.REFRESH, "again", "Ask again (R)", lambda: tools.again(entry)))
    found.append((Icon.BRANCH, "fork", "New branch from here (B)", lambda: tools.fork(entry)))
    return found

"""The head of a card: who or what it is from, when, by which model; at the right what can be done with it;
below it what the model thought."""

from collections.abc import Callable

from copilot.desktop import text
from copilot.desktop.entries import (
    AnswerEntry,
    EarlierEntry,
    EndEntry,
    Entry,
    LiveEntry,
    MarkEntry,
    NoticeEntry,
    PersonEntry,
    SummaryEntry,
    key_of,
    text_of,
)
from copilot.desktop.gate import Item, dpg
from copilot.desktop.palette import Colour
from copilot.desktop.panels.card_state import CardState
from copilot.desktop.panels.card_tools import CardTools
from copilot.desktop.widgets import Icon, Look
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.messages import Message, Thinking

MORE = "\uf141"

THOUGHT_LIMIT = 20_000
"""Characters of a message's thinking that are shown when it is unfolded."""

_LEFT = 76
"""Pixels at scale 1: the fold mark, the icon, and what lies between them, the name and the buttons."""


@frozen
class _Title:
    """What stands at the left."""

    icon: str
    colour: Colour
    who: str
    by: str = ""


class CardHead:
    """Draws those of all cards. Without `tools` nothing can be done with them; `name` begins the names of
    what the model thought."""

    def __init__(self, look: Look, tools: CardTools | None, state: CardState, name: str) -> None:
        self._look = look
        self._tools = tools
        self._state = state
        self._name = name

    def draw(self, entry: Entry, box: Item, room: float) -> None:
        """The head of an entry's card, in `room` pixels."""
        palette = self._look.palette
        match entry:
            case PersonEntry(message=message):
                title = _Title(
                    icon=Icon.PERSON,
                    colour=palette.accent_bright,
                    who="You",
                    by=text.clock_time(message.at, "%H:%M"),
                )
            case AnswerEntry(message=message):
                when = text.clock_time(message.at, "%H:%M")
                by = f"{when}   {text.one_line(message.model, 48)}" if message.model else when
                who = message.assistant or "Assistant"
                title = _Title(icon=Icon.APP, colour=palette.violet, who=who, by=by)
            case SummaryEntry(message=message):
                when = text.clock_time(message.at, "%H:%M")
                title = _Title(icon=Icon.HISTORY, colour=palette.accent_bright, who="Summary", by=when)
            case LiveEntry(model=model, assistant=assistant):
                by = text.one_line(model, 48)
                title = _Title(icon=Icon.APP, colour=palette.violet, who=assistant or "Assistant", by=by)
            case EndEntry() | NoticeEntry():
                self._plain(entry, box)
                return
            case MarkEntry() | EarlierEntry():
                return
        self._line(entry, box, title, room)
        if isinstance(entry, AnswerEntry) and not self._state.folded(key_of(entry)):
            _draw_thought(self._look, box, entry.message, self._name)

    def _line(self, entry: Entry, box: Item, title: _Title, room: float) -> None:
        look, tools = self._look, self._tools
        fonts, palette = look.fonts, look.palette
        buttons = _buttons(tools, entry) if tools is not None else []
        width = look.widths((*(glyph for glyph, _, _, _ in buttons), MORE), fonts.small, 12)
        row = look.row(box, width if buttons else 1)
        if tools is not None:
            self._fold_button(tools, entry, row.left)
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

    def _fold_button(self, tools: CardTools, entry: Entry, parent: Item) -> None:
        look, folded = self._look, self._state.folded(key_of(entry))
        chevron = Icon.CHEVRON_RIGHT if folded else Icon.CHEVRON
        tag = f"discussion.fold.{key_of(entry)}"
        fold = look.button(chevron, parent, "fold_mark", lambda: tools.fold(entry), tag=tag)
        look.tip(fold, "Unfold (Enter)" if folded else "Fold (Enter)")

    def _plain(self, entry: EndEntry | NoticeEntry, box: Item) -> None:
        look, palette = self._look, self._look.palette
        match entry:
            case EndEntry(ending=ending):
                bad = ending.level == "error"
                icon, colour = (Icon.CROSS, palette.red) if bad else (Icon.WARNING, palette.amber)
                line = dpg.add_group(parent=box, horizontal=True)
                look.text(icon, line, colour=colour)
                words = text.shown(ending.title)
                look.text(words, line, font=look.fonts.body_bold, colour=palette.strong, wrap=0)
            case NoticeEntry(notice=notice, last=last):
                warning = notice.level == "warning"
                colour = palette.amber if warning else palette.accent_bright
                row = look.row(box, look.widths((Icon.CLOSE,), look.fonts.small, 12))
                look.text(Icon.WARNING if warning else Icon.INFO, row.left, colour=colour)
                look.text("Please note", row.left, font=look.fonts.body_bold, colour=palette.strong)
                if last and self._tools is not None:
                    look.icon_button(Icon.CLOSE, row.right, self._tools.dismiss, "Dismiss the notes")


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


def _draw_thought(look: Look, box: Item, message: Message, name: str) -> None:
    """What the model thought, folded away."""
    thoughts = "\n\n".join(p.text for p in message.parts if isinstance(p, Thinking) and p.text)
    if not thoughts:
        return
    head = "Thought about it"

    def turn() -> None:
        opened = not dpg.is_item_shown(inside)
        dpg.configure_item(inside, show=opened)
        chevron = Icon.CHEVRON if opened else Icon.CHEVRON_RIGHT
        dpg.configure_item(fold, label=f"{chevron}   {head}")

    fold = look.button(
        f"{Icon.CHEVRON_RIGHT}   {head}", box, "hash", turn, tag=f"{name}.thought.{message.id}"
    )
    inside = dpg.add_group(parent=box, show=False)
    words = text.shown(text.bounded(thoughts.strip(), THOUGHT_LIMIT))
    look.text(words, inside, font=look.fonts.small, colour=look.palette.dim, wrap=0)

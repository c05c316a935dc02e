"""How one entry of the discussion becomes a card."""

from collections.abc import Callable
from dataclasses import dataclass

from copilot.desktop import rich, text
from copilot.desktop.entries import (
    AnswerEntry,
    CallRow,
    EndEntry,
    Entry,
    LiveEntry,
    MarkEntry,
    NoticeEntry,
    PersonEntry,
    SummaryEntry,
)
from copilot.desktop.gate import Item, dpg
from copilot.desktop.palette import Colour
from copilot.desktop.panels.actions import Actions
from copilot.desktop.panels.sent_cards import SentCards
from copilot.desktop.panels.tool_calls import status_look
from copilot.desktop.panels.tray import chips_height, draw_chips
from copilot.desktop.view_state import PHASE_WORDS
from copilot.desktop.widgets import Icon, Look, clear
from copilot.vocabulary.messages import Message, Opaque, Thinking

PADDING = 18
SCROLLBAR = 11
ROW_TAG = 940
"""Tool rows of a card use the child-window tags from here on, code blocks those below."""

ROWS = 50
"""Tool rows drawn in one card; the tools panel lists all."""

THOUGHT_LIMIT = 20_000
"""Characters of a message's thinking that are shown when it is unfolded."""


@dataclass(slots=True)
class _Card:
    """What is drawn in a slot and can be brought up to date in place."""

    body: rich.Drawn
    foot: Item
    kind: type[Entry]
    key: str


class CardMaker:
    """Builds, updates and closes cards for `VirtualList`."""

    def __init__(
        self,
        look: Look,
        actions: Actions,
        fork: Callable[[str], None],
        go_on: Callable[[], None],
        sent: SentCards,
    ) -> None:
        self._look = look
        self._actions = actions
        self._dismiss = actions.dismiss
        self._fork = fork
        self._go_on = go_on
        self._sent = sent
        self._cards: dict[int, _Card] = {}

    def build(self, entry: Entry, group: Item, slot: int, width: float) -> None:
        """Fill `group` with the card of an entry."""
        look = self._look
        if isinstance(entry, MarkEntry):
            self._sent.draw_mark(entry.mark, group)
            return
        box = dpg.add_child_window(parent=group, tag=slot, auto_resize_y=True, no_scrollbar=True)
        look.themes.bind(box, _style(entry))
        inner = width - look.px(2 * PADDING + SCROLLBAR + 6)
        self._head(entry, box)
        body = dpg.add_group(parent=box)
        foot = dpg.add_group(parent=box)
        card = _Card(rich.Drawn(body, inner, slot + 1), foot, type(entry), _key(entry))
        self._cards[slot] = card
        self._fill(card, entry, slot)

    def update(self, entry: Entry, slot: int) -> bool:
        """Bring a card up to date in place; False where it must be built anew."""
        card = self._cards.get(slot)
        if (
            card is None
            or not isinstance(entry, LiveEntry)
            or card.kind is not LiveEntry
            or card.key != _key(entry)
        ):
            return False
        self._fill(card, entry, slot)
        return True

    def close(self, slot: int) -> None:
        """Forget a card whose items are about to be deleted."""
        self._cards.pop(slot, None)

    def estimate(self, entry: Entry, width: float) -> float:
        """A guess of the card's height in pixels, good enough for the scrollbar."""
        match entry:
            case PersonEntry(message=message) | AnswerEntry(message=message):
                words, calls = message.text, len(message.calls)
            case LiveEntry():
                words, calls = entry.text, len(entry.calls)
            case SummaryEntry(summary=summary):
                words, calls = summary.text, 1
            case MarkEntry():
                return self._look.px(30)
            case _:
                words, calls = "", 1
        attached = len(entry.message.attachments) if isinstance(entry, PersonEntry) else 0
        columns = max(20.0, (width - self._look.px(60)) / self._look.px(8))
        lines = words.count("\n") + len(words) / columns + 1
        chips = chips_height(attached, self._look, width - self._look.px(60))
        return self._look.px(62) + lines * self._look.px(26) + calls * self._look.px(40) + chips

    def _fill(self, card: _Card, entry: Entry, slot: int) -> None:
        look = self._look
        clear(card.foot)
        match entry:
            case PersonEntry(message=message):
                shown, left_out = text.body(message.text)
                rich.draw(look, card.body, shown)
                self._small(card.foot, left_out)
                draw_chips(look, self._actions, message.attachments, card.foot, card.body.width)
            case AnswerEntry(message=message, calls=calls, unfinished=unfinished):
                shown, left_out = text.body(message.text)
                rich.draw(look, card.body, shown)
                self._small(card.foot, left_out)
                self._rows(card, calls, slot)
                if message.partial:
                    words = f"{Icon.WARNING}  This answer is not complete: it was stopped or cut off."
                    look.text(words, card.foot, font=look.fonts.small, colour=look.palette.amber)
                self._unknown(card.foot, message)
                if unfinished:
                    button = look.button(
                        "Continue", card.foot, "ghost", self._go_on, tag="discussion.continue"
                    )
                    look.tip(button, "Ask the model to go on where this answer stopped")
            case LiveEntry():
                self._live(card, entry, slot)
            case SummaryEntry(summary=summary):
                shown, left_out = text.body(summary.text)
                rich.draw(look, card.body, shown)
                self._small(card.foot, left_out)
                self._sent.draw_summary(summary, card.foot)
            case MarkEntry():
                pass  # drawn without a card
            case EndEntry(ending=ending):
                self._plain(card.body.parent, ending.text)
                dpg.configure_item(card.body.parent, show=bool(ending.text))
                dpg.hide_item(card.foot)
            case NoticeEntry(notice=notice):
                self._plain(card.body.parent, notice.text)
                dpg.hide_item(card.foot)

    def _live(self, card: _Card, entry: LiveEntry, slot: int) -> None:
        look = self._look
        shown, left_out = text.body(entry.text)
        rich.draw(look, card.body, shown)
        self._small(card.foot, left_out)
        if entry.thinking and not entry.text:
            thought = text.shown(text.tail(entry.thinking.strip(), 1_500))
            look.text(
                thought,
                card.foot,
                font=look.fonts.small,
                colour=look.palette.faint,
                wrap=int(card.body.width),
            )
        self._rows(card, entry.calls, slot)
        if entry.waits_for:
            reason = text.shown(text.bounded(entry.waits_for, 600))
            look.text(
                reason, card.foot, font=look.fonts.small, colour=look.palette.amber, wrap=int(card.body.width)
            )
        words = PHASE_WORDS[entry.phase]
        held = entry.phase in ("approval", "waiting", "stopping")
        icon = Icon.HOURGLASS if held else Icon.DOT
        colour = look.palette.amber if held else look.palette.accent_bright
        line = dpg.add_group(parent=card.foot, horizontal=True)
        look.text(icon, line, font=look.fonts.caption, colour=colour)
        look.text(words + "…", line, font=look.fonts.small, colour=look.palette.faint)

    def _head(self, entry: Entry, box: Item) -> None:
        palette = self._look.palette
        match entry:
            case PersonEntry(message=message):
                self._title(
                    box,
                    Icon.PERSON,
                    palette.accent_bright,
                    "You",
                    text.clock_time(message.at, "%H:%M"),
                    message,
                )
            case AnswerEntry(message=message):
                when = text.clock_time(message.at, "%H:%M")
                by = f"{when}   {text.one_line(message.model, 48)}" if message.model else when
                self._title(box, Icon.APP, palette.violet, "Assistant", by, message)
                self._thought(box, message)
            case SummaryEntry(message=message):
                when = text.clock_time(message.at, "%H:%M")
                self._title(box, Icon.HISTORY, palette.accent_bright, "Summary", when, message)
            case MarkEntry():
                pass
            case LiveEntry(model=model):
                self._title(box, Icon.APP, palette.violet, "Assistant", text.one_line(model, 48), None)
            case EndEntry(ending=ending):
                bad = ending.level == "error"
                icon, colour = (Icon.CROSS, palette.red) if bad else (Icon.WARNING, palette.amber)
                self._line(box, icon, colour, ending.title)
            case NoticeEntry(notice=notice, last=last):
                warning = notice.level == "warning"
                colour = palette.amber if warning else palette.accent_bright
                row = self._look.row(box, self._look.widths((Icon.CLOSE,), self._look.fonts.small, 12))
                self._look.text(Icon.WARNING if warning else Icon.INFO, row.left, colour=colour)
                self._look.text(
                    "Please note", row.left, font=self._look.fonts.body_bold, colour=palette.strong
                )
                if last:
                    self._look.icon_button(Icon.CLOSE, row.right, self._dismiss, "Dismiss the notes")

    def _title(
        self, box: Item, icon: str, colour: Colour, who: str, when: str, message: Message | None
    ) -> None:
        look = self._look
        row = look.row(box, look.widths((Icon.COPY, Icon.BRANCH), look.fonts.small, 12))
        look.text(icon, row.left, colour=colour)
        look.text(who, row.left, font=look.fonts.body_bold, colour=look.palette.strong)
        look.text(when, row.left, font=look.fonts.small, colour=look.palette.faint)
        if message is not None:
            words, at = message.text, message.id
            if words:
                look.icon_button(
                    Icon.COPY, row.right, lambda: dpg.set_clipboard_text(words), "Copy the message"
                )
            look.icon_button(Icon.BRANCH, row.right, lambda: self._fork(at), "New branch from here")

    def _thought(self, box: Item, message: Message) -> None:
        thoughts = "\n\n".join(p.text for p in message.parts if isinstance(p, Thinking) and p.text)
        if not thoughts:
            return
        look, head = self._look, "Thought about it"

        def turn() -> None:
            opened = not dpg.is_item_shown(inside)
            dpg.configure_item(inside, show=opened)
            chevron = Icon.CHEVRON if opened else Icon.CHEVRON_RIGHT
            dpg.configure_item(fold, label=f"{chevron}   {head}")

        fold = look.button(
            f"{Icon.CHEVRON_RIGHT}   {head}", box, "hash", turn, tag=f"discussion.thought.{message.id}"
        )
        inside = dpg.add_group(parent=box, show=False)
        words = text.shown(text.bounded(thoughts.strip(), THOUGHT_LIMIT))
        look.text(words, inside, font=look.fonts.small, colour=look.palette.dim, wrap=0)

    def _unknown(self, parent: Item, message: Message) -> None:
        """A quiet line for what this program keeps and does not know."""
        kinds = [text.one_line(p.kind, 60) for p in message.parts if isinstance(p, Opaque)]
        if kinds:
            look = self._look
            words = f"{Icon.INFO}  kept as it came, not shown: {', '.join(kinds)}"
            look.text(words, parent, font=look.fonts.small, colour=look.palette.faint)

    def _line(self, box: Item, icon: str, colour: Colour, words: str) -> None:
        line = dpg.add_group(parent=box, horizontal=True)
        self._look.text(icon, line, colour=colour)
        self._look.text(
            text.shown(words), line, font=self._look.fonts.body_bold, colour=self._look.palette.strong, wrap=0
        )

    def _plain(self, parent: Item, words: str) -> None:
        if words:
            clear(parent)
            self._look.text(text.shown(words), parent, colour=self._look.palette.text, wrap=0)

    def _small(self, parent: Item, words: str) -> None:
        if words:
            self._look.text(words, parent, font=self._look.fonts.small, colour=self._look.palette.amber)

    def _rows(self, card: _Card, calls: tuple[CallRow, ...], slot: int) -> None:
        for index, row in enumerate(calls[:ROWS]):
            self._row(card.foot, row, card.body.width, slot + ROW_TAG + index)
        if len(calls) > ROWS:
            self._small(card.foot, f"and {len(calls) - ROWS} more calls")

    def _row(self, parent: Item, call: CallRow, width: float, tag: int) -> None:
        look, fonts = self._look, self._look.fonts
        icon, tone, word = status_look(call.call)
        spent = f"   {text.seconds(call.call.seconds)}" if call.call.seconds is not None else ""
        right = look.size(word + spent, fonts.small)[0]
        box = dpg.add_child_window(
            parent=parent,
            tag=tag,
            height=look.px(34),
            no_scrollbar=True,
            always_use_window_padding=True,
        )
        look.themes.bind(box, "row")
        row = look.row(box, right)
        look.text(icon, row.left, font=fonts.small, colour=look.palette.of(tone))
        name = text.one_line(call.name, 40)
        look.text(name, row.left, font=fonts.mono, colour=look.palette.strong)
        room = width - right - look.size(name, fonts.mono)[0] - look.px(104)
        target = look.fit(call.target, fonts.mono_small, max(room, 30))
        look.text(target, row.left, font=fonts.mono_small, colour=look.palette.dim)
        look.text(word + spent, row.right, font=fonts.small, colour=look.palette.faint)
        look.gap(parent, height=0)  # a row's own theme leaves no space after it


def _style(entry: Entry) -> str:
    match entry:
        case PersonEntry():
            return "card_person"
        case AnswerEntry() | SummaryEntry() | MarkEntry():
            return "card"
        case LiveEntry():
            return "card_live"
        case EndEntry(ending=ending):
            return "card_failed" if ending.level == "error" else "card_notice"
        case NoticeEntry(notice=notice):
            return "card_notice" if notice.level == "warning" else "card"


def _key(entry: Entry) -> str:
    return entry.turn_id if isinstance(entry, LiveEntry) else ""

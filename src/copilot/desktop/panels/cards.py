"""How one entry of the discussion becomes a card."""

from dataclasses import dataclass

from copilot.desktop import text
from copilot.desktop.block_stack import BlockStack, Body, View, guess
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
from copilot.desktop.panels import card_foot as foot
from copilot.desktop.panels.actions import Actions
from copilot.desktop.panels.card_head import CardHead
from copilot.desktop.panels.card_state import CardState
from copilot.desktop.panels.card_text import Wrapped, draw_edit, draw_edit_buttons, draw_text
from copilot.desktop.panels.card_tools import CardTools
from copilot.desktop.panels.sent_cards import SentCards
from copilot.desktop.panels.tray import chips_height, draw_chips
from copilot.desktop.rich_flow import Pen
from copilot.desktop.widgets import Icon, Look, clear

PADDING = 18
SCROLLBAR = 11
ROW_TAG = 900
"""Tool rows of a card use the child-window tags from here on, code blocks those below."""

TEXT_TAG, EDIT_TAG = 980, 981
HEAD = 52
"""Pixels at scale 1 above a card's words, until they are measured."""

BODIES = 80
"""Texts whose pieces and heights are remembered."""

PREVIEW = 160
"""Characters of a folded card."""


@dataclass(slots=True)
class _Card:
    """What is drawn in a slot and can be brought up to date in place."""

    entry: Entry
    box: Item
    top: Item
    inner: float
    stack: BlockStack | None
    foot: Item
    head: float = 0.0
    wrapped: Wrapped | None = None


class CardMaker:
    """Builds, updates and closes cards for `VirtualList`. Without `tools` they are only read; `name` begins
    the names of their items."""

    def __init__(
        self,
        pen: Pen,
        actions: Actions,
        tools: CardTools | None,
        sent: SentCards,
        state: CardState,
        name: str = "discussion",
    ) -> None:
        self._look: Look = pen.look
        self._pen = pen
        self._actions = actions
        self._tools = tools
        self._head = CardHead(pen.look, tools, state, name)
        self._sent = sent
        self._state = state
        self._cards: dict[int, _Card] = {}
        self._bodies: dict[str, Body] = {}
        self.lost = False
        """Whether a card that had the focus has gone."""

    def build(self, entry: Entry, group: Item, slot: int, width: float) -> None:
        """Fill `group` with the card of an entry."""
        look = self._look
        if isinstance(entry, MarkEntry):
            self._sent.draw_mark(entry.mark, group)
            return
        if isinstance(entry, EarlierEntry):
            if self._tools is not None:
                self._sent.draw_earlier(entry.number, group, self._tools.earlier)
            return
        box = dpg.add_child_window(
            parent=group, tag=slot, auto_resize_y=True, always_auto_resize=True, no_scrollbar=True
        )
        key = key_of(entry)
        look.themes.bind(box, _style(entry, chosen=key == self._state.selected))
        inner = width - look.px(2 * PADDING + SCROLLBAR + 6)
        top = dpg.add_group(parent=box)
        self._head.draw(entry, top, inner)
        card = _Card(entry, box, top, inner, None, 0)
        self._cards[slot] = card
        if isinstance(entry, EndEntry | NoticeEntry):
            words = entry.ending.text if isinstance(entry, EndEntry) else entry.notice.text
            if words:
                look.text(text.shown(words), box, colour=look.palette.text, wrap=0)
        elif self._state.folded(key) and key not in self._state.editing:
            self._preview(card)
        elif key in self._state.editing:
            self._edit(card, slot)
        elif key in self._state.as_text:
            self._as_text(card, slot)
        else:
            self._words(card, slot)

    def update(self, entry: Entry, slot: int) -> bool:
        """Bring a card up to date in place; False where it must be built anew."""
        card = self._cards.get(slot)
        if card is None or card.stack is None:
            return False
        if isinstance(card.entry, LiveEntry) and isinstance(entry, AnswerEntry):
            return self._end(card, card.stack, card.entry, entry, slot)
        if key_of(card.entry) != key_of(entry):
            return False
        match entry, card.entry:
            case LiveEntry(), LiveEntry():
                pass
            case AnswerEntry(message=message), AnswerEntry(message=before) if message is before:
                pass
            case _:
                return False
        before, card.entry = card.entry, entry
        if isinstance(entry, LiveEntry):
            card.stack.show(self._body(entry, card.inner))
            if isinstance(before, LiveEntry) and _same_foot(before, entry):
                return True
        self._foot(card, slot)
        return True

    def _end(self, card: _Card, stack: BlockStack, live: LiveEntry, entry: AnswerEntry, slot: int) -> bool:
        """An answer that came in is kept: what is around its words changes."""
        key, state = key_of(entry), self._state
        if text_of(entry) != text_of(live) or state.folded(key) or key in state.editing | state.as_text:
            return False
        card.entry, card.head = entry, 0.0
        self._look.themes.bind(card.box, _style(entry, chosen=key == state.selected))
        clear(card.top)
        self._head.draw(entry, card.top, card.inner)
        stack.show(self._body(entry, card.inner))
        self._foot(card, slot)
        return True

    def see(self, slot: int, view: View) -> tuple[bool, float]:
        """Draw what of a card's words is in view."""
        card = self._cards.get(slot)
        if card is None or card.stack is None:
            return False, 0.0
        if not card.head:
            card.head = dpg.get_item_pos(card.stack.group)[1]
        head = card.head or self._look.px(HEAD)
        return card.stack.tick(View(view.top - head, view.height, view.allowance, view.upwards))

    def close(self, slot: int) -> None:
        """Forget a card whose items are about to be deleted."""
        if self.focused(slot):
            self.lost = True
        card = self._cards.pop(slot, None)
        if card is not None and card.stack is not None:
            card.stack.close()

    def focused(self, slot: int) -> bool:
        """Whether a card or something in it has the focus."""
        card = self._cards.get(slot)
        if card is None:
            return False
        boxes = [slot, *(tag for tag in (slot + EDIT_TAG, slot + TEXT_TAG) if dpg.does_item_exist(tag))]
        boxes += card.stack.windows if card.stack is not None else []
        return any(map(dpg.is_item_focused, boxes))

    @property
    def has_focus(self) -> bool:
        """Whether any card has the focus."""
        return any(self.focused(slot) for slot in self._cards)

    def choose(self, slot: int, *, chosen: bool) -> None:
        """Give a card the border of the chosen one, or take it away."""
        card = self._cards.get(slot)
        if card is not None:
            self._look.themes.bind(card.box, _style(card.entry, chosen=chosen))

    def place_of(self, entry: Entry, offset: int, width: float) -> float:
        """How far below a card's top the piece begins in which a character of its text stands, in pixels."""
        body = self._body(entry, width - self._look.px(2 * PADDING + SCROLLBAR + 6))
        return self._look.px(HEAD) + body.heights.top(body.pieces.at(offset))

    def copied(self, slot: int, part: str) -> str:
        """What was copied out of a card's box, without the line ends that wrapping added."""
        card = self._cards.get(slot)
        return part if card is None or card.wrapped is None else card.wrapped.unwrapped(part)

    def estimate(self, entry: Entry, width: float) -> float:
        """A guess of the card's height in pixels, good enough for the scrollbar."""
        look, words = self._look, text_of(entry)
        if isinstance(entry, MarkEntry | EarlierEntry):
            return look.px(30)
        if self._state.folded(key_of(entry)):
            return look.px(72)
        room = width - look.px(60)
        calls = len(entry.calls) if isinstance(entry, AnswerEntry | LiveEntry) else 0
        attached = len(entry.message.attachments) if isinstance(entry, PersonEntry) else 0
        high = guess(self._pen, words, room) if words else 0.0
        return look.px(66) + high + calls * look.px(41) + chips_height(attached, look, room)

    def _words(self, card: _Card, slot: int) -> None:
        card.stack = BlockStack(self._pen, card.box, card.inner, [slot + 1 + n for n in range(ROW_TAG - 1)])
        card.stack.show(self._body(card.entry, card.inner))
        card.foot = dpg.add_group(parent=card.box)
        self._foot(card, slot)

    def _body(self, entry: Entry, width: float) -> Body:
        words = text_of(entry)
        key = f"live {entry.turn_id}" if isinstance(entry, LiveEntry) else words
        body = self._bodies.pop(key, None)
        if body is None and words and not isinstance(entry, LiveEntry):
            # An answer that has just been kept is the one that came in: its pieces are known.
            live = next((k for k, b in self._bodies.items() if b.pieces.text == words), None)
            body = self._bodies.pop(live) if live is not None else None
        body = body if body is not None else Body()
        body.take(words, width, lambda piece: guess(self._pen, piece, width))
        self._bodies[key] = body
        if len(self._bodies) > BODIES:
            del self._bodies[next(iter(self._bodies))]
        return body

    def _foot(self, card: _Card, slot: int) -> None:
        look, entry, place = self._look, card.entry, card.foot
        clear(place)
        match entry:
            case PersonEntry(message=message):
                draw_chips(look, self._actions, message.attachments, place, card.inner)
            case AnswerEntry(message=message, calls=calls, rest=rest):
                foot.draw_calls(look, place, calls, card.inner, slot + ROW_TAG)
                if message.partial:
                    words = f"{Icon.WARNING}  This answer is not complete: it was stopped or cut off."
                    foot.note(look, place, words)
                foot.draw_unknown(look, place, message)
                if rest and self._tools is not None:
                    foot.draw_rest(look, place, calls, rest, self._tools.go_on)
            case LiveEntry(calls=calls):
                foot.draw_calls(look, place, calls, card.inner, slot + ROW_TAG)
                foot.draw_phase(look, place, entry, card.inner)
            case SummaryEntry(summary=summary):
                self._sent.draw_summary(summary, place)
            case MarkEntry() | EndEntry() | NoticeEntry() | EarlierEntry():
                pass

    def _preview(self, card: _Card) -> None:
        look = self._look
        calls = card.entry.calls if isinstance(card.entry, AnswerEntry | LiveEntry) else ()
        words = text.one_line(text_of(card.entry)[: 4 * PREVIEW], PREVIEW)
        if calls:
            words += ("   ·   " if words else "") + text.plural(len(calls), "tool call")
        fitted = look.fit(words or "no words", look.fonts.small, card.inner)
        look.text(fitted, card.box, font=look.fonts.small, colour=look.palette.dim)

    def _edit(self, card: _Card, slot: int) -> None:
        look, entry, key = self._look, card.entry, key_of(card.entry)
        tools = self._tools
        if tools is None:
            return
        drafts = self._state.drafts

        def changed(words: str) -> None:
            self._state.type(key, words, self._pen.ticks())

        words = drafts.get(key, text_of(entry))
        draw_edit(look, card.box, words, card.inner, slot + EDIT_TAG, changed)
        draw_edit_buttons(look, card.box, entry, tools)

    def _as_text(self, card: _Card, slot: int) -> None:
        look, entry = self._look, card.entry
        card.wrapped = draw_text(self._pen, card.box, text_of(entry), card.inner, slot + TEXT_TAG)
        words = "Drag or press Ctrl+A to select, Ctrl+C to copy.  T shows the message as before."
        look.text(words, card.box, font=look.fonts.small, colour=look.palette.faint, wrap=0)


def _same_foot(before: LiveEntry, entry: LiveEntry) -> bool:
    """Whether what stands below a streaming answer's words is as it was."""
    thinking = not entry.text and before.thinking != entry.thinking
    facts = [(one.calls, one.phase, one.waits_for, bool(one.text)) for one in (before, entry)]
    return not thinking and facts[0] == facts[1]


def _style(entry: Entry, *, chosen: bool) -> str:
    match entry:
        case PersonEntry():
            return "card_person_chosen" if chosen else "card_person"
        case AnswerEntry() | SummaryEntry() | MarkEntry() | EarlierEntry():
            return "card_chosen" if chosen else "card"
        case LiveEntry():
            return "card_live"
        case EndEntry(ending=ending):
            return "card_failed" if ending.level == "error" else "card_notice"
        case NoticeEntry(notice=notice):
            return "card_notice" if notice.level == "warning" else "card"

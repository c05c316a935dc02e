"""The discussion: message cards of the active branch, the answer as it streams, and how the turn ended."""

from collections.abc import Callable

from copilot.desktop.act_menu import ActMenu
from copilot.desktop.action_table import NamedAction
from copilot.desktop.entries import EarlierEntry, Entry, EntryFold, key_of, message_of, text_of
from copilot.desktop.finding import Hit
from copilot.desktop.gate import Item, dpg
from copilot.desktop.keyboard import Press
from copilot.desktop.panels.actions import Actions
from copilot.desktop.panels.card_acts import CardActs, Host
from copilot.desktop.panels.card_focus import CardFocus
from copilot.desktop.panels.card_state import CardState
from copilot.desktop.panels.card_tools import CardTools
from copilot.desktop.panels.cards import CardMaker
from copilot.desktop.panels.discussion_head import DiscussionHead, HeadTools, draw_empty
from copilot.desktop.panels.discussion_keys import DiscussionKeys, named_actions
from copilot.desktop.panels.find_bar import FindBar
from copilot.desktop.panels.link_bar import LinkBar
from copilot.desktop.panels.panel import Panel
from copilot.desktop.panels.sent_cards import SentCards
from copilot.desktop.panels.undo_bar import UndoBar
from copilot.desktop.rich_flow import Pen
from copilot.desktop.view_state import ViewState
from copilot.desktop.virtual_list import Cards, VirtualList
from copilot.desktop.widgets import Action, Look, window

LOW = 560
"""Pixels at scale 1 of a panel in which notes need the room of what is said to a person who begins."""

REDRAW_SECONDS = 0.05
"""How often an answer that streams is laid out again."""

LIST = "discussion.list"


class Discussion(Panel):
    """The panel `discussion`. `away` opens it in a window of its own; None where it is in one."""

    def __init__(
        self, look: Look, actions: Actions, ticks: Callable[[], float], away: Action | None = None
    ) -> None:
        self._ticks = ticks
        self._look = look
        self._actions = actions
        self._state = ViewState()
        self._shown: tuple[object, ...] = ()
        self._branch: tuple[str, str] = ("", "")
        self._drawn_at = 0.0
        self._cards_state = CardState()
        self._fold = EntryFold()
        self._item = window("discussion", "Discussion")
        self.acts = CardActs(
            actions,
            self._cards_state,
            Host(
                view=lambda: self._state,
                redraw=lambda key: self.focus.redraw(key),
                caret=lambda key: self.focus.give_caret(key),
                to_end=lambda: self._list.to_end(),
            ),
        )
        self._head = DiscussionHead(
            look,
            self._item,
            HeadTools(
                find=self.find,
                fold_all=self.fold_all,
                fork=(lambda: self.acts.fork(None)) if actions.recording is None else None,
                away=away,
            ),
        )
        self._undo = UndoBar(look, self._item, ticks, self.acts.undo)
        self.bar = FindBar(look, self._item, ticks, self._go_to, self._mark)
        self.link = LinkBar(look, self._item, "discussion.link")
        self._empty = dpg.add_group(parent=self._item, show=False)
        self._scroller = dpg.add_child_window(parent=self._item, tag=LIST, width=-1, height=-1, border=False)
        self._pen = Pen(look, self.link.ask, ticks)
        self.sent_cards = SentCards(look, actions)
        self._maker = CardMaker(self._pen, actions, self._tools(), self.sent_cards, self._cards_state)
        maker = self._maker
        self._list: VirtualList[Entry] = VirtualList(
            look,
            self._scroller,
            Cards(maker.build, maker.update, maker.see, maker.close, maker.estimate),
            ticks,
        )
        self.focus = CardFocus(look, self._list, maker, self._cards_state, self._scroller)
        self._menu = ActMenu(look, "discussion.menu", self.acts.acts)
        self._keys = DiscussionKeys(self)

    def refresh(self, state: ViewState) -> bool:
        """Show the state; True where it waits for the next chance to draw a streaming answer."""
        now = self._ticks()
        self._state = state
        self._head.show(state, folded=self._cards_state.all_folded)
        self._undo.show(state.undo)
        self.sent_cards.branch = state.branch
        facts = (state.project, state.calls, state.turn, state.ending, state.notices, state.pruned)
        if all(a is b for a, b in zip(facts, self._shown, strict=False)) and self._shown:
            return False
        if state.turn is not None and now - self._drawn_at < REDRAW_SECONDS:
            return True
        self._shown, self._drawn_at = facts, now
        branch = (state.project.name if state.project is not None else "", state.branch)
        found = self._fold(state)
        start_over = branch != self._branch
        self._list.show(found, start_over=start_over)
        if start_over:
            self._branch = branch
            self._cards_state.forget(key_of(entry) for entry in found)
        self.bar.changed(found)
        empty = not state.path() and state.turn is None
        dpg.configure_item(self._empty, show=empty)
        dpg.configure_item(self._scroller, show=bool(found))
        if empty:
            rehearsed = self._actions.model().provider == "rehearsal"
            recorded = self._actions.recording is not None
            brief = bool(found) and dpg.get_item_height(self._item) < self._look.px(LOW)
            draw_empty(self._look, self._empty, rehearsed=rehearsed, recorded=recorded, brief=brief)
        return False

    def tick(self) -> bool:
        """Once a frame; True while something still moves."""
        self._undo.tick()
        moving = self.bar.tick()
        moving |= self._pen.colours.tick()
        moving |= self._keys.tick()
        moving |= self._list.tick()
        if self._list.at_top and self._more_before:
            self.earlier()
            moving = True
        self.focus.tick()
        return moving

    def sent(self) -> None:
        """The person sent something: show the end."""
        self._list.to_end()

    @property
    def entries(self) -> list[Entry]:
        """The cards, oldest first."""
        return self._list.entries

    def earlier(self) -> None:
        """Show more of what comes before; the first card that is shown stays where it is."""
        self._fold.stretch.earlier(self._state.path())
        self._stretched()

    def reach(self, message: str) -> None:
        """Have a message among the cards, where it is on the branch."""
        self._fold.stretch.reach(self._state.path(), message)
        self._stretched()

    @property
    def _more_before(self) -> bool:
        """Whether messages come before the first that is shown."""
        return bool(self.entries) and isinstance(self.entries[0], EarlierEntry)

    def _stretched(self) -> None:
        """Show the cards anew, where there are more of them at the beginning."""
        before, found = self._list.entries, self._fold(self._state)
        anchor = next((key_of(entry) for entry in before if message_of(entry) is not None), "")
        at = next((n for n, entry in enumerate(found) if key_of(entry) == anchor), 0)
        if before and key_of(before[0]) == "earlier" and found[0] != before[0]:
            self._list.show(found, start_over=True)
            self._list.bring(at)
            self.bar.changed(found)

    def find(self) -> None:
        """Look for words in the discussion, all of it."""
        self._fold.stretch.everything(self._state.path())
        self._stretched()
        self.bar.open(self._list.entries, self._list.middle())

    def fold_all(self) -> None:
        """Fold all cards, or unfold them all."""
        here, at_end = self._list.middle(), self._list.following
        self._cards_state.fold_all(folded=not self._cards_state.all_folded)
        self._list.show(self._list.entries, start_over=True)
        if not at_end:
            self._list.bring(here)
        self._head.show(self._state, folded=self._cards_state.all_folded)

    def dismiss(self) -> None:
        """The notes were read."""
        self._actions.dismiss()

    def choose(self, entry: Entry | None) -> None:
        """Make a card the one that the keys act on, and bring it into view."""
        self.focus.choose(entry)

    def move(self, by: int) -> None:
        """Choose a message before or behind the chosen one; before the first one shown, show more."""
        if not self.focus.move(by) and self._more_before:
            self.earlier()

    def scroll(self, pages: float) -> None:
        """Scroll by so many views."""
        self._list.scroll(pages)

    def to_edge(self, *, end: bool) -> None:
        """Go to the first message or the last."""
        if end:
            self._list.to_end()
        elif self._list.entries:
            self._list.bring(0)

    def escape_edit(self, entry: Entry) -> None:
        """Give an edit up; its draft waits."""
        self._cards_state.revert(key_of(entry), self._ticks())
        self.acts.leave_edit(entry)

    def copied(self, slot: int, part: str) -> str:
        """What was copied out of a card's box, as it was written."""
        return self._maker.copied(slot, part)

    @property
    def has_keys(self) -> bool:
        """Whether keys are for the cards: one of them, or the panel, has the focus, and no box the caret."""
        if self.bar.has_caret or self.focus.edited is not None:
            return False
        return dpg.is_item_focused(self._item) or self.focus.inside

    @property
    def menu(self) -> ActMenu[Entry]:
        """The menu of a card."""
        return self._menu

    def key(self, press: Press) -> None:
        """Keys act on the chosen card while the panel has them."""
        self._keys.key(press)

    def first(self, press: Press) -> bool:
        """Ctrl+Enter keeps an edit rather than sends what is in the composer."""
        return self._keys.first(press)

    def escape(self) -> bool:
        """Close the menu, the question about a link, an edit, the bar; whichever is there."""
        return self._keys.escape()

    def keys_to(self) -> Item:
        """The cards."""
        return self._scroller

    def own_keys(self) -> tuple[tuple[str, str], ...]:
        """Those that act on the chosen card."""
        moves = (("Up Down", "Choose another message"), ("PageUp PageDown Home End", "Scroll"))
        return (*moves, *((act.key, act.title) for act in self.acts.acts), ("L", "Open a link of it"))

    def actions(self) -> tuple[NamedAction, ...]:
        """Finding, and everything that can be done with the chosen card."""
        return named_actions(self)

    def kept(self) -> CardState:
        """What is folded, chosen and in an edit."""
        return self._cards_state

    def take_up(self, kept: CardState) -> None:
        """Go on with what was folded, chosen and in an edit."""
        mine = self._cards_state
        mine.selected, mine.drafts = kept.selected, kept.drafts
        mine.editing, mine.as_text = kept.editing, kept.as_text
        mine.take_folds(kept)

    def _tools(self) -> CardTools:
        acts = self.acts
        return CardTools(
            copy=acts.copy,
            edit=acts.edit,
            again=acts.again,
            fork=acts.fork,
            fold=acts.fold,
            more=self._open_menu,
            dismiss=self.dismiss,
            earlier=self.earlier,
            go_on=lambda rest: void(self._actions.send(rest, ())),
            keep_edit=acts.keep_edit,
            leave_edit=acts.leave_edit,
            reads=self._actions.recording is not None,
        )

    def _open_menu(self, entry: Entry, below: Item) -> None:
        self.focus.mark(entry)
        x, y = dpg.get_item_rect_min(below)
        self._menu.open(entry, (x - 120, y + 28))

    def _go_to(self, hit: Hit) -> None:
        """Show a place that was found; a folded card unfolds."""
        if hit.entry >= len(self._list.entries):
            return
        entry = self._list.entries[hit.entry]
        if self._cards_state.fold(key_of(entry), folded=False):
            self._list.renew(hit.entry)
        self.focus.mark(entry)
        width = dpg.get_item_rect_size(self._scroller)[0]
        self._list.bring(hit.entry, self._maker.place_of(entry, hit.offset, int(width)))
        self._pen.here = (text_of(entry), hit.offset)

    def _mark(self, needle: str) -> None:
        self._pen.needle, self._pen.here = needle, None


def void(_value: object) -> None:
    """For an action of which nobody asks what it gave."""

"""Which card has the keys: the one that is chosen, and the one in whose box the caret is."""

from copilot.desktop.caret import FRAMES
from copilot.desktop.entries import Entry, key_of, message_of
from copilot.desktop.gate import Item, dpg
from copilot.desktop.panels.card_state import CardState
from copilot.desktop.panels.cards import EDIT_TAG, TEXT_TAG, CardMaker
from copilot.desktop.virtual_list import VirtualList
from copilot.desktop.widgets import Look

_CARET_FRAMES = FRAMES + 1
"""Until the list is where it belongs after a change: the library scrolls to what it gives the keys."""


class CardFocus:
    """Of the cards in `scroller`, which `cards` lists and `maker` draws; `state` keeps which is chosen."""

    def __init__(
        self, look: Look, cards: VirtualList[Entry], maker: CardMaker, state: CardState, scroller: Item
    ) -> None:
        self._caret = look.caret
        self._list = cards
        self._maker = maker
        self._state = state
        self._scroller = scroller

    @property
    def chosen(self) -> Entry | None:
        """The card that the keys act on."""
        index = self._index(self._state.selected)
        return self._list.entries[index] if index is not None else None

    def choose(self, entry: Entry | None) -> None:
        """Make a card the one that the keys act on, and bring it into view."""
        self.mark(entry)
        index = self._index(self._state.selected)
        if index is not None:
            self._list.bring(index)

    def mark(self, entry: Entry | None) -> None:
        """Make a card the one that the keys act on, where it is."""
        self._border(chosen=False)
        self._state.selected = key_of(entry) if entry is not None else ""
        self._border(chosen=True)

    def move(self, by: int) -> bool:
        """Choose a message before or behind the chosen one; at first the last one in view.

        False where there is none before it.
        """
        entries = self._list.entries
        here = self._index(self._state.selected)
        index = self._list.lowest() if here is None else here + by
        step = 1 if by > 0 and here is not None else -1
        while 0 <= index < len(entries) and message_of(entries[index]) is None:
            index += step
        if 0 <= index < len(entries):
            self.choose(entries[index])
        return index >= 0

    @property
    def edited(self) -> Entry | None:
        """The card in whose edit box the caret is."""
        found = self._box_of(EDIT_TAG, self._state.editing)
        return found[0] if found is not None else None

    @property
    def read(self) -> tuple[Entry, int] | None:
        """The card in whose box of text the caret is, and its slot."""
        return self._box_of(TEXT_TAG, self._state.as_text)

    @property
    def inside(self) -> bool:
        """Whether a card, or all that scrolls, has the focus."""
        return dpg.is_item_focused(self._scroller) or self._maker.has_focus

    def give_caret(self, key: str) -> None:
        """The caret to the box of a card, or the keys to the cards where it has none."""
        index = self._index(key)
        self._caret.give_to(lambda: self._box_for(key), _CARET_FRAMES)
        if index is not None:
            self._list.bring(index)
            self._caret.pause(_CARET_FRAMES)  # a card's box can have it only when it has been drawn

    def redraw(self, key: str) -> None:
        """Build a card anew."""
        index = self._index(key)
        if index is not None:
            self._list.renew(index)

    def tick(self) -> None:
        """Once a frame: keys of a card that has gone go to the cards."""
        if self._maker.lost:
            self._maker.lost = False
            if not self._caret.busy:
                # Else the keys would go to another panel.
                self._caret.give(self._scroller, _CARET_FRAMES)

    def _index(self, key: str) -> int | None:
        if not key:
            return None
        entries = self._list.entries
        return next((n for n in range(len(entries) - 1, -1, -1) if key_of(entries[n]) == key), None)

    def _border(self, *, chosen: bool) -> None:
        index = self._index(self._state.selected)
        slot = self._list.slot(index) if index is not None else None
        if slot is not None:
            self._maker.choose(slot, chosen=chosen)

    def _box_of(self, tag: int, of: set[str]) -> tuple[Entry, int] | None:
        """The card whose box of that kind has the caret, and its slot."""
        for index in range(len(self._list.entries)) if of else ():
            entry = self._list.entries[index]
            slot = self._list.slot(index) if key_of(entry) in of else None
            if slot is not None and dpg.does_item_exist(slot + tag) and dpg.is_item_focused(slot + tag):
                return entry, slot
        return None

    def _box_for(self, key: str) -> Item:
        """The box of a card; the cards where it has none."""
        index = self._index(key)
        slot = self._list.slot(index) if index is not None else None
        tags = [slot + EDIT_TAG, slot + TEXT_TAG] if slot is not None else []
        return next((tag for tag in tags if dpg.does_item_exist(tag)), self._scroller)

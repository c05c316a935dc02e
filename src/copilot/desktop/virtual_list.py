"""A list of cards of which only the visible ones exist.

Cards are child windows from a pool of fixed integer tags, because the library never frees a child window with
a fresh id. Heights are estimated, then measured when a card has been drawn; the scroll position is corrected
when a card above the view turns out otherwise.
"""

import bisect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from copilot.desktop.gate import Item, dpg
from copilot.desktop.widgets import Look
from copilot.vocabulary.frozen import frozen

FIRST_SLOT = 1 << 40
"""Far above the ids that the library counts up for itself."""

SLOT_TAGS = 1_000
"""Tags of one slot: the card's own, then those of the child windows inside it."""

GAP = 8
OVERSCAN = 400
"""Pixels above and below the view where cards are kept alive."""

Entry = TypeVar("Entry")


@frozen(kw_only=False)
class Cards(Generic[Entry]):
    """How entries become cards. `update` returns False where a card must be built anew.

    `build(entry, group, slot, width)` fills `group`; `slot` is the first of `SLOT_TAGS` tags it may use.
    """

    build: Callable[[Entry, Item, int, float], None]
    update: Callable[[Entry, int], bool]
    close: Callable[[int], None]
    estimate: Callable[[Entry, float], float]


@dataclass(slots=True)
class _Live(Generic[Entry]):
    entry: Entry
    group: Item
    slot: int


class VirtualList(Generic[Entry]):
    """Call `show` when the entries changed and `tick` once a frame."""

    def __init__(self, look: Look, scroller: Item, cards: Cards[Entry]) -> None:
        self._look = look
        self._scroller = scroller
        self._cards = cards
        self._entries: list[Entry] = []
        self._heights: list[float | None] = []
        self._tops: list[float] = [0.0]
        self._live: dict[int, _Live[Entry]] = {}
        self._free: list[int] = []
        self._slots = 0
        self._width = 0
        self._follow = True
        self._settle = 0
        self._before = dpg.add_spacer(parent=scroller, height=0)
        self._after = dpg.add_spacer(parent=scroller, height=0)

    def show(self, entries: list[Entry], *, start_over: bool = False) -> None:
        """Replace the entries; equal ones at the same place keep their heights, the end is followed."""
        if start_over:
            self._drop_all()
            self._heights = []
            self._follow = True
        same = 0
        old = self._entries
        while same < min(len(old), len(entries)) and old[same] == entries[same]:
            same += 1
        keep = self._heights[:same]
        # A card that changed keeps its old height until it is measured: estimates would make the view jump.
        changed = self._heights[same : len(entries)]
        self._entries = entries
        self._heights = keep + changed + [None] * (len(entries) - len(keep) - len(changed))
        del self._tops[same + 1 :]
        for index in [i for i in self._live if i >= len(entries)]:
            self._drop(index)

    def to_end(self) -> None:
        """Follow the end from now on."""
        self._follow = True
        self._settle = 0

    @property
    def following(self) -> bool:
        """Whether the view sticks to the end."""
        return self._follow

    def tick(self) -> bool:
        """Build what came into view, drop what left it; True while something still moves."""
        width, height = dpg.get_item_rect_size(self._scroller)
        if width < 40 or height < 20:
            return False
        if int(width) != self._width:
            self._width = int(width)
            self._drop_all()
            self._heights = [None] * len(self._entries)
            del self._tops[1:]
        moved = self._measure()
        self._lay_out()
        y = self._scrolled(height)
        first = max(0, bisect.bisect_right(self._tops, y - OVERSCAN) - 1)
        last = min(len(self._entries), bisect.bisect_left(self._tops, y + height + OVERSCAN))
        built = self._realise(first, last)
        top = int(self._tops[first]) if first < len(self._tops) else 0
        dpg.configure_item(self._before, height=max(0, top))
        dpg.configure_item(self._after, height=max(0, int(self._tops[-1] - self._tops[last])))
        if self._follow and (moved or built or self._settle < 3):
            dpg.set_y_scroll(self._scroller, -1.0)
        self._settle = 0 if moved or built else self._settle + 1
        return self._settle < 3

    def _scrolled(self, height: float) -> float:
        y, end = dpg.get_y_scroll(self._scroller), dpg.get_y_scroll_max(self._scroller)
        if self._settle >= 3:  # not while our own scrolling is still under way: the value lags two frames
            self._follow = y >= end - self._look.px(24)
        return max(self._tops[-1] - height, 0.0) if self._follow else y

    def _measure(self) -> bool:
        moved = False
        y = dpg.get_y_scroll(self._scroller)
        shift = 0.0
        for index, live in self._live.items():
            size = dpg.get_item_rect_size(live.group)[1]
            known = self._heights[index]
            if size > 1 and known is not None and abs(size - known) > 0.5:
                if self._tops[index : index + 1] and self._tops[index] + known <= y:
                    shift += size - known
                self._heights[index] = size
                del self._tops[index + 1 :]
                moved = True
        if shift and not self._follow:
            dpg.set_y_scroll(self._scroller, y + shift)
        return moved

    def _lay_out(self) -> None:
        gap = self._look.px(GAP)
        for index in range(len(self._tops) - 1, len(self._entries)):
            height = self._heights[index]
            if height is None:
                height = self._cards.estimate(self._entries[index], self._width)
                self._heights[index] = height
            self._tops.append(self._tops[-1] + height + gap)

    def _realise(self, first: int, last: int) -> bool:
        built = False
        for index in [i for i in self._live if not first <= i < last]:
            self._drop(index)
        following = self._after
        for index in range(last - 1, first - 1, -1):
            live = self._live.get(index)
            entry = self._entries[index]
            if live is None or (live.entry != entry and not self._updated(live, entry)):
                if live is not None:
                    self._drop(index)
                live = self._build(index, following)
                built = True
            following = live.group
        return built

    def _updated(self, live: _Live[Entry], entry: Entry) -> bool:
        done = self._cards.update(entry, live.slot)
        if done:
            live.entry = entry
        return done

    def _build(self, index: int, before: Item) -> _Live[Entry]:
        if self._free:
            slot = self._free.pop()
        else:
            slot = FIRST_SLOT + self._slots * SLOT_TAGS
            self._slots += 1
        group = dpg.add_group(parent=self._scroller, before=before)
        live = _Live(self._entries[index], group, slot)
        self._cards.build(live.entry, group, slot, self._width)
        self._live[index] = live
        return live

    def _drop(self, index: int) -> None:
        live = self._live.pop(index)
        self._cards.close(live.slot)
        dpg.delete_item(live.group)
        self._free.append(live.slot)

    def _drop_all(self) -> None:
        for index in list(self._live):
            self._drop(index)

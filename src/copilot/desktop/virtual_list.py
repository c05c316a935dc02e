"""A list of cards of which only the visible ones exist.

Cards are child windows from a pool of fixed integer tags, because the library never frees a child window with
a fresh id. Heights are guessed, estimated a few in each frame, then measured when a card has been drawn; the
scroll position is corrected when something above the view turns out otherwise.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from copilot.desktop.allowance import Allowance
from copilot.desktop.block_stack import View
from copilot.desktop.gate import Item, dpg
from copilot.desktop.heights import Heights
from copilot.desktop.widgets import Look
from copilot.vocabulary.frozen import frozen

FIRST_SLOT = 1 << 40
"""Far above the ids that the library counts up for itself."""

LIST_TAGS = 1_000_000
"""Tags of one list; each list has a number of its own."""

SLOT_TAGS = 1_000
"""Tags of one slot: the card's own, then those of the child windows inside it."""

GAP = 8
GUESS = 120
OVERSCAN = 400
"""Pixels above and below the view where cards are kept alive."""

SLICE_SECONDS = 0.002
"""What a frame spends on making cards and estimates; the rest of what is in view is blank for a frame."""

WIDTH_SECONDS = 0.1
"""How often all is laid out anew while the width changes, at most: it takes a long frame each time."""

LAG = 3
"""Frames until the position that was commanded is the one that the library tells (measured: 2)."""

ESTIMATES = 64
ESTIMATE_SECONDS = 0.001
"""What a frame spends on estimates, `ESTIMATES` at a time."""

Entry = TypeVar("Entry")


@frozen(kw_only=False)
class Cards(Generic[Entry]):
    """How entries become cards. `update` returns False where a card must be built anew.

    `build(entry, group, slot, width)` fills `group`; `slot` is the first of `SLOT_TAGS` tags it may use.
    `see` tells a card what of it is in view; it answers as `BlockStack.tick` does.
    """

    build: Callable[[Entry, Item, int, float], None]
    update: Callable[[Entry, int], bool]
    see: Callable[[int, View], tuple[bool, float]]
    close: Callable[[int], None]
    estimate: Callable[[Entry, float], float]


@dataclass(slots=True)
class _Live(Generic[Entry]):
    entry: Entry
    group: Item
    slot: int
    new: bool = True


class VirtualList(Generic[Entry]):
    """Call `show` when the entries changed and `tick` once a frame. `ticks` gives seconds."""

    def __init__(
        self,
        look: Look,
        scroller: Item,
        cards: Cards[Entry],
        ticks: Callable[[], float],
        number: int = 0,
    ) -> None:
        self._look = look
        self._first_slot = FIRST_SLOT + number * LIST_TAGS
        self._scroller = scroller
        self._cards = cards
        self._ticks = ticks
        self._entries: list[Entry] = []
        self._heights = Heights()
        self._known = bytearray()  # whether a height is more than a guess
        self._unknown = 0  # entries from here on are known, as far as estimating has come
        self._live: dict[int, _Live[Entry]] = {}
        self._free: list[int] = []
        self._slots = 0
        self._width = 0
        self._widened = float("-inf")
        self._whole = 0
        self._follow = True
        self._settle = 0
        self._commanded: tuple[float, int] = (0.0, 0)
        self._want: tuple[int, float, float] | None = None
        self._before = dpg.add_spacer(parent=scroller, height=0)
        self._after = dpg.add_spacer(parent=scroller, height=0)

    @property
    def entries(self) -> list[Entry]:
        """What is shown, oldest first."""
        return self._entries

    @property
    def following(self) -> bool:
        """Whether the view sticks to the end."""
        return self._follow

    @property
    def at_top(self) -> bool:
        """Whether the view rests at the beginning, which is not the end."""
        resting = self._settle >= LAG and self._want is None and not self._follow
        return resting and self._y() < self._look.px(GAP)

    def show(self, entries: list[Entry], *, start_over: bool = False) -> None:
        """Replace the entries; equal ones at the same place keep their heights, the end is followed."""
        if start_over:
            self._drop_all()
            self._forget()
            self._follow = True
            self._whole = LAG
        # A card that changed keeps its old height until it is measured: estimates would make the view jump.
        self._entries = entries
        for index in [i for i in self._live if i >= len(entries)]:
            self._drop(index)
        count = len(entries)
        guess = float(self._look.px(GUESS + GAP))
        if not len(self._heights):
            self._heights.fill(count, guess)
        self._heights.cut(count)
        while len(self._heights) < count:
            self._heights.append(guess)
        more = count - len(self._known)
        if more > 0:
            self._known += bytes(more)
            self._unknown = count
        else:
            del self._known[count:]
            self._unknown = min(self._unknown, count)
        self._settle = 0

    def to_end(self) -> None:
        """Follow the end from now on."""
        self._follow = True
        self._want = None
        self._settle = 0

    def renew(self, index: int) -> None:
        """Build the card of an entry anew, at its next turn."""
        if index in self._live:
            self._drop(index)
            self._whole = LAG
        self._settle = 0

    def bring(self, index: int, offset: float = 0.0) -> None:
        """Scroll until a place in a card is in view: `offset` pixels from its top."""
        self._follow = False
        self._want = (index, offset, 2 * LAG)
        self._settle = 0

    def slot(self, index: int) -> int | None:
        """The slot of a card that exists."""
        live = self._live.get(index)
        return live.slot if live is not None else None

    def scroll(self, pages: float) -> None:
        """Scroll by so many views."""
        height = dpg.get_item_rect_size(self._scroller)[1]
        self._follow = False
        self._command(min(self._y() + pages * height, max(0.0, self._heights.total - height)))

    def middle(self) -> int:
        """The entry that stands in the middle of the view."""
        height = dpg.get_item_rect_size(self._scroller)[1]
        return min(self._heights.at(self._seen(height) + height / 2), max(0, len(self._entries) - 1))

    def lowest(self) -> int:
        """The entry at the lower edge of the view."""
        height = dpg.get_item_rect_size(self._scroller)[1]
        return min(self._heights.at(self._seen(height) + height - 1), max(0, len(self._entries) - 1))

    def tick(self) -> bool:
        """Build what came into view, drop what left it; True while something still moves."""
        width, height = dpg.get_item_rect_size(self._scroller)
        if width < 40 or height < 20:
            return False
        if not self._entries:
            self._space()
            return False
        moved, shift = self._widen(int(width)), 0.0
        if not moved:
            moved, shift = self._measure()
        allowance = Allowance(SLICE_SECONDS, lifted=self._whole > 0)
        self._whole = max(0, self._whole - 1)
        if self._follow:
            moved |= self._estimate(self._ticks() + ESTIMATE_SECONDS)
        y = self._scrolled(height)
        built, grew = self._realise(y, height, allowance)
        if (shift or grew) and not self._follow:
            self._command(self._y() + shift + grew)
        self._space()
        moved = moved or built
        if self._follow and (moved or self._settle < LAG):
            dpg.set_y_scroll(self._scroller, -1.0)
        self._aim(height, still=not moved)
        self._settle = 0 if moved else self._settle + 1
        return self._settle < LAG or self._want is not None

    def _widen(self, width: int) -> bool:
        """Whether all is to be made anew for another width."""
        if width == self._width or self._ticks() - self._widened < WIDTH_SECONDS:
            return width != self._width
        self._width, self._widened, self._whole = width, self._ticks(), LAG
        self._drop_all()
        self._forget()
        self.show(self._entries)
        return True

    def _forget(self) -> None:
        self._heights = Heights()
        self._known = bytearray()
        self._unknown = 0

    def _y(self) -> float:
        y, frames = self._commanded
        return y if frames else dpg.get_y_scroll(self._scroller)

    def _command(self, y: float) -> None:
        self._commanded = (max(0.0, y), LAG)
        dpg.set_y_scroll(self._scroller, max(0.0, y))

    def _scrolled(self, height: float) -> float:
        y, frames = self._commanded
        if frames:
            self._commanded = (y, frames - 1)
        elif self._settle >= LAG and self._want is None:  # not while our own scrolling is under way
            end = dpg.get_y_scroll_max(self._scroller)
            self._follow = dpg.get_y_scroll(self._scroller) >= end - self._look.px(24)
        return self._seen(height)

    def _seen(self, height: float) -> float:
        """Where the view begins; the library's own number lags while the end is followed."""
        return max(self._heights.total - height, 0.0) if self._follow else self._y()

    def _aim(self, height: float, *, still: bool) -> None:
        """Go to the place that is wanted, again for a few frames: heights near it are measured meanwhile."""
        if self._want is None:
            return
        index, offset, frames = self._want
        # Cards near it are still being made: they may move it.
        self._want = (index, offset, frames - (1 if still else 0.25)) if frames > 1 else None
        if index >= len(self._entries):
            return
        top, y = self._heights.top(index) + offset, self._y()
        if top < y or top > y + height - self._look.px(60):
            self._command(top - (height / 3 if offset else self._look.px(GAP)))

    def _measure(self) -> tuple[bool, float]:
        """Take in how high cards are; how much what is above the view grew."""
        moved, shift = False, 0.0
        y, gap = self._y(), self._look.px(GAP)
        for index, live in self._live.items():
            if live.new:  # in its first frame a card is as high as the one before it in its slot
                live.new, moved = False, True
                continue
            size = dpg.get_item_rect_size(live.group)[1] + gap
            known = self._heights[index]
            if size > 1 + gap and abs(size - known) > 0.5:
                top = self._heights.top(index)
                # One that was only guessed and hangs over the upper edge grows upwards, out of sight.
                if top + known <= y or (top < y and not self._known[index]):
                    shift += size - known
                self._heights.set(index, size)
                moved = True
            if size > 1 + gap:
                self._known[index] = 1
        return moved, shift

    def _estimate(self, until: float) -> bool:
        """From the end upwards, a few in each frame, as long as the end is followed and nothing jumps."""
        gap, before = self._look.px(GAP), self._unknown
        while self._unknown > 0 and self._ticks() < until:
            start = max(0, self._unknown - ESTIMATES)
            for index in range(start, self._unknown):
                if not self._known[index]:
                    self._known[index] = 1
                    self._heights.set(index, self._cards.estimate(self._entries[index], self._width) + gap)
            self._unknown = start
        return self._unknown != before

    def _realise(self, y: float, height: float, allowance: Allowance) -> tuple[bool, float]:
        """Make what is in view, then what is beside it, as much as is allowed. Whether anything is under way,
        and how much what is above the view grew."""
        over, count = self._look.px(OVERSCAN), len(self._entries)
        first = min(self._heights.at(max(0.0, y - over)), max(0, count - 1))
        last = min(self._heights.at(y + height + over) + 1, count)
        top, end = (min(self._heights.at(max(0.0, edge)), max(0, count - 1)) for edge in (y, y + height))
        for index, live in list(self._live.items()):
            if not first <= index < last:
                self._drop(index)
            elif not self._current(index, live):  # before others are made: names of its items may be theirs
                self._drop(index)
                allowance.lifted = True
        # From a card that is there on, so that there is never a gap between two of them.
        there = next((i for i in range(top, end + 1) if i in self._live), end if self._follow else top)
        seen = [*range(there, end + 1), *range(there - 1, top - 1, -1)]
        beside = [*range(end + 1, last), *range(top - 1, first - 1, -1)]
        under_way, grew = False, 0.0
        for part in (seen, beside):
            for index in part:
                under_way |= self._made(index, allowance, seen=part is seen)
            for index in part:
                live = self._live.get(index)
                if live is not None:
                    view = View(y - self._heights.top(index), height, allowance, self._follow)
                    moves, more = self._cards.see(live.slot, view)
                    under_way, grew = under_way or moves, grew + more
        self._close_ranks(there)
        return under_way, grew

    def _made(self, index: int, allowance: Allowance, *, seen: bool) -> bool:
        """Have a card of what is there now, if it is allowed. Whether there is anything to do for it."""
        if index in self._live:
            return False
        if not allowance.take(seen=seen):
            return True
        self._build(index)
        return True

    def _close_ranks(self, start: int) -> None:
        """Drop what a gap parts from the view, where there was no time to fill it."""
        for step in (1, -1):
            index = start
            while index in self._live:
                index += step
            for other in [i for i in self._live if (i - index) * step > 0]:
                self._drop(other)

    def _space(self) -> None:
        first, last = (min(self._live), max(self._live) + 1) if self._live else (0, 0)
        dpg.configure_item(self._before, height=max(0, round(self._heights.top(first))))
        rest = self._heights.total - self._heights.top(last)
        dpg.configure_item(self._after, height=max(0, round(rest)))

    def _current(self, index: int, live: _Live[Entry]) -> bool:
        """Whether a card shows what is there now, or could be brought up to date in place."""
        entry = self._entries[index]
        if live.entry is entry or live.entry == entry:
            return True
        done = self._cards.update(entry, live.slot)
        if done:
            live.entry = entry
        return done

    def _build(self, index: int) -> None:
        if self._free:
            slot = self._free.pop()
        else:
            slot = self._first_slot + self._slots * SLOT_TAGS
            self._slots += 1
        following = min((i for i in self._live if i > index), default=-1)
        before = self._live[following].group if following >= 0 else self._after
        group = dpg.add_group(parent=self._scroller, before=before)
        live = _Live(self._entries[index], group, slot)
        self._cards.build(live.entry, group, slot, self._width)
        self._live[index] = live

    def _drop(self, index: int) -> None:
        live = self._live.pop(index)
        self._cards.close(live.slot)
        dpg.delete_item(live.group)
        self._free.append(live.slot)

    def _drop_all(self) -> None:
        for index in list(self._live):
            self._drop(index)

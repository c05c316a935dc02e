"""The bar that searches the open discussion: what is looked for, which of how many, back and forth."""

from collections.abc import Callable

from copilot.desktop.entries import Entry
from copilot.desktop.finding import Finding, Hit
from copilot.desktop.gate import Item, dpg
from copilot.desktop.widgets import Icon, Look

BOX = "discussion.find.words"
_WIDTH, _BESIDE = 300, 230
"""Pixels at scale 1: of the box where there is room, and of what stands beside it with the panel's edges."""
AGAIN_SECONDS = 0.4
"""How long after a change of the discussion the search begins anew."""


class FindBar:
    """`go` shows a place that was found; `marked` hears what is to stand out, "" for nothing."""

    def __init__(
        self,
        look: Look,
        parent: Item,
        ticks: Callable[[], float],
        go: Callable[[Hit], None],
        marked: Callable[[str], None],
    ) -> None:
        self._look = look
        self._ticks = ticks
        self._go = go
        self._marked = marked
        self._finding = Finding(ticks)
        self._entries: list[Entry] = []
        self._at = -1
        self._from = 0
        self._stale: float | None = None
        self._moved = False
        self._width = 0
        self._group = dpg.add_group(
            parent=parent, horizontal=True, horizontal_spacing=look.px(6), show=False, tag="discussion.find"
        )
        self._box = dpg.add_input_text(
            parent=self._group,
            tag=BOX,
            hint="Find in this discussion",
            width=look.px(_WIDTH),
            callback=self._edited,
        )
        look.themes.bind(self._box, "segment_field")
        look.icon_button("\uf077", self._group, lambda: self.step(-1), "Previous (Shift+Enter, Shift+F3)")
        look.icon_button("\uf078", self._group, lambda: self.step(1), "Next (Enter, F3)")
        self._count = look.text("", self._group, font=look.fonts.small, colour=look.palette.dim)
        look.icon_button(Icon.CLOSE, self._group, self.close, "Close (Escape)", tag="discussion.find.close")

    @property
    def opened(self) -> bool:
        """Whether it is shown."""
        return bool(dpg.is_item_shown(self._group))

    @property
    def has_caret(self) -> bool:
        """Whether the person types in it."""
        return self.opened and bool(dpg.is_item_focused(self._box))

    @property
    def current(self) -> Hit | None:
        """The place that is shown."""
        hits = self._finding.hits
        return hits[self._at] if 0 <= self._at < len(hits) else None

    def open(self, entries: list[Entry], at: int) -> None:
        """Show it; the search begins at the entry `at`."""
        self._from = at
        self._entries = entries
        dpg.show_item(self._group)
        dpg.focus_item("discussion")  # the box can have the caret once its window is in front
        self._look.caret.give(self._box)
        self._typed(dpg.get_value(self._box))

    def close(self) -> None:
        """Hide it; nothing stands out any more."""
        dpg.hide_item(self._group)
        self._finding.begin("", [])
        self._at = -1
        self._marked("")

    def changed(self, entries: list[Entry]) -> None:
        """The discussion changed."""
        self._entries = entries
        if self.opened and self._stale is None:
            self._stale = self._ticks() + AGAIN_SECONDS

    def step(self, by: int) -> None:
        """Go to the next place, or back."""
        hits = self._finding.hits
        if hits:
            self._at = (self._at + by) % len(hits)
            self._go(hits[self._at])
            self._tell()
        if self.opened:
            self._look.caret.give(self._box)

    def tick(self) -> bool:
        """Once a frame; True while it looks."""
        if not self.opened:
            return False
        self._fit()
        if self._stale is not None and self._ticks() > self._stale:
            self._stale = None
            before = self.current
            self._finding.begin(self._finding.needle, self._entries)
            self._keep(before)
        if self._finding.tick():
            self._arrive()
            self._tell()
        return self._finding.running or self._stale is not None

    def _fit(self) -> None:
        """Leave room for the count and the buttons beside the box."""
        look = self._look
        room = dpg.get_item_width("discussion") - look.px(_BESIDE)
        width = int(max(look.px(90), min(look.px(_WIDTH), room)))
        if width != self._width:
            self._width = width
            dpg.configure_item(self._box, width=width)

    def _edited(self, _sender: object, words: str, _user: object) -> None:
        self._typed(words)

    def _typed(self, words: str) -> None:
        self._at = -1
        self._moved = False
        self._finding.begin(words, self._entries)
        self._marked(words)
        self._tell()

    def _keep(self, before: Hit | None) -> None:
        while self._finding.running and before is not None:
            self._finding.tick()
        hits = self._finding.hits
        same = (
            n for n, hit in enumerate(hits) if before and (hit.key, hit.offset) == (before.key, before.offset)
        )
        self._at = next(same, min(self._at, len(hits) - 1))

    def _arrive(self) -> None:
        """Show the first place at or behind where the person was."""
        hits = self._finding.hits
        if self._moved or not hits or self._at >= 0:
            return
        here = next((n for n, hit in enumerate(hits) if hit.entry >= self._from), None)
        if here is None and self._finding.running:
            return
        self._moved = True
        self._at = here if here is not None else 0
        self._go(hits[self._at])

    def _tell(self) -> None:
        finding = self._finding
        look = self._look
        if not finding.needle:
            words = ""
        elif finding.running:
            words = f"{len(finding.hits):,} so far, {100 * finding.done // max(1, finding.of)} %"
        elif not finding.hits:
            words = "Nothing found"
        else:
            words = f"{self._at + 1:,} of {len(finding.hits):,}"
        look.write(self._count, words, look.fonts.small)

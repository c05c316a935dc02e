"""For a while after messages were changed: what was done, and a button that takes it back."""

from collections.abc import Callable

from copilot.desktop import text
from copilot.desktop.gate import Item, dpg
from copilot.desktop.widgets import Icon, Look, clear

SECONDS = 12.0


class UndoBar:
    """Made once, below the head; `show` tells what could be taken back now, "" for nothing."""

    def __init__(
        self, look: Look, parent: Item, ticks: Callable[[], float], undo: Callable[[], None]
    ) -> None:
        self._look = look
        self._ticks = ticks
        self._undo = undo
        self._words = ""
        self._until = 0.0
        self._row = dpg.add_group(
            parent=parent, tag="discussion.undo", horizontal=True, horizontal_spacing=look.px(8), show=False
        )
        look.themes.bind(self._row, "segment_line")

    def show(self, words: str) -> None:
        """What `UndoDiscussion` would take back."""
        if words == self._words:
            return
        self._words = words
        clear(self._row)
        self._until = self._ticks() + SECONDS if words else 0.0
        dpg.configure_item(self._row, show=bool(words))
        if not words:
            return
        look = self._look
        look.text(Icon.CHECK, self._row, font=look.fonts.small, colour=look.palette.green)
        done = f"Done: {text.one_line(words, 90)}"
        look.text(done, self._row, font=look.fonts.small, colour=look.palette.dim)
        look.button(f"{Icon.UNDO}  Undo", self._row, "segment_off", self._undo, tag="discussion.undo.do")

    def tick(self) -> None:
        """Once a frame: it goes after a while."""
        if self._until and self._ticks() > self._until:
            self._until = 0.0
            dpg.hide_item(self._row)

"""A box of several lines that loses nothing, also by Escape, which the library takes as "undo all"."""

from collections.abc import Callable
from typing import Any

from copilot.desktop.gate import Item, dpg
from copilot.desktop.widgets import Look

_RESTORE_FRAMES = 3


class WritingBox:
    """`words` are what the person wrote last. `edited` is called after each change of theirs."""

    def __init__(
        self, look: Look, parent: Item, tag: str, edited: Callable[[], None], *, height: int, hint: str = ""
    ) -> None:
        self.words = ""
        self._edited = edited
        self._restore = 0
        self.item = dpg.add_input_text(
            parent=parent,
            tag=tag,
            multiline=True,
            width=-1,
            height=height,
            hint=hint,
            tab_input=True,
            callback=self._typed,
        )
        look.themes.bind(self.item, "setting_field")

    def show(self, words: str) -> None:
        """Put other words in; a box that has the caret takes them once it has lost it."""
        self.words = words
        self._restore = _RESTORE_FRAMES if dpg.is_item_active(self.item) else 0
        dpg.set_value(self.item, words)

    def place(self, height: int) -> None:
        """Give it this height in pixels."""
        dpg.configure_item(self.item, height=height)

    def escaped(self) -> None:
        """Escape was pressed: the library puts back an older text; what was written is put back after it."""
        self._restore = _RESTORE_FRAMES

    def tick(self) -> bool:
        """Once a frame; True while words are still to be put in."""
        if not self._restore:
            return False
        if not dpg.is_item_active(self.item):
            self._restore -= 1
            if dpg.get_value(self.item) != self.words:
                dpg.set_value(self.item, self.words)
        return self._restore > 0

    def _typed(self, _sender: Any, value: Any, _user: Any) -> None:
        if not self._restore and not dpg.is_key_down(dpg.mvKey_Escape):
            self.words = str(value)
            self._edited()

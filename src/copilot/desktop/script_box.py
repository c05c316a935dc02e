"""An editable box with line numbers, as large as its text: the approval dialog's, and that of a summary."""

from collections.abc import Callable
from typing import Any

from copilot.desktop.gate import Item, dpg, safe
from copilot.desktop.widgets import Look

BOX = "confirm.text"


class ScriptBox:
    """Made once in `parent`, which scrolls: the library's own multi-line box cannot scroll sideways.

    `typed` hears each change by the person.
    """

    def __init__(self, look: Look, parent: Item, typed: Callable[[str], None], *, tag: Item = BOX) -> None:
        self._look = look
        self._typed = typed
        self._width = 0.0
        self._group = dpg.add_group(parent=parent, horizontal=True, horizontal_spacing=0)
        look.themes.bind(self._group, "code_field")
        self._gutter = look.text("1", self._group, font=look.fonts.mono_large, colour=look.palette.faint)
        self._box = dpg.add_input_text(
            parent=self._group, tag=tag, multiline=True, readonly=True, tab_input=True, callback=self._changed
        )
        look.themes.bind(self._box, "code_field")
        dpg.bind_item_font(self._box, look.fonts.mono_large)

    def put(self, words: str, width: float) -> None:
        """Show a text, closed to edits, at least `width` pixels wide."""
        self._width = width
        dpg.configure_item(self._box, readonly=True)
        dpg.set_value(self._box, words)
        self._fit(words)

    def open(self, *, editable: bool) -> None:
        """Let the person edit, or no longer."""
        dpg.configure_item(self._box, readonly=not editable)

    def show(self, *, shown: bool) -> None:
        """Show or hide the box with its line numbers."""
        dpg.configure_item(self._group, show=shown)

    def _changed(self, _sender: Any, value: Any, _user: Any) -> None:
        if not dpg.is_key_down(dpg.mvKey_Escape):  # by which the library undoes everything
            self._fit(str(value))
            self._typed(str(value))

    def _fit(self, words: str) -> None:
        look, mono = self._look, self._look.fonts.mono_large
        lines = safe(words).split("\n")
        longest = sorted(lines, key=len)[-20:]
        wide = max(look.size(line.expandtabs(4) or " ", mono)[0] for line in longest)
        digits = len(str(len(lines)))
        dpg.set_value(self._gutter, "\n".join(f"{n:>{digits}} " for n in range(1, len(lines) + 1)))
        room = self._width - digits * look.size("0", mono)[0]
        height = int((len(lines) + 1) * look.size("X", mono)[1] + look.px(14))
        dpg.configure_item(self._box, width=int(max(room, wide + look.px(40))), height=height)

"""An editable box with line numbers, as large as its text: the approval dialog's, and that of a summary."""

from collections.abc import Callable
from typing import Any

from copilot.desktop.gate import Item, dpg, safe
from copilot.desktop.script_face import Face, face_of
from copilot.desktop.widgets import Look
from copilot.vocabulary.frozen import replace

BOX = "confirm.text"


class ScriptBox:
    """Made once in `parent`, which scrolls: the library's own multi-line box cannot scroll sideways.

    `typed` hears each change by the person. Of a script every character shows (`script_face`).
    """

    def __init__(self, look: Look, parent: Item, typed: Callable[[str], None], *, tag: Item = BOX) -> None:
        self._look = look
        self._typed = typed
        self._width = 0.0
        self._text = ""
        self._face: Face | None = None
        self._group = dpg.add_group(parent=parent, horizontal=True, horizontal_spacing=0)
        look.themes.bind(self._group, "code_field")
        self._gutter = look.text("1", self._group, font=look.fonts.mono_large, colour=look.palette.faint)
        self._box = dpg.add_input_text(
            parent=self._group, tag=tag, multiline=True, readonly=True, tab_input=True, callback=self._changed
        )
        look.themes.bind(self._box, "code_field")
        dpg.bind_item_font(self._box, look.fonts.mono_large)

    @property
    def face(self) -> Face | None:
        """How the script in it is shown; None where it is none."""
        return self._face

    @property
    def text(self) -> str:
        """What stands in it, as it was put in or typed."""
        return self._text

    def put(self, words: str, width: float, *, script: bool = False) -> None:
        """Show a text, closed to edits, at least `width` pixels wide."""
        self._width, self._text = width, words
        self._face = face_of(words) if script else None
        shown = words if self._face is None else self._face.text
        dpg.configure_item(self._box, readonly=True)
        dpg.set_value(self._box, shown)
        self._fit(shown)

    @property
    def exact(self) -> bool:
        """Whether the box holds just what was put in: a lone surrogate fits no box."""
        shown = self._text if self._face is None else self._face.text
        return safe(shown) == shown

    def open(self, *, editable: bool) -> None:
        """Let the person edit, or no longer; what the box cannot hold cannot be edited."""
        dpg.configure_item(self._box, readonly=not (editable and self.exact))

    def show(self, *, shown: bool) -> None:
        """Show or hide the box with its line numbers."""
        dpg.configure_item(self._group, show=shown)

    def _changed(self, _sender: Any, value: Any, _user: Any) -> None:
        if not dpg.is_key_down(dpg.mvKey_Escape):  # by which the library undoes everything
            words = str(value)
            self._fit(words)
            if self._face is None:
                self._text = words
            else:
                self._text, self._face = self._face.behind(words), replace(self._face, text=words)
            self._typed(self._text)

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

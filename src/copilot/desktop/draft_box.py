"""The box that the draft is written in, and the draft itself, which the library may not lose.

Escape makes the library put back an older text, and the text of a box that has the caret cannot be set. Where
`NativeKeys` works, Escape is kept from the box and text is typed for the person; else the caret leaves the
box for a moment, and what the library undid is put back afterwards.
"""

from collections.abc import Callable
from typing import Any

from copilot.desktop.caret import mouse_is_down
from copilot.desktop.gate import Item, dpg
from copilot.desktop.native_keys import KeyName, NativeKeys
from copilot.desktop.widgets import Look

INPUT = "composer.input"
_RESTORE, _SOON = 8, 3
"""Frames until the library has let go of the box."""

_AWAKE = 2
"""Frames from when the box has the caret until the library hears its Ctrl+A: before that, what is typed for
the person would be typed into the old text."""

_RETYPE_FRAMES = 240
"""Frames that typing for the person may take: seven are enough, as the library takes in one event of a key a
frame, but each move of the mouse between them costs another."""


class DraftBox:
    """`changed` hears the draft before and after each change by the person."""

    def __init__(self, look: Look, parent: Item, changed: Callable[[str, str], None]) -> None:
        self._changed, self._caret = changed, look.caret
        self._keys = NativeKeys()
        self._before: str | None = None
        self._restore = 0
        self._sent = ""
        self._refocus = self._to_end = False
        self._awake = 0
        self._typing: tuple[str, str, int] | None = None
        self._old = ""
        self.draft = ""
        self.item = dpg.add_input_text(
            parent=parent, tag=INPUT, multiline=True, width=-1, tab_input=True, callback=self._edited
        )
        look.themes.bind(self.item, "flat_field")

    @property
    def focused(self) -> bool:
        """Whether the caret is in the box."""
        return bool(dpg.is_item_focused(self.item))

    def focus(self) -> None:
        """Put the caret into the box."""
        self._caret.give(self.item, 0)

    def escaped(self) -> None:
        """Escape was pressed: where the library put back an older text, the draft is put back after it."""
        self._restore = max(self._restore, _SOON)

    def without_enter(self) -> None:
        """Take back a line break that the Enter of a chord has made."""
        if self._before is not None and self.draft.count("\n") > self._before.count("\n"):
            self.draft = self._before

    def take(self) -> str:
        """The draft, which is sent: the box is empty then, and the caret stays in it."""
        sent, self.draft = self.draft, ""
        self._sent, self._typing = sent, None
        self._put_later(refocus=self.focused)
        return sent

    def replace(self, before: str, after: str = "") -> None:
        """Another text; the caret stands between the two where the box has it, and can."""
        self._old, self.draft, self._sent = self.draft, before + after, ""
        active = self._active()
        if active and self._awake >= _AWAKE and self._keys.retype(before, after):
            self._typing = (before, after, _RETYPE_FRAMES)
        else:
            self._to_end = True
            self._put_later(refocus=active)

    def tick(self, *, withhold: tuple[KeyName, ...]) -> bool:
        """Once a frame, with keys that the box is not to have. True while something is under way."""
        self._before = None
        self._awake = self._awake + 1 if self._active() else 0
        if self._awake == 1 and self._caret.box != dpg.get_alias_id(INPUT) and not mouse_is_down():
            self._to_end = True
        if self._awake:
            self._keys.withhold(("Escape", *withhold))
        if self._typing is not None:
            before, after, frames = self._typing
            self._typing = (before, after, frames - 1)
            if not frames or not self._active():  # something came between
                self._typing, self._to_end = None, not after
                self._put_later(refocus=self._active())
            return True
        if self._restore:
            self._restore -= 1
            self._settle()
        if self._to_end and not self._refocus and self._active():
            self._to_end = False
            self._keys.to_end()
        return self._restore > 0

    def _active(self) -> bool:
        """Whether it is being typed in; what is hidden keeps saying what it said last."""
        return bool(dpg.is_item_active(self.item)) and bool(dpg.is_item_shown("composer"))

    def _put_later(self, *, refocus: bool) -> None:
        """Set the text as soon as the library lets go of the box."""
        dpg.set_value(self.item, self.draft)
        self._restore, self._refocus = _RESTORE, refocus
        if refocus:
            self._caret.pause(_RESTORE)
        if self._active() and not self._keys.leave() and dpg.does_item_exist("discussion"):
            dpg.focus_item("discussion")

    def _settle(self) -> None:
        if self._active():
            return
        if dpg.get_value(self.item) != self.draft:
            dpg.set_value(self.item, self.draft)
        elif self._refocus:
            self._refocus = False
            self.focus()

    def _edited(self, _sender: Any, value: Any, _user: Any) -> None:
        words = str(value)
        if self._typing is not None:
            before, after, _ = self._typing
            if typed_beside(words, before, after, self._old):
                self._typing, self._to_end = None, not after
                self._put_later(refocus=True)
                return
            if not (words.startswith(before) and words.endswith(after)):
                return
            self._typing = None
        late = self._restore and words.rstrip("\n") == self._sent.rstrip("\n")
        undone = not self._keys.works and dpg.is_key_down(dpg.mvKey_Escape)
        if late or undone:
            return
        was, self.draft = self.draft, words
        self._before = was if self._before is None else self._before
        if words != was:
            self._changed(was, words)


def typed_beside(words: str, before: str, after: str, old: str) -> bool:
    """Whether what was typed for the person stands beside the `old` text and not in its place: now and then
    the library does not hear the Ctrl+A of a slow frame. Letters of the person in between are not that."""
    whole = before + after
    if not whole:
        return bool(words) and 2 * len(words) >= len(old) and words in old
    if words.startswith(before) and words.endswith(after) and len(words) >= len(whole):
        between = words[len(before) : len(words) - len(after)]
        return len(between) > 1 and 2 * len(between) >= len(old) and between in old
    return whole in words

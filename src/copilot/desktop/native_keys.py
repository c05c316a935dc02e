"""What the library's text boxes do not let a program do, through symbols that its Linux library exports.

Each is looked up once and has a fallback in `draft_box`: the Windows library exports none of them, and a
later build may not. Checked with Dear PyGui 2.3.1 (Dear ImGui 1.92.5) on Linux x86-64; main thread only.
"""

import ctypes
from collections.abc import Callable, Iterable
from typing import Any, Literal

from copilot.desktop.gate import native_library, safe

KeyName = Literal["Tab", "Up", "Down", "Enter", "Escape"]

_KEYS: dict[str, int] = {
    "Tab": 512,
    "Up": 515,
    "Down": 516,
    "Home": 519,
    "End": 520,
    "Delete": 522,
    "Enter": 525,
    "Escape": 526,
    "A": 546,
}
"""ImGuiKey of Dear ImGui 1.92."""

_LET_GO: tuple[KeyName, ...] = ("Up", "Down", "Enter", "Tab", "Escape")
"""Keys that make the program type for the person."""

_CTRL = 1 << 12
"""ImGuiMod_Ctrl."""

_OWNER = 0x436F5069
"""An owner that no item has, so that no item takes the key."""

MOST = 20_000
"""Characters that are typed for the person at once; typing more takes the library too long."""


class NativeKeys:
    """Key owners and typed characters, or nothing of it (`works`)."""

    def __init__(self) -> None:
        try:
            library: ctypes.CDLL | None = ctypes.CDLL(native_library())
        except OSError:
            library = None
        own = (ctypes.c_int, ctypes.c_uint, ctypes.c_int)
        self._own = _symbol(library, "_ZN5ImGui11SetKeyOwnerE8ImGuiKeyji", None, *own)
        self._io = _symbol(library, "_ZN5ImGui5GetIOEv", ctypes.c_void_p)
        self._clear = _symbol(library, "_ZN5ImGui13ClearActiveIDEv", None)
        key = (ctypes.c_void_p, ctypes.c_int, ctypes.c_bool)
        self._key = _symbol(library, "_ZN7ImGuiIO11AddKeyEventE8ImGuiKeyb", None, *key)
        text = (ctypes.c_void_p, ctypes.c_char_p)
        self._text = _symbol(library, "_ZN7ImGuiIO22AddInputCharactersUTF8EPKc", None, *text)

    @property
    def works(self) -> bool:
        """Whether the library lets us."""
        return None not in (self._own, self._io, self._key, self._text)

    def withhold(self, keys: Iterable[KeyName]) -> None:
        """Keep keys from the box that has the caret, in the next frame; key handlers hear them all the same.

        Up and Down cannot be withheld from a box of several lines: it takes them for itself.
        """
        if self._own is not None:
            for key in keys:
                self._own(_KEYS[key], _OWNER, 0)

    def retype(self, before: str, after: str) -> bool:
        """Replace all text of the box that has the caret, which then stands between `before` and `after`.

        It is done as a person would, over the next frames, and can be undone by Ctrl+Z. False where it cannot
        be done.
        """
        if not self.works or len(before) + len(after) > MOST:
            return False
        # The key that led here is let go behind what is typed now: on slow frames it would repeat itself in
        # between, and a repeated Up takes back what Ctrl+A has marked (measured).
        for key in _LET_GO:
            self._call(self._key, _KEYS[key], False)
        self._chord("A")
        if not before + after:
            self._tap("Delete")
        self._type(after or before)
        if after:
            self._chord("Home")
            self._type(before)
        return True

    def leave(self) -> bool:
        """The caret leaves its box, whose text can be set from the next frame on; False where it stays."""
        if self._clear is not None:
            self._clear()
        return self._clear is not None

    def to_end(self) -> None:
        """The caret of the active box goes behind its last letter."""
        if self.works:
            self._chord("End")

    def _chord(self, key: str) -> None:
        for what, down in ((_CTRL, True), (_KEYS[key], True), (_KEYS[key], False), (_CTRL, False)):
            self._call(self._key, what, down)

    def _tap(self, key: str) -> None:
        for down in (True, False):
            self._call(self._key, _KEYS[key], down)

    def _type(self, words: str) -> None:
        if words:
            self._call(self._text, safe(words).encode())

    def _call(self, function: Callable[..., Any] | None, *arguments: object) -> None:
        if function is not None and self._io is not None:
            function(self._io(), *arguments)


def _symbol(
    library: ctypes.CDLL | None, name: str, result: Any, *arguments: Any
) -> Callable[..., Any] | None:
    try:
        found = getattr(library, name) if library is not None else None
    except AttributeError:
        return None
    if found is not None:
        found.restype, found.argtypes = result, list(arguments)
    return found

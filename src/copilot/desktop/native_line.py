"""Takes keys where GLFW tells of them and hands them to Dear ImGui through a `KeyLine`, on the main thread.

GLFW tells of keys while a frame begins or the loop waits. Where the library does not export what is needed,
as on Windows, keys come as the library brings them. Checked with Dear PyGui 2.3.1 (GLFW 3.3.7, Dear ImGui
1.92.5) on Linux x86-64.
"""

import ctypes
from typing import Any

from copilot.desktop.gate import native_library
from copilot.desktop.key_line import PRESS, Key, KeyLine, Letter

_MODIFIERS = {341: 12, 345: 12, 340: 13, 344: 13, 342: 14, 346: 14, 343: 15, 347: 15}
"""GLFW's keys for Ctrl, Shift, Alt and Super, left and right, with the bit of ImGuiMod of each."""

_PAD = range(320, 337)
"""GLFW's keys of the number pad, whose names are those of the other digits."""

_NAMED = {
    **{letter: ord(letter.upper()) for letter in "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"},
    **{sign: ord(sign) for sign in "0123456789`-=[]\\,;'./"},
}
"""GLFW's key for the character that a key types: GLFW itself goes by where the key lies on the board."""

_KEY = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_int)
_CHAR = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_uint)


class NativeLine:
    """`line` is to be told of each frame; no key comes through it before `listen`."""

    def __init__(self) -> None:
        self.line = KeyLine(self._hand_on, self._arrived)
        self._last = 0
        self._down: set[int] = set()
        self._heard: tuple[object, ...] = ()
        self._functions: dict[str, Any] = {}

    def listen(self) -> bool:
        """Take the keys of the window from now on, once it is shown; False where that is not possible."""
        try:
            library = ctypes.CDLL(native_library())
            found = {name: _symbol(library, name) for name in _SYMBOLS}
        except (OSError, AttributeError):
            return False
        window = found["glfwGetCurrentContext"]()
        if not window:
            return False
        self._functions = found
        # Kept, as the library holds no reference of its own.
        self._heard = key, letter = _KEY(self._key), _CHAR(self._letter)
        found["glfwSetKeyCallback"](window, key)
        found["glfwSetCharCallback"](window, letter)
        return True

    def _key(self, _window: object, code: int, scancode: int, action: int, held: int) -> None:
        self.line.take(Key(code=code, scancode=scancode, action=action, held=held))

    def _letter(self, _window: object, point: int) -> None:
        self.line.take(Letter(point=point))

    def _hand_on(self, event: Key | Letter) -> None:
        call = self._functions
        io = call["_ZN5ImGui5GetIOEv"]()
        if isinstance(event, Letter):
            call["_ZN7ImGuiIO17AddInputCharacterEj"](io, event.point)
            return
        down = event.action == PRESS
        if event.code in _MODIFIERS:
            (self._down.add if down else self._down.discard)(event.code)
        add, held = call["_ZN7ImGuiIO11AddKeyEventE8ImGuiKeyb"], {_MODIFIERS[code] for code in self._down}
        for bit in sorted(set(_MODIFIERS.values())):
            add(io, 1 << bit, bit in held)
        self._last = call["_Z28ImGui_ImplGlfw_KeyToImGuiKeyii"](self._by_name(event), event.scancode)
        add(io, self._last, down)

    def _arrived(self) -> bool:
        return not self._last or self._functions["_ZN5ImGui9IsKeyDownE8ImGuiKey"](self._last)

    def _by_name(self, key: Key) -> int:
        """GLFW's key of the character that it types, itself where it types none that a chord may have."""
        name = None if key.code in _PAD or key.code < 0 else self._functions["glfwGetKeyName"](key.code, 0)
        return _NAMED.get((name or b"").decode("utf-8", "replace"), key.code)


_SYMBOLS: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "glfwGetCurrentContext": (ctypes.c_void_p, ()),
    "glfwGetKeyName": (ctypes.c_char_p, (ctypes.c_int, ctypes.c_int)),
    "glfwSetKeyCallback": (ctypes.c_void_p, (ctypes.c_void_p, _KEY)),
    "glfwSetCharCallback": (ctypes.c_void_p, (ctypes.c_void_p, _CHAR)),
    "_ZN5ImGui5GetIOEv": (ctypes.c_void_p, ()),
    "_Z28ImGui_ImplGlfw_KeyToImGuiKeyii": (ctypes.c_int, (ctypes.c_int, ctypes.c_int)),
    "_ZN5ImGui9IsKeyDownE8ImGuiKey": (ctypes.c_bool, (ctypes.c_int,)),
    "_ZN7ImGuiIO11AddKeyEventE8ImGuiKeyb": (None, (ctypes.c_void_p, ctypes.c_int, ctypes.c_bool)),
    "_ZN7ImGuiIO17AddInputCharacterEj": (None, (ctypes.c_void_p, ctypes.c_uint)),
}
"""What is needed of the library: what each function gives and takes."""


def _symbol(library: ctypes.CDLL, name: str) -> Any:
    found = getattr(library, name)
    found.restype, found.argtypes = _SYMBOLS[name]
    return found

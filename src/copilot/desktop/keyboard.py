"""Keys, judged over a whole frame: which chord was meant, and who gets it.

On a slow frame the keys of a quick tap arrive together, in the order of their codes, and the release of Ctrl
may come with the press of its letter (measured). So presses and releases are gathered, and a modifier that
was released in the frame of a press was held for it, unless a key of an earlier frame has had it: after
Ctrl+End a quick comma is a comma, not Ctrl+Comma.
"""

from collections.abc import Callable
from typing import Any

from copilot.desktop.action_table import Chord, Modifier
from copilot.desktop.gate import Item, dpg
from copilot.vocabulary.frozen import frozen

NO_KEYS = range(656, 667)
"""What a handler for all keys also gets: mouse buttons, wheels and the modifiers' doubles (measured)."""

_NAMED = {
    "Enter": ("Return", "NumPadEnter"),
    "Escape": ("Escape",),
    "Up": ("Up",),
    "Down": ("Down",),
    "Left": ("Left",),
    "Right": ("Right",),
    "Home": ("Home",),
    "End": ("End",),
    "Tab": ("Tab",),
    "Space": ("Spacebar",),
    "Delete": ("Delete",),
    "Backspace": ("Back",),
    "Comma": ("Comma",),
}
_CODES = {"PageUp": 517, "PageDown": 518}
"""The library's own constants for these are wrong (measured)."""


@frozen(kw_only=False)
class Press:
    """A key that went down in this frame: the library's code of it, and the chord where it has a name.

    `again`: it was down already, and repeats itself. `shifted` is the chord with a Shift that was let go in
    the same frame: it may have been held for this key, or for a letter typed before it.
    """

    code: int
    chord: Chord
    again: bool = False
    shifted: Chord | None = None


class Keyboard:
    """Made once. `take` gives the presses of a frame, in the order they came."""

    def __init__(self) -> None:
        self._pressed: list[int] = []
        self._released: set[int] = set()
        self._down: set[int] = set()
        self._served: set[Modifier] = set()
        self._names = key_names()
        self._modifiers: dict[Modifier, tuple[int, int]] = {
            "Ctrl": (dpg.mvKey_LControl, dpg.mvKey_RControl),
            "Shift": (dpg.mvKey_LShift, dpg.mvKey_RShift),
            "Alt": (dpg.mvKey_LAlt, dpg.mvKey_RAlt),
        }

    def listen(self, handlers: Item) -> None:
        """Hear all keys through a handler registry."""
        dpg.add_key_press_handler(parent=handlers, callback=self._press)
        dpg.add_key_release_handler(parent=handlers, callback=self._release)

    def held(self, modifier: Modifier) -> bool:
        """Whether a modifier is down, or was for the keys of this frame."""
        if self._is_down(modifier):
            return True
        let_go = any(key in self._released for key in self._modifiers[modifier])
        return let_go and modifier not in self._served

    def take(self, hear: Callable[[Press], None]) -> None:
        """Tell the presses since the last call, then forget them."""
        pressed, self._pressed = self._pressed, []
        if pressed:
            held = frozenset[Modifier](m for m in self._modifiers if m != "Shift" and self.held(m))
            shift = frozenset[Modifier](("Shift",))
            down = self._is_down("Shift")
            let_go = not down and self.held("Shift")
            for code in pressed:
                again = code in self._down
                self._down.add(code)
                name = self._names.get(code, f"#{code}")
                shifted = Chord(held | shift, name) if let_go else None
                hear(Press(code, Chord(held | shift if down else held, name), again, shifted))
        self._note_served(pressed)
        self._down -= self._released
        self._released = set()

    def _is_down(self, modifier: Modifier) -> bool:
        return any(map(dpg.is_key_down, self._modifiers[modifier]))

    def _note_served(self, pressed: list[int]) -> None:
        """Which modifiers that are still down have been held for a key already."""
        own = {code for codes in self._modifiers.values() for code in codes}
        had_key = any(code not in own for code in pressed)
        self._served = {m for m in self._modifiers if self._is_down(m) and (had_key or m in self._served)}

    def _press(self, _sender: Any, key: int, _user: Any) -> None:
        if key not in NO_KEYS:
            self._pressed.append(key)

    def _release(self, _sender: Any, key: int, _user: Any) -> None:
        self._released.add(key)


def key_names() -> dict[int, str]:
    """The name of each key that a chord may have, by the library's code."""
    plain = [*"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", *(f"F{number}" for number in range(1, 13))]
    names = {int(getattr(dpg, f"mvKey_{name}")): name for name in plain}
    for name, constants in _NAMED.items():
        names |= {int(getattr(dpg, f"mvKey_{c}")): name for c in constants if hasattr(dpg, f"mvKey_{c}")}
    return names | {code: name for name, code in _CODES.items()}

"""Keys on their way from the system to the library, in the order in which they came.

A slow frame takes in all that came since the last one, at once and in the order of the keys' codes: a chord,
the letters that were typed behind it for the box that it opens, and the Enter behind them. So a key that may
mean something is the last one of its frame, and what came after it waits; and while a box is about to have
the caret, all that is typed waits for it. Letters for a box go all at once, though the library itself would
take in one a frame. No Dear PyGui here: `native_line` stands at both ends.
"""

from collections import deque
from collections.abc import Callable

from copilot.vocabulary.frozen import frozen

RELEASE, PRESS, REPEAT = 0, 1, 2
"""GLFW's numbers for what happened to a key."""

SHIFTS = (340, 344)
"""GLFW's keys for Shift."""

_HELD_WITH = 0x2 | 0x4 | 0x8
"""GLFW's bits for Ctrl, Alt and Super: with one of them a key types nothing."""

_MODIFIERS = (*range(280, 283), *range(340, 348))
"""GLFW's keys that mean nothing by themselves: locks, and what is held for other keys."""

_TYPE, _ENTER = (*range(32, 163), *range(320, 337)), 335
"""GLFW's keys that type a character, among them those of the number pad, but for its Enter."""

_PATIENCE = 4
"""Frames in which the library may not have heard of a key: it takes in a click, then a key, then letters."""


@frozen(kw_only=False)
class Key:
    """What happened to a key, in GLFW's numbers. `held` are the modifiers that were down."""

    code: int
    scancode: int
    action: int
    held: int = 0

    @property
    def types(self) -> bool:
        """Whether it stands for a character and nothing else."""
        return self.code in _TYPE and self.code != _ENTER and not self.held & _HELD_WITH


@frozen(kw_only=False)
class Letter:
    """A character that was typed, as its code point."""

    point: int


class KeyLine:
    """`take` hears of each event, `pass_on` gets them in their order, `tick` goes between two frames.

    `arrived` says whether the library has taken in the last key that it got.
    """

    def __init__(self, pass_on: Callable[[Key | Letter], None], arrived: Callable[[], bool]) -> None:
        self._pass_on, self._arrived = pass_on, arrived
        self._waiting: deque[Key | Letter] = deque()
        self._full = self._own_letters = self._held = self._repeats = False
        self._typing = False
        self._patience = 0
        self._typed: set[int] = set()
        self._later: dict[int, Key] = {}

    def take(self, event: Key | Letter) -> None:
        """It happened just now."""
        if isinstance(event, Key):
            self._repeats = event.action == REPEAT
            if self._repeats:
                return  # the library repeats by itself
        elif self._repeats and (self._held or self._waiting):
            return  # a key that is held too long is not meant for what it has opened
        if self._waiting or not self._may_pass(event):
            self._waiting.append(event)
            if self._held and not self._full:
                self._release()
        else:
            self._pass(event)

    def hold(self) -> None:
        """From now on all that is typed waits: what it is meant for is not there yet."""
        self._held = True

    def let_go(self) -> None:
        """It may come now."""
        self._held = False

    def tick(self, *, typing: bool) -> bool:
        """After each frame. `typing`: a box has the caret, so that letters are only letters. True while
        something waits."""
        self._typing = typing
        if self._full and self._patience and not self._arrived():
            self._patience -= 1
            return True
        self._full = self._own_letters = False
        self._flush()
        if self._held:
            self._release()
        while self._waiting and self._may_pass(self._waiting[0]):
            self._pass(self._waiting.popleft())
        return bool(self._waiting or self._later)

    def _may_pass(self, event: Key | Letter) -> bool:
        if isinstance(event, Letter) and self._own_letters:
            return True
        if self._held or self._full:
            return False
        # What was typed is let go first, in the next frame.
        return isinstance(event, Letter) or not self._typed or self._is_typed(event)

    def _pass(self, event: Key | Letter) -> None:
        if isinstance(event, Letter):
            self._pass_on(event)
            return
        self._own_letters = event.action == PRESS
        if self._is_typed(event):
            self._pass_typed(event)
            return
        self._flush()
        self._pass_on(event)
        self._full = self._may_mean(event)
        self._patience = _PATIENCE

    def _pass_typed(self, key: Key) -> None:
        """The library takes in no two events of a key a frame, nor Shift and a letter. A box needs none of
        them: so each is pressed once, and let go in the next frame."""
        if key.code in SHIFTS:
            if self._later.pop(key.code, None) is None:
                self._later[key.code] = key
        elif key.code not in self._typed:
            self._typed.add(key.code)
            self._pass_on(key)
        elif key.action == RELEASE:
            self._later[key.code] = key

    def _flush(self) -> None:
        later, self._later, self._typed = self._later, {}, set()
        for key in later.values():
            self._pass_on(key)

    def _is_typed(self, key: Key) -> bool:
        """Whether all that comes of a key is a letter in a box."""
        return self._typing and (key.types or key.code in SHIFTS)

    def _may_mean(self, key: Key) -> bool:
        """Whether something may happen by this key that the keys behind it are meant for."""
        return key.action == PRESS and key.code not in _MODIFIERS and not (key.types and self._typing)

    def _release(self) -> None:
        """Let keys go up that went down before all that waits, or they would repeat themselves."""
        down: set[int] = set()
        left: deque[Key | Letter] = deque()
        for event in self._waiting:
            if isinstance(event, Key) and event.action == RELEASE and event.code not in down:
                self._pass_on(event)
                continue
            if isinstance(event, Key):
                down.add(event.code)
            left.append(event)
        self._waiting = left

"""Giving the caret to a box, or the keys to a panel, of which the library must be asked at the right moment.

A box that was shown just now can have the caret only when its window is in front, which may take some frames
more than one would think. So it is asked again until it has happened, or the person has clicked elsewhere.
What is typed meanwhile waits for the box.
"""

from collections.abc import Callable

from copilot.desktop.gate import Item, dpg
from copilot.desktop.key_line import KeyLine

FRAMES = 3
"""Until a window that was shown can be in front."""
_TRIES, _GAP, _TAKES = 6, 6, 3
"""How often the library is asked, the frames that it is given each time, and those that it takes.

A box that is asked for again while it has the caret marks its whole text, which the next letter replaces, and
loses the letters of that frame. So it is not asked too soon, and has it once the last asking came true.
"""


class Caret:
    """The one of a window: one request at a time, the last one counts. `keys` are those of the window."""

    def __init__(self, keys: KeyLine) -> None:
        self._keys = keys
        self._find: Callable[[], Item | None] = _nothing
        self._wait = self._tries = self._pause = 0
        self._clicking = False
        self.box = 0
        """The box that was typed in last. The library forgets the place of the caret in all others."""

    @property
    def busy(self) -> bool:
        """Whether something is to have it still."""
        return self._tries > 0

    def give(self, item: Item, frames: int = FRAMES) -> None:
        """Let an item have it, `frames` frames from now at the soonest."""
        self.give_to(lambda: item, frames)

    def give_to(self, find: Callable[[], Item | None], frames: int = FRAMES) -> None:
        """Let what `find` names then have it; None is nothing."""
        self._find, self._wait, self._tries, self._clicking = find, frames, _TRIES, mouse_is_down()
        self._pause = 0
        self._hold(letters=_takes_letters(find()))

    def pause(self, frames: int) -> None:
        """Let no key through for so many frames, or until something is given the caret anew."""
        self._pause = frames
        self._hold(letters=True)

    def drop(self) -> None:
        """Let nothing have it after all."""
        self._tries = self._pause = 0
        self._keys.let_go()

    def tick(self, front: Item | None = None) -> bool:
        """Once a frame, after all that may ask for it; only what is in the window `front`, where there is
        one, can have it. True while something is to have it still, or keys wait."""
        if self._tries:
            under_way = False
            try:
                under_way = self._is_under_way(front)
            finally:  # whatever went wrong, keys do not wait for ever
                self._tries = self._tries if under_way else 0
        self._pause = max(0, self._pause - 1)
        if not self._tries and not self._pause:
            self._keys.let_go()
        box = _active_box(dpg.get_focused_item())
        self.box = box or self.box
        return self._keys.tick(typing=bool(box)) or self.busy or self._pause > 0

    def _hold(self, *, letters: bool) -> None:
        if letters:
            self._keys.hold()
        else:
            self._keys.let_go()

    def _is_under_way(self, front: Item | None) -> bool:
        clicking, self._clicking = self._clicking, mouse_is_down()
        if self._clicking and not clicking:  # the person clicks elsewhere
            return False
        self._wait -= 1
        asked = self._tries < _TRIES
        if self._wait > 0 and not asked:
            return True
        item = self._find()
        if item is None or not dpg.does_item_exist(item):
            return False
        settled = self._tries == _TRIES - 1 or self._wait <= _GAP - _TAKES
        if asked and settled and _has_it(item):
            return False
        if front is not None and not _is_in(item, front):
            return False
        if self._wait > 0:
            return True
        dpg.focus_item(item)
        self._tries, self._wait = self._tries - 1, _GAP
        return True


def _is_in(item: Item | None, window: Item) -> bool:
    """Whether an item is part of a window, or the window itself."""
    while item and _number(item) != _number(window):
        item = dpg.get_item_parent(item)
    return bool(item)


def _number(item: Item) -> int:
    return int(dpg.get_alias_id(item)) if isinstance(item, str) else item


def _has_it(item: Item) -> bool:
    """Whether letters go there; where none are taken, whether keys do."""
    if _takes_letters(item):
        return bool(dpg.is_item_active(item))
    # The part of a window that scrolls has no such state: then the window that has the keys tells.
    focused = dpg.get_item_state(item).get("focused", False)
    return bool(focused) or _is_in(dpg.get_active_window(), item)


def _takes_letters(item: Item | None) -> bool:
    return item is not None and dpg.does_item_exist(item) and "Input" in str(dpg.get_item_type(item))


def _active_box(item: Item) -> int:
    """The box that has the caret, 0 for none. `item` has the focus: the box, or a group around it."""
    if not item or not dpg.does_item_exist(item):
        return 0
    if _takes_letters(item):
        return _number(item) if dpg.is_item_active(item) else 0
    return next((box for one in dpg.get_item_children(item, 1) if (box := _active_box(one))), 0)


def mouse_is_down() -> bool:
    """Whether a click is under way: what it is meant for must not go before its end."""
    return bool(dpg.is_mouse_button_down(dpg.mvMouseButton_Left))


def _nothing() -> None:
    return None

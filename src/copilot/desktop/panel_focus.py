"""Which panel has the keys, which panels are in view, and a line around the one that was gone to by keys."""

from collections.abc import Iterable

from copilot.desktop.gate import dpg
from copilot.desktop.widgets import Look

TAG = "panel.focus"
EDGE, ROUNDING = 1, 8
"""Pixels at scale 1: how far inside the panel the line is, and of its corners."""

Place = tuple[int, int, int]
"""Left and upper edge of a panel, and its width, in pixels."""

_Rect = tuple[int, int, int, int]


def is_seen(name: str) -> bool:
    """Whether a panel is on the screen: docked or not, and no tab is before it."""
    return name in places((name,))


def places(names: Iterable[str]) -> dict[str, Place]:
    """Where those of these panels are that are on the screen."""
    found: dict[str, Place] = {}
    for name in names:
        # All of it in one call, as this is asked in each frame; and before whether it is shown, which takes
        # three times as long (measured).
        state = dpg.get_item_state(name)
        if state.get("visible", False) and dpg.is_item_shown(name):
            (x, y), width = state["pos"], state["rect_size"][0]
            found[name] = int(x), int(y), int(width)
    return found


def focused_panel(names: Iterable[str]) -> str:
    """The one of these panels that has the keys; empty where none has."""
    known = set(names)
    item = dpg.get_active_window()
    while item and dpg.does_item_exist(item):
        alias = dpg.get_item_alias(item)
        if alias in known:
            return str(alias)
        item = dpg.get_item_parent(item)
    return ""


def beside(names: Iterable[str], here: str, by: int) -> str:
    """The panel in view that comes so many after `here`, all around; empty where none is in view."""
    seen = [name for name in names if name == here or is_seen(name)]
    if not seen:
        return ""
    at = seen.index(here) if here in seen else (-1 if by > 0 else 0)
    return seen[(at + by) % len(seen)]


class FocusLine:
    """Shown from when a panel was gone to by keys until a mouse button is used. `place` once a frame;
    `keyed` says whether a key came after the last click.
    """

    def __init__(self, look: Look, *, shown: bool = False) -> None:
        if dpg.does_item_exist(TAG):
            dpg.delete_item(TAG)
        self._look = look
        self._place: _Rect | None = None
        self.shown = self.keyed = shown
        self._sheet = dpg.add_viewport_drawlist(tag=TAG, front=True)

    def hide(self) -> None:
        """A mouse button went down: the mouse tells well enough where the person is."""
        self.shown = self.keyed = False

    def place(self, panel: str) -> None:
        """Follow the panel that has the keys; "" where none has them, or something lies over it."""
        place = None
        if self.shown and panel and is_seen(panel):
            x, y = dpg.get_item_pos(panel)
            place = int(x), int(y), int(dpg.get_item_width(panel)), int(dpg.get_item_height(panel))
        if place == self._place:
            return
        self._place = place
        dpg.delete_item(self._sheet, children_only=True)
        if place is not None:
            x, y, width, height = place
            px = self._look.px
            dpg.draw_rectangle(
                (x + px(EDGE), y + px(EDGE)),
                (x + width - px(EDGE), y + height - px(EDGE)),
                parent=self._sheet,
                color=self._look.palette.accent,
                rounding=px(ROUNDING),
                thickness=max(1, px(1)),
            )

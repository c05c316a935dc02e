"""Where the context panel stands: in its dock, or large over the whole window."""

from copilot.desktop.gate import Item, dpg
from copilot.desktop.overlay import overlay_window
from copilot.desktop.panel_focus import focused_panel
from copilot.desktop.widgets import Action, Look

EDGE = 28
"""Pixels (at scale 1) that the window keeps visible around the large panel."""

LOW = 340
"""Pixels (at scale 1) of a panel in which the map needs every line."""

MENU = 34
PADDING = (14, 12)


class ContextWindow:
    """Holds `root`, in which the panel is drawn, and moves it between the two places."""

    def __init__(self, look: Look, docked: Item, toggle: Action) -> None:
        self._look = look
        self._docked = docked
        self._viewport = (0, 0)
        self.large = False
        self.root = dpg.add_group(parent=docked)
        self._away = dpg.add_group(parent=docked, show=False)
        look.text("Shown large.", self._away, font=look.fonts.small, colour=look.palette.dim)
        look.button("Bring it back  (F6)", self._away, "segment_off", toggle, tag="context.back")
        self._over = overlay_window(look, "context.large")

    @property
    def items(self) -> tuple[Item, Item]:
        """The two windows."""
        return self._docked, self._over

    def visible(self) -> bool:
        """Whether a person can see the panel."""
        return self.large or bool(dpg.is_item_visible(self._docked))

    def width(self) -> float:
        """The room inside from left to right, in pixels."""
        return max(0.0, dpg.get_item_width(self._item()) - 2 * self._look.px(PADDING[0]))

    def low(self) -> bool:
        """Whether there is little room from top to bottom."""
        return dpg.get_item_height(self._item()) < self._look.px(LOW)

    def bottom(self) -> float:
        """Where the room inside ends, in pixels of the viewport."""
        item = self._item()
        return float(dpg.get_item_pos(item)[1] + dpg.get_item_height(item) - self._look.px(PADDING[1]))

    def _item(self) -> Item:
        return self._over if self.large else self._docked

    def tick(self) -> bool:
        """Once a frame: keep the large panel as large as the window. Whether the panel is to be seen."""
        if self.large:
            viewport = dpg.get_viewport_client_width(), dpg.get_viewport_client_height()
            if viewport != self._viewport:
                self._viewport = viewport
                self._cover(*viewport)
        return self.visible()

    def toggle(self) -> None:
        """From the dock to large, or back."""
        self.large, self._viewport = not self.large, (0, 0)
        dpg.move_item(self.root, parent=self._item())
        for item in (self._away, self._over):
            dpg.configure_item(item, show=self.large)
        self.tick()
        self.focus()

    def focus(self) -> None:
        """Bring the panel to the front and give it the keys, which a window that appears just now may take
        some frames to get."""
        dpg.focus_item(self._item())
        self._look.caret.give_to(self._without_keys)

    def _without_keys(self) -> Item | None:
        """The window, as long as neither it nor anything in it has the keys."""
        name = str(dpg.get_item_alias(self._item()))
        return None if focused_panel((name,)) else self._item()

    def _cover(self, width: int, height: int) -> None:
        px = self._look.px
        edge, top = px(EDGE), px(MENU)
        dpg.configure_item(
            self._over,
            pos=[edge, top + edge // 2],
            width=max(100, width - 2 * edge),
            height=max(100, height - top - edge - edge // 2),
        )

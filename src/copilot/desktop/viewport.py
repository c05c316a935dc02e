"""The one native window: its size and title, the fonts and themes in it, and its docking layout."""

from collections.abc import Callable
from pathlib import Path

from copilot.desktop import layout, text
from copilot.desktop.dock_sizes import DockSizes
from copilot.desktop.gate import dpg
from copilot.desktop.layout_tree import merged
from copilot.desktop.looks import Dress, Looks
from copilot.desktop.native import Native
from copilot.desktop.widgets import Look, on

SIZE = (1440, 900)
LEAST = (900, 600)
"""Pixels at scale 1 below which panels would lie over each other."""


class Viewport:
    """`create`, then make the panels, then `show`. `asked_size` in pixels; None for that of last time.

    `shipped` is the layout that holds until the person has one of their own in `layout_file`.
    """

    def __init__(
        self,
        native: Native,
        layout_file: Path,
        asked_size: tuple[int, int] | None,
        shipped: Path = layout.DEFAULT,
    ) -> None:
        self._shipped = shipped
        self._native = native
        self._layout_file = layout_file
        self._asked_size = asked_size
        self._default_layout = False
        self._next_layout = ""
        self._title = ""
        self.looks = Looks(native)
        self._docks = DockSizes(native.docks, native.size_dock)

    def create(self, closed: Callable[[], None], dress: Dress | None = None) -> Look:
        """Make the library's context and the window, not yet shown. `closed` hears the close button."""
        dress = dress or Dress()
        self._scale = self.looks.scale(dress)
        width, height = self._size = self._first_size()
        screen = self._native.screen_size() or LEAST
        dpg.create_context()
        self._default_layout = layout.prepare(self._layout_file, width, height, self._scale, self._shipped)
        dpg.configure_app(
            docking=True,
            docking_space=True,
            load_init_file=str(self._layout_file),
            manual_callback_management=True,
        )
        dpg.create_viewport(
            title="Copilot",
            width=width,
            height=height,
            min_width=min(round(LEAST[0] * self._scale), screen[0]),
            min_height=min(round(LEAST[1] * self._scale), screen[1]),
            x_pos=max(0, (screen[0] - width) // 2),
            y_pos=max(0, (screen[1] - height) // 3),
            clear_color=dress.palette.back,
            disable_close=True,
        )
        dpg.set_exit_callback(on(closed))
        self._look = self.looks.make(dress)
        return self._look

    def show(self) -> None:
        """Open the window and draw until its parts can be measured."""
        dpg.setup_dearpygui()
        dpg.show_viewport()
        for _ in range(3):  # fonts can be measured and the layout is in place only after the first frames
            dpg.render_dearpygui_frame()
        self._native.free_tab()
        self.looks.listen()
        self.looks.dress_docks(self._look)
        # The window manager may have given another size than was asked for.
        if self._default_layout and _client_size() != self._size:
            self.reset_layout()

    def wear(self, dress: Dress) -> Look:
        """Change clothes between two frames; what was made with the look before is to be made anew."""
        before, self._scale = self._scale, self.looks.scale(dress)
        self._look = self.looks.make(dress)
        self.looks.dress_docks(self._look)
        dpg.set_viewport_clear_color(dress.palette.back)
        if self._scale != before:
            docks = layout.current(self._layout_file)
            self._native.load_layout(layout.grown(docks, self._scale / before))
            self._docks.forget()
        return self._look

    def settle(self) -> None:
        """Draw until what was made anew has its size, so that it can be measured."""
        for _ in range(3):
            self.draw()

    def draw(self) -> None:
        """One frame; none while the window is minimised, since drawing would block."""
        if not self._native.minimised():
            dpg.render_dearpygui_frame()
            if self._native.sizes_docks:
                self._docks.tick(_client_size())

    def name(self, project: str, server: str = "") -> None:
        """Put the project's name into the title, and on which server it lies."""
        named = f"{text.one_line(project, 80)} on {server}" if server else text.one_line(project, 80)
        title = f"{named} — Copilot" if project else "Copilot"
        if title != self._title:
            self._title = title
            dpg.set_viewport_title(title)

    def reset_layout(self) -> bool:
        """Put the default layout in place; False where that has to wait for the next start."""
        return self._put(layout.default_layout(*_client_size(), self._scale, self._shipped))

    def put_layout(self, ini: str) -> bool:
        """Put a saved layout in place, with the windows that it does not know docked beside the others."""
        ini = layout.grown(ini, layout.growth(ini, self._scale))
        return self._put(merged(ini, layout.default_layout(*_client_size(), self._scale, self._shipped)))

    def layout_now(self) -> str:
        """The layout as it is. Raises StorageError."""
        return layout.stamped(layout.current(self._layout_file), self._scale)

    def save_layout(self) -> None:
        """Write the layout as it is now, or the one that is to be there at the next start.

        Raises StorageError.
        """
        layout.save(self._layout_file, self._next_layout or self.layout_now())

    def _put(self, ini: str) -> bool:
        done = self._native.load_layout(ini)
        self._docks.forget()
        self._next_layout = "" if done else layout.stamped(ini, self._scale)
        return done

    def _first_size(self) -> tuple[int, int]:
        """The size that was asked for, else that of last time, else our own; never larger than the screen."""
        ours = (round(SIZE[0] * self._scale), round(SIZE[1] * self._scale))
        wide, high = self._asked_size or layout.saved_size(self._layout_file, self._scale) or ours
        screen = self._native.screen_size() or (wide, high)
        return max(LEAST[0], min(wide, screen[0])), max(LEAST[1], min(high, screen[1]))


def _client_size() -> tuple[int, int]:
    return dpg.get_viewport_client_width(), dpg.get_viewport_client_height()

"""The native window of a torn-off panel: its place, its title, and the panel that fills it."""

from collections.abc import Callable

from copilot.desktop import text
from copilot.desktop.fonts import Later
from copilot.desktop.gate import dpg
from copilot.desktop.looks import Dress, Looks
from copilot.desktop.native import Native
from copilot.desktop.torn.messages import Place
from copilot.desktop.torn.monitors import LEAST, found_place, monitors, placed
from copilot.desktop.widgets import Look, on

SIZE = (560, 640)
"""Pixels at scale 1 of a window whose panel never had one, where the main window does not say."""

STILL_SECONDS = 0.4
"""A window that was not moved for so long is where the person wants it."""


class Frame:
    """`create`, then make the panel, then `show`."""

    def __init__(self, native: Native) -> None:
        self._native = native
        self._looks = Looks(native)
        self._title = ""
        self._client: tuple[int, int] = (0, 0)
        self._place: tuple[int, int, int, int] | None = None
        self._still_since = 0.0
        self._told: tuple[int, int, int, int] | None = None

    def create(self, place: Place | None, dress: Dress, closed: Callable[[], None]) -> Look:
        """Make the library's context and the window, not yet shown. `closed` hears the close button."""
        scale = self._looks.scale(dress)
        known = monitors()
        wanted = place or placed(120, 120, round(SIZE[0] * scale), round(SIZE[1] * scale), known)
        x, y, width, height = found_place(wanted, known)
        dpg.create_context()
        dpg.configure_app(manual_callback_management=True)
        dpg.create_viewport(
            title="Copilot",
            width=width,
            height=height,
            min_width=LEAST[0],
            min_height=LEAST[1],
            x_pos=x,
            y_pos=y,
            clear_color=dress.palette.back,
            disable_close=True,
        )
        dpg.set_exit_callback(on(closed))
        return self._looks.make(dress)

    def search_fonts(self, later: Later, came: Callable[[], None]) -> None:
        """Look among the system's fonts for what ours lack; `came` hears when there are some."""
        self._looks.search_fonts(later, came)

    def wear(self, dress: Dress) -> Look:
        """Another look; what was made with the one before is to be made anew."""
        dpg.set_viewport_clear_color(dress.palette.back)
        self._client = (0, 0)
        return self._looks.make(dress)

    def show(self) -> None:
        """Open the window and draw until its parts can be measured."""
        dpg.setup_dearpygui()
        dpg.show_viewport()
        self._native.free_tab()
        self._looks.listen()
        for _ in range(3):
            dpg.render_dearpygui_frame()

    def draw(self) -> None:
        """One frame; none while the window is minimised, since drawing would block."""
        if not self._native.minimised():
            dpg.render_dearpygui_frame()

    def fill(self, panel: str, strip: str, strip_height: int) -> bool:
        """Give the panel all of the window below the strip. True where that changed something."""
        width, height = dpg.get_viewport_client_width(), dpg.get_viewport_client_height()
        client = (width, height - strip_height)
        if client == self._client or width < 1:
            return False
        self._client = client
        dpg.configure_item(strip, pos=(0, 0), width=width, height=strip_height)
        dpg.configure_item(panel, pos=(0, strip_height), width=width, height=max(1, height - strip_height))
        return True

    def moved(self, now: float) -> Place | None:
        """Where the window is, once it rests in a new place; None otherwise. `now` in seconds."""
        x, y = dpg.get_viewport_pos()
        here = (int(x), int(y), dpg.get_viewport_width(), dpg.get_viewport_height())
        if here != self._place:
            self._place, self._still_since = here, now
        if here == self._told or now - self._still_since < STILL_SECONDS or self._native.minimised():
            return None
        self._told = here
        return placed(*here, monitors())

    def name(self, title: str, project: str) -> None:
        """The panel's title and the project's name."""
        words = f"{title} — {text.one_line(project, 80)} — Copilot" if project else f"{title} — Copilot"
        if words != self._title:
            self._title = words
            dpg.set_viewport_title(words)

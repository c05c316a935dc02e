"""Makes the look from what the person chose: the palette, the scale and the size of the text."""

from collections.abc import Callable

from copilot.desktop.caret import Caret
from copilot.desktop.fonts import Later, Shelf
from copilot.desktop.native import Native
from copilot.desktop.native_line import NativeLine
from copilot.desktop.palette import DARK, LIGHT, Palette
from copilot.desktop.theme import Wardrobe, base_style
from copilot.desktop.widgets import Look
from copilot.projects.settings import FONT_SIZE, Settings
from copilot.vocabulary.frozen import frozen

SMALLEST_SCALE = 0.4
LARGEST_SCALE = 8.0


@frozen(kw_only=False)
class Dress:
    """What the window wears. `scale` is pixels per point, 0 for the monitor's; `font_size` pixels of text at
    scale 1, which lengths follow, so that nothing is cut where text grows."""

    palette: Palette = DARK
    scale: float = 0.0
    font_size: float = FONT_SIZE


class Looks:
    """One per context, made after it. Each look is a value; all share the same fonts, themes and caret."""

    def __init__(self, native: Native) -> None:
        self._native = native
        self._keys = NativeLine()
        self._caret = Caret(self._keys.line)
        self.shelf: Shelf | None = None
        self._wardrobe: Wardrobe | None = None

    def make(self, dress: Dress) -> Look:
        """The look of now. What was made with an older one keeps its colours and lengths: make it anew."""
        palette, whole = dress.palette, self.scale(dress)
        if self.shelf is None or self._wardrobe is None:
            self.shelf, self._wardrobe = Shelf(whole), Wardrobe(palette, whole)
        else:
            self.shelf.resize(whole)
            self._wardrobe.change(palette, whole)
        return Look(self.shelf.fonts, self._wardrobe.themes(palette), whole, palette, self._caret)

    def scale(self, dress: Dress) -> float:
        """Pixels for one pixel of our own measures."""
        scale = (dress.scale or self._native.content_scale()) * dress.font_size / FONT_SIZE
        return min(max(scale, SMALLEST_SCALE), LARGEST_SCALE)

    def search_fonts(self, later: Later, changed: Callable[[], None]) -> None:
        """Look among the system's fonts for what ours lack; `changed` hears when some came."""
        if self.shelf is not None:
            self.shelf.search(later, changed)

    def listen(self) -> None:
        """Take the keys in their order, once the window is shown."""
        self._keys.listen()

    def dress_docks(self, look: Look) -> None:
        """Draw dock tabs, splitters and title bars in a look too, once the window is shown."""
        self._native.patch_base_style(*base_style(look.palette, look.scale))


def dressed(settings: Settings, desktop_is_light: bool | None) -> Dress:
    """What the settings ask for; where the desktop does not say what it prefers, dark."""
    light = settings.theme == "light" or (settings.theme == "system" and bool(desktop_is_light))
    return Dress(LIGHT if light else DARK, settings.scale, settings.font_size)

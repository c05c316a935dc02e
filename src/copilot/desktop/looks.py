"""Makes the look from what the person chose: the palette, the scale and the size of the text."""

from copilot.desktop.fonts import Shelf
from copilot.desktop.native import Native
from copilot.desktop.palette import DARK, LIGHT, Palette
from copilot.desktop.theme import Wardrobe, base_style
from copilot.desktop.widgets import Look
from copilot.projects.settings import FONT_SIZE, Theme
from copilot.vocabulary.frozen import frozen

SMALLEST_SCALE = 0.4
LARGEST_SCALE = 8.0


@frozen
class Dress:
    """What the window wears. `scale` is pixels per point, 0 for the monitor's; `font_size` pixels of text at
    scale 1, which lengths follow, so that nothing is cut where text grows."""

    palette: Palette = DARK
    scale: float = 0.0
    font_size: float = FONT_SIZE


class Looks:
    """One per context, made after it. Each look is a value; all of them share the same fonts and themes."""

    def __init__(self, native: Native) -> None:
        self._native = native
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
        return Look(self.shelf.fonts, self._wardrobe.themes(palette), whole, palette)

    def scale(self, dress: Dress) -> float:
        """Pixels for one pixel of our own measures."""
        scale = (dress.scale or self._native.content_scale()) * dress.font_size / FONT_SIZE
        return min(max(scale, SMALLEST_SCALE), LARGEST_SCALE)

    def dress_docks(self, look: Look) -> None:
        """Draw dock tabs, splitters and title bars in a look too, once the window is shown."""
        self._native.patch_base_style(*base_style(look.palette, look.scale))


def palette_of(theme: Theme, system_is_light: bool | None) -> Palette:
    """The palette of a choice; where the desktop's is not known, the dark one."""
    light = theme == "light" or (theme == "system" and bool(system_is_light))
    return LIGHT if light else DARK

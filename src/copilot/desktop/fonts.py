"""The window's faces and sizes. The files are in `fonts/`, made by `bench/build_fonts.py`."""

from pathlib import Path

from copilot.desktop.gate import Item, dpg
from copilot.vocabulary.frozen import frozen

FOLDER = Path(__file__).parent / "fonts"


@frozen
class Fonts:
    """Fonts by role. `body` is bound to the whole window; bind the others to items, never to windows."""

    body: Item
    body_bold: Item
    body_italic: Item
    small: Item
    small_bold: Item
    caption: Item
    heading: Item
    title: Item
    mono: Item
    mono_bold: Item
    mono_small: Item
    mono_large: Item


def load_fonts(scale: float) -> Fonts:
    """Register the fonts at `scale` (1.0 = 96 dots per inch), once and before the first frame."""
    regular, bold, italic = (str(FOLDER / f"CopilotUI-{w}.ttf") for w in ("Regular", "SemiBold", "Italic"))
    mono, mono_bold = (str(FOLDER / f"CopilotMono-{w}.ttf") for w in ("Regular", "Bold"))
    registry = dpg.add_font_registry()

    def font(path: str, size: int) -> Item:
        # ImGui's size is ascent plus descent: 18 is about 15 pixels of CSS.
        return dpg.add_font(path, round(size * scale), parent=registry)

    fonts = Fonts(
        body=font(regular, 18),
        body_bold=font(bold, 18),
        body_italic=font(italic, 18),
        small=font(regular, 16),
        small_bold=font(bold, 16),
        caption=font(bold, 13),
        heading=font(bold, 21),
        title=font(bold, 25),
        mono=font(mono, 16),
        mono_bold=font(mono_bold, 16),
        mono_small=font(mono, 15),
        mono_large=font(mono, 18),
    )
    dpg.bind_font(fonts.body)
    return fonts

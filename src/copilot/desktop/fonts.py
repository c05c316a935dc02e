"""The window's faces and sizes, and which of them can write a text.

The library draws an item with one font and shows a box for what that font lacks. So a text goes through
`Fonts.for_text`, which takes another font where one has more of it, the system's too, and writes what no font
has as its code point. The files are in `fonts/`, made by `bench/build_fonts.py`.
"""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from copilot.desktop.font_file import Coverage, coverage
from copilot.desktop.gate import Item, dpg
from copilot.desktop.system_fonts import SystemFont, find
from copilot.vocabulary.frozen import frozen

FOLDER = Path(__file__).parent / "fonts"

# ImGui's size is ascent plus descent: 18 is about 15 pixels of CSS.
_ROLES: dict[str, tuple[str, int]] = {
    "body": ("CopilotUI-Regular", 18),
    "body_bold": ("CopilotUI-SemiBold", 18),
    "body_italic": ("CopilotUI-Italic", 18),
    "small": ("CopilotUI-Regular", 16),
    "small_bold": ("CopilotUI-SemiBold", 16),
    "caption": ("CopilotUI-SemiBold", 13),
    "heading": ("CopilotUI-SemiBold", 21),
    "title": ("CopilotUI-SemiBold", 25),
    "mono": ("CopilotMono-Regular", 16),
    "mono_bold": ("CopilotMono-Bold", 16),
    "mono_small": ("CopilotMono-Regular", 15),
    "mono_large": ("CopilotMono-Regular", 18),
}
_SPARE = ("CopilotUI-Regular", "CopilotUI-SemiBold")
"""The faces of ours with the most characters."""

_BLANKS = frozenset(map(ord, " \t\n"))
_SIMPLE = 0x180
"""All faces have everything below but controls: Latin, and the additions of western and central Europe."""

SHORT, REMEMBERED = 80, 2_000
"""Characters of a text of which it is remembered how it is written, and how many of them are."""

Seek = Callable[[frozenset[int]], tuple[SystemFont, ...]]
Later = Callable[[Callable[[], Any], Callable[[Any], None]], None]


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
    shelf: "Shelf"

    def for_text(self, words: str, base: Item) -> tuple[str, Item]:
        """The words as they can be written, and the font for them: `base` where it has them all."""
        if words.isascii():
            return words, base
        return self.shelf.for_text(words, base)

    def runs(self, words: str, base: Item) -> list[tuple[str, Item]]:
        """The words in pieces, each with a font that has it; for lines that mix scripts."""
        if words.isascii():
            return [(words, base)]
        return self.shelf.runs(words, base)


class Shelf:
    """The fonts of a context, made once. Files of the system come to it when a text needs them.

    A font may be bound to items until the context ends, so none is ever taken down; another scale gives the
    same fonts another size.
    """

    def __init__(self, scale: float) -> None:
        self._scale = scale
        self._registry = dpg.add_font_registry()
        self._items: dict[tuple[Path, int], Item] = {}
        self._faces: dict[Item, tuple[Path, int]] = {}
        self._coverage: dict[Path, Coverage] = {}
        self._system: list[Path] = []
        self._asked: set[int] = set()
        self._known: dict[tuple[str, Item], tuple[str, Item]] = {}
        self._seek: Callable[[frozenset[int]], None] = _nowhere
        roles = {role: self._item(FOLDER / f"{name}.ttf", size) for role, (name, size) in _ROLES.items()}
        self.fonts = Fonts(**roles, shelf=self)
        dpg.bind_font(self.fonts.body)

    def resize(self, scale: float) -> None:
        """Draw all fonts at another scale (1.0 = 96 dots per inch)."""
        if scale != self._scale:
            self._scale = scale
            for (_, size), item in self._items.items():
                dpg.configure_item(item, size=round(size * scale))

    def search(self, later: Later, changed: Callable[[], None], seek: Seek = find) -> None:
        """From now on look for what our fonts lack among the system's; `changed` hears when some came.

        `later` does a piece of work beside the main thread and hands over what it gave (`Errands.add`).
        """

        def take(found: tuple[SystemFont, ...]) -> None:
            new = [font for font in found if font.path not in self._system]
            for font in new:
                self._system.append(font.path)
                self._coverage[font.path] = font.coverage
            if new:
                self._known.clear()
                changed()

        self._seek = lambda codes: later(lambda: seek(codes), take)

    def file(self, item: Item) -> Path:
        """The file of one of the fonts."""
        return self._faces[item][0]

    def for_text(self, words: str, base: Item) -> tuple[str, Item]:
        """See `Fonts.for_text`."""
        known = self._known.get((words, base))
        if known is None:
            known = self._for_text(words, base)
            if len(words) <= SHORT:  # icons, above all
                if len(self._known) >= REMEMBERED:
                    self._known.clear()
                self._known[words, base] = known
        return known

    def _for_text(self, words: str, base: Item) -> tuple[str, Item]:
        codes = _codes(words)
        if not codes or base not in self._faces:
            return words, base
        own, size = self._faces[base]
        lacking = self._had(own).lacks(codes)
        if not lacking:
            return words, base
        path, lacking = self._best(codes, own, lacking)
        self._want(lacking)
        return _spelled(words, lacking), base if path == own else self._item(path, size)

    def runs(self, words: str, base: Item) -> list[tuple[str, Item]]:
        """See `Fonts.runs`. Blanks stay with what is before them."""
        whole, font = self.for_text(words, base)
        if base not in self._faces or (whole == words and font == base):
            return [(whole, font)]
        found: list[tuple[str, Item]] = []
        for letter in words:
            written, one = self.for_text(letter, base)
            if found and (one == found[-1][1] or letter.isspace()):
                found[-1] = (found[-1][0] + written, found[-1][1])
            else:
                found.append((written, one))
        return found

    def _best(self, codes: set[int], own: Path, lacking: set[int]) -> tuple[Path, set[int]]:
        """The file that lacks the least, and what it lacks; ours before others."""
        best = own
        for path in (*(FOLDER / f"{name}.ttf" for name in _SPARE), *self._system):
            without = self._had(path).lacks(codes)
            if len(without) < len(lacking):
                best, lacking = path, without
        return best, lacking

    def _want(self, lacking: set[int]) -> None:
        known = (path for path in (*(FOLDER / f"{n}.ttf" for n in _SPARE), *self._system))
        for path in known:
            lacking = self._had(path).lacks(lacking)
        new = frozenset(lacking - self._asked)
        if new:
            self._asked |= new
            self._seek(new)

    def _had(self, path: Path) -> Coverage:
        if path not in self._coverage:
            self._coverage[path] = coverage(path) or Coverage((), ())
        return self._coverage[path]

    def _item(self, path: Path, size: int) -> Item:
        if (path, size) not in self._items:
            item = dpg.add_font(str(path), round(size * self._scale), parent=self._registry)
            self._items[path, size] = item
            self._faces[item] = (path, size)
        return self._items[path, size]


def _nowhere(_codes: frozenset[int]) -> None:
    """Nobody is asked."""


def _codes(words: str) -> set[int]:
    """The characters that not every face of ours has."""
    return {code for code in map(ord, set(words)) if code >= _SIMPLE and code not in _BLANKS}


def _spelled(words: str, lacking: Iterable[int]) -> str:
    return words.translate({code: f"‹U+{code:04X}›" for code in lacking})

"""Which colours meet in the window, and how well one is read on the other: WCAG 2.2, level AA.

The formulas are those of https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio and #dfn-relative-luminance.
"""

from collections.abc import Iterator

from copilot.desktop.palette import Colour, Palette, Tone, faded
from copilot.desktop.part_looks import parts
from copilot.desktop.theme import CHIP_ALPHA, CHIP_TONES
from copilot.desktop.window_look import base_colours
from copilot.vocabulary.frozen import frozen

TEXT_LEAST = 4.5
LARGE_LEAST = 3.0
"""For text from 24 pixels, or bold from 19, and for what is drawn: icons, bars, lines of a plot."""


@frozen(kw_only=False)
class Pair:
    """Something in `front` that stands on the `grounds`, the far one first, each drawn over those before."""

    what: str
    front: Colour
    grounds: tuple[Colour, ...]
    least: float = TEXT_LEAST

    @property
    def ratio(self) -> float:
        """1 for no difference, 21 for black on white."""
        ground = blended(*self.grounds)
        one, other = luminance(blended(ground, self.front)), luminance(ground)
        return (max(one, other) + 0.05) / (min(one, other) + 0.05)


def luminance(colour: Colour) -> float:
    """The relative luminance of an opaque colour, 0 to 1."""
    red, green, blue = (_linear(part / 255) for part in colour[:3])
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4


def blended(ground: Colour, *over: Colour) -> Colour:
    """What is seen of colours drawn over an opaque one, as the library blends them."""
    red, green, blue = ground[:3]
    for colour in over:
        share = colour[3] / 255
        red, green, blue = (
            round(below + (above - below) * share)
            for below, above in zip((red, green, blue), colour[:3], strict=True)
        )
    return (red, green, blue, 255)


_WORDS: tuple[Tone, ...] = (
    *("text", "strong", "dim", "faint", "accent_bright", "green", "amber", "red", "red_soft"),
    *("violet", "cyan", "code", "code_string", "code_number"),
)
_TILES: tuple[Tone, ...] = ("violet", "cyan", "accent", "green", "code_number")
TILE_ALPHAS = (54, 84, 96, 118)


def pairs(palette: Palette) -> Iterator[Pair]:
    """Every pair that occurs, and some that may: each tone on each ground that words stand on."""
    grounds = _grounds(palette)
    for name, ground in grounds.items():
        for tone in _WORDS:
            yield Pair(f"{tone} on {name}", palette.of(tone), ground)
        yield Pair(f"an icon in the accent on {name}", palette.accent, ground, LARGE_LEAST)
        for tone in CHIP_TONES:
            colour = palette.of(tone)
            chip = faded(colour, CHIP_ALPHA)
            yield Pair(f"a {tone} chip on {name}", colour, (*ground, chip))
    yield from _buttons(palette, grounds)
    yield from _fields(palette, grounds)
    yield from _code(palette)
    yield from _tiles(palette)
    yield from _plots(palette)


def _grounds(palette: Palette) -> dict[str, tuple[Colour, ...]]:
    panel, card = palette.panel, palette.card
    return {
        "the menu bar": (palette.back,),
        "a panel": (panel,),
        "a card": (card,),
        "the person's card": (palette.card_person,),
        "a failed turn's card": (palette.card_failed,),
        "a note's card": (palette.card_notice,),
        "a tool's row": (card, faded(palette.veil, 7)),
        "a striped row": (panel, faded(palette.veil, 5)),
        "code": (palette.inset,),
        "a dialog": (palette.modal,),
        "a popup": (palette.popup,),
    }


def _buttons(palette: Palette, grounds: dict[str, tuple[Colour, ...]]) -> Iterator[Pair]:
    for part, (colours, _) in parts(palette).items():
        if "Button" not in colours:
            continue
        for name, ground in grounds.items():
            for state in ("Button", "ButtonHovered", "ButtonActive"):
                yield Pair(f"{part}, {state.lower()}, on {name}", colours["Text"], (*ground, colours[state]))
    plain = base_colours(palette)
    for state in ("Button", "ButtonHovered", "ButtonActive"):
        yield Pair(f"a plain {state.lower()}", palette.text, (palette.panel, plain[state]))


def _fields(palette: Palette, grounds: dict[str, tuple[Colour, ...]]) -> Iterator[Pair]:
    plain = base_colours(palette)
    for name in ("a panel", "a card", "a dialog", "a popup", "code"):
        ground = grounds[name]
        for tone in ("text", "dim"):  # what is typed, and the hint
            for state in ("FrameBg", "FrameBgHovered", "FrameBgActive"):
                yield Pair(f"{tone} in a field on {name}", palette.of(tone), (*ground, plain[state]))
        for row in ("Header", "HeaderHovered", "HeaderActive"):
            for tone in ("text", "strong", "dim"):
                yield Pair(f"{tone} in a {row.lower()} on {name}", palette.of(tone), (*ground, plain[row]))
        selected = plain["TextSelectedBg"]
        for tone in ("text", "code"):
            yield Pair(f"selected {tone} on {name}", palette.of(tone), (*ground, selected))
        yield Pair(f"selected text in a field on {name}", palette.text, (*ground, plain["FrameBg"], selected))
        yield Pair(f"a check mark on {name}", plain["CheckMark"], (*ground, plain["FrameBg"]), LARGE_LEAST)
        yield Pair(f"the caret on {name}", plain["InputTextCursor"], (*ground, plain["FrameBg"]), LARGE_LEAST)
    for state in ("TabHovered", "TabSelected"):
        yield Pair(f"the title of a {state.lower()}", palette.text, (palette.back, plain[state]))
    yield Pair("the title of a tab behind", palette.text, (palette.back,))


def _code(palette: Palette) -> Iterator[Pair]:
    inset, modal = (palette.inset,), (palette.modal,)
    for kind in ("section", "hunk", "added", "removed"):
        for ground in (inset, modal):
            for tone in ("code", "strong", "accent_bright", "green", "red", "faint"):
                if (kind == "section" and tone in ("green", "red", "faint")) or {kind, tone} in (
                    {"added", "red"},
                    {"removed", "green"},
                    {"hunk", "red"},
                    {"hunk", "green"},
                ):
                    continue
                yield Pair(f"{tone} in a diff's {kind}", palette.of(tone), (*ground, palette.diff_fill(kind)))
    for tone in ("text", "strong", "dim", "faint"):
        for ground in (inset, (palette.panel,)):
            yield Pair(f"{tone} in the chosen line", palette.of(tone), (*ground, faded(palette.accent, 46)))
            yield Pair(f"{tone} under the mouse", palette.of(tone), (*ground, faded(palette.dim, 30)))
    yield Pair("where the cache ends", palette.code, (palette.inset, faded(palette.amber, 46)))
    pill = faded(palette.veil, 16)
    for ground in (palette.card, palette.card_person, palette.panel):
        yield Pair("code within a line", palette.code_inline, (ground, pill))


def _tiles(palette: Palette) -> Iterator[Pair]:
    for tone in _TILES:
        for alpha in TILE_ALPHAS:
            tile = (palette.inset, faded(palette.area(tone), 22), faded(palette.area(tone), alpha))
            yield Pair(f"a name on a {tone} tile", palette.strong, tile)
            yield Pair(f"tokens on a {tone} tile", palette.tile_text, tile)
        head = (palette.inset, faded(palette.area(tone), 22))
        yield Pair(f"the heading of {tone} tiles", palette.of(tone), head)
        yield Pair(f"the tokens beside the heading of {tone} tiles", palette.dim, head)


def _plots(palette: Palette) -> Iterator[Pair]:
    series: tuple[Tone, ...] = ("violet", "accent", "green", "amber", "cyan", "red")
    for tone in series:
        yield Pair(f"{tone} in a plot", palette.of(tone), (palette.panel,), LARGE_LEAST)
    yield Pair("cached tokens in a plot", palette.cached_bar, (palette.panel,), LARGE_LEAST)
    for name, colour in (("the accent", palette.accent), ("amber", palette.amber_bar)):
        yield Pair(f"a bar in {name}", colour, (palette.panel, palette.track), LARGE_LEAST)

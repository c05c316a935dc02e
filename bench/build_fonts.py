"""Build the fonts of the window: `python bench/build_fonts.py --emoji FILE [--share DIR] [OUT]`.

Dear PyGui draws a text item with one font file and has no fallback, so what one face lacks is merged into it
at build time, by the tables `UI` and `MONO`: icons, and from the Noto fonts the symbols, the pictographs and
the letters of more scripts. The merged families are named "Copilot UI" and "Copilot Mono", because licences
may reserve the original names; all inputs are under the SIL Open Font License 1.1. The result is the same
bytes each time.

Inputs are the Debian 12 packages fonts-inter, fonts-font-awesome, fonts-jetbrains-mono, fonts-noto-core and
fonts-noto-mono (DIR is their /usr/share/fonts), and NotoEmoji_400Regular.ttf of the npm package
@expo-google-fonts/noto-emoji.
"""

import argparse
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.recordingPen import DecomposingRecordingPen
from fontTools.pens.transformPen import TransformPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont

OUT = Path(__file__).parent.parent / "src" / "copilot" / "desktop" / "fonts"
FIXED_TIME = 3_800_000_000  # seconds since 1904: the files must not differ from run to run
CELL = 600
"""The width of each character of JetBrains Mono, of an em of 1000; what is wide in a terminal has two."""

MERGED_FROM = (
    "Inter, Font Awesome 4.7 (Dave Gandy), JetBrains Mono, Noto Sans, Noto Sans Mono, Noto Sans Symbols, "
    "Noto Sans Symbols 2, Noto Sans Math, Noto Emoji and the Noto Sans of more scripts"
)

LETTERS = ((0x00A0, 0x058F), (0x10A0, 0x10FF), (0x1C80, 0x1CBF), (0x1D00, 0x1FFF), (0x2000, 0x218F))
BOXES = ((0x2500, 0x259F),)
ARROWS = ((0x2190, 0x21FF), (0x27F0, 0x27FF), (0x2900, 0x297F))
MATHS = ((0x2200, 0x22FF), (0x27C0, 0x27EF))
MORE_MATHS = ((0x2980, 0x2AFF), (0x1D400, 0x1D7FF))
SIGNS = ((0x2300, 0x24FF), (0x25A0, 0x28FF), (0x2B00, 0x2BFF), (0x1F100, 0x1F1FF))
MORE_SIGNS = ((0x1F300, 0x1F8FF), (0x1F900, 0x1FAFF))
SCRIPTS = {
    "Armenian": ((0x0530, 0x058F),),
    "Hebrew": ((0x0590, 0x05FF), (0xFB1D, 0xFB4F)),
    "Arabic": ((0x0600, 0x06FF),),
    "Devanagari": ((0x0900, 0x097F),),
    "Thai": ((0x0E00, 0x0E7F),),
    "Georgian": ((0x10A0, 0x10FF), (0x1C90, 0x1CBF)),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Donor:
    """Code points taken from another file, scaled to the base's em and moved by `rise` em.

    `room` is the most height in em that a glyph may take; a taller one is made smaller.
    """

    path: str
    ranges: tuple[tuple[int, int], ...]
    scale: float = 1.0
    rise: float = 0.0
    room: float = 1.3


@dataclass(frozen=True, slots=True, kw_only=True)
class Face:
    """One merged file: its base, and what it takes from others, in the order in which they are asked."""

    name: str
    style: str
    base: str
    donors: tuple[Donor, ...]

    @property
    def mono(self) -> bool:
        return "Mono" in self.name


def _symbols(*, pictures: bool, more: bool) -> tuple[Donor, ...]:
    noto = "truetype/noto/NotoSans"
    maths = MATHS + ARROWS + (MORE_MATHS if more else ())
    signs = SIGNS + ARROWS + (MORE_SIGNS if more else ())
    found = [
        Donor(path=f"{noto}Math-Regular.ttf", ranges=(*maths, (8960, 9215), (11008, 11263))),
        Donor(path=f"{noto}Symbols2-Regular.ttf", ranges=signs),
        Donor(path=f"{noto}Symbols-Regular.ttf", ranges=(*signs, (8448, 8591))),
    ]
    if pictures:
        # Symbols are drawn for one colour and small sizes, so of those the emoji font has only the rest.
        emoji = {"path": "emoji", "scale": 0.86, "rise": -0.03}
        found.insert(0, Donor(ranges=((0x1F000, 0x1FAFF),), **emoji))
        found.append(Donor(ranges=((0x2300, 0x2BFF),), **emoji))
    return tuple(found)


def _ui(style: str, noto: str, *, pictures: bool, more: bool) -> Face:
    icons = "truetype/font-awesome/fontawesome-webfont.ttf"
    mono = "truetype/jetbrains-mono/JetBrainsMono-Regular.ttf"
    weight = "Bold" if noto == "Bold" else "Regular"
    scripts = tuple(
        Donor(path=f"truetype/noto/NotoSans{script}-{weight}.ttf", ranges=ranges)
        for script, ranges in SCRIPTS.items()
        if pictures
    )
    return Face(
        name="CopilotUI",
        style=style,
        base=f"opentype/inter/Inter-{style}.otf",
        donors=(
            Donor(path=icons, ranges=((0xF000, 0xF2E0),), scale=0.92, rise=-0.02),
            Donor(path=mono, ranges=(*BOXES, (8592, 8703), (9632, 9727), (9984, 10175))),
            Donor(path=f"truetype/noto/NotoSans-{noto}.ttf", ranges=LETTERS),
            *_symbols(pictures=pictures, more=more),
            *scripts,
        ),
    )


def _mono(weight: str, *, pictures: bool, more: bool) -> Face:
    noto = f"truetype/noto/NotoSansMono-{weight}.ttf"
    taken = LETTERS + BOXES + ARROWS + MATHS + ((0x2300, 0x24FF), (0x25A0, 0x27BF))
    return Face(
        name="CopilotMono",
        style=weight,
        base=f"truetype/jetbrains-mono/JetBrainsMono-{weight}.ttf",
        donors=(Donor(path=noto, ranges=taken), *_symbols(pictures=pictures, more=more)),
    )


FACES = (
    _ui("Regular", "Regular", pictures=True, more=True),
    _ui("SemiBold", "Bold", pictures=True, more=False),
    _ui("Italic", "Italic", pictures=False, more=False),
    _mono("Regular", pictures=True, more=False),
    _mono("Bold", pictures=False, more=False),
)


def merge(face: Face, share: Path, emoji: Path, out: Path) -> int:
    """Write the merged face to `out`; returns the number of characters it has."""
    font = TTFont(share / face.base)
    em = font["head"].unitsPerEm
    cmap: dict[int, str] = dict(font.getBestCmap())
    order = [".notdef", *sorted(set(cmap.values()) - {".notdef"})]
    glyphs = {name: _outline(font, name, em) for name in order}
    advance = {name: font["hmtx"][name][0] for name in order}
    for donor in face.donors:
        other = TTFont(emoji if donor.path == "emoji" else share / donor.path)
        for code, name in sorted(other.getBestCmap().items()):
            if code in cmap or not any(low <= code <= high for low, high in donor.ranges):
                continue
            merged = f"x{code:05X}"
            glyphs[merged], advance[merged] = _taken(other, name, code, donor, em, mono=face.mono)
            order.append(merged)
            cmap[code] = merged
    _save(out, face, em, order, cmap, glyphs, advance, font["hhea"])
    return len(cmap)


def _taken(other, name, code, donor, em, *, mono):
    """A glyph of another file and its width, in the base's units."""
    scale = em / other["head"].unitsPerEm * donor.scale
    width = other["hmtx"][name][0] * scale
    shape = _outline(other, name, em, (scale, 0, 0, scale, 0, donor.rise * em))
    left, right = getattr(shape, "xMin", 0), getattr(shape, "xMax", 0)
    least = min(1.0, donor.room * em / max(1, getattr(shape, "yMax", 0) - getattr(shape, "yMin", 0)))
    cell = width
    if mono and unicodedata.combining(chr(code)) == 0:
        cell = CELL * (2 if unicodedata.east_asian_width(chr(code)) in "WF" else 1)
        least = min(least, cell / max(right - left, 1))
    if least < 1 or cell != width:
        scale *= least
        beside = cell / 2 - (left + right) / 2 * least if cell != width else 0
        middle = (1 - least) * 0.35 * em  # of the letters, so that what became smaller stays among them
        shape = _outline(other, name, em, (scale, 0, 0, scale, beside, donor.rise * em * least + middle))
        width = cell if mono else width * least
    return shape, round(width)


def _outline(font, name, em, move=(1, 0, 0, 1, 0, 0)):
    recording = DecomposingRecordingPen(font.getGlyphSet())
    font.getGlyphSet()[name].draw(recording)
    pen = TTGlyphPen(None)
    quadratic = Cu2QuPen(pen, em / 1000, reverse_direction="CFF " in font)
    recording.replay(TransformPen(quadratic, move))
    glyph = pen.glyph()
    glyph.recalcBounds(None)
    return glyph


def _save(out, face, em, order, cmap, glyphs, advance, header):
    ascent, descent = header.ascent, header.descent
    build = FontBuilder(em, isTTF=True)
    build.setupGlyphOrder(order)
    build.setupCharacterMap(cmap)
    build.setupGlyf(glyphs)
    table = build.font["glyf"]
    build.setupHorizontalMetrics({n: (advance[n], getattr(table[n], "xMin", 0)) for n in order})
    build.setupHorizontalHeader(ascent=ascent, descent=descent, lineGap=0)
    build.setupOS2(sTypoAscender=ascent, sTypoDescender=descent, usWinAscent=ascent, usWinDescent=-descent)
    build.setupNameTable(
        {
            "familyName": "Copilot Mono" if face.mono else "Copilot UI",
            "styleName": face.style,
            "copyright": f"Derived from {MERGED_FROM}; each by its project's authors",
            "licenseDescription": "SIL Open Font License 1.1",
            "licenseInfoURL": "https://openfontlicense.org",
        }
    )
    build.setupPost(keepGlyphNames=False)
    build.setupHead(unitsPerEm=em, created=FIXED_TIME, modified=FIXED_TIME)
    build.font.recalcTimestamp = False
    build.save(out)


def main() -> None:
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=raw)
    parser.add_argument("out", nargs="?", type=Path, default=OUT)
    parser.add_argument("--share", type=Path, default=Path("/usr/share/fonts"))
    parser.add_argument("--emoji", type=Path, required=True)
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    for face in FACES:
        path = asked.out / f"{face.name}-{face.style}.ttf"
        count = merge(face, asked.share, asked.emoji, path)
        print(f"{path.name}: {count:,} characters, {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()

"""Build the fonts of the window: `python bench/build_fonts.py [OUT]` (needs fonttools).

Dear PyGui draws a text item with one font file and has no fallback, so icons and symbols are merged into the
text face at build time: Inter outlines, Font Awesome 4.7 icons (U+F000 to U+F2E0), and what Inter lacks of
arrows, box drawing and geometric shapes from JetBrains Mono. All three are under the SIL Open Font License
1.1; the merged family is named "Copilot UI" because the licence reserves the original names. JetBrains Mono
itself is copied unchanged. Inputs are the Debian packages fonts-inter, fonts-font-awesome and
fonts-jetbrains-mono. The result is the same bytes each time.
"""

import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.recordingPen import DecomposingRecordingPen
from fontTools.pens.transformPen import TransformPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont

SHARE = Path("/usr/share/fonts")
INTER = SHARE / "opentype" / "inter"
MONO = SHARE / "truetype" / "jetbrains-mono"
ICONS = SHARE / "truetype" / "font-awesome" / "fontawesome-webfont.ttf"
OUT = Path(__file__).parent.parent / "src" / "copilot" / "desktop" / "fonts"
WEIGHTS = ("Regular", "SemiBold", "Italic")
FIXED_TIME = 3_800_000_000  # seconds since 1904: the files must not differ from run to run


@dataclass(frozen=True, slots=True, kw_only=True)
class Donor:
    """Code points taken from another file, scaled to the base's em and moved by `rise` em."""

    path: Path
    ranges: tuple[tuple[int, int], ...]
    scale: float = 1.0
    rise: float = 0.0


DONORS = (
    Donor(path=ICONS, ranges=((0xF000, 0xF2E0),), scale=0.92, rise=-0.02),
    Donor(
        path=MONO / "JetBrainsMono-Regular.ttf", ranges=((0x2190, 0x21FF), (0x2500, 0x25FF), (0x2700, 0x27BF))
    ),
)


def merge(base: Path, out: Path, style: str) -> int:
    """Write `base` with the donors' glyphs to `out`; returns the number of glyphs."""
    font = TTFont(base)
    em = font["head"].unitsPerEm
    cmap: dict[int, str] = dict(font.getBestCmap())
    order = [".notdef", *sorted(set(cmap.values()) - {".notdef"})]
    glyphs = {name: _outline(font, name, em) for name in order}
    advance = {name: font["hmtx"][name][0] for name in order}
    for donor in DONORS:
        other = TTFont(donor.path)
        scale = em / other["head"].unitsPerEm * donor.scale
        for code, name in sorted(other.getBestCmap().items()):
            if code in cmap or not any(low <= code <= high for low, high in donor.ranges):
                continue
            merged = f"x{code:05X}"
            move = (scale, 0, 0, scale, 0, donor.rise * em)
            glyphs[merged] = _outline(other, name, em, move)
            advance[merged] = int(other["hmtx"][name][0] * scale)
            order.append(merged)
            cmap[code] = merged
    _save(out, style, em, order, cmap, glyphs, advance, font["hhea"].ascent, font["hhea"].descent)
    return len(order)


def _outline(font, name, em, move=(1, 0, 0, 1, 0, 0)):
    recording = DecomposingRecordingPen(font.getGlyphSet())
    font.getGlyphSet()[name].draw(recording)
    pen = TTGlyphPen(None)
    quadratic = Cu2QuPen(pen, em / 1000, reverse_direction="CFF " in font)
    recording.replay(TransformPen(quadratic, move))
    return pen.glyph()


def _save(out, style, em, order, cmap, glyphs, advance, ascent, descent):
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
            "familyName": "Copilot UI",
            "styleName": style,
            "copyright": "Derived from Inter (The Inter Project Authors), Font Awesome 4.7 (Dave Gandy) "
            "and JetBrains Mono (The JetBrains Mono Project Authors)",
            "licenseDescription": "SIL Open Font License 1.1",
            "licenseInfoURL": "https://openfontlicense.org",
        }
    )
    build.setupPost()
    build.setupHead(unitsPerEm=em, created=FIXED_TIME, modified=FIXED_TIME)
    build.font.recalcTimestamp = False
    build.save(out)


def main(out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    for weight in WEIGHTS:
        path = out / f"CopilotUI-{weight}.ttf"
        print(
            path.name,
            merge(INTER / f"Inter-{weight}.otf", path, weight),
            "glyphs",
            path.stat().st_size,
            "bytes",
        )
    for weight in ("Regular", "Bold"):
        shutil.copyfile(MONO / f"JetBrainsMono-{weight}.ttf", out / f"JetBrainsMono-{weight}.ttf")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else OUT)

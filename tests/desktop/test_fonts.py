"""What models write can be read: our own fonts, the system's, and at last the code point, never a box."""

import struct
import tempfile
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import dearpygui.dearpygui as library
import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont
from fontTools.ttLib.ttCollection import TTCollection
from hypothesis import given, settings
from hypothesis import strategies as st

from copilot.desktop.font_file import Coverage, coverage, covered
from copilot.desktop.fonts import FOLDER, Fonts, Shelf
from copilot.desktop.system_fonts import SystemFont, find, in_folders

FILES = sorted(FOLDER.glob("*.ttf"))
EVERYWHERE = {
    "western Europe": "Größe façade señor Ærøskøbing œuvre ß €£¥ «»„“”‘’ – — …",
    "central Europe": "Łódź Příliš žluťoučký kůň ąęśćż őű șț",
    "Greek": "Ελληνικά αβγδ Ωμέγα",
    "Cyrillic": "Съешь ещё этих мягких французских булок; ґєії",
    "Vietnamese": "Tiếng Việt ễ ộ ừ ạ",
    "arrows": "← → ↑ ↓ ↔ ⇒ ⇐ ⇔ ↦ ↩ ⟶ ⟹",
    "maths": "≤ ≥ ≠ ≈ ≡ ± × ÷ ∞ ∀ ∃ ∈ ∉ ⊂ ⊆ ∪ ∩ ∧ ∨ ¬ ∑ ∏ ∫ √ ∂ ∇ ℝ ℕ ℤ ⊕ ⊗ ⊢ ⌈x⌉ ⌊x⌋ ⟨a⟩",
    "small figures": "x² x³ xⁿ a₀ a₁ ½ ⅓ ¼",
    "boxes": "┌─┬─┐ │ ├─┼─┤ └─┴─┘ ╔═╗ ║ ╚═╝ ╭╮╰╯ ░▒▓█ ▁▂▃▄▅▆▇",
    "shapes": "■ □ ▪ ▫ ● ○ ◆ ◇ ▲ △ ▼ ▶ ◀ ★ ☆ ◐",
    "checks": "✓ ✔ ✗ ✘ ☐ ☑ ☒ ⚠ ⚡ ♥ ⚙ ✂ ✈ ☀ ☎ ➜ ❯ ❌ ✅ ⭐ ❓ ❗",
    "spinners": "⠋ ⠙ ⠹ ⠸ ⠼ ⠴ ⠦ ⠧ ⠇ ⠏",
    "keys": "⌘ ⌥ ⇧ ⌃ ⏎ ⌫ ⎋ ⇥",
    "numbers": "① ② ⑩ Ⅳ ⓐ № ™ ©",
}
PICTURES = "😀 😂 👍 🙏 🎉 🚀 🔥 💡 📁 📂 📝 📊 🔧 🔍 🔒 🐛 🧪 🤖 🧠 🟢 🔴 🟡 ⏳ 🕐 🌍 🍕 🏗 🪄 🫠"
SCRIPTS = "שלום مرحبا नमस्ते สวัสดี Հայերեն ქართული"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
@pytest.mark.parametrize("kind", EVERYWHERE)
def test_each_face_has_what_models_write(path: Path, kind: str) -> None:
    had = coverage(path)
    assert had is not None
    few = (
        {"❌", "✅", "⭐", "❓", "❗"}
        if path.stem in ("CopilotUI-Italic", "CopilotMono-Bold")
        else set[str]()
    )
    lacking = had.lacks(map(ord, set(EVERYWHERE[kind]) - {" "}))
    assert {chr(code) for code in lacking} <= few


@pytest.mark.parametrize("name", ["CopilotUI-Regular", "CopilotUI-SemiBold", "CopilotMono-Regular"])
def test_the_faces_of_ordinary_text_have_pictures(name: str) -> None:
    had = coverage(FOLDER / f"{name}.ttf")
    assert had is not None
    assert not had.lacks(map(ord, set(PICTURES) - {" "}))


@pytest.mark.parametrize("name", ["CopilotUI-Regular", "CopilotUI-SemiBold"])
def test_the_faces_of_the_window_have_the_letters_of_more_scripts(name: str) -> None:
    had = coverage(FOLDER / f"{name}.ttf")
    assert had is not None
    assert not had.lacks(map(ord, set(SCRIPTS) - {" "}))


def test_the_fonts_come_with_their_licence_and_are_small() -> None:
    words = (FOLDER / "LICENSE.txt").read_text(encoding="utf-8")
    assert "SIL OPEN FONT LICENSE" in words
    for path in FILES:
        assert path.name in words
        assert "SIL Open Font License" in TTFont(path)["name"].getDebugName(13)
    assert sum(path.stat().st_size for path in FILES) < 6_500_000


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_coverage_is_what_a_second_reader_finds(path: Path) -> None:
    had = coverage(path)
    assert had is not None
    assert _every(had) == set(TTFont(path).getBestCmap())


def _every(had: Coverage) -> set[int]:
    return {code for start, end in zip(had.starts, had.ends, strict=True) for code in range(start, end + 1)}


def _font(codes: list[int], path: Path) -> TTFont:
    """A font in which each of the characters is a square."""
    names = {code: f"u{code:X}" for code in codes}
    pen = TTGlyphPen(None)
    pen.moveTo((0, 0))
    for corner in ((0, 500), (500, 500), (500, 0)):
        pen.lineTo(corner)
    pen.closePath()
    square = pen.glyph()
    order = [".notdef", *names.values()]
    build = FontBuilder(1000, isTTF=True)
    build.setupGlyphOrder(order)
    build.setupCharacterMap(names)
    build.setupGlyf(dict.fromkeys(order, square))
    build.setupHorizontalMetrics(dict.fromkeys(order, (600, 0)))
    build.setupHorizontalHeader(ascent=800, descent=-200)
    build.setupOS2()
    build.setupNameTable({"familyName": "Squares", "styleName": "Regular"})
    build.setupPost()
    build.save(path)
    return build.font


@pytest.mark.parametrize("codes", [[0x41, 0x42, 0x4E2D], [0x41, 0x1F600, 0x20000], [0x3042, 0x3044, 0x3046]])
def test_small_and_large_tables_are_read(tmp_path: Path, codes: list[int]) -> None:
    _font(codes, tmp_path / "a.ttf")
    had = coverage(tmp_path / "a.ttf")
    assert had is not None
    assert _every(had) == set(codes)
    assert len(had) == len(codes)


def test_of_a_collection_the_first_font_counts_as_it_does_for_the_library(tmp_path: Path) -> None:
    collection = TTCollection()
    collection.fonts = [_font([0x4E2D], tmp_path / "a.ttf"), _font([0x41], tmp_path / "b.ttf")]
    collection.save(tmp_path / "c.ttc")
    had = coverage(tmp_path / "c.ttc")
    assert had is not None
    assert _every(had) == {0x4E2D}


@pytest.mark.parametrize("table", ["glyf", "loca", "cmap", "hmtx", "head"])
def test_a_font_without_a_table_that_is_needed_is_refused(tmp_path: Path, table: str) -> None:
    whole = tmp_path / "whole.ttf"
    _font([0x41], whole)
    assert covered(whole.read_bytes().replace(table.encode(), b"xxxx", 1)) is None


@pytest.mark.parametrize("table", ["CBDT", "sbix", "COLR", "SVG "])
def test_a_font_of_coloured_pictures_is_refused(tmp_path: Path, table: str) -> None:
    whole = tmp_path / "whole.ttf"
    _font([0x41], whole)
    data = whole.read_bytes()
    assert covered(data) is not None
    assert covered(data.replace(b"OS/2", table.encode(), 1)) is None


def test_no_font_at_all_is_refused(tmp_path: Path) -> None:
    (tmp_path / "junk.ttf").write_bytes(b"junk" * 1000)
    assert coverage(tmp_path / "junk.ttf") is None
    assert coverage(tmp_path / "none.ttf") is None
    assert coverage(tmp_path) is None
    assert covered(b"") is None


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 3_000), st.binary(min_size=1, max_size=8), st.integers(0, 3_000))
def test_a_broken_file_never_raises(at: int, put: bytes, keep: int) -> None:
    data = bytearray(_small())
    data[at % len(data) : at % len(data) + len(put)] = put
    covered(bytes(data))
    covered(bytes(data[: keep % len(data)]))


@cache
def _small() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        _font([0x41, 0x3042, 0x3044, 0x1F600], Path(folder) / "a.ttf")
        return (Path(folder) / "a.ttf").read_bytes()


def test_the_search_takes_few_fonts_that_together_have_all(tmp_path: Path) -> None:
    for name, codes in (("a", [0x4E2D]), ("b", [0x4E2D, 0x6587, 0x5B57]), ("c", [0xD55C]), ("d", [0x41])):
        _font(codes, tmp_path / f"{name}.ttf")
    (tmp_path / "junk.ttf").write_bytes(b"OTTO" + bytes(400))
    listing = in_folders([tmp_path], ["junk.ttf", "a.ttf", "b.ttf", "c.ttf", "d.ttf", "gone.ttf"])
    found = find(frozenset({0x4E2D, 0x6587, 0xD55C, 0x10FFFD}), listing)
    assert {font.path.name for font in found} == {"b.ttf", "c.ttf"}


def test_the_system_is_asked_and_gives_only_what_can_be_drawn() -> None:
    for font in find(frozenset({ord("Ω"), ord("中")})):
        assert coverage(font.path) == font.coverage


@pytest.fixture
def shelf() -> Iterator[Shelf]:
    library.create_context()
    try:
        yield Shelf(1.0)
    finally:
        library.destroy_context()


def test_text_that_the_font_has_keeps_it(shelf: Shelf) -> None:
    fonts = shelf.fonts
    for words in ("plain", "Größe → ∞ ✓", PICTURES, SCRIPTS):
        assert fonts.for_text(words, fonts.body) == (words, fonts.body)
    assert fonts.runs("Größe", fonts.mono) == [("Größe", fonts.mono)]


def test_text_that_another_face_of_ours_has_takes_that(shelf: Shelf) -> None:
    fonts = shelf.fonts
    assert fonts.for_text("fertig 🚀", fonts.body_italic) == ("fertig 🚀", fonts.body)
    words, font = fonts.for_text("שלום", fonts.mono)
    assert words == "שלום"
    assert shelf.file(font).stem == "CopilotUI-Regular"


def test_what_no_font_has_is_written_as_its_code_point(shelf: Shelf) -> None:
    fonts = shelf.fonts
    assert fonts.for_text("a 中 b", fonts.body) == ("a ‹U+4E2D› b", fonts.body)
    assert fonts.for_text("\U0010fffd", fonts.mono)[0] == "‹U+10FFFD›"


def test_a_font_of_the_system_is_searched_once_and_then_used(shelf: Shelf, tmp_path: Path) -> None:
    path = tmp_path / "han.ttf"
    _font([*range(0x20, 0x7F), 0x4E2D, 0x6587], path)
    asked: list[frozenset[int]] = []
    waiting: list[tuple[Callable[[], object], Callable[[tuple[SystemFont, ...]], None]]] = []
    came: list[int] = []

    def seek(codes: frozenset[int]) -> tuple[SystemFont, ...]:
        asked.append(codes)
        had = coverage(path)
        assert had is not None
        return (SystemFont(path, had),)

    shelf.search(lambda work, then: waiting.append((work, then)), lambda: came.append(1), seek)
    fonts = shelf.fonts
    for _ in range(3):
        assert fonts.for_text("中文", fonts.body) == ("‹U+4E2D›‹U+6587›", fonts.body)
    assert len(waiting) == 1
    work, then = waiting.pop()
    then(work())  # type: ignore[arg-type]
    assert (asked, came) == ([frozenset({0x4E2D, 0x6587})], [1])
    words, font = fonts.for_text("中文", fonts.body)
    assert (words, shelf.file(font)) == ("中文", path)
    assert fonts.for_text("中文", fonts.body)[1] == font
    mixed = fonts.runs("中文 ∞ 字", fonts.body)
    assert [(piece, shelf.file(one).stem) for piece, one in mixed] == [
        ("中文 ", "han"),
        ("∞ ‹U+5B57›", "CopilotUI-Regular"),
    ]


def test_another_scale_changes_the_same_fonts(shelf: Shelf) -> None:
    before = shelf.fonts
    shelf.resize(2.0)
    assert shelf.fonts is before
    assert library.get_item_configuration(before.body)["size"] == 36


def test_junk_among_the_systems_fonts_is_never_loaded(tmp_path: Path) -> None:
    whole = tmp_path / "a.ttf"
    _font([0x4E2D], whole)
    data = bytearray(whole.read_bytes())
    struct.pack_into(">H", data, 4, 0xFFFF)  # more tables than there are
    whole.write_bytes(bytes(data))
    assert find(frozenset({0x4E2D}), in_folders([tmp_path], ["a.ttf"])) == ()


def test_every_role_has_its_font(shelf: Shelf) -> None:
    roles = [name for name in Fonts.__dataclass_fields__ if name != "shelf"]
    assert len({getattr(shelf.fonts, role) for role in roles}) == len(roles)

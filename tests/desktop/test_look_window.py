"""The look of a real window: changed while it is open, at another scale, and with letters of every kind."""

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from driver import PATIENCE, Item, Window
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen

from copilot.desktop.palette import DARK, LIGHT
from copilot.desktop.panel_table import PANELS

pytestmark = pytest.mark.window

RUNNER = Path(__file__).with_name("run_dressed.py")
CHANGES = 10
GROWTH = 6_000
"""KiB that so many changes of the look may cost; measured are 100 to 200 for each, of 165,000."""

Open = Callable[..., Window]


@pytest.fixture
def open_window(display: str, tmp_path: Path) -> Iterator[Open]:
    """Opens a play in a look."""
    opened: list[Window] = []

    def start(play: str, dress: str = "dark 1 15", size: tuple[int, int] = (1440, 900)) -> Window:
        out = tmp_path / "out"
        home = tmp_path / f"home {dress}"
        command = [sys.executable, RUNNER, home, play, out, *dress.split(), *size]
        window = Window.start([str(part) for part in command], display, out)
        opened.append(window)
        return window

    yield start
    for window in opened:
        window.kill()


def told(window: Window) -> dict[str, object]:
    return json.loads((window.out / "dressed.json").read_text())


def dress(window: Window, words: str) -> None:
    """Change the look and wait until that is done."""
    before = told(window)["done"]
    new = window.out / "dress.new"
    new.write_text(words)
    new.replace(window.out / "dress.txt")
    window.until(lambda: told(window)["done"] != before, f"the look {words}")
    back = [part / 255 for part in (LIGHT if words.startswith("light") else DARK).back]
    window.until(lambda: told(window)["back"] == pytest.approx(back), f"the ground of {words}")
    window.fresh(6)


def height(window: Window, tag: str) -> float:
    return window.steady(window.find(tag=tag)).size[1]


def test_the_look_changes_under_the_persons_hands_and_nothing_is_lost(open_window: Open) -> None:
    window = open_window("tour")
    window.click(window.find(tag="composer.input"))
    window.type("a draft")
    window.until(lambda: window.find(tag="composer.input").value == "a draft", "the draft")
    answer = window.find(words="What I found")
    before = height(window, "composer.send")
    dress(window, "light 1 15")
    assert window.find(tag="composer.input").value == "a draft"
    assert height(window, "composer.send") == before
    window.until(lambda: abs(window.find(words="What I found").at[1] - answer.at[1]) < 3, "the scrolling")
    window.until(lambda: window.find(tag="composer.input").focused, "the caret")
    window.type(" that goes on")
    window.until(lambda: window.find(tag="composer.input").value == "a draft that goes on", "the new words")
    dress(window, "dark 1 18")
    assert height(window, "composer.send") == pytest.approx(before * 1.2, abs=2)
    dress(window, "dark 1.5 15")
    assert height(window, "composer.send") == pytest.approx(before * 1.5, abs=2)
    dress(window, "dark 1 15")
    assert height(window, "composer.send") == before
    assert window.find(tag="composer.input").value == "a draft that goes on"


def test_the_views_that_were_chosen_stay_chosen(open_window: Open) -> None:
    window = open_window("spending")
    window.click(window.find(tag="usage.cost_tab"))
    window.click(window.find(tag="context.text_tab"))
    window.find(tag="usage.cost_plot")
    window.find(words="Raw bytes")
    dress(window, "light 1 15")
    window.find(tag="usage.cost_plot")
    window.find(words="Raw bytes")


def test_the_panel_in_front_stays_in_front(open_window: Open) -> None:
    window = open_window("tour")
    numbers = {one.name: str(number) for number, one in enumerate(PANELS, 1)}
    for panel, look in (("log", "light 1 15"), ("tools", "dark 1 15"), ("usage", "light 1 15")):
        window.press(numbers[panel], "ctrl")
        window.find(tag=panel)
        window.fresh(4)
        fronts = {item.tag for item in window.items() if item.tag in numbers}
        dress(window, look)
        assert {item.tag for item in window.items() if item.tag in numbers} == fronts


@pytest.mark.whole
def test_many_changes_cost_little_memory(open_window: Open) -> None:
    window = open_window("tour")
    looks = ("light 1 15", "dark 1 15", "light 1.5 15", "dark 1 18")
    for number in range(4):
        dress(window, looks[number])
    before = told(window)["kilobytes"]
    for number in range(CHANGES):
        dress(window, looks[number % 4])
    after = told(window)["kilobytes"]
    assert isinstance(before, int)
    assert isinstance(after, int)
    assert after - before < GROWTH


def test_at_scale_two_everything_is_twice_as_large_and_inside(open_window: Open) -> None:
    single = open_window("tour", "dark 1 15", (960, 600))
    tags = ("composer.send", "composer.input", "context.view.map")
    single.fresh(10)
    small = {tag: single.steady(item) for tag in tags if (item := single.maybe(tag=tag))}
    single.kill()
    double = open_window("tour", "light 2 15", (1920, 1200))
    for tag, item in small.items():
        large = double.steady(double.find(tag=tag))
        assert large.size[1] == pytest.approx(item.size[1] * 2, abs=4)
    within(double, double.find(tag="composer.send"))
    within(double, double.find(tag="composer.input"))


def within(window: Window, item: Item) -> None:
    wide, high = json.loads((window.out / "items.json").read_text())["size"]
    assert item.at[0] >= 0
    assert item.at[1] >= 0
    assert item.at[0] + item.size[0] <= wide
    assert item.at[1] + item.size[1] <= high


def fontconfig(folder: Path, fonts: Path) -> Path:
    """A configuration of fontconfig that knows one folder."""
    path = folder / "fonts.conf"
    inside = f"<dir>{fonts}</dir><cachedir>{folder / 'cache'}</cachedir>"
    path.write_text(f"<?xml version='1.0'?><fontconfig>{inside}</fontconfig>")
    return path


def squares(path: Path, words: str) -> None:
    """A font in which each of the characters is a square."""
    pen = TTGlyphPen(None)
    pen.moveTo((50, 0))
    for corner in ((50, 700), (750, 700), (750, 0)):
        pen.lineTo(corner)
    pen.closePath()
    square = pen.glyph()
    names = {ord(letter): f"u{ord(letter):X}" for letter in words}
    order = [".notdef", *names.values()]
    build = FontBuilder(1000, isTTF=True)
    build.setupGlyphOrder(order)
    build.setupCharacterMap(names)
    build.setupGlyf(dict.fromkeys(order, square))
    build.setupHorizontalMetrics(dict.fromkeys(order, (800, 50)))
    build.setupHorizontalHeader(ascent=900, descent=-300)
    build.setupOS2()
    build.setupNameTable({"familyName": "Squares Sans", "styleName": "Regular"})
    build.setupPost()
    build.save(path)


def test_a_script_that_no_font_has_is_spelled_and_nothing_else(
    open_window: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "none").mkdir()
    monkeypatch.setenv("FONTCONFIG_FILE", str(fontconfig(tmp_path, tmp_path / "none")))
    window = open_window("scripts")
    window.find(words="‹U+4E2D›‹U+6587›")
    words = " ".join(item.words for item in window.items())
    assert set("🚀✅✓∀∈ℝ²Ελκицệעไ🎉") <= set(words)
    assert words.count("‹U+") == words.count("‹U+4E2D›") + words.count("‹U+6587›")


def test_a_font_of_the_system_is_taken_for_what_ours_lack(
    open_window: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fonts = tmp_path / "fonts"
    fonts.mkdir()
    squares(fonts / "squares-sans.ttf", "中文" + "".join(map(chr, range(0x20, 0x7F))))
    (fonts / "junk-sans.ttf").write_bytes(b"\0\1\0\0" + os.urandom(5_000))
    monkeypatch.setenv("FONTCONFIG_FILE", str(fontconfig(tmp_path, fonts)))
    window = open_window("scripts")
    window.until(lambda: any("中文" in i.words for i in window.items() if i.kind == "Text"), "the letters")
    until = time.monotonic() + PATIENCE
    while any("‹U+" in item.words for item in window.items() if item.kind == "Text"):
        assert time.monotonic() < until
        window.fresh()

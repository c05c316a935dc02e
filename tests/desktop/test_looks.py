"""What the window wears: the settings, what the desktop prefers, and the sizes of docks at another scale."""

import time
from collections.abc import Iterator, Sequence

import dearpygui.dearpygui as library
import pytest

from copilot.desktop.dressing import TYPING_SECONDS, Dressing
from copilot.desktop.errands import Errands
from copilot.desktop.layout import grown
from copilot.desktop.looks import Dress, Looks, dressed
from copilot.desktop.native import Native
from copilot.desktop.palette import DARK, LIGHT
from copilot.desktop.system_theme import at_once, prefers_light
from copilot.desktop.widgets import Look
from copilot.projects.settings import Settings

PORTAL, GNOME, MACOS = "gdbus", "gsettings", "defaults"


def answering(answers: dict[str, tuple[int, str] | None]):
    asked: list[str] = []

    def ask(command: Sequence[str]) -> tuple[int, str] | None:
        asked.append(command[0])
        return answers.get(command[0])

    return ask, asked


@pytest.mark.parametrize(
    ("said", "light"),
    [
        ({PORTAL: (0, "(<<uint32 2>>,)\n")}, True),
        ({PORTAL: (0, "(<<uint32 1>>,)\n")}, False),
        ({PORTAL: (0, "(<<uint32 0>>,)\n")}, None),
        ({PORTAL: (1, "Error: no such name uint32 2"), GNOME: (0, "'prefer-light'\n")}, True),
        ({PORTAL: (0, "(<<uint32 0>>,)"), GNOME: (0, "'prefer-dark'\n")}, False),
        ({GNOME: (0, "'default'\n")}, None),
        ({GNOME: (1, "No such schema")}, None),
        ({}, None),
    ],
)
def test_linux_asks_the_portal_and_then_gnome(
    said: dict[str, tuple[int, str] | None], light: bool | None
) -> None:
    ask, asked = answering(said)
    assert prefers_light("linux", ask) is light
    assert asked[0] == PORTAL


def test_macos_has_a_value_for_dark_alone() -> None:
    assert prefers_light("darwin", answering({MACOS: (0, "Dark\n")})[0]) is False
    assert prefers_light("darwin", answering({MACOS: (1, "")})[0]) is True
    assert prefers_light("darwin", answering({})[0]) is None


def test_an_answer_that_takes_long_does_not_keep_the_window() -> None:
    assert at_once(lambda: True, 5.0) is True

    def slow() -> bool:
        time.sleep(3.0)
        return True

    assert at_once(slow, 0.05) is None


def test_this_desktop_can_be_asked() -> None:
    assert prefers_light() in (True, False, None)


@pytest.mark.parametrize(
    ("theme", "desktop", "palette"),
    [
        ("dark", True, DARK),
        ("light", False, LIGHT),
        ("system", True, LIGHT),
        ("system", False, DARK),
        ("system", None, DARK),
    ],
)
def test_settings_choose_the_palette(theme: str, desktop: bool | None, palette: object) -> None:
    assert theme in ("dark", "light", "system")
    settings = Settings(theme=theme, scale=1.5, font_size=18.0)
    assert dressed(settings, desktop) == Dress(palette, 1.5, 18.0)  # type: ignore[arg-type]


def test_lengths_follow_the_scale_and_the_size_of_text() -> None:
    looks = Looks(Native())
    assert looks.scale(Dress(DARK, 1.0, 15.0)) == 1.0
    assert looks.scale(Dress(DARK, 2.0, 15.0)) == 2.0
    assert looks.scale(Dress(DARK, 1.0, 18.0)) == pytest.approx(1.2)
    assert looks.scale(Dress(DARK, 4.0, 28.0)) <= 8.0


@pytest.fixture
def look() -> Iterator[Look]:
    library.create_context()
    try:
        yield Looks(Native()).make(Dress(DARK, 1.0, 15.0))
    finally:
        library.destroy_context()


def test_the_first_way_to_say_it_that_has_room_is_taken(look: Look) -> None:
    ways, font = ("Search names and words", "Search", "Search prompts", "Find"), look.fonts.small
    widths = [look.size(words, font)[0] for words in ways]
    assert widths[0] > widths[2] > widths[1] > widths[3]
    assert look.fitting(ways, font, widths[0]) == ways[0]
    assert look.fitting(ways, font, widths[0] - 1) == ways[1]
    assert look.fitting(ways, font, widths[1] - 1) == ways[3]
    assert look.fitting(ways, font, -1.0) == ways[3]


def fail(what: str, error: Exception) -> None:
    raise AssertionError(what) from error


@pytest.mark.usefixtures("look")
def test_another_dress_waits_until_it_disturbs_nobody() -> None:
    clock = [10.0]
    dressing = Dressing(Settings(theme="dark", scale=1.0), Errands(lambda: None, fail), lambda: clock[0])
    assert not dressing.change("", busy=False)
    dressing.choose(Settings(theme="light", scale=1.0))
    assert not dressing.change("", busy=True)
    assert not dressing.change("a", busy=False)
    clock[0] += TYPING_SECONDS / 2
    assert not dressing.change("a", busy=False)
    assert dressing.worn.palette is DARK
    clock[0] += TYPING_SECONDS
    assert dressing.change("a", busy=False)
    assert dressing.worn.palette is LIGHT
    assert not dressing.change("a", busy=False)
    dressing.fonts_came()
    assert dressing.change("a", busy=False)
    assert dressing.worn.palette is LIGHT


def test_docks_grow_by_the_root_and_come_back() -> None:
    ini = "DockNode ID=0x1 Parent=0x2 SizeRef=340,500 Selected=0x3\n[Window][###files]\nSize=340,500\n"
    larger = grown(ini, 4.0)
    assert "SizeRef=680,1000" in larger
    assert "Size=340,500\n" in larger
    assert grown(larger, 0.25) == ini

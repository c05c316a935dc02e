"""Layouts in a real window: one of an older version comes back; layouts are saved by name and switched."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from driver import Item, Window, scripted

from copilot.desktop.panel_table import PANELS

pytestmark = pytest.mark.window

OLDER = Path(__file__).parent / "layouts" / "seven_panels.ini"


def places(window: Window) -> dict[str, tuple[tuple[float, float], tuple[float, float]]]:
    """Where the panels are that are seen: those behind others' tabs are not."""
    names = {one.name for one in PANELS}
    found: list[Item] = [
        item for item in window.items() if item.tag in names and item.kind == "WindowAppItem"
    ]
    return {item.tag: (item.at, item.size) for item in found}


def act(window: Window, title: str, *answers: str) -> None:
    """Do a named action by the palette, and answer what it asks."""
    window.press("p", "ctrl", "shift")
    for words in (title, *answers):
        window.until(lambda: (box := window.maybe(tag="chooser.search")) and box.active, "the caret")
        window.until(lambda: window.find(tag="chooser.search").value in ("", None), "an empty box")
        window.type(words)
        window.until(lambda w=words: window.find(tag="chooser.search").value == w, "the words")
        window.press("Return")
        window.until(
            lambda w=words: (box := window.maybe(tag="chooser.search")) is None or box.value != w, "the next"
        )
    window.gone(tag="chooser.search")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


@pytest.fixture
def older(display: str, home: Path, tmp_path: Path) -> Iterator[Window]:
    """The window in a home with the layout of an older version."""
    (home / "dpg_layout.ini").write_text(OLDER.read_text())
    window = Window.start(scripted(home, "tour", tmp_path / "out"), display, tmp_path / "out")
    yield window
    window.kill()


def test_the_layout_of_an_older_version_comes_back_with_the_new_panels_as_tabs(older: Window) -> None:
    older.find(tag="composer.input")
    older.fresh(3)
    seen = places(older)
    assert seen["files"][0][0] == 0
    assert seen["files"][1][0] == 430
    assert seen["tools"][0][1] > seen["files"][0][1] + 400
    assert seen["context"][0] == (620, 260)
    assert seen["context"][1] == (520, 420)
    assert seen["usage"][0][0] == 921
    x, y, width, height = older.place()
    older.move(x, y, 900, 600)  # each panel at a side gives its part to the discussion
    older.until(lambda: 290 < places(older)["files"][1][0] < 310, "a narrower panel of files")
    older.move(x, y, width, height)
    docked = ("files", "tools", "usage")
    older.until(lambda: all(places(older)[n] == seen[n] for n in docked), "the sizes of before")
    for one in PANELS:
        act(older, f"Go to {one.title}")
        older.until(lambda name=one.name: name in places(older), f"{one.name} to be seen")
    late = places(older)
    assert all(size[0] > 200 and size[1] > 100 for _, size in late.values())


@pytest.mark.whole
def test_a_layout_is_saved_by_name_and_switched_to_and_outlives_the_program(
    older: Window, display: str, home: Path, tmp_path: Path
) -> None:
    older.find(tag="composer.input")
    older.fresh(3)
    first = places(older)
    act(older, "Save the layout as", "Writing")
    older.until(lambda: (home / "layouts" / "Writing.ini").exists(), "the file")
    act(older, "Reset the layout")
    older.until(lambda: places(older)["files"] != first["files"], "the default layout")
    reset = places(older)
    act(older, "Save the layout as", "Usual")
    act(older, "Switch the layout", "Writing")
    older.until(lambda: places(older).get("files") == first["files"], "the layout by name")
    assert places(older)["tools"] == first["tools"]
    older.terminate()
    assert older.ended() == 0
    again = Window.start(scripted(home, "tour", tmp_path / "out"), display, tmp_path / "out")
    try:
        again.until(lambda: places(again).get("files") == first["files"], "the same layout")
        act(again, "Switch the layout", "Usual")
        again.until(lambda: places(again).get("files") == reset["files"], "the other one")
        act(again, "Delete a layout", "Usual")
        again.until(lambda: not (home / "layouts" / "Usual.ini").exists(), "it to be deleted")
    finally:
        again.kill()

"""The titles of tabs in a real window: where a dock is narrow, the panel in front keeps its own in full."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from driver import Window, scripted

pytestmark = pytest.mark.window

TURNS = ((("7", "scripts", "Scripts"), ("6", "tools", "Tool calls")), (("9", "usage", "Usage"),))


@pytest.fixture
def window(display: str, tmp_path: Path) -> Iterator[Window]:
    made = Window.start(
        scripted(tmp_path / "home", "tour", tmp_path / "out", (900, 600)), display, tmp_path / "out"
    )
    yield made
    made.kill()


@pytest.mark.parametrize("turns", TURNS)
def test_a_panel_that_comes_to_the_front_has_its_title_and_stays_in_its_dock(
    window: Window, turns: tuple[tuple[str, str, str], ...]
) -> None:
    first = "tools" if turns[0][1] == "scripts" else "usage"
    dock = window.find(tag=first)
    for key, panel, title in turns:
        window.press(key, "ctrl")
        found = window.until(
            lambda panel=panel, title=title: window.nudge() or window.maybe(tag=panel, words=title), title
        )
        assert (found.at, found.size) == (dock.at, dock.size)

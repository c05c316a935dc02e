"""The titles of tabs in a real window: where a dock is narrow, the panel in front keeps its own in full."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from driver import Window, scripted

from copilot.desktop.widgets import Icon

pytestmark = pytest.mark.window

TURNS = (
    ((1280, 800), (("7", "scripts", "Scripts"), ("6", "tools", "Tool calls"))),
    ((900, 600), (("7", "scripts", f"{Icon.CODE}###"), ("9", "usage", "Usage"))),
)
"""At 900 pixels five tabs have room for their icons alone."""


Open = Callable[[tuple[int, int]], Window]


@pytest.fixture
def open_window(display: str, tmp_path: Path) -> Iterator[Open]:
    opened: list[Window] = []

    def start(size: tuple[int, int]) -> Window:
        command = scripted(tmp_path / "home", "tour", tmp_path / "out", size)
        opened.append(Window.start(command, display, tmp_path / "out"))
        return opened[-1]

    yield start
    for window in opened:
        window.kill()


@pytest.mark.parametrize(("size", "turns"), TURNS)
def test_a_panel_that_comes_to_the_front_has_its_title_and_stays_in_its_dock(
    open_window: Open, size: tuple[int, int], turns: tuple[tuple[str, str, str], ...]
) -> None:
    window = open_window(size)
    docks = {name: window.find(tag=name) for name in ("tools", "usage")}
    for key, panel, title in turns:
        window.press(key, "ctrl")
        found = window.until(
            lambda panel=panel, title=title: window.nudge() or window.maybe(tag=panel, words=title), title
        )
        dock = docks.get(panel, docks["tools"])
        assert (found.at, found.size) == (dock.at, dock.size)

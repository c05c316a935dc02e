"""The usage panel in a real window: plots chosen by mouse, keyboard and name, and what they tell."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from driver import Item, Window, scripted

from copilot.desktop.usage_charts import CHARTS, NO_PRICE

pytestmark = pytest.mark.window

RUNNER = Path(__file__).with_name("run_dressed.py")
Open = Callable[..., Window]


@pytest.fixture
def open_window(display: str, tmp_path: Path) -> Iterator[Open]:
    """Opens a play at a size, in a look where one is named."""
    opened: list[Window] = []

    def start(play: str, size: tuple[int, int], dress: str = "") -> Window:
        home, out = tmp_path / f"home {len(opened)}", tmp_path / f"out {len(opened)}"
        command = scripted(home, play, out, size)
        if dress:
            command = [sys.executable, *map(str, (RUNNER, home, play, out, *dress.split(), *size))]
        opened.append(Window.start(command, display, out))
        return opened[-1]

    yield start
    for window in opened:
        window.kill()


def has_keys(window: Window, panel: str) -> bool:
    """Whether the keys go to a panel: to itself or to something in it."""
    return window.find(tag="composer.input" if panel == "composer" else panel).focused


def plots(window: Window) -> set[str]:
    """The names of the plots that are on the screen."""
    tags = {item.tag for item in window.items()}
    return {name for name, _, _ in CHARTS if f"usage.{name}_plot" in tags}


def until_plot(window: Window, name: str) -> Item:
    window.until(lambda: window.nudge() or plots(window) == {name}, f"the plot {name} alone")
    return window.steady(window.find(tag=f"usage.{name}_plot"))


def test_plots_are_chosen_by_mouse_keys_and_name_and_tell_what_they_show(open_window: Open) -> None:
    window = open_window("spending", (1280, 800))
    plot = until_plot(window, "tokens")
    assert plot.size[1] >= 120

    window.click(window.find(tag="usage.rounds_tab"))
    plot = until_plot(window, "rounds")
    window.hover(plot)
    window.find(words="Turn 4\n6 rounds")

    window.hover(window.find(tag="composer.input"))
    window.press("9", "ctrl")
    window.press("2")
    until_plot(window, "cost")
    window.press("Left")
    window.find(words="Turn 6 · ")
    window.press("Left")
    window.find(words="Turn 5 · ")
    window.press("Down")
    until_plot(window, "rounds")

    for chord, panel in (
        (("ctrl", "shift"), "tools"),
        (("ctrl", "shift"), "composer"),
        (("ctrl",), "tools"),
        (("ctrl",), "usage"),
    ):
        window.press("Tab", *chord)
        window.until(lambda p=panel: window.nudge() or has_keys(window, p), f"the keys in {panel}")

    window.press("p", "ctrl", "shift")
    window.until(lambda: (box := window.maybe(tag="chooser.search")) and box.active, "the palette")
    window.type("plot latency")
    window.until(lambda: window.find(tag="chooser.search").value == "plot latency", "the name")
    window.press("Return")
    until_plot(window, "seconds")


@pytest.mark.parametrize(
    ("size", "dress"),
    [((1280, 800), "dark 1 15"), ((1920, 1080), "light 1.5 15"), ((1920, 1080), "dark 1 15")],
)
def test_plot_and_sums_are_inside_the_window(open_window: Open, size: tuple[int, int], dress: str) -> None:
    window = open_window("spending", size, dress)
    plot = until_plot(window, "tokens")
    head = window.steady(window.find(tag="usage.totals"))
    assert plot.at[1] + plot.size[1] <= head.at[1]
    assert head.at[1] + head.size[1] <= size[1]
    for name, _, _ in CHARTS:
        tab = window.find(tag=f"usage.{name}_tab")
        assert tab.at[0] + tab.size[0] <= size[0]


def test_the_sums_are_folded_and_unfolded_by_their_head(open_window: Open) -> None:
    window = open_window("spending", (1280, 800))
    window.click(window.find(tag="usage.totals", words="$20.00"))
    window.find(words="Cached", kind="Text")
    window.find(words="This branch")
    window.click(window.find(tag="usage.totals"))
    window.gone(words="This branch")


def test_without_a_request_and_without_a_price_it_says_what_to_do(open_window: Open) -> None:
    empty = open_window("empty", (1280, 800))
    empty.find(words="Write a message and press Ctrl+Enter: tokens, cost")
    empty.kill()
    window = open_window("unpriced", (1280, 800))
    until_plot(window, "tokens")
    window.click(window.find(tag="usage.cost_tab"))
    window.find(words=NO_PRICE)
    assert not plots(window)

"""The panel of files in a real window: views by click and by keyboard, the filter, a crowd of files."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from driver import Item, Window, scripted
from listings import SHOP_CHOICE

pytestmark = pytest.mark.window

Open = Callable[..., Window]
CHIPS = ("full", "sum", "names", "off", "mixed")


@pytest.fixture
def open_window(display: str, tmp_path: Path) -> Iterator[Open]:
    """Opens a play in the home of this test, its files listed."""
    opened: list[Window] = []

    def start(play: str) -> Window:
        window = Window.start(scripted(tmp_path / "home", play, tmp_path / "out"), display, tmp_path / "out")
        opened.append(window)
        window.until(lambda: drawn(window), "the files")
        window.fresh(3)
        return window

    yield start
    for window in opened:
        window.kill()


def drawn(window: Window) -> list[Item]:
    return [item for item in window.items() if item.kind == "DrawText"]


def rows(window: Window) -> dict[str, tuple[Item, Item, str]]:
    """By name: the item of the name, its view's chip, and all other words of the row."""
    found: dict[str, tuple[Item, Item, str]] = {}
    items = drawn(window)
    for chip in items:
        if chip.label in CHIPS:
            line = [i for i in items if abs(i.centre[1] - chip.centre[1]) < 8 and i is not chip]
            name = max((i for i in line if not "\ue000" <= i.label[0] <= "\uf8ff"), key=lambda i: -i.at[0])
            others = " ".join(i.label for i in line if i is not name)
            found[name.label] = (name, chip, others)
    return found


def view_of(window: Window, name: str) -> str:
    return rows(window)[name][1].label if name in rows(window) else ""


def choices(window: Window) -> list[list[tuple[str, str, bool]]]:
    """What each `ChooseFiles` so far added to what was chosen at first."""
    first = [(c.pattern, c.view, c.pinned) for c in SHOP_CHOICE]
    sent = [
        [(c["pattern"], c["view"], c["pinned"]) for c in command["files"]]
        for command in window.commands("ChooseFiles")
    ]
    return [[entry for entry in files if entry not in first] for files in sent]


def chose(window: Window, number: int) -> list[tuple[str, str, bool]]:
    window.until(lambda: len(choices(window)) >= number, f"choice {number}")
    return choices(window)[number - 1]


def becomes(window: Window, name: str, view: str) -> None:
    window.until(lambda: view_of(window, name) == view, f"{name} as {view}")


def test_rows_say_view_tokens_and_state(open_window: Open) -> None:
    window = open_window("shop")
    seen = rows(window)
    assert view_of(window, "shop") == "mixed"
    assert view_of(window, "docs") == "off"
    assert "6.1k" in seen["payments.py"][2]
    assert "\uf08d" in seen["payments.py"][2]
    window.find(words="16 files")
    window.find(words="2 stepped down")
    # A file that changes on disk says so for a moment.
    window.until(lambda: "\uf111" in rows(window)["orders.py"][2], "the dot")
    assert "5k" in rows(window)["orders.py"][2]
    window.until(lambda: "\uf111" not in rows(window)["orders.py"][2], "the dot to go")


def test_a_click_on_the_view_goes_round(open_window: Open) -> None:
    window = open_window("shop")
    for number, view, shown in ((1, "summary", "sum"), (2, "names", "names"), (3, "off", "off")):
        window.click(rows(window)["orders.py"][1])
        assert chose(window, number) == [("shop/api/orders.py", view, False)]
        becomes(window, "orders.py", shown)
    window.click(rows(window)["orders.py"][1])
    assert chose(window, 4) == []  # that is what an earlier entry gives already
    becomes(window, "orders.py", "full")
    window.click(rows(window)["docs"][1])
    assert chose(window, 5) == [("docs", "full", False)]
    becomes(window, "docs", "full")
    lengths = [6, 7, 7, 7, 6, 7]
    window.until(
        lambda: [len(c["project"]["files"]) for c in window.commands("ListFiles")] == lengths, "the listings"
    )


def test_the_keyboard_moves_folds_and_chooses(open_window: Open) -> None:
    window = open_window("shop")
    window.click(rows(window)["orders.py"][0])  # selects the row and gives the tree the keys
    window.find(words="F S N O")
    window.press("Down")
    window.press("s")
    assert chose(window, 1)[-1] == ("shop/api/payments.py", "summary", True)
    becomes(window, "payments.py", "sum")
    window.press("p")
    assert chose(window, 2)[-1] == ("shop/api/payments.py", "summary", False)
    window.press("Left")  # to its folder
    window.press("Left")  # which folds
    window.until(lambda: "orders.py" not in rows(window), "the folder to fold")
    window.press("n")
    assert chose(window, 3)[-1] == ("shop/api", "names", False)
    becomes(window, "api", "names")
    window.press("Return")
    becomes(window, "orders.py", "names")
    window.press("Home")
    window.press("space")
    assert chose(window, 4)[-1] == ("docs", "full", False)
    window.press("End")
    window.press("space")
    assert chose(window, 5)[-1] == ("README.md", "summary", False)


def test_the_filter_and_its_keys(open_window: Open) -> None:
    window = open_window("shop")
    window.click(rows(window)["docs"][0])
    window.press("slash")
    window.until(lambda: window.find(tag="files.filter").active, "the caret in the filter")
    window.type("forms")
    window.until(lambda: list(rows(window)) == ["shop", "web", "forms.py"], "one file and its folders")
    window.find(words="1 of 25 files")
    assert choices(window) == []  # f, o and s were words, not views
    window.press("Return")
    window.find(words="F S N O")
    window.press("End")
    window.press("o")
    assert chose(window, 1) == [("shop/web/forms.py", "off", False)]
    window.press("slash")
    window.until(lambda: window.find(tag="files.filter").active, "the caret in the filter")
    window.press("Escape")
    window.until(lambda: "docs" in rows(window), "all files again")
    assert window.find(tag="files.filter").value == ""


def test_keys_belong_to_the_box_that_has_the_caret(open_window: Open) -> None:
    window = open_window("shop")
    window.click(rows(window)["orders.py"][0])
    window.click(window.find(tag="composer.input"))
    window.type("fson p")
    window.until(lambda: window.find(tag="composer.input").value == "fson p", "the typed text")
    assert choices(window) == []


def test_the_menu_of_a_row(open_window: Open) -> None:
    window = open_window("shop")
    window.click(rows(window)["orders.py"][0])
    window.press("Menu")
    window.click(window.find(tag="files.menu"), dx=40, dy=70)  # the third entry
    assert chose(window, 1) == [("shop/api/orders.py", "names", False)]
    window.gone(tag="files.menu")
    window.press("F10", "shift")
    window.find(tag="files.menu")
    window.press("p")
    assert chose(window, 2) == [("shop/api/orders.py", "names", True)]
    window.gone(tag="files.menu")


def test_patterns_are_there_to_be_unfolded(open_window: Open) -> None:
    window = open_window("shop")
    assert window.maybe(tag="files.add") is None
    window.click(window.find(tag="files.patterns"))
    window.find(words="shop/**/*.py", kind="Text")
    window.click(window.find(tag="files.add"))
    window.type("docs/*.md")
    window.press("Return")
    assert chose(window, 1) == [("docs/*.md", "full", False)]


def frame_cost(window: Window, during: Callable[[], Any], seconds: float) -> tuple[float, int]:
    """The main thread's CPU seconds a frame while something goes on, and the number of frames."""
    before = json.loads((window.out / "items.json").read_text())
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        during()
    window.fresh(1)
    after = json.loads((window.out / "items.json").read_text())
    frames = after["frames"] - before["frames"]
    return (after["cpu"] - before["cpu"]) / max(1, frames), frames


def test_a_hundred_thousand_files_scroll(open_window: Open) -> None:
    window = open_window("crowd")
    window.find(words="100,000 files")
    window.click(rows(window)["package_03"][0])
    window.press("End")
    window.until(lambda: "package_19" in rows(window), "the end of the list")
    assert len(drawn(window)) < 400
    idle, _ = frame_cost(window, window.nudge, 1.5)
    busy, frames = frame_cost(window, lambda: (window.press("Next"), window.press("Prior")), 2.0)
    print(f"CPU a frame: {idle * 1e3:.1f} ms idle, {busy * 1e3:.1f} ms scrolling, {frames} frames")
    assert busy < 15 * idle  # a hang guard: ten times the promise

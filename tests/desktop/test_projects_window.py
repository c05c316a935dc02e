"""Projects by keyboard and mouse: found, opened elsewhere, copied, put away; and one window for each."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from driver import PATIENCE, Window

from copilot.projects.home import Home
from copilot.projects.project_manager import list_projects, new

pytestmark = pytest.mark.window


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(root=tmp_path / "home").make()
    for age, name in enumerate(("shop", "blog", "parser")):
        folder = tmp_path / "work" / name
        folder.mkdir(parents=True)
        new(home, name, folder)
        then = time.time() - (age + 1) * 86_400
        os.utime(home.projects / f"{name}.toml", (then, then))
    return home


@pytest.fixture
def window(display: str, home: Home, tmp_path: Path) -> Iterator[Window]:
    base = tmp_path / "work" / "calculator"
    base.mkdir()
    command = [sys.executable, str(Path(__file__).with_name("run_real.py")), str(home.root), str(base)]
    window = Window.start(
        [*command, "rehearsal", "", str(tmp_path / "out"), "1280", "800"], display, tmp_path / "out"
    )
    yield window
    window.kill()


def asked_outside(window: Window) -> list[list[str]]:
    path = window.out / "outside.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def opened(window: Window) -> None:
    window.press("o", "ctrl")
    window.find(tag="projects.row.3")
    window.fresh(4)


def test_a_project_is_found_by_a_word_and_opens_by_enter(window: Window) -> None:
    opened(window)
    assert "calculator" in window.find(tag="projects.row.0").label
    window.find(words="2 days ago")
    window.type("bl")
    window.gone(tag="projects.row.1")
    assert "blog" in window.find(tag="projects.row.0").label
    window.press("Return")
    window.gone(tag="projects.search")
    window.until(lambda: asked_outside(window), "a window elsewhere")
    assert asked_outside(window) == [["project", "blog"]]


def test_a_folder_that_is_typed_opens_a_window_in_it(window: Window, tmp_path: Path) -> None:
    opened(window)
    folder = tmp_path / "new place"
    folder.mkdir()
    window.type(str(folder))
    window.find(words="Enter opens a window that works in")
    window.press("Return")
    window.until(lambda: asked_outside(window), "a window elsewhere")
    assert asked_outside(window) == [["folder", str(folder)]]


def test_one_is_copied_put_away_and_brought_back(window: Window, home: Home) -> None:
    opened(window)
    window.press("Down")
    window.click(window.find(tag="projects.copy"))
    window.find(words="shop copy")
    assert "shop copy" in list_projects(home)
    # The copy is the newest now and stands where the caret was.
    row = window.find(words="parser", kind="Selectable")
    window.click(row)
    window.click(window.find(tag="projects.away"))
    window.find(words="put away")
    window.until(lambda: "parser" not in list_projects(home), "the project to be put away")
    window.click(window.find(words="parser", kind="Selectable"))
    window.until(lambda: window.find(tag="projects.away").label == "Bring back", "the other button")
    window.click(window.find(tag="projects.away"))
    window.until(lambda: "parser" in list_projects(home), "the project to be back")


def test_the_open_project_says_why_it_cannot_be_put_away(window: Window) -> None:
    opened(window)
    window.click(window.find(tag="projects.away"))
    window.find(words="calculator is open in another window")
    window.press("Escape")
    window.gone(tag="projects.search")


def test_an_answer_is_told_while_the_window_is_not_in_front(window: Window) -> None:
    window.click(window.find(tag="composer.input"))
    window.type("Hello")
    window.until(lambda: window.find(tag="composer.input").value == "Hello", "the text")
    window.press("Return", "ctrl")
    window.until(lambda: not window.find(tag="composer.input").value, "the message on its way")
    window.minimise()  # what is minimised hears no keys any more
    told = window.until(
        lambda: [one for one in asked_outside(window) if one[0] == "notify"], "a notification"
    )
    assert told[0][1].startswith("calculator: ")


def test_a_second_start_raises_the_first_window(display: str, home: Home, tmp_path: Path) -> None:
    environ = {**os.environ, "DISPLAY": display}
    command = [sys.executable, "-m", "copilot", "--home", str(home.root), "--project", "shop"]
    with subprocess.Popen(command, env=environ, stderr=subprocess.DEVNULL) as first:
        try:
            place = home.state / "windows" / "shop.json"
            _until(place.exists)
            shown = _until(lambda: _xdotool(environ, "search", "--onlyvisible", "--pid", str(first.pid)))
            window = str(shown).split()[-1]
            _xdotool(environ, "windowminimize", "--sync", window)
            assert _xdotool(environ, "search", "--onlyvisible", "--pid", str(first.pid)) == ""
            second = subprocess.run(
                command, env=environ, capture_output=True, text=True, timeout=60, check=False
            )
            assert (second.returncode, second.stderr) == (0, "")
            assert second.stdout == "The window of shop is open already: it was brought to the front.\n"
            _until(lambda: _xdotool(environ, "getactivewindow") == window)
            first.terminate()
            assert first.wait(PATIENCE) == 0
            assert not place.exists()
        finally:
            first.kill()


def _xdotool(environ: dict[str, str], *words: str) -> str:
    done = subprocess.run(
        ["xdotool", *words], env=environ, capture_output=True, text=True, timeout=20, check=False
    )
    return done.stdout.strip()


def _until(check: Callable[[], object]) -> object:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if found := check():
            return found
        time.sleep(0.05)
    raise AssertionError("it never came")

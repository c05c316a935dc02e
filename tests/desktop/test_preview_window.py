"""A preview in the real window: one click shows what a script would do, another commits exactly that."""

import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from driver import Window

from copilot.projects.home import Home
from copilot.rehearsal.scenario import parse_scenario
from copilot.rehearsal.server import RehearsalServer

pytestmark = pytest.mark.window

QUIET = 1.1
SCENARIO = """
[[rule]]
when = { asked = "tidy", round = 1 }
[[rule.answer]]
call = "run_shell"
arguments.script = '''
sed -i s/one/1/ notes.txt
mkdir -p done && mv old.txt done/
rm junk.log
echo "tidied $(ls | wc -l) files"
'''
[[rule]]
answer = [{ text = "It is done." }]
"""


@pytest.fixture
def base(tmp_path: Path) -> Path:
    folder = tmp_path / "calculator"
    folder.mkdir()
    (folder / "notes.txt").write_text("one\ntwo\nthree\n")
    (folder / "old.txt").write_text("old\n")
    (folder / "junk.log").write_text("junk\n")
    return folder


@pytest.fixture
def window(display: str, base: Path, tmp_path: Path) -> Iterator[Window]:
    home = Home(root=tmp_path / "home").make()
    with RehearsalServer(parse_scenario(SCENARIO)) as server:
        program = str(Path(__file__).with_name("run_real.py"))
        command = [sys.executable, program, str(home.root), str(base), "compatible", server.url + "/v1"]
        window = Window.start([*command, str(tmp_path / "out"), "1440", "900"], display, tmp_path / "out")
        yield window
        window.kill()


def _ask(window: Window) -> None:
    window.click(window.find(tag="composer.input"))
    window.type("tidy up")
    window.press("Return", "ctrl")
    window.find(words="Run this script?")
    time.sleep(QUIET)
    window.fresh()


def test_a_preview_is_shown_and_applied(window: Window, base: Path, tmp_path: Path) -> None:
    _ask(window)
    window.picture(tmp_path / "asked.png")
    window.click(window.find(tag="confirm.try"))
    window.find(words="Preview: exit code 0")
    window.find(words="moved old.txt to done/old.txt")
    window.find(words="deleted junk.log")
    window.find(words="Run for real")
    window.picture(tmp_path / "preview.png")
    assert (base / "notes.txt").read_text() == "one\ntwo\nthree\n"
    assert (base / "junk.log").exists()
    window.press("p", "alt")
    window.gone(words="Preview: exit code 0")
    window.find(words="Approve & Run")
    window.press("p", "alt")
    window.find(words="Preview: exit code 0")
    window.press("y", "alt")
    window.find(words="It is done.")
    assert (base / "notes.txt").read_text() == "1\ntwo\nthree\n"
    assert (base / "done" / "old.txt").read_text() == "old\n"
    assert not (base / "junk.log").exists()


def test_a_preview_is_discarded_and_the_script_rejected(window: Window, base: Path) -> None:
    _ask(window)
    window.press("p", "alt")
    window.find(words="Preview: exit code 0")
    window.press("x", "alt")
    window.gone(words="Preview: exit code 0")
    window.press("Escape")
    window.find(words="It is done.")
    assert sorted(path.name for path in base.iterdir()) == ["junk.log", "notes.txt", "old.txt"]


def test_a_run_is_let_out_of_the_fence_for_once(window: Window, base: Path) -> None:
    _ask(window)
    window.click(window.find(words="Not confined"))
    window.find(words="it can do whatever you can")
    window.press("a", "alt")
    window.find(words="It is done.")
    assert not (base / "junk.log").exists()

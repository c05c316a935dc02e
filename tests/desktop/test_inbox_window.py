"""Several approvals at once in the real window: one inbox, in order, each with its branch and its reason."""

import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from driver import Window
from test_branches_window import written

from copilot.projects.home import Home
from copilot.rehearsal.scenario import parse_scenario
from copilot.rehearsal.server import RehearsalServer

pytestmark = pytest.mark.window

QUIET = 1.1
SCENARIO = """
[[rule]]
when = { asked = "run", round = 1 }
answer = [{ call = "run_shell", arguments = { script = "echo heard >> heard.txt" } }]
[[rule]]
answer = [{ text = "It is done." }]
"""


@pytest.fixture
def window(display: str, tmp_path: Path) -> Iterator[Window]:
    home, base = Home(root=tmp_path / "home").make(), tmp_path / "calculator"
    base.mkdir()
    written(home, base)
    with RehearsalServer(parse_scenario(SCENARIO)) as server:
        program = str(Path(__file__).with_name("run_real.py"))
        command = [sys.executable, program, str(home.root), str(base), "compatible", server.url + "/v1"]
        window = Window.start([*command, str(tmp_path / "out"), "1440", "900"], display, tmp_path / "out")
        yield window
        window.kill()


def settled(window: Window) -> None:
    time.sleep(QUIET)
    window.fresh()


def test_two_branches_ask_and_each_gets_its_own_answer(window: Window, tmp_path: Path) -> None:
    window.press("Return", "ctrl", "shift")
    window.find(tag="several.send")
    window.click(window.find(tag="several.words"))
    window.type("run it")
    window.click(window.find(tag="several.branch.1"))
    window.click(window.find(tag="several.branch.2"))
    window.find(words="2 requests")
    window.press("Return", "ctrl")
    window.find(tag="confirm.inbox.1")
    window.find(words="a script can do whatever you can")
    settled(window)
    first = window.find(tag="confirm.inbox.0").label
    assert {"idea", "twist"} == {
        window.find(tag=f"confirm.inbox.{n}").label.split("·")[0].split()[1] for n in range(2)
    }
    window.press("n", "alt")
    settled(window)
    window.find(tag="confirm.inbox.0", words=first)  # the order stays as they came
    window.press("a", "alt")
    window.gone(tag="confirm.inbox.1")
    window.find(tag="confirm.approve")
    settled(window)
    window.press("Escape")
    window.gone(tag="confirm.approve")
    window.until(lambda: sum("It is done." in item.words for item in window.items()) >= 2, "two answers")
    assert (tmp_path / "calculator" / "heard.txt").read_text() == "heard\n"

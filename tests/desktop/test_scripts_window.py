"""The scripts panel in the real window: what was asked for, what became of it, and its text as it ran."""

import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from driver import Window

from copilot.rehearsal.scenario import parse_scenario
from copilot.rehearsal.server import RehearsalServer

pytestmark = pytest.mark.window

QUIET = 1.1
SCENARIO = """
[[rule]]
when = { asked = "first", round = 1 }
answer = [{ call = "run_shell", arguments = { script = "echo one\\necho two" } }]
[[rule]]
when = { asked = "second", round = 1 }
answer = [{ call = "run_shell", arguments = { script = "exit 3" } }]
[[rule]]
answer = [{ text = "It is done." }]
"""


@pytest.fixture
def window(display: str, tmp_path: Path) -> Iterator[Window]:
    base = tmp_path / "calculator"
    base.mkdir()
    with RehearsalServer(parse_scenario(SCENARIO)) as server:
        program = str(Path(__file__).with_name("run_real.py"))
        command = [
            sys.executable,
            program,
            str(tmp_path / "home"),
            str(base),
            "compatible",
            server.url + "/v1",
        ]
        window = Window.start([*command, str(tmp_path / "out"), "1440", "900"], display, tmp_path / "out")
        yield window
        window.kill()


def ask(window: Window, words: str) -> None:
    window.click(window.find(tag="composer.input"))
    window.type(words)
    window.press("Return", "ctrl")
    window.find(tag="confirm.approve")
    time.sleep(QUIET)
    window.fresh()


def answered(window: Window, times: int) -> None:
    window.until(lambda: sum("It is done." in one.words for one in window.items()) >= times, "the answer")


def test_scripts_are_listed_with_what_ran_and_what_became_of_it(window: Window) -> None:
    ask(window, "first")
    window.click(window.find(tag="confirm.text"), dx=40, dy=15)
    window.press("End", "ctrl")
    window.type("\\necho three".replace("\\n", "\n"))
    window.decide("confirm.approve")
    answered(window, 1)
    ask(window, "second")
    window.decide("confirm.approve")
    answered(window, 2)
    window.press("7", "ctrl")
    window.until(lambda: (box := window.maybe(tag="scripts.text")) and box.value == "exit 3", "the newest")
    window.find(words="exit 3", kind="Button")
    window.press("Down")
    # As it ran, with the person's own line, not as it was asked for.
    window.until(
        lambda: (box := window.maybe(tag="scripts.text")) and "echo three" in box.value, "the edited script"
    )
    window.find(words="exit 0", kind="Button")

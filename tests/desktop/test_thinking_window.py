"""Thinking in a real window: folded away in the card of its answer, there for whoever wants to read it."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from driver import Window

from copilot.rehearsal.scenario import parse_scenario
from copilot.rehearsal.server import RehearsalServer
from copilot.rehearsal.tour import copy_calculator

pytestmark = pytest.mark.window

ANSWER = """
[[rule]]
answer = [{ thinking = "First I look.\\n\\nThen I leap." }, { text = "I leapt." }]
"""


@pytest.fixture
def server() -> Iterator[RehearsalServer]:
    made = RehearsalServer(parse_scenario(ANSWER))
    made.start()
    yield made
    made.stop()


def test_thinking_is_folded_and_unfolds(display: str, tmp_path: Path, server: RehearsalServer) -> None:
    copy_calculator(tmp_path / "calculator")
    command = [
        sys.executable, str(Path(__file__).with_name("run_real.py")), str(tmp_path / "home"),
        str(tmp_path / "calculator"), "anthropic", server.url, str(tmp_path / "out"), "1280", "800",
    ]  # fmt: skip
    os.environ["ANTHROPIC_API_KEY"] = "sk-ant-window-test-key-0003"
    try:
        window = Window.start(command, display, tmp_path / "out")
    finally:
        del os.environ["ANTHROPIC_API_KEY"]
    try:
        window.click(window.find(tag="composer.input"))
        window.type("Jump")
        window.press("Return", "ctrl")
        window.find(words="I leapt.")
        window.find(words="ready")
        window.fresh(5)
        assert window.maybe(words="Then I leap.") is None
        window.click(window.find(words="Thought about it"))
        window.find(words="Then I leap.")
        window.fresh(5)
        window.picture(tmp_path / "unfolded.png")
        window.click(window.find(words="Thought about it"))
        window.gone(words="Then I leap.")
        window.close()
        assert window.ended() == 0
    finally:
        window.kill()

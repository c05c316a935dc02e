"""Money in a real window with the real worker: bounds, an exact count, the cap's question, the totals."""

import json
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from driver import Window

from copilot.rehearsal.scenario import parse_scenario
from copilot.rehearsal.server import RehearsalServer
from copilot.rehearsal.tour import copy_calculator

pytestmark = pytest.mark.window

CONFIG = """
[providers.anthropic]
model = "rehearsed"

[caps]
day_usd = 0.5
turn_usd = 2.0

[prices."anthropic/rehearsed"]
input = 3.0
output = 15.0
cached = 0.3
cache_write = 3.75
"""
LONG = "Here is the answer." + " And more of it." * 800
ANSWER = f'title = "one answer"\n[[rule]]\nanswer = [{{ text = "{LONG}" }}]\n'


@pytest.fixture
def server() -> Iterator[RehearsalServer]:
    made = RehearsalServer(parse_scenario(ANSWER))
    made.start()
    yield made
    made.stop()


@pytest.fixture
def window(display: str, tmp_path: Path, server: RehearsalServer) -> Iterator[Window]:
    home, base, out = tmp_path / "home", tmp_path / "calculator", tmp_path / "out"
    copy_calculator(base)
    home.mkdir()
    (home / "config.toml").write_text(CONFIG)
    command = [
        sys.executable, str(Path(__file__).with_name("run_real.py")), str(home), str(base),
        "anthropic", server.url, str(out), "1500", "900",
    ]  # fmt: skip
    os.environ["ANTHROPIC_API_KEY"] = "sk-ant-window-test-key-0002"
    try:
        made = Window.start(command, display, out)
    finally:
        del os.environ["ANTHROPIC_API_KEY"]
    yield made
    made.kill()


def ledger(tmp_path: Path) -> list[dict[str, Any]]:
    path = tmp_path / "home" / "state" / "ledger.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def ask(window: Window, words: str) -> None:
    window.click(window.find(tag="composer.input"))
    window.type(words)
    window.until(lambda: (box := window.maybe(tag="composer.input")) and box.value == words, "the text")


def test_a_cap_asks_before_the_second_request_and_the_totals_are_shown(
    window: Window, tmp_path: Path, server: RehearsalServer
) -> None:
    ask(window, "Is it so?")
    window.find(words="from $0.00")
    window.click(window.find(tag="context.count"))
    window.find(words=" counted")
    window.press("Return", "ctrl")
    window.find(words="And more of it.")
    window.click(window.find(tag="usage.totals"))
    window.find(words="This turn")
    window.fresh()
    keep_picture(window, "first")
    window.find(words="Today")
    assert [line["kind"] for line in ledger(tmp_path)] == ["reserved", "settled"]

    ask(window, "And this?")
    window.press("Return", "ctrl")
    window.find(tag="confirm.approve")
    window.find(words="Send a request that may pass your cap?")
    window.find(words="$0.50 today")
    assert len(ledger(tmp_path)) == 2
    time.sleep(1.1)
    window.fresh()
    keep_picture(window, "modal")
    window.click(window.find(tag="confirm.reject"))
    window.find(words="was not sent")
    assert len(ledger(tmp_path)) == 2

    ask(window, "But now?")
    window.press("Return", "ctrl")
    window.find(tag="confirm.approve")
    time.sleep(1.1)
    window.fresh()
    assert "Send anyway" in window.find(tag="confirm.approve").label
    window.click(window.find(tag="confirm.approve"))
    window.until(lambda: len(ledger(tmp_path)) == 4, "the settlement")
    window.gone(tag="confirm.approve")
    window.fresh()
    keep_picture(window, "usage")
    window.close()
    assert window.ended() == 0
    assert [line["kind"] for line in ledger(tmp_path)] == ["reserved", "settled"] * 2


def keep_picture(window: Window, name: str) -> None:
    """For a person to look at, where a folder is named."""
    folder = os.environ.get("PICTURES_OF_THIS_TEST")
    if folder:
        window.picture(Path(folder) / f"{name}.png")

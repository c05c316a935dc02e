"""A long discussion in a real window with a real worker: its end is shown, and what came before on demand."""

import os
import sys
from pathlib import Path

import pytest
from driver import Window

from copilot.desktop.stretch import STEP
from copilot.projects.home import Home
from copilot.projects.project_manager import dump, new
from copilot.projects.shelving import DEFAULT_CUT
from copilot.rehearsal.tour import copy_calculator
from copilot.vocabulary.frozen import replace
from copilot.vocabulary.messages import Branch, Discussion, Message, Text

NUMBER = DEFAULT_CUT.most_messages + 100
LEFT = DEFAULT_CUT.left_messages


def discussion() -> Discussion:
    found = tuple(
        Message(
            id=f"m{at}",
            parent=f"m{at - 1}" if at else None,
            role="assistant" if at % 2 else "user",
            parts=(Text(text=f"{'Answer' if at % 2 else 'Question'} {at}."),),
            at=1_766_000_000.0 + at,
        )
        for at in range(NUMBER)
    )
    return Discussion(messages=found, branches=(Branch(name="main", tip=found[-1].id),))


@pytest.mark.window
def test_earlier_messages_come_when_the_person_goes_there(display: str, tmp_path: Path) -> None:
    home, base = Home(root=tmp_path / "home").make(), tmp_path / "calculator"
    copy_calculator(base)
    made = replace(new(home, "calculator", base), discussion=discussion())
    (home.projects / "calculator.toml").write_text(dump(made))
    command = [
        sys.executable, str(Path(__file__).with_name("run_real.py")), str(home.root), str(base),
        "anthropic", "http://127.0.0.1:9", str(tmp_path / "out"), "1280", "1000",
    ]  # fmt: skip
    os.environ["ANTHROPIC_API_KEY"] = "sk-ant-window-test-key-0003"
    try:
        window = Window.start(command, display, tmp_path / "out")
    finally:
        del os.environ["ANTHROPIC_API_KEY"]
    try:
        window.click(window.find(words=f"Answer {NUMBER - 1}."))
        for at in (NUMBER - LEFT, NUMBER - LEFT - STEP):
            window.press("Home")
            window.find(words=f"Answer {at - 1}.")
            window.picture(tmp_path / f"from_{at}.png")
        assert len(list((home.projects / "calculator_history").glob("*.jsonl"))) == 1
        window.close()
        assert window.ended() == 0
    finally:
        window.kill()

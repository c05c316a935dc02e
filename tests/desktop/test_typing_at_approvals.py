"""An approval that appears while the person types takes nothing of what is typed for an answer."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from driver import Window, scripted

pytestmark = pytest.mark.window

BOX = "composer.input"
TYPED = "yes approve\n a y "


@pytest.fixture
def window(display: str, tmp_path: Path) -> Iterator[Window]:
    opened = Window.start(scripted(tmp_path / "home", "typing", tmp_path / "out"), display, tmp_path / "out")
    opened.find(words="Its lock is let go too early")
    opened.click(opened.find(tag=BOX))
    opened.until(lambda: opened.find(tag=BOX).active, "the caret in the box")
    yield opened
    opened.kill()


def test_typing_approves_and_rejects_nothing(window: Window) -> None:
    window.type("ask me")
    window.until(lambda: window.find(tag=BOX).value == "ask me", "the words")
    window.press("Return", "ctrl")
    window.command("RunTurn")
    rounds = 0
    while window.maybe(tag="confirm") is None:
        window.type(TYPED)
        rounds += 1
        assert rounds < 60
    window.type(TYPED)  # it is on the screen now, and the person has not looked up
    window.press("a", "alt")
    window.press("Escape")
    window.type("a y ")
    assert window.commands("Decide") == []
    window.find(tag="confirm")
    window.until(lambda: _ready(window), "the dialog to take an answer", 90.0)
    window.press("a", "alt")
    decision = window.command("Decide")["decision"]
    assert (decision["request_id"], decision["decision"]) == ("r1", "approve")
    assert len(window.commands("Decide")) == 1


def test_the_approval_is_changed_and_answered_by_keys_alone(window: Window) -> None:
    window.type("ask me")
    window.until(lambda: window.find(tag=BOX).value == "ask me", "the words")
    window.press("Return", "ctrl")
    window.find(tag="confirm")
    window.until(lambda: _ready(window), "the dialog to take an answer")
    window.press("e", "alt")
    window.until(lambda: window.find(tag="confirm.text").active, "the caret in the script")
    window.press("Home", "ctrl")
    window.type("true ")
    window.until(lambda: str(window.find(tag="confirm.text").value).startswith("true set -e"), "the change")
    window.press("a", "alt")
    decision = window.command("Decide")["decision"]
    assert decision["decision"] == "approve"
    assert decision["edited_text"].startswith("true set -e")


def _ready(window: Window) -> bool:
    """Whether it waited for long enough; every key that is pressed before makes it wait anew."""
    time.sleep(1.5)
    window.fresh(1)
    window.press("r", "alt")  # the caret goes to the reason, where the dialog takes keys
    window.fresh(2)
    note = window.maybe(tag="confirm.note")
    return note is not None and note.active

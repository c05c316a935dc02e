"""A real window with an answer that was cut off: *Continue*, the countdown, *Try now* and *Stop*."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from driver import Window, scripted
from waiting_plays import REST, WAIT_SECONDS

from copilot.vocabulary.messages import CONTINUE, GO_ON

pytestmark = pytest.mark.window

Open = Callable[..., Window]


@pytest.fixture
def open_window(display: str, tmp_path: Path) -> Iterator[Open]:
    """Opens a play of waiting."""
    opened: list[Window] = []

    def start(play: str = "waiting") -> Window:
        words = scripted(tmp_path / "home", play, tmp_path / "out")
        window = Window.start(words, display, tmp_path / "out")
        opened.append(window)
        return window

    yield start
    for window in opened:
        window.kill()


def counted(window: Window) -> int:
    """The seconds that the countdown shows."""
    said = window.find(words="sent in").label or window.find(words="sent in").value
    found = re.search(r"sent in (\d+) s", str(said))
    assert found, said
    return int(found[1])


def test_the_rest_of_an_answer_is_asked_for_and_sent_when_the_person_says_so(
    open_window: Open, tmp_path: Path
) -> None:
    window = open_window()
    window.find(words="This answer is not complete")
    window.find(words="kept as it came, not shown: server_tool_use")
    window.picture(tmp_path / "cut_off.png")
    window.click(window.find(tag="discussion.continue"))
    turn = window.command("RunTurn")
    assert (turn["user_message"], turn["branch"]) == (CONTINUE, "main")
    window.find(words="HTTP 429")
    first = counted(window)
    assert 0 < first <= WAIT_SECONDS
    window.until(lambda: counted(window) < first, "the countdown")
    assert window.maybe(tag="discussion.continue") is None
    window.picture(tmp_path / "waiting.png")
    window.click(window.find(tag="composer.now"))
    assert window.command("TryNow") == {"command": "TryNow", "turn_id": turn["turn_id"]}
    window.find(words=REST)
    window.find(tag="composer.send")
    assert window.maybe(tag="composer.now") is None


def test_a_turn_that_was_killed_goes_on_and_its_wait_can_be_stopped(
    open_window: Open, tmp_path: Path
) -> None:
    window = open_window("killed")
    window.find(words="The turn ended before the model saw")
    window.find(words="May or may not have run: run_shell")
    window.find(words="unknown", kind="Text")
    window.picture(tmp_path / "killed.png")
    window.click(window.find(tag="discussion.continue"))
    assert window.command("RunTurn")["user_message"] == GO_ON
    window.find(words="sent in")
    window.click(window.find(tag="composer.stop"))
    window.command("CancelTurn")
    window.find(words="You stopped this turn.")
    assert window.commands("TryNow") == []

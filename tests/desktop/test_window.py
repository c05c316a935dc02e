"""A real window, a real mouse, a real keyboard, and a scripted worker behind it."""

import json
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from driver import Window, scripted
from plays import SCRIPT, details

from copilot.desktop.script_face import face_of
from copilot.vocabulary.approvals import Decision
from copilot.vocabulary.codec import to_json

pytestmark = pytest.mark.window

QUIET = 0.7

Open = Callable[[str], Window]


@pytest.fixture
def open_window(display: str, tmp_path: Path) -> Iterator[Open]:
    """Opens a play in the home of this test."""
    opened: list[Window] = []

    def start(play: str) -> Window:
        window = Window.start(scripted(tmp_path / "home", play, tmp_path / "out"), display, tmp_path / "out")
        opened.append(window)
        return window

    yield start
    for window in opened:
        window.kill()


def ask(window: Window, words: str = "Please run the tests") -> None:
    """Type a prompt and send it by keyboard."""
    window.click(window.find(tag="composer.input"))
    window.type(words)
    window.until(
        lambda: (item := window.maybe(tag="composer.input")) and item.value == words, "the typed text"
    )
    window.press("Return", "ctrl")


def armed(window: Window) -> None:
    """Wait until the dialog takes clicks: 0.7 s after it appeared and after the last key."""
    window.find(tag="confirm.approve")
    time.sleep(QUIET + 0.4)
    window.fresh()


def test_a_prompt_is_sent_by_ctrl_enter_and_the_answer_appears(open_window: Open) -> None:
    window = open_window("empty")
    ask(window, "Add 2 and 3, please")
    turn = window.command("RunTurn")
    assert turn["user_message"] == "Add 2 and 3, please"
    assert turn["branch"] == "main"
    assert turn["project"]["name"] == "calculator"
    window.find(words="All ten tests pass.")
    window.find(words="Add 2 and 3, please", kind="Text")
    assert window.find(tag="composer.input").value == ""


@pytest.mark.whole
def test_ctrl_enter_tapped_faster_than_a_frame_sends_without_a_line_break(open_window: Open) -> None:
    window = open_window("empty")
    window.click(window.find(tag="composer.input"))
    sent: list[str] = []
    for number in range(20):
        sent.append(f"n{number}")
        window.type(sent[-1])
        window.until(lambda: window.find(tag="composer.input").value == sent[-1], "the typed text")
        time.sleep(0.1 * (number % 6))  # up to an idle window, which wakes for the first of the events
        window.tap("ctrl+Return")
        window.until(lambda: len(window.commands("RunTurn")) == len(sent), f"turn {number}")
        window.find(tag="composer.send")
        window.fresh(4)  # the caret may have to leave the box and come back
        box = window.find(tag="composer.input")
        assert (box.value, box.active) == ("", True)
    assert [command["user_message"] for command in window.commands("RunTurn")] == sent


def test_one_edited_line_comes_back_exactly(open_window: Open) -> None:
    window = open_window("script")
    ask(window)
    armed(window)
    box = window.find(tag="confirm.text")
    assert box.value == SCRIPT
    window.click(box, dx=40, dy=15)  # the first line
    window.press("End")
    window.type("u")
    window.until(lambda: window.find(tag="confirm.text").value != SCRIPT, "the edit")
    armed(window)  # the edited text is read anew first
    window.click(window.find(tag="confirm.approve"))
    decision = window.command("Decide")["decision"]
    edited = SCRIPT.replace("set -e\n", "set -eu\n")
    assert decision == to_json(Decision(request_id="r1", decision="approve", edited_text=edited))
    window.gone(tag="confirm.approve")
    window.find(words="10 passed in 0.04s")
    window.find(words="exit 0")


@pytest.mark.parametrize("kind", ["script", "python_file", "file_write", "secret_read", "mcp", "hidden"])
def test_what_is_approved_unedited_carries_no_text(open_window: Open, kind: str) -> None:
    window = open_window(kind)
    ask(window)
    armed(window)
    detail = details()[kind]
    text = getattr(detail, "script", None) or getattr(detail, "text", None)
    if text is not None:
        assert window.find(tag="confirm.text").value == face_of(text).text
    window.click(window.find(tag="confirm.approve"))
    decision = window.command("Decide")["decision"]
    assert (decision["decision"], decision["edited_text"]) == ("approve", None)


def test_hidden_characters_are_written_out(open_window: Open) -> None:
    window = open_window("hidden")
    ask(window)
    shown = window.find(tag="confirm.text").value
    assert shown.startswith("echo safe \\u{202e}# tfel ot thgir\n")
    assert shown.endswith("\n\techo tab\\u{d}\n")
    window.find(words="they are written \\u{…} here")
    window.find(words="1 line longer than the box")


def test_each_hazard_of_powershell_5_is_ended_by_a_key(open_window: Open) -> None:
    window = open_window("powershell")
    ask(window)
    armed(window)
    for hazard in ("&& and ||", "drops quotes", "writes UTF-16", "Without -Encoding", "Read-Host fails"):
        window.find(words=hazard)
        window.press("f", "alt")
        window.gone(words=hazard)
    mended = """\
git add .; if ($?) { git commit -m 'say \\"hi\\"' }
Get-Process | Out-File -Encoding utf8 out.txt
Set-Content -Encoding utf8 notes.txt x
$name = ''
"""
    window.until(lambda: window.find(tag="confirm.text").value == mended, "the mended script")
    window.click(window.find(tag="confirm.approve"))
    decision = window.command("Decide")["decision"]
    assert (decision["decision"], decision["edited_text"]) == ("approve", mended)


def test_escape_rejects(open_window: Open) -> None:
    window = open_window("script")
    ask(window)
    armed(window)
    window.press("Escape")
    assert window.command("Decide")["decision"]["decision"] == "reject"
    window.gone(tag="confirm.approve")


def test_the_close_box_rejects_with_the_reason_given(open_window: Open) -> None:
    window = open_window("script")
    ask(window)
    armed(window)
    window.click(window.find(tag="confirm.note"))
    window.type("not on a Friday")
    window.click(window.find(tag="confirm.close"))
    decision = window.command("Decide")["decision"]
    assert (decision["decision"], decision["note"]) == ("reject", "not on a Friday")


def test_keys_that_follow_the_prompt_do_not_decide(open_window: Open) -> None:
    window = open_window("script")
    ask(window)
    until = time.monotonic() + 2.5
    while time.monotonic() < until:  # a person who goes on typing, chords and all
        window.press("Return", "ctrl")
        window.press("a", "alt")
        window.press("Escape")
    assert window.commands("Decide") == []
    assert len(window.commands("RunTurn")) == 1
    for _ in range(10):  # on a slow machine the dialog is not ready yet, and begins to wait anew
        armed(window)
        window.press("Escape")
        window.fresh()
        if window.commands("Decide") or window.maybe(tag="confirm.approve") is None:
            break
    assert window.command("Decide")["decision"]["decision"] == "reject"


def test_a_click_before_the_dialog_is_armed_does_nothing(open_window: Open) -> None:
    window = open_window("script")
    ask(window)
    with window.typing("x"):  # else a slow machine finds the button only when it takes clicks
        window.click(window.find(tag="confirm.approve"))
        window.fresh()
    assert window.commands("Decide") == []
    armed(window)
    window.decide("confirm.approve")
    assert window.command("Decide")["decision"]["decision"] == "approve"


def test_stop_cancels_the_turn_and_closes_the_dialog(open_window: Open) -> None:
    window = open_window("stream")
    ask(window)
    turn = window.command("RunTurn")
    window.find(words="one more line")
    window.click(window.find(tag="composer.stop"))
    assert window.command("CancelTurn") == {"command": "CancelTurn", "turn_id": turn["turn_id"]}
    window.find(words="You stopped this turn.")
    window.find(tag="composer.send")


def test_a_dialog_closes_when_the_turn_ends_by_itself(open_window: Open) -> None:
    window = open_window("withdrawn")
    ask(window)
    window.find(tag="confirm.approve")
    window.gone(tag="confirm.approve")
    window.find(words="You stopped this turn.")
    assert window.commands("Decide") == []


def test_escape_keeps_the_draft(open_window: Open) -> None:
    window = open_window("empty")
    window.click(window.find(tag="composer.input"))
    window.type("half a thought")
    window.until(lambda: window.find(tag="composer.input").value == "half a thought", "the draft")
    window.press("Escape")
    window.fresh(4)
    assert window.find(tag="composer.input").value == "half a thought"


@pytest.mark.parametrize("how", ["close", "terminate"])
def test_closing_flushes_and_saves_the_layout(open_window: Open, tmp_path: Path, how: str) -> None:
    window = open_window("empty")
    layout = tmp_path / "home" / "dpg_layout.ini"
    window.find(words="What shall we do?")
    getattr(window, how)()
    assert window.ended() == 0
    done = json.loads((tmp_path / "out" / "done.json").read_text())
    assert done == {"code": 0, "flushes": 1}
    assert window.commands("Shutdown") == [{"command": "Shutdown"}]
    saved = layout.read_text()
    assert "[Window][###discussion]" in saved
    assert "[Docking][Data]" in saved
    assert [p.name for p in layout.parent.iterdir() if p.name.startswith(".dpg_layout")] == []


def test_the_layout_is_there_again(open_window: Open) -> None:
    window = open_window("empty")
    box = window.steady(window.find(tag="composer.input"))
    # Drag the splitter above the composer up by 80 pixels.
    x, y = int(box.at[0] + 200), int(box.at[1] - 25)
    window.drag((x, y), (x, y - 80))
    taller = window.until(
        lambda: (now := window.find(tag="composer.input")).size[1] > box.size[1] + 60 and now,
        "a larger composer",
    )
    taller = window.steady(taller)
    window.close()
    assert window.ended() == 0
    again = open_window("empty")
    again.until(lambda: again.find(tag="composer.input").size == taller.size, "the same composer")


def test_three_thousand_messages_open_at_their_end(open_window: Open) -> None:
    window = open_window("many")
    window.find(words="Message 2999.")
    assert window.maybe(words="Message 12. ") is None
    assert len(window.items()) < 2_000


def test_files_are_chosen_by_commands(open_window: Open) -> None:
    window = open_window("bare")
    window.click(window.find(tag="files.add"))
    window.type("docs/*.md")
    window.press("Return")
    files = window.command("ChooseFiles")["files"]
    assert files == [{"type": "FileChoice", "pattern": "docs/*.md", "view": "full", "pinned": False}]
    window.find(words="docs/*.md", kind="Text")


def test_alt_a_approves_once_it_is_quiet(open_window: Open) -> None:
    window = open_window("script")
    ask(window)
    armed(window)
    window.press("a", "alt")
    assert window.command("Decide")["decision"]["decision"] == "approve"


def test_no_text_ends_the_window(open_window: Open) -> None:
    window = open_window("hostile")
    window.find(words="Still here.")
    window.find(words="\\u{202e}")
    ask(window, "go on")
    window.find(tag="confirm.approve")
    window.find(words="Some characters fit no box")
    armed(window)
    window.click(window.find(tag="confirm.approve"))
    decision = window.command("Decide")["decision"]
    assert (decision["decision"], decision["edited_text"]) == ("approve", None)
    window.close()
    assert window.ended() == 0
    assert (window.out / "stderr").read_text() == ""


def test_a_worker_that_hangs_does_not_keep_the_window(open_window: Open, tmp_path: Path) -> None:
    window = open_window("stuck")
    window.close()
    assert window.ended() == 0
    # The store is still the worker's own, so the window leaves it alone: the journal has everything.
    assert json.loads((tmp_path / "out" / "done.json").read_text()) == {"code": 0, "flushes": 0}
    assert (tmp_path / "home" / "dpg_layout.ini").exists()


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_a_minimised_window(open_window: Open, tmp_path: Path, stop: signal.Signals) -> None:
    window = open_window("empty")
    window.minimise()
    window.process.send_signal(stop)
    assert window.ended() == 0
    assert json.loads((tmp_path / "out" / "done.json").read_text()) == {"code": 0, "flushes": 1}

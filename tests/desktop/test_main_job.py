"""The main job in the real window: real desk, real SDK, real files and processes, mouse and keyboard."""

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from driver import PATIENCE, Window

from copilot.projects.project_manager import load
from copilot.rehearsal.scenario import Scenario, parse_scenario, shipped
from copilot.rehearsal.server import RehearsalServer
from copilot.rehearsal.tour import BUGGY_FILE, PROMPTS, calculator_files, copy_calculator, plant_bug
from copilot.vocabulary.codec import decode_event
from copilot.vocabulary.events import ApprovalResolved, Event, ToolFinished, ToolStarted, TurnFinished

pytestmark = pytest.mark.window

KEY = "sk-ant-window-test-key-0001"
QUIET = 1.1
"""The dialog takes clicks 0.7 s after it appeared and after the last key."""

SLOW = """
title = "slow"
[[rule]]
when = { asked = "talk", round = 1 }
answer = [{ text = "One moment, I begin to talk now. " }, { fault = "stall" }]
[[rule]]
when = { asked = "sleep", round = 1 }
answer = [{ call = "run_shell", arguments = { script = "echo begun; (setsid sleep 654 &); sleep 654" } }]
[[rule]]
answer = [{ text = "Here I am again." }]
"""

Open = Callable[[], Window]
Stage = Callable[..., Open]


@pytest.fixture
def stage(display: str, tmp_path: Path) -> Iterator[Stage]:
    """Starts a rehearsal of a scenario; gives a function that opens the window on it."""
    windows: list[Window] = []
    servers: list[RehearsalServer] = []

    def begin(scenario: Scenario, *, size: tuple[int, int] = (1280, 800)) -> Open:
        copy_calculator(tmp_path / "calculator")
        plant_bug(tmp_path / "calculator")
        server = RehearsalServer(scenario)
        server.start()
        servers.append(server)

        def start() -> Window:
            command = [
                sys.executable, str(Path(__file__).with_name("run_real.py")), str(tmp_path / "home"),
                str(tmp_path / "calculator"), "anthropic", server.url, str(tmp_path / "out"),
                str(size[0]), str(size[1]),
            ]  # fmt: skip
            os.environ["ANTHROPIC_API_KEY"] = KEY
            try:
                window = Window.start(command, display, tmp_path / "out")
            finally:
                del os.environ["ANTHROPIC_API_KEY"]
            windows.append(window)
            return window

        return start

    yield begin
    for window in windows:
        window.kill()
    for server in servers:
        server.stop()


def ask(window: Window, words: str) -> None:
    """Type a prompt and send it by keyboard."""
    window.click(window.find(tag="composer.input"))
    window.type(words)
    window.until(lambda: (box := window.maybe(tag="composer.input")) and box.value == words, "the typed text")
    window.press("Return", "ctrl")


def dialog(window: Window, words: str) -> None:
    """Wait for the dialog that holds these words, and until it takes clicks."""
    window.until(
        lambda: (box := window.maybe(tag="confirm.text")) and words in box.value, f"asking {words!r}"
    )
    time.sleep(QUIET)
    window.fresh()


def logged(home: Path) -> list[Event]:
    """The events in the newest session's log."""
    path = max((home / "logs").glob("comms_*.log"))
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [decode_event(line["event"]) for line in lines if line["kind"] == "event"]


def test_ask_read_edit_approve_run_answer_and_start_again(stage: Stage, tmp_path: Path) -> None:
    home = tmp_path / "home"
    start = stage(shipped("tour").model_copy(update={"delay": 0.0}))
    window = start()
    ask(window, PROMPTS["tour"])

    dialog(window, "python3 -m unittest")
    window.click(window.find(tag="confirm.text"), dx=40, dy=15)
    window.press("End")
    window.type(" -v")
    window.until(lambda: window.find(tag="confirm.text").value == "python3 -m unittest -v\n", "the edit")
    time.sleep(QUIET)  # the edited text is read anew first
    window.fresh()
    window.click(window.find(tag="confirm.approve"))
    for words in ("mended.tmp", "python3 -m unittest"):
        dialog(window, words)
        window.click(window.find(tag="confirm.approve"))
    window.find(words="Every step is in the log")
    window.find(words="Ran 10 tests")
    window.find(words="exit 0")
    window.find(tag="composer.send")

    scripts = sorted((home / "scripts" / "generated").glob("*.sh"))
    assert [path.read_bytes() for path in scripts[:1]] == [b"python3 -m unittest -v\n"]
    assert len(scripts) == 3
    fixed = (tmp_path / "calculator" / BUGGY_FILE).read_bytes()
    assert fixed == calculator_files()[BUGGY_FILE]

    window.close()
    assert window.ended() == 0
    check_log(home)
    project = load(home / "projects" / "calculator.toml")
    path = project.discussion.path("main")
    assert [m.role for m in path] == ["user", *["assistant", "tool"] * 5, "assistant"]
    assert path[-1].text.startswith("All 10 tests pass.")
    assert not (home / "projects" / "calculator.journal").exists()
    assert "[Docking][Data]" in (home / "dpg_layout.ini").read_text()
    for file in (p for p in home.rglob("*") if p.is_file()):
        assert KEY.encode() not in file.read_bytes(), file

    again = start()
    again.find(words="Every step is in the log")
    again.find(words="What was done")
    again.close()
    assert again.ended() == 0
    assert load(home / "projects" / "calculator.toml") == project


def check_log(home: Path) -> None:
    """The log and the page of tool calls tell the edit, what ran, and how it ended."""
    events = logged(home)
    resolved = [e for e in events if isinstance(e, ApprovalResolved)]
    assert [(e.decision, e.by, e.shown) for e in resolved] == [("approve", "person", True)] * 3
    assert "-python3 -m unittest\n+python3 -m unittest -v\n" in resolved[0].diff
    assert [e.exit_code for e in events if isinstance(e, ToolFinished) and e.name == "run_shell"] == [1, 0, 0]
    assert all(Path(e.script).exists() for e in events if isinstance(e, ToolStarted) and e.script)
    assert [e.reason for e in events if isinstance(e, TurnFinished)] == ["answered"]
    page = max((home / "logs").glob("toolcalls_*.log")).read_text(encoding="utf-8")
    assert "+python3 -m unittest -v" in page
    assert "FAILED (failures=2)" in page


def test_stop_ends_a_turn_in_each_of_its_phases(stage: Stage, tmp_path: Path) -> None:
    window = stage(parse_scenario(SLOW))()

    ask(window, "talk to me")
    window.find(words="I begin to talk now")
    stop(window, 1)

    ask(window, "sleep, first time")
    window.find(tag="confirm.approve")
    time.sleep(QUIET)
    window.fresh()
    stop(window, 2, "confirm.stop")  # the dialog covers the other one
    window.gone(tag="confirm.approve")

    ask(window, "sleep, second time")
    window.find(tag="confirm.approve")
    time.sleep(QUIET)
    window.fresh()
    window.click(window.find(tag="confirm.approve"))
    printed(window, "begun")
    stop(window, 3)
    assert running_in(tmp_path / "calculator") == []

    ask(window, "are you there?")
    window.until(lambda: len(texts(window, "Here I am again.")) >= 1, "an answer after the stops")
    window.close()
    assert window.ended() == 0
    home = tmp_path / "home"
    events = logged(home)
    ends = [type(e).__name__ for e in events if type(e).__name__ in ("TurnCancelled", "TurnFinished")]
    assert ends == ["TurnCancelled", "TurnCancelled", "TurnCancelled", "TurnFinished"]
    resolved = [(e.decision, e.by) for e in events if isinstance(e, ApprovalResolved)]
    assert resolved == [("reject", "cancel"), ("approve", "person")]
    assert len(list((home / "scripts" / "generated").glob("*.sh"))) == 1


def test_closing_the_window_while_a_script_runs_leaves_nothing_running(stage: Stage, tmp_path: Path) -> None:
    window = stage(parse_scenario(SLOW))()
    ask(window, "sleep now")
    window.find(tag="confirm.approve")
    time.sleep(QUIET)
    window.fresh()
    window.click(window.find(tag="confirm.approve"))
    printed(window, "begun")
    window.close()
    assert window.ended() == 0
    assert running_in(tmp_path / "calculator") == []
    path = load(tmp_path / "home" / "projects" / "calculator.toml").discussion.path("main")
    assert path[-1].results[0].status == "cancelled"


def test_closing_the_window_while_the_dialog_waits_rejects_and_flushes(stage: Stage, tmp_path: Path) -> None:
    window = stage(parse_scenario(SLOW))()
    ask(window, "sleep now")
    window.find(tag="confirm.approve")
    time.sleep(QUIET)
    window.close()
    assert window.ended() == 0
    home = tmp_path / "home"
    resolved = [e for e in logged(home) if isinstance(e, ApprovalResolved)]
    assert [(e.decision, e.by) for e in resolved] == [("reject", "cancel")]
    assert list((home / "scripts" / "generated").glob("*.sh")) == []
    path = load(home / "projects" / "calculator.toml").discussion.path("main")
    assert path[-1].results[0].status == "cancelled"
    assert not (home / "projects" / "calculator.journal").exists()


def stop(window: Window, times: int, button: str = "composer.stop") -> None:
    """Click Stop and wait until the window says that the turn was stopped."""
    begun = time.monotonic()
    window.click(window.find(tag=button))
    window.find(tag="composer.send")
    assert time.monotonic() - begun < PATIENCE
    window.until(lambda: len(texts(window, "You stopped this turn.")) >= 1, f"stop number {times}")


def printed(window: Window, line: str) -> None:
    """Wait until a script has printed this line, and nothing else."""
    window.until(lambda: any(item.words.strip() == line for item in window.items()), f"the output {line}")


def texts(window: Window, words: str) -> list[str]:
    """What is on the screen and holds these words."""
    return [item.words for item in window.items() if words in item.words]


def running_in(folder: Path) -> list[str]:
    """Processes whose working directory is `folder`."""
    found: list[str] = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if str((entry / "cwd").readlink()) == str(folder):
                    found.append((entry / "cmdline").read_bytes().decode(errors="replace"))
            except OSError:
                continue
    return found

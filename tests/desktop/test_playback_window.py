"""A session is played back in a real window by keyboard and mouse: nothing in it can be changed."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from driver import Window

from copilot.projects.home import Home
from copilot.record.session_logger import SessionLogger
from copilot.storage.redaction import Redactor
from copilot.vocabulary import events as e
from copilot.vocabulary.approvals import ScriptDetail
from copilot.vocabulary.frozen import replace
from copilot.vocabulary.messages import Message, Text, ToolCall
from copilot.vocabulary.values import ModelChoice, Project, Usage, WireRecord

pytestmark = pytest.mark.window

AT = 1_763_704_800.0
SESSION = "20251121_060000_abcd"
SCRIPT = "grep -rn discount src\n"
DETAIL = ScriptDetail(script=SCRIPT, shell="bash", shell_path="/b", cwd="/shop", timeout_seconds=9.0)


def happened() -> Iterator[e.Event]:
    """A question, a script that is approved and fails, an answer."""
    turn: dict[str, Any] = {"at": AT, "worker": "w", "turn_id": "t", "branch": "main"}
    kept: dict[str, Any] = {"at": AT, "worker": "w", "branch": "main"}
    call = ToolCall(call_id="c", name="run_shell", arguments={"script": SCRIPT})
    asked = Message(id="u", parent=None, role="user", parts=(Text(text="Where is the discount?"),), at=AT)
    said = Message(id="a", parent="u", role="assistant", parts=(Text(text="I look."), call), at=AT)
    end = Message(id="z", parent="a", role="assistant", parts=(Text(text="It is in cart.py."),), at=AT)
    yield e.WorkerStarted(at=AT, worker="w", version="1")
    yield e.ProjectOpened(at=AT, worker="w", project=Project(name="shop", base_dir="/shop"))
    yield e.TurnStarted(model=ModelChoice(provider="openai", model="m"), user_message="Where?", **turn)
    yield e.MessageKept(message=asked, **kept)
    yield e.RequestSent(round=1, messages=1, characters=9, tokens=3, **turn)
    yield e.MessageKept(message=said, **kept)
    yield e.ToolCallRequested(call_id="c", name="run_shell", arguments=call.arguments, **turn)
    approval: dict[str, Any] = {"request_id": "r", "call_id": "c"}
    yield e.ApprovalRequested(tool="run_shell", detail=DETAIL, verdict="ask", **approval, **turn)
    yield e.ApprovalResolved(decision="approve", by="person", shown=True, note="", **approval, **turn)
    yield e.ToolFinished(
        call_id="c", name="run_shell", status="error", output="no src", seconds=0.1, exit_code=2, **turn
    )
    yield e.UsageReported(round=1, usage=Usage(input_tokens=1_200, output_tokens=30), seconds=1.0, **turn)
    yield e.MessageKept(message=end, **kept)
    yield e.TurnFinished(text="It is in cart.py.", rounds=2, reason="answered", **turn)


@pytest.fixture
def window(display: str, tmp_path: Path) -> Iterator[Window]:
    home = Home(root=tmp_path / "home").make()
    log = SessionLogger(home.logs, SESSION, Redactor(()), lambda: AT, state=home.state)
    for number, event in enumerate(happened()):
        log.event(replace(event, at=AT + number / 2))
        if isinstance(event, e.RequestSent):
            sent = WireRecord(
                provider="x", direction="request", method="POST", url="u", status=0, body='{"beside":1}'
            )
            log.wire(sent)
    log.close()
    out = tmp_path / "out"
    program = Path(__file__).with_name("run_playback.py")
    command = [sys.executable, str(program), str(home.root), SESSION, str(out), "1300", "820"]
    opened = Window.start(command, display, out, shows="player.play")
    yield opened
    opened.kill()


def test_a_session_is_played_back_step_by_step(window: Window, tmp_path: Path) -> None:
    window.find(words="Where is the discount?")
    assert window.maybe(words="It is in cart.py.") is None
    window.press("a")
    window.find(words="Run this script?")
    window.find(words="waits for an answer")
    window.find(words="grep -rn discount src")
    # A card offers what reading needs and nothing that would change it; who goes on from here is chosen.
    window.find(tag="discussion.copy.u")
    assert all(window.maybe(tag=f"discussion.{name}.u") is None for name in ("edit", "again", "fork"))
    assert window.maybe(tag="discussion.fork") is None
    window.find(words="Whole: all 14 lines are as written")
    window.press("g")
    window.find(words="A new branch of the project")
    window.type("rehearsal")
    window.gone(words="gpt-")
    window.press("Return")
    window.find(words="goes on from number 9 in the window of shop")
    assert (window.out / "opened").read_text() == "shop"
    window.press("Right", "shift")
    window.find(words="approved by the person")
    window.press("e")
    window.find(words="ToolFinished run_shell: error, exit 2")
    window.press("e")
    window.find(words="There is no error after this")
    window.press("End")
    window.find(words="It is in cart.py.")
    window.find(words="13 of 13")
    window.picture(tmp_path / "end.png")
    window.press("Home")
    window.until(lambda: window.maybe(words="It is in cart.py.") is None, "the beginning")
    # By the mouse: half of the slider is behind the beginning.
    window.click(window.find(tag="player.slider"))
    window.gone(words="0 of 13")
    # What is looked for is gone to; the request stands beside the event.
    window.press("f", "ctrl", "shift")
    window.until(lambda: window.find(tag="inspector.words").active, "the caret")
    window.type("RequestSent")
    window.find(words="1 line of 14")
    window.press("Return")
    window.find(words="RequestSent round 1")
    window.click(window.find(tag="inspector.page.request"))
    window.find(words="beside: 1")
    # A recording cannot be changed.
    window.press("Escape")
    window.press("F2")
    window.fresh(3)
    assert (window.out / "stderr").read_text() == ""
    window.press("q", "ctrl")
    assert window.ended() == 0

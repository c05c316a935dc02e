"""Exporting a session from its log, and a branch with what its calls changed and cost."""

from dataclasses import replace
from pathlib import Path

import pytest

from copilot.assembly.exporting import branch_export, written
from copilot.assembly.session_export import session_export
from copilot.projects.exchange import from_json_bytes
from copilot.projects.home import Home
from copilot.projects.project_manager import dump, new, path_of
from copilot.record.exported import CallFacts, Cost
from copilot.record.ledger import Ledger
from copilot.record.ledger_lines import Spent
from copilot.record.session_logger import SessionLogger
from copilot.storage.redaction import Redactor
from copilot.vocabulary.errors import ProjectError
from copilot.vocabulary.events import (
    ApprovalResolved,
    MessageKept,
    ProjectOpened,
    RunChanged,
    ToolFinished,
    TurnStarted,
    UsageReported,
)
from copilot.vocabulary.messages import Branch, Discussion, Message, Text, ToolCall, ToolResult
from copilot.vocabulary.run_events import RunChange
from copilot.vocabulary.values import ModelChoice, Project, Usage
from copilot.workspace.snapshots.register import About
from copilot.workspace.snapshots.runs import Runs

SESSION = "20261121_120000_abcd"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(root=tmp_path / "home").make()


@pytest.fixture
def logger(home: Home) -> SessionLogger:
    return SessionLogger(home.logs, SESSION, Redactor(()), lambda: 1.0, state=home.state)


def test_a_session_is_what_its_events_say(home: Home, logger: SessionLogger) -> None:
    turn = {"at": 5.0, "worker": "w", "turn_id": "t1", "branch": "main"}
    asked = Message(id="m2", parent="m1", role="user", parts=(Text(text="Tidy \ud800up."),), at=5.0)
    call = ToolCall(call_id="c1", name="run_shell", arguments={"script": "rm -r build"})
    called = Message(id="m3", parent="m2", role="assistant", parts=(call,), at=6.0, model="claude")
    begun = Message(id="m4", parent="m3", role="tool", parts=(), at=7.0)
    result = ToolResult(call_id="c1", name="run_shell", output="gone")
    change = RunChange(path="build", kind="deleted", thing="folder")
    model = ModelChoice(provider="anthropic", model="claude")
    logger.event(ProjectOpened(at=4.0, worker="w", project=Project(name="shop", base_dir="/x")))
    logger.event(TurnStarted(**turn, model=model, user_message="Tidy up."))
    for message in (asked, called, begun, replace(begun, parts=(result,))):
        logger.event(MessageKept(at=5.0, worker="w", branch="main", message=message))
    logger.event(UsageReported(**turn, round=1, usage=Usage(input_tokens=10), seconds=1.0, usd=0.5))
    logger.event(
        ApprovalResolved(
            **turn, request_id="r", call_id="c1", decision="approve", by="person", shown=True, diff="-a\n+b\n"
        )
    )
    logger.event(
        ToolFinished(
            **turn, call_id="c1", name="run_shell", status="ok", output="gone", seconds=2.0, exit_code=0
        )
    )
    logger.event(RunChanged(at=8.0, worker="w", run=1, call_id="c1", state="done", changes=(change,)))
    logger.close()

    found = session_export(home, "latest", ())

    said = replace(asked, parent=None, parts=(Text(text="Tidy ?up."),))  # m1 is older than the session
    assert found.discussion.messages == (said, called, replace(begun, parts=(result,)))
    assert found.discussion.branches == (Branch(name="main", tip="m4"),)
    assert found.calls == {
        "c1": CallFacts(
            approval="Approved by person, edited",
            edit="-a\n+b\n",
            changes=(change,),
            seconds=2.0,
            exit_code=0,
        )
    }
    usage = Usage(input_tokens=10)
    assert found.costs == (Cost(model="anthropic/claude", requests=1, usage=usage, usd=0.5),)
    assert from_json_bytes(written(found, "json")).discussion == found.discussion
    assert b"Approved by person, edited" in written(found, "html")


def test_a_session_in_which_nothing_was_said_is_named(home: Home, logger: SessionLogger) -> None:
    logger.event(ProjectOpened(at=4.0, worker="w", project=Project(name="shop", base_dir="/x")))
    logger.close()
    with pytest.raises(ProjectError, match=f"nothing was said in the session {SESSION}"):
        session_export(home, SESSION, ())


def test_a_branch_has_what_its_calls_changed_and_what_it_cost(home: Home, tmp_path: Path) -> None:
    base = tmp_path / "work"
    base.mkdir()
    call = ToolCall(call_id="c1", name="run_shell", arguments={"script": "echo 2 > a.txt"})
    called = Message(id="m1", parent=None, role="assistant", parts=(call,), at=6.0, model="claude")
    discussion = Discussion(messages=(called,), branches=(Branch(name="main", tip="m1"),))
    project = replace(new(home, "shop", base), discussion=discussion)
    path_of(home, "shop").write_text(dump(project))
    (base / "a.txt").write_text("1\n")
    runs = Runs(home.snapshots, base, clock=lambda: 1.0)
    number, _ = runs.begin(About(call_id="c1", project="shop", branch="main", words="a script"))
    (base / "a.txt").write_text("2\n")
    runs.end(number)
    for branch in ("main", "other"):
        spent = Spent(
            day="2026-11-21", project="shop", branch=branch, provider="p", model="m", usd=0.25, at=1.0
        )
        Ledger(home.state / "ledger.jsonl").add(branch, spent)

    found = branch_export(home, "shop", None, ())

    (change,) = found.calls["c1"].changes
    assert (change.path, change.kind) == ("a.txt", "changed")
    assert found.costs == (Cost(model="p/m", requests=1, usage=Usage(), usd=0.25),)
    page = written(found, "html").decode()
    assert '<span class="removed">-1</span>' in page
    assert '<span class="added">+2</span>' in page
    assert "-1\n+2" in written(found, "markdown").decode()

"""`copilot replay` as a real program: what it prints of a log, and what it says of one that was changed."""

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from program_runs import environ, in_terminal, run

from copilot.record.session_logger import SessionLogger
from copilot.storage.redaction import Redactor
from copilot.vocabulary.approvals import ScriptDetail
from copilot.vocabulary.events import (
    ApprovalRequested,
    ApprovalResolved,
    Event,
    TextDelta,
    ThinkingDelta,
    ToolCallRequested,
    ToolFinished,
    ToolStarted,
    TurnFinished,
    TurnStarted,
    UsageReported,
    WorkerStopped,
)
from copilot.vocabulary.values import ModelChoice, Usage, WireRecord

AT = 1_763_704_800.0
TURN: dict[str, Any] = {"at": AT, "worker": "w1", "turn_id": "t1", "branch": "main"}
SESSION = "20251121_060000_aaaa"


def a_turn() -> Iterable[Event]:
    yield TurnStarted(model=ModelChoice(provider="openai", model="m"), user_message="List it.\x1b[2J", **TURN)
    yield ThinkingDelta(text="Hm, a list.", **TURN)
    yield TextDelta(text="I will ", **TURN)
    yield TextDelta(text="look.", **TURN)
    yield ToolCallRequested(call_id="c1", name="run_shell", arguments={"script": "ls\n"}, **TURN)
    detail = ScriptDetail(script="ls\n", shell="bash", shell_path="/b", cwd="/code", timeout_seconds=9.0)
    yield ApprovalRequested(
        request_id="r1", call_id="c1", tool="run_shell", detail=detail, verdict="ask", **TURN
    )
    yield ApprovalResolved(
        request_id="r1", call_id="c1", decision="approve", by="person", shown=True, note="", **TURN
    )
    yield ToolStarted(call_id="c1", name="run_shell", script="/s/1.sh", sha256="ab12", **TURN)
    yield ToolFinished(
        call_id="c1", name="run_shell", status="error", output="no", seconds=0.1, exit_code=2, **TURN
    )
    usage = Usage(input_tokens=1_200, output_tokens=34)
    yield UsageReported(round=1, usage=usage, seconds=1.0, usd=0.5, **TURN)
    yield TurnFinished(text="I will look.", rounds=1, reason="answered", **TURN)
    yield WorkerStopped(at=AT, worker="w1")


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    """A home with the log of one session."""
    home = tmp_path / "home"
    log = SessionLogger(home / "logs", SESSION, Redactor(()), lambda: AT, state=home / "state")
    for event in a_turn():
        log.event(event)
    log.wire(WireRecord(provider="x", direction="request", method="POST", url="u", status=0, body='{"a":1}'))
    log.close()
    return environ(tmp_path)


def log_of(env: dict[str, str]) -> Path:
    return Path(env["COPILOT_HOME"], "logs", f"comms_{SESSION}.log")


def test_a_session_is_played_back(env: dict[str, str], tmp_path: Path) -> None:
    played = run("replay", "latest", env=env, cwd=tmp_path)
    assert (played.returncode, played.stderr) == (0, "")
    lines = played.stdout.splitlines()
    assert lines[:7] == [
        "     1  2025-11-21 06:00:00 UTC",
        "        on main, to openai m",
        r"> List it.\x1b[2J",
        "I will look.",
        "     5  2025-11-21 06:00:00 UTC",
        r"→ run_shell script=ls\x0a",
        "     6  2025-11-21 06:00:00 UTC",
    ]
    assert "    1 │ ls" in lines
    assert lines[-8:] == [
        "  approved (by you)",
        "  script  /s/1.sh, SHA-256 ab12",
        "     9  2025-11-21 06:00:00 UTC",
        "✗ run_shell error exit code 2, 2 characters, 0.1 s",
        "    11  2025-11-21 06:00:00 UTC",
        "round  prompt  cached  output  thinking   time   cost",
        "    1   1,200       0      34         0  1.0 s  $0.50",
        "In all: 1 turn, 1 tool call (1 approved, 0 rejected), 1,200 tokens in, 34 out, $0.50.",
    ]


def test_records_are_chosen_by_number_and_kind(env: dict[str, str], tmp_path: Path) -> None:
    printed = run("replay", SESSION[:8], "--json", "--from", "4", "--to", "8", env=env, cwd=tmp_path)
    told = [json.loads(line) for line in printed.stdout.splitlines()]
    assert [(one["seq"], one["event"]["event"], one["standing"]) for one in told] == [
        (4, "TextDelta", "proven"),
        (5, "ToolCallRequested", "proven"),
        (6, "ApprovalRequested", "proven"),
        (7, "ApprovalResolved", "proven"),
        (8, "ToolStarted", "proven"),
    ]
    some = run("replay", str(log_of(env)), "--json", "--kind", "error", "wire", env=env, cwd=tmp_path)
    kinds = [(one["seq"], one["kind"]) for one in map(json.loads, some.stdout.splitlines())]
    assert kinds == [(9, "event"), (13, "wire")]


def test_a_log_that_nobody_changed_passes_the_check(env: dict[str, str], tmp_path: Path) -> None:
    checked = run("replay", "latest", "--check", env=env, cwd=tmp_path)
    assert (checked.returncode, checked.stderr) == (0, "")
    assert checked.stdout == (
        f"✓ Session {SESSION}: nothing is wrong. All 13 lines are as they were written.\n"
    )


def test_what_was_changed_is_told_with_its_line_and_number(env: dict[str, str], tmp_path: Path) -> None:
    path = log_of(env)
    lines = path.read_bytes().splitlines(keepends=True)
    lines[6] = lines[6].replace(b'"approve"', b'"reject"')
    path.write_bytes(b"".join([*lines[:9], *lines[10:]]))
    checked = run("replay", "latest", "--check", env=env, cwd=tmp_path)
    assert checked.returncode == 1
    assert checked.stdout.splitlines() == [
        "✗ line 7 (number 7): it was changed after it was written, or what was before it is gone",
        "✗ line 10 (number 11): number 10 before it is missing, so it cannot be proven itself",
        f"Session {SESSION}: 10 of 12 lines are proven to be as they were written.",
    ]
    told = json.loads(run("replay", "latest", "--check", "--json", env=env, cwd=tmp_path).stdout)
    assert (told["whole"], [one["seq"] for one in told["troubles"]]) == (False, [7, 11])
    played = run("replay", "latest", "--kind", "cost", env=env, cwd=tmp_path)
    assert played.returncode == 1
    assert "! number 7: it was changed after it was written" in played.stdout


def test_all_sessions_are_checked_and_one_that_is_gone_is_told(env: dict[str, str], tmp_path: Path) -> None:
    home = Path(env["COPILOT_HOME"])
    other = SessionLogger(home / "logs", "other", Redactor(()), lambda: AT, state=home / "state")
    other.event(WorkerStopped(at=AT, worker="w1"))
    other.close()
    log_of(env).unlink()
    checked = run("replay", "--check", env=env, cwd=tmp_path)
    assert checked.returncode == 1
    assert [line.split(":")[0] for line in checked.stdout.splitlines()] == [
        "✓ Session other",
        f"✗ Session {SESSION}",
    ]


def test_logs_are_listed_and_a_wrong_name_is_told(env: dict[str, str], tmp_path: Path) -> None:
    assert SESSION in run("replay", env=env, cwd=tmp_path).stdout
    wrong = run("replay", "1999", "--check", env=env, cwd=tmp_path)
    assert (wrong.returncode, "there is no log '1999'" in wrong.stderr) == (1, True)


@pytest.mark.skipif(sys.platform == "win32", reason="a terminal of POSIX")
def test_keys_go_step_by_step_and_to_the_next_approval(env: dict[str, str], tmp_path: Path) -> None:
    with in_terminal("replay", "latest", "--step", env=env, cwd=tmp_path) as terminal:
        terminal.until("q: end")
        terminal.type(" ")
        terminal.until("look.")
        terminal.type("a")
        terminal.until("run_shell")
        terminal.type("e")
        terminal.until("SHA-256 ab12")
        terminal.type("q")
        assert terminal.end() == 0
        assert "In all" not in terminal.seen

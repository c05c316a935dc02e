"""The gate alone: who answers, what comes back, what the model is told."""

import itertools
import time
from collections.abc import Callable
from dataclasses import replace

import pytest

from copilot.ai.approval import DENIED, DRY_RUN, NOBODY, DryRunError, Gate, edit_diff, verdict
from copilot.vocabulary.approvals import (
    ApprovalDetail,
    ApprovalPolicy,
    ConfirmDialog,
    Decision,
    FileWriteDetail,
    PythonFileDetail,
    ScriptDetail,
    SecretReadDetail,
)
from copilot.vocabulary.errors import RejectedError, TurnCancelledError

SCRIPT = ScriptDetail(script="ls\n", shell="sh", shell_path="/bin/sh", cwd="/p", timeout_seconds=9.0)
WRITE = FileWriteDetail(path="a.txt", content="new\n", diff="", creates=True)
PROTECTED = FileWriteDetail(path=".git/config", content="", diff="", creates=False, protected=True)
SECRET = SecretReadDetail(path=".env", reason="it may hold keys")
PYTHON = PythonFileDetail(
    path="a.py", text="", sha256="", argv=("python", "a.py"), cwd="/p", timeout_seconds=9.0
)


class Room:
    """A gate with an answer prepared, and what it told."""

    def __init__(self, policy: ApprovalPolicy, answer: Callable[[ConfirmDialog], Decision]) -> None:
        ids = itertools.count()
        self.told: list[tuple[str, ...]] = []
        self.gate = Gate(
            policy=policy,
            turn_id="t",
            branch="main",
            call_id="c",
            tool="run_shell",
            new_id=lambda: f"r{next(ids)}",
            ask=answer,
            requested=lambda dialog, said: self.told.append(("requested", dialog.request_id, said)),
            resolved=lambda dialog, decision, by, diff: self.told.append(
                ("resolved", dialog.request_id, decision.decision, by, decision.note, diff)
            ),
        )


def never(dialog: ConfirmDialog) -> Decision:
    raise AssertionError(f"asked about {dialog.detail}")


def approve(text: str | None = None) -> Callable[[ConfirmDialog], Decision]:
    return lambda dialog: Decision(request_id=dialog.request_id, decision="approve", edited_text=text)


@pytest.mark.parametrize(
    ("mode", "dry_run", "detail", "expected"),
    [
        ("ask", False, SCRIPT, "ask"),
        ("ask", False, SECRET, "ask"),
        ("all", False, SCRIPT, "allow"),
        ("all", False, PYTHON, "allow"),
        ("all", False, WRITE, "allow"),
        ("all", False, SECRET, "ask"),
        ("all", False, PROTECTED, "ask"),
        ("none", False, SCRIPT, "deny"),
        ("none", False, SECRET, "deny"),
        ("all", True, SCRIPT, "deny"),
        ("ask", True, WRITE, "deny"),
        ("ask", True, SECRET, "ask"),
    ],
)
def test_the_policy_answers_first(mode: str, dry_run: bool, detail: ApprovalDetail, expected: str) -> None:
    policy = ApprovalPolicy(mode=mode, dry_run=dry_run)  # pyright: ignore[reportArgumentType]
    assert verdict(policy, detail) == expected


def test_what_the_person_approves_comes_back_as_it_was() -> None:
    room = Room(ApprovalPolicy(), approve())
    assert room.gate.approve(SCRIPT) is SCRIPT
    assert room.told == [("requested", "r0", "ask"), ("resolved", "r0", "approve", "person", "", "")]


def test_an_edit_is_what_comes_back_and_is_told_as_a_diff() -> None:
    room = Room(ApprovalPolicy(), approve("ls -l\n"))
    assert room.gate.approve(SCRIPT).script == "ls -l\n"
    assert room.told[-1][-1] == "--- proposed\n+++ approved\n@@ -1 +1 @@\n-ls\n+ls -l\n"


def test_an_edit_of_what_cannot_be_edited_changes_nothing() -> None:
    room = Room(ApprovalPolicy(), approve("evil"))
    assert room.gate.approve(PYTHON) is PYTHON
    assert room.gate.approve(SECRET) is SECRET


def test_a_rejection_carries_its_reason() -> None:
    room = Room(
        ApprovalPolicy(), lambda d: Decision(request_id=d.request_id, decision="reject", note="not now")
    )
    with pytest.raises(RejectedError, match="Reason: not now"):
        room.gate.approve(WRITE)
    assert room.told[-1] == ("resolved", "r0", "reject", "person", "not now", "")


def test_an_edit_beside_a_rejection_is_not_an_edit() -> None:
    room = Room(
        ApprovalPolicy(), lambda d: Decision(request_id=d.request_id, decision="reject", edited_text="zz")
    )
    with pytest.raises(RejectedError):
        room.gate.approve(SCRIPT)
    assert room.told[-1][-1] == ""


def test_nobody_to_ask_is_a_rejection() -> None:
    room = Room(ApprovalPolicy(person=False), never)
    with pytest.raises(RejectedError) as caught:
        room.gate.approve(SCRIPT)
    assert str(caught.value) == NOBODY
    assert room.told[-1][2:4] == ("reject", "nobody")


def test_a_protected_path_is_never_approved_unseen() -> None:
    room = Room(ApprovalPolicy(mode="all", person=False), never)
    with pytest.raises(RejectedError):
        room.gate.approve(PROTECTED)


def test_the_policy_may_refuse_everything() -> None:
    room = Room(ApprovalPolicy(mode="none"), never)
    with pytest.raises(RejectedError) as caught:
        room.gate.approve(SCRIPT)
    assert str(caught.value) == DENIED
    assert not isinstance(caught.value, DryRunError)


def test_a_dry_run_shows_and_does_nothing() -> None:
    room = Room(ApprovalPolicy(mode="all", dry_run=True), never)
    with pytest.raises(DryRunError) as caught:
        room.gate.approve(WRITE)
    assert str(caught.value) == DRY_RUN
    assert room.told == [("requested", "r0", "deny"), ("resolved", "r0", "reject", "dry_run", "dry run", "")]


def test_a_stop_while_asking_resolves_the_request() -> None:
    def stopped(dialog: ConfirmDialog) -> Decision:
        raise TurnCancelledError("stop")

    room = Room(ApprovalPolicy(), stopped)
    with pytest.raises(TurnCancelledError):
        room.gate.approve(SCRIPT)
    assert room.told[-1][2:4] == ("reject", "cancel")


def test_a_diff_without_a_last_newline_says_so() -> None:
    after = ScriptDetail(script="ls", shell="sh", shell_path="/bin/sh", cwd="/p", timeout_seconds=9.0)
    assert "No newline at end of file" in edit_diff(SCRIPT, after)


@pytest.mark.parametrize("dry_run", [False, True])
def test_a_secret_that_the_policy_keeps_is_a_rejection_in_a_dry_run_too(dry_run: bool) -> None:
    room = Room(ApprovalPolicy(mode="none", dry_run=dry_run), never)
    with pytest.raises(RejectedError, match="may hold secrets") as caught:
        room.gate.approve(SECRET)
    assert not isinstance(caught.value, DryRunError)
    assert room.told[-1] == ("resolved", "r0", "reject", "policy", "the policy rejects it", "")


def test_the_diff_of_a_large_edit_is_not_waited_for() -> None:
    long = "".join(f"echo {n % 7}\n" for n in range(60_000))
    before = replace(SCRIPT, script=long)
    after = replace(SCRIPT, script="".join(f"echo {n % 5}\n" for n in range(60_000)))
    began = time.monotonic()
    assert "-echo 6\n" in edit_diff(before, after)
    assert time.monotonic() - began < 10

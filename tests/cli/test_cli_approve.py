"""Asking in a terminal: what is shown, what each answer means, and that silence rejects."""

import json
import os
import sys
from pathlib import Path
from typing import Literal

import pytest
from terminal_runs import TerminalRun

from copilot.vocabulary.approvals import (
    ApprovalDetail,
    Decision,
    FileWriteDetail,
    PythonFileDetail,
    ScriptDetail,
    SecretReadDetail,
)
from copilot.vocabulary.codec import to_json

SCRIPT = ScriptDetail(
    script="echo one\necho two\n",
    shell="sh",
    shell_path="/bin/sh",
    cwd="/home/me/shop",
    timeout_seconds=120.0,
)

# Asks about the detail that the test wrote down, and prints the decision.
PROGRAM = """
import json, os, sys
from copilot.cli.approve import Approver, controlling_terminal, find_person
from copilot.cli.interrupts import Interrupts
from copilot.cli.paint import Paint
from copilot.cli.details import lines_of
from copilot.vocabulary.codec import from_json, to_json
from copilot.vocabulary.events import ApprovalRequested
from copilot.vocabulary.approvals import ApprovalDetail

detail = from_json(json.loads(sys.argv[1]), ApprovalDetail)
person = find_person(sys.stdin, sys.stderr, stdin_is_prompt=sys.argv[2:] == ["piped"],
                     open_terminal=controlling_terminal)
if person is None:
    sys.exit("nobody")
request = ApprovalRequested(at=0.0, worker="w", turn_id="t", branch="main", request_id="r1", call_id="c1",
                            tool="x", detail=detail, verdict="ask")
with Interrupts(lambda: None) as interrupts:
    approver = Approver(person=person, paint=Paint(on=False), environ=dict(os.environ), interrupts=interrupts)
    for line in lines_of(detail, Paint(on=False)):
        print(line, file=sys.stderr)
    print("DECISION", json.dumps(to_json(approver.ask(request))), file=sys.stderr)
"""


def asking(detail: ApprovalDetail, **environ: str) -> TerminalRun:
    argv = [sys.executable, "-c", PROGRAM, json.dumps(to_json(detail))]
    return TerminalRun(argv, env={**os.environ, **environ})


def decision(run: TerminalRun) -> object:
    assert run.end() == 0, run.seen
    return json.loads(run.seen.rpartition("DECISION ")[2])


def answer(
    decided: Literal["approve", "reject"], *, edited_text: str | None = None, note: str = ""
) -> object:
    return to_json(Decision(request_id="r1", decision=decided, edited_text=edited_text, note=note))


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("a\n", answer("approve")),
        ("Approve\n", answer("approve")),
        ("y\n", answer("approve")),
        ("\n", answer("reject")),
        ("n it deletes my files\n", answer("reject", note="it deletes my files")),
        ("\x04", answer("reject", note="the terminal was closed")),
    ],
)
def test_each_answer_means_what_it_says(typed: str, expected: object) -> None:
    with asking(SCRIPT) as run:
        run.until("(Enter rejects): ")
        run.type(typed)
        assert decision(run) == expected


def test_a_rejection_may_give_its_reason() -> None:
    with asking(SCRIPT) as run:
        run.until("(Enter rejects): ")
        run.type("r\n")
        run.until("Reason (Enter for none): ")
        run.type("not now\n")
        assert decision(run) == answer("reject", note="not now")


def test_an_answer_that_is_none_is_asked_for_again() -> None:
    with asking(SCRIPT) as run:
        run.until("(Enter rejects): ")
        run.type("what?\n")
        run.until("(Enter rejects): ")
        run.type("a\n")
        assert decision(run) == answer("approve")


def test_ctrl_c_is_no_decision() -> None:
    with asking(SCRIPT) as run:
        run.until("(Enter rejects): ")
        run.type("\x03")
        assert decision(run) is None


def test_the_person_edits_sees_the_edit_and_approves_exactly_that(tmp_path: Path) -> None:
    editor = tmp_path / "my editor.py"
    editor.write_text(
        "import sys, pathlib\n"
        "file = pathlib.Path(sys.argv[1])\n"
        "assert file.suffix == '.sh', file\n"
        "file.write_text(file.read_text().replace('two', 'three'))\n"
    )
    with asking(SCRIPT, EDITOR=f"'{sys.executable}' '{editor}'", VISUAL="") as run:
        run.until("(Enter rejects): ")
        run.type("e\n")
        shown = run.until("(Enter rejects): ")
        run.type("a\n")
        assert "    2 │ echo three\n" in shown
        assert decision(run) == answer("approve", edited_text="echo one\necho three\n")


def test_an_editor_that_fails_leaves_the_script_as_it_was() -> None:
    with asking(SCRIPT, EDITOR="false", VISUAL="") as run:
        run.until("(Enter rejects): ")
        run.type("e\n")
        run.until("The editor did not work")
        run.until("(Enter rejects): ")
        run.type("a\n")
        assert decision(run) == answer("approve")


def test_nothing_typed_before_the_question_answers_it() -> None:
    """The program holds the terminal for a while before it asks; what is typed then is forgotten."""
    slow = PROGRAM.replace('print("DECISION"', 'input("READY"); print("DECISION"')
    argv = [sys.executable, "-c", slow, json.dumps(to_json(SCRIPT))]
    with TerminalRun(argv, env=os.environ) as run:
        run.until("READY")
        run.type("\na\n")
        run.until("(Enter rejects): ")
        run.type("\n")
        assert decision(run) == answer("reject")


def test_every_character_of_a_script_is_shown() -> None:
    hostile = "echo safe # \u202e\x1b[8m hidden\r\nrm -rf ~\u200b\n"
    with asking(
        ScriptDetail(script=hostile, shell="sh", shell_path="/bin/sh", cwd="/p", timeout_seconds=5.0)
    ) as run:
        shown = run.until("(Enter rejects): ")
        run.type("\n")
        run.end()
    assert "    1 │ echo safe # \\u{202e}\\x1b[8m hidden\\x0d\n" in shown
    assert "    2 │ rm -rf ~\\u{200b}\n" in shown


@pytest.mark.parametrize(
    ("detail", "shown", "asked"),
    [
        (
            FileWriteDetail(path="a.py", content="x = 2\n", diff="-x = 1\n+x = 2\n", creates=False),
            ["file    a.py", "-x = 1", "+x = 2"],
            "Make this change? [a]pprove, [e]dit, [r]eject",
        ),
        (
            FileWriteDetail(path="b.py", content="y\n", diff="", creates=True, warning="odd name"),
            ["b.py (new)", "odd name", "    1 │ y"],
            "Write this new file? [a]pprove, [e]dit, [r]eject",
        ),
        (
            PythonFileDetail(
                path="run.py",
                text="print(1)\n",
                sha256="0" * 64,
                argv=("/usr/bin/python3", "run.py", "2 * 3"),
                cwd="/p",
                timeout_seconds=30.0,
            ),
            ["command /usr/bin/python3 run.py '2 * 3'", "    1 │ print(1)"],
            "Run this file? [a]pprove, [r]eject",
        ),
        (
            SecretReadDetail(path=".env", reason="it looks like it holds secrets"),
            [".env", "it looks like it holds secrets"],
            "Let the model read this file? [a]pprove, [r]eject",
        ),
    ],
)
def test_each_kind_of_request_is_shown_whole(detail: ApprovalDetail, shown: list[str], asked: str) -> None:
    with asking(detail) as run:
        text = run.until("(Enter rejects): ")
        run.type("\n")
        run.end()
    assert [line for line in [*shown, asked] if line not in text] == []

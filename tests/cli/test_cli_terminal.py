"""Events as a terminal shows them: the answer on standard output, everything else on standard error."""

import io
import os

import pytest

from copilot.cli.paint import Paint, paint_for
from copilot.cli.terminal import Terminal
from copilot.vocabulary.approvals import ScriptDetail
from copilot.vocabulary.events import (
    ApprovalRequested,
    ApprovalResolved,
    ContextBuilt,
    Event,
    FilesRefreshed,
    HistoryPruned,
    MessageKept,
    Notice,
    RetryScheduled,
    TextDelta,
    ThinkingDelta,
    ToolCallRequested,
    ToolFinished,
    ToolOutput,
    TurnCancelled,
    TurnFailed,
    TurnFinished,
    UsageReported,
)
from copilot.vocabulary.messages import Message, Opaque
from copilot.vocabulary.values import Usage

AT = {"at": 1.0, "worker": "w"}
TURN = {**AT, "turn_id": "t", "branch": "main"}


class Stream(io.StringIO):
    """Text in memory that says whether it is a terminal."""

    def __init__(self, *, terminal: bool) -> None:
        super().__init__()
        self._terminal = terminal

    def isatty(self) -> bool:
        return self._terminal


def shown(*events: Event, terminal: bool = False, verbose: bool = False) -> tuple[str, str]:
    out, err = Stream(terminal=terminal), io.StringIO()
    screen = Terminal(out=out, err=err, paint=Paint(on=False), verbose=verbose)
    for event in events:
        screen.show(event)
    return out.getvalue(), err.getvalue()


SCRIPT = ScriptDetail(script="ls\n", shell="sh", shell_path="/bin/sh", cwd="/p", timeout_seconds=120.0)
A_RUN: tuple[Event, ...] = (
    TextDelta(text="I'll ", **TURN),
    TextDelta(text="look.", **TURN),
    ToolCallRequested(call_id="c", name="run_shell", arguments={"script": "ls\n"}, **TURN),
    ApprovalRequested(request_id="r", call_id="c", tool="run_shell", detail=SCRIPT, verdict="ask", **TURN),
    ApprovalResolved(
        request_id="r", call_id="c", decision="approve", by="person", shown=True, diff="-ls\n+ls -a\n", **TURN
    ),
    ToolOutput(call_id="c", stream="stdout", text="a.py\nb", **TURN),
    ToolOutput(call_id="c", stream="stderr", text=".py\n", **TURN),
    ToolFinished(
        call_id="c", name="run_shell", status="ok", output="a.py\nb.py\n", seconds=0.25, exit_code=0, **TURN
    ),
    FilesRefreshed(paths=("a.py",), **TURN),
    TextDelta(text="Two files.", **TURN),
    TurnFinished(text="Two files.", rounds=2, reason="answered", **TURN),
)


def test_a_turn_with_a_script_is_told_line_by_line() -> None:
    out, err = shown(*A_RUN)
    assert out == "I'll look.\nTwo files.\n"
    assert err == (
        "→ run_shell script=ls\\x0a\n"
        "  shell   /bin/sh\n"
        "  in      /p\n"
        "  limit   120 s\n"
        "    1 │ ls\n"
        "\n  By its text this is what it does; programs may do more than their names say.\n"
        "      1  reads  ls\n"
        "  approved (by you)\n"
        "  -ls\n"
        "  +ls -a\n"
        "  │ a.py\n"
        "  │ b.py\n"
        "✓ run_shell exit code 0, 10 characters, 0.2 s\n"
        "  changed: a.py\n"
    )


@pytest.mark.parametrize(
    ("event", "err"),
    [
        (
            ApprovalResolved(
                request_id="r", call_id="c", decision="reject", by="nobody", shown=False, note="x", **TURN
            ),
            "  not approved (nobody is there to ask)\n",
        ),
        (
            ApprovalResolved(
                request_id="r", call_id="c", decision="reject", by="person", shown=True, note="no", **TURN
            ),
            "  not approved (by you): no\n",
        ),
        (
            ApprovalResolved(
                request_id="r",
                call_id="c",
                decision="reject",
                by="dry_run",
                shown=True,
                note="dry run",
                **TURN,
            ),
            "  not approved (dry run, nothing is done)\n",
        ),
        (
            ToolFinished(
                call_id="c", name="read_file", status="error", output="no such file\nx", seconds=0.0, **TURN
            ),
            "✗ read_file error: no such file 14 characters, 0.0 s\n",
        ),
        (Notice(level="warning", text="the disk is full", **AT), "! the disk is full\n"),
        (
            RetryScheduled(attempt=2, wait_seconds=4.0, reason="overloaded", **TURN),
            "! overloaded: attempt 2 in 4 s\n",
        ),
        (
            RetryScheduled(attempt=1, wait_seconds=0.1, reason="a limit", kind="limit", **TURN),
            "! a limit: sent at once\n",
        ),
        (
            MessageKept(
                branch="main",
                message=Message(
                    id="m", parent=None, role="assistant", parts=(Opaque(kind="au\x1bra"),), at=0
                ),
                **AT,
            ),
            "  kept as it came, not shown: au\\x1bra\n",
        ),
        (
            HistoryPruned(dropped=3, tokens=9, **TURN),
            "  3 earlier messages are not sent, so that the request fits"
            " (copilot history lists and holds them)\n",
        ),
        (
            HistoryPruned(dropped=0, tokens=9, shortened=1, **TURN),
            "  to make the request fit, 1 older tool output is shortened\n",
        ),
        (
            ContextBuilt(
                request_id="t", path="x", files=(), characters=1, tokens=1, skipped=("b.bin: binary",), **AT
            ),
            "! not shown to the model: b.bin: binary\n",
        ),
        (TurnCancelled(partial_text="", **TURN), "Stopped. What was said is kept.\n"),
        (
            TurnFailed(
                kind="auth", message="no key", hint="Set it.", retryable=False, request_id="q7", **TURN
            ),
            "Failed: no key\n  Set it.\n  request q7\n",
        ),
        (
            TurnFinished(text="", rounds=10, reason="round_limit", **TURN),
            "Stopped after 10 rounds (--max-rounds allows more).\n",
        ),
        (ThinkingDelta(text="hm", **TURN), ""),
        (UsageReported(round=1, usage=Usage(input_tokens=5), seconds=1.0, **TURN), ""),
    ],
)
def test_each_event_has_its_line(event: Event, err: str) -> None:
    assert shown(event) == ("", err)


def test_verbose_tells_thinking_and_leaves_tokens_to_the_table_at_the_end() -> None:
    usage = Usage(input_tokens=1200, output_tokens=30, cache_read_tokens=1000, thinking_tokens=7)
    out, err = shown(
        ThinkingDelta(text="hm", **TURN),
        UsageReported(round=1, usage=usage, seconds=1.5, **TURN),
        verbose=True,
    )
    assert out == ""
    assert err == "hm"


def test_control_characters_are_shown_and_not_done() -> None:
    hostile = "a\x1b]0;title\x07b\u202ec\x9bd"
    out, err = shown(
        TextDelta(text=hostile, **TURN),
        ToolCallRequested(call_id="c", name="x\x1b[2J", arguments={"path": hostile}, **TURN),
        ToolOutput(call_id="c", stream="stdout", text=hostile + "\r", **TURN),
        Notice(level="warning", text=hostile, **AT),
        TurnFailed(kind="tool", message=hostile, hint=hostile, retryable=False, request_id=hostile, **TURN),
        terminal=True,
    )
    for text in (out, err):
        assert not set(text) & set("\x1b\x07\u202e\x9b\r")
    assert out == "a\\x1b]0;title\\x07b\\u{202e}c\\x9bd\n"


def test_prose_keeps_its_spaces_and_emoji_in_a_terminal() -> None:
    prose = "un mot\u00a0: 👩\u200d💻 ✔\ufe0f\n"
    assert shown(TextDelta(text=prose, **TURN), terminal=True) == (prose, "")


def test_a_file_gets_the_answer_as_it_was_said_but_for_what_acts_on_a_terminal_behind_it() -> None:
    assert shown(TextDelta(text="a\x0cb\ud800\u200b\r\n", **TURN)) == ("a\x0cb?\u200b\r\n", "")
    link = "\x1b]8;;https://evil.example\x07x\x9b2J"
    assert shown(TextDelta(text=f"{link}\n", **TURN)) == ("\\x1b]8;;https://evil.example\\x07x\\x9b2J\n", "")


def test_where_both_are_one_terminal_a_note_begins_on_its_own_line() -> None:
    out, _ = shown(TextDelta(text="half", **TURN), Notice(level="info", text="n", **AT), terminal=True)
    assert out == "half\n"


@pytest.mark.parametrize(
    ("terminal", "environ", "no_color", "on"),
    [
        (True, {"TERM": "xterm"}, False, True),
        (False, {"TERM": "xterm"}, False, False),
        (True, {"TERM": "dumb"}, False, False),
        (True, {"TERM": "xterm", "NO_COLOR": "1"}, False, False),
        (True, {"TERM": "xterm", "NO_COLOR": ""}, False, True),
        (False, {"FORCE_COLOR": "1"}, False, True),
        (False, {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False, False),
        (True, {"TERM": "xterm"}, True, False),
    ],
)
def test_colour_only_where_it_belongs(
    terminal: bool, environ: dict[str, str], no_color: bool, on: bool
) -> None:
    assert paint_for(Stream(terminal=terminal), environ, no_color=no_color).on is on


def test_a_broken_pipe_reaches_the_caller() -> None:
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "w", encoding="utf-8", closefd=False) as out:
        screen = Terminal(out=out, err=io.StringIO(), paint=Paint(on=False))
        with pytest.raises(BrokenPipeError):
            screen.show(TextDelta(text="hello", **TURN))
        os.dup2(os.open(os.devnull, os.O_WRONLY), write)
    os.close(write)

"""What somebody who begins to follow in the middle is told of what is under way."""

from typing import Any

from copilot.serve.standing import MOST_SHOWN, Standing
from copilot.vocabulary import events as e
from copilot.vocabulary.approvals import SecretReadDetail
from copilot.vocabulary.messages import Message, Text, ToolResult
from copilot.vocabulary.values import ModelChoice

AT: dict[str, Any] = {"at": 0.0, "worker": "w"}
TURN: dict[str, Any] = {**AT, "turn_id": "t", "branch": "main"}
MODEL = ModelChoice(provider="rehearsal", model="m")
BEGUN = e.TurnStarted(**TURN, model=MODEL, user_message="hi")


def after(*events: e.Event) -> list[e.Event]:
    standing = Standing()
    for event in events:
        standing.take(event)
    return list(standing.events())


def asked(request_id: str = "a") -> e.ApprovalRequested:
    detail = SecretReadDetail(path=".env", reason="its name")
    return e.ApprovalRequested(
        **TURN, request_id=request_id, call_id="c", tool="read_file", detail=detail, verdict="ask"
    )


def resolved(request_id: str) -> e.ApprovalResolved:
    return e.ApprovalResolved(
        **TURN, request_id=request_id, call_id="c", decision="reject", by="person", shown=True
    )


def kept(*parts: Any, role: Any = "assistant") -> e.MessageKept:
    return e.MessageKept(
        **AT, branch="main", message=Message(id="m", parent=None, role=role, parts=parts, at=0.0)
    )


def test_pieces_of_a_text_are_one() -> None:
    pieces = [e.TextDelta(**TURN, text=text) for text in ("a", "b", "c")]
    assert after(BEGUN, *pieces) == [BEGUN, e.TextDelta(**TURN, text="abc")]


def test_what_was_said_is_the_messages_once_that_is_kept() -> None:
    piece = e.TextDelta(**TURN, text="a")
    call = e.ToolCallRequested(**TURN, call_id="c", name="read_file", arguments={})
    begun = e.ToolStarted(**TURN, call_id="c", name="read_file")
    result = ToolResult(call_id="c", name="read_file", output="x")
    assert after(BEGUN, piece, call, kept(Text(text="a")), begun) == [BEGUN, call, begun]
    assert after(BEGUN, call, begun, kept(result, role="tool")) == [BEGUN]


def test_of_a_turn_that_is_over_nothing_is_left() -> None:
    for end in (
        e.TurnFinished(**TURN, text="", rounds=1, reason="answered"),
        e.TurnCancelled(**TURN, partial_text=""),
        e.TurnFailed(**TURN, kind="internal", message="", hint="", retryable=False),
    ):
        assert after(BEGUN, e.TextDelta(**TURN, text="a"), asked(), end) == []
    failed = e.CommandFailed(**AT, request_id="t", message="")
    sent = e.RequestSent(**TURN, round=1, messages=1, characters=1, tokens=1)
    assert after(sent, asked(), failed) == []  # a draft of a summary
    assert after(BEGUN, failed) == [BEGUN]  # of another command that has the same id


def test_an_approval_waits_until_it_is_answered() -> None:
    standing = Standing()
    for event in (BEGUN, asked("a"), asked("b"), resolved("a")):
        standing.take(event)
    assert [one.request_id for one in standing.approvals()] == ["b"]
    assert list(standing.events()) == [BEGUN, asked("b")]
    assert (standing.approval("a"), standing.approval("b")) == (None, asked("b"))


def test_only_the_last_of_some_counts() -> None:
    waits = [e.RetryScheduled(**TURN, attempt=n, wait_seconds=1.0, reason="busy") for n in (2, 3)]
    queued = e.QueuedMessage(message_id="q", text="later")
    full, empty = e.QueueChanged(**TURN, messages=(queued,)), e.QueueChanged(**TURN, messages=())
    assert after(BEGUN, *waits) == [BEGUN, waits[1]]
    assert after(full) == [full]
    assert after(full, empty) == []


def test_output_without_end_is_not_kept_without_end() -> None:
    standing = Standing()
    standing.take(BEGUN)
    for _ in range(50):
        standing.take(e.ToolOutput(**TURN, call_id="c", stream="stdout", text="x" * 50_000))
    shown = sum(len(one.text) for one in standing.events() if isinstance(one, e.ToolOutput))
    assert MOST_SHOWN <= shown <= 2 * MOST_SHOWN

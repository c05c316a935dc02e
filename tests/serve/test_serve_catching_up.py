"""A snapshot in the middle: what it tells somebody who knew what stood before it."""

from typing import Any

from copilot.serve.catching_up import ENDED, caught_up, stood
from copilot.vocabulary import events as e
from copilot.vocabulary.approvals import SecretReadDetail
from copilot.vocabulary.messages import Branch, Discussion, Message, Text, ToolCall, ToolResult
from copilot.vocabulary.values import ModelChoice, Project

AT: dict[str, Any] = {"at": 0.0, "worker": "w"}
TURN: dict[str, Any] = {**AT, "turn_id": "t", "branch": "main"}
BEGUN = e.TurnStarted(**TURN, model=ModelChoice(provider="rehearsal", model="m"), user_message="hi")
SENT = e.RequestSent(**TURN, round=1, messages=1, characters=1, tokens=1)
CALLED = e.ToolCallRequested(**TURN, call_id="c", name="run_shell", arguments={})
STARTED = e.ToolStarted(**TURN, call_id="c", name="run_shell")
ASKED = e.ApprovalRequested(
    **TURN,
    request_id="a",
    call_id="c",
    tool="run_shell",
    detail=SecretReadDetail(path=".env", reason="its name"),
    verdict="ask",
)


def said(text: str) -> e.TextDelta:
    return e.TextDelta(**TURN, text=text)


def printed(text: str) -> e.ToolOutput:
    return e.ToolOutput(**TURN, call_id="c", stream="stdout", text=text)


def opened(*messages: Message) -> e.ProjectOpened:
    tip = messages[-1].id if messages else None
    discussion = Discussion(messages=messages, branches=(Branch(name="main", tip=tip),))
    return e.ProjectOpened(**AT, project=Project(name="one", base_dir="/b", discussion=discussion))


def message(number: int, role: Any, *parts: Any) -> Message:
    parent = f"m{number - 1}" if number > 1 else None
    return Message(id=f"m{number}", parent=parent, role=role, parts=parts, at=0.0)


def told(before: tuple[e.Event, ...], *now: e.Event) -> list[e.Event]:
    return list(caught_up(stood(before), now))


def test_of_a_text_the_rest_is_told_and_nothing_twice() -> None:
    before = (BEGUN, SENT, CALLED, STARTED, printed("one\n"), said("Hel"))
    now = (opened(), BEGUN, SENT, CALLED, STARTED, printed("one\ntwo\n"), said("Hello"))
    assert told(before, *now) == [opened(), printed("two\n"), said("lo")]
    assert told(now[1:], *now) == [opened()]


def test_another_round_begins_anew() -> None:
    again = e.RequestSent(**TURN, round=2, messages=3, characters=1, tokens=1)
    assert told((BEGUN, SENT, said("first")), opened(), BEGUN, again, said("second")) == [
        opened(),
        again,
        said("second"),
    ]


def test_what_was_said_and_is_in_a_message_by_now_is_taken_back() -> None:
    assert told((BEGUN, SENT, said("first")), opened(), BEGUN, SENT, CALLED) == [opened(), SENT, CALLED]


def test_a_turn_that_is_over_ended_as_the_discussion_says() -> None:
    hello, answer = message(1, "user", Text(text="hi")), message(2, "assistant", Text(text="Hello"))
    (_, ended) = told((BEGUN, said("Hel")), opened(hello, answer))
    assert isinstance(ended, e.TurnFinished)
    (_, ended) = told((BEGUN, said("Hel")), opened(hello))
    assert isinstance(ended, e.TurnFailed)
    assert (ended.turn_id, ended.message) == ("t", ENDED)
    other = e.TurnStarted(**{**TURN, "turn_id": "u"}, model=BEGUN.model, user_message="more")
    assert told((), opened(hello), other) == [opened(hello), other]


def test_an_approval_that_waits_on_is_not_asked_again_and_one_that_does_not_goes() -> None:
    before = (BEGUN, SENT, CALLED, ASKED)
    assert told(before, opened(), *before) == [opened()]
    _, resolved, started = told(before, opened(), BEGUN, SENT, CALLED, STARTED)
    assert isinstance(resolved, e.ApprovalResolved)
    assert (resolved.request_id, resolved.decision, started) == ("a", "approve", STARTED)
    call = message(1, "assistant", ToolCall(call_id="c", name="run_shell", arguments={}))
    for status, decision in (("rejected", "reject"), ("ok", "approve")):
        result = ToolResult(call_id="c", name="run_shell", output="", status=status)
        found = told(before, opened(call, message(2, "tool", result)), BEGUN, SENT)
        (resolved,) = (one for one in found if isinstance(one, e.ApprovalResolved))
        assert resolved.decision == decision

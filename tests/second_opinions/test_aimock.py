"""npm's @copilotkit/aimock: another reading of the four protocols, with thinking and parallel calls.

It keeps each request in one form for all protocols, that of Chat Completions: what it understood of ours.
"""

import json
from typing import Any

import pytest
from sent import PROVIDERS, calls_and_results, last_said

from copilot.vocabulary.events import (
    Notice,
    RetryScheduled,
    ThinkingDelta,
    ToolFinished,
    TurnFailed,
    TurnFinished,
)

BASE = {"anthropic": "", "gemini": "", "openai": "/v1", "compatible": "/v1"}
AIMOCK_FORM = "compatible"
WORDS = "one two three four five six seven eight nine ten"
CALLS = [
    {"name": "read_file", "arguments": {"path": "notes.txt"}},
    {"name": "write_file", "arguments": {"path": "made.txt", "content": "made\n"}},
]

every_provider = pytest.mark.parametrize("provider", PROVIDERS)


@pytest.fixture
def ask(sit, aimock):
    """`ask(provider, answer...)` sends "make it": the sitting, its end, and aimock's journal of requests."""

    def asked(provider: str, *answers: dict[str, Any]):
        aimock.post("/__aimock/reset", {})
        fixtures = [{"match": {"userMessage": "make it"}} | answer for answer in answers]
        aimock.post("/__aimock/fixtures", {"fixtures": fixtures})
        sitting = sit(provider, aimock.url + BASE[provider], attempts=2)
        end = sitting.turn("make it")
        entries = [one for one in aimock.get("/__aimock/journal") if one["method"] == "POST"]
        return sitting, end, entries

    return asked


def first(response: dict[str, Any]) -> dict[str, Any]:
    """The answer to the first request of the turn."""
    return {"match": {"userMessage": "make it", "hasToolResult": False}, "response": response}


def then(response: dict[str, Any]) -> dict[str, Any]:
    """The answer to the tools' results."""
    return {"match": {"userMessage": "make it", "hasToolResult": True}, "response": response}


def at(number: int, response: dict[str, Any]) -> dict[str, Any]:
    """The answer to request `number`, from 0."""
    return {"match": {"userMessage": "make it", "sequenceIndex": number}, "response": response}


@every_provider
def test_thinking_and_parallel_calls_come_back_whole(provider: str, ask, legal) -> None:
    stop = {"finishReason": "stop"} if provider == "gemini" else {}  # else it says FUNCTION_CALL, see below
    sitting, end, entries = ask(
        provider,
        first({"content": "I look.", "reasoning": "Look first.", "toolCalls": CALLS, **stop}),
        then({"content": "Made.", "reasoning": "All is there."}),
    )
    assert isinstance(end, TurnFinished), end
    assert end.text == "Made."
    assert [one["response"]["status"] for one in entries] == [200, 200]
    assert (sitting.base_dir / "made.txt").read_text() == "made\n"
    thought = "".join(event.text for event in sitting.of(ThinkingDelta))
    assert "Look first." in thought
    assert "All is there." in thought
    understood = entries[1]["body"]
    if provider != "openai":  # of which it makes a message of each item
        assert legal(AIMOCK_FORM, understood) == []
    outputs = [event.output for event in sitting.of(ToolFinished)]
    if provider == "gemini":  # its results are objects
        outputs = [json.dumps({"output": output}, separators=(",", ":")) for output in outputs]
    assert calls_and_results(AIMOCK_FORM, understood) == [
        ("call", "read_file", {"path": "notes.txt"}),
        ("call", "write_file", {"path": "made.txt", "content": "made\n"}),
        ("result", "read_file", outputs[0]),
        ("result", "write_file", outputs[1]),
    ]


@every_provider
def test_what_was_said_is_understood(provider: str, ask, legal) -> None:
    sitting, end, entries = ask(provider, {"response": {"content": "Hello there."}})
    assert isinstance(end, TurnFinished), end
    assert end.text == "Hello there."
    understood = entries[0]["body"]
    assert legal(AIMOCK_FORM, understood) == []
    assert last_said(AIMOCK_FORM, understood) == "make it"
    offered = {tool["function"]["name"] for tool in understood["tools"]}
    assert offered == {spec.name for spec in sitting.desk.kit.tools.specs}


@every_provider
@pytest.mark.parametrize(("status", "kind"), [(429, "rate_limit_error"), (503, "overloaded_error")])
def test_a_service_that_recovers_is_asked_again(provider: str, status: int, kind: str, ask) -> None:
    failing = {"error": {"message": "slow", "type": kind}, "status": status}
    sitting, end, entries = ask(provider, at(0, failing), at(1, {"content": "Here I am."}))
    assert isinstance(end, TurnFinished), end
    assert end.text == "Here I am."
    assert [one["response"]["status"] for one in entries] == [status, 200]
    assert len(sitting.of(RetryScheduled)) == 1


@every_provider
def test_a_stream_that_breaks_is_a_failure_that_keeps_what_was_seen(provider: str, ask) -> None:
    broken = {"response": {"content": WORDS}, "disconnectAfterMs": 700, "latency": 50, "chunkSize": 3}
    sitting, end, entries = ask(provider, broken)
    assert isinstance(end, TurnFailed), end
    assert (end.kind, len(entries)) == ("network", 1)
    last = sitting.desk.store.project.discussion.path("main")[-1]
    assert (last.role, last.partial) == ("assistant", True)
    assert last.text
    assert WORDS.startswith(last.text)


def test_geminis_calls_are_not_run_where_the_answer_ends_for_a_reason_that_it_does_not_have(ask) -> None:
    """aimock ends an answer with calls as FUNCTION_CALL; the service says STOP and has no such word."""
    sitting, end, entries = ask("gemini", first({"content": "I look.", "toolCalls": CALLS}))
    assert isinstance(end, TurnFinished)
    assert (sitting.of(ToolFinished), len(entries)) == ([], 1)
    assert any("FUNCTION_CALL" in event.text for event in sitting.of(Notice))

"""Anthropic: whole chunk lists from recorded streams, the exact requests, and thinking that fits or falls."""

import json
from dataclasses import replace
from typing import Any

import pytest
from loopback import Answer, Loopback, as_json, recorded
from talk import (
    LIST,
    READ_FILE,
    call,
    chunks_of,
    made,
    never,
    reply,
    request_to,
    result,
    results,
    thought,
    user,
)

from copilot.providers.base import Chunk, Done, TextChunk, ThinkingChunk
from copilot.providers.bridge import Bridge
from copilot.vocabulary.errors import (
    BadResponseError,
    ContextTooLongError,
    ProviderError,
    QuotaError,
    RateLimitedError,
    TruncatedError,
    UnavailableError,
)
from copilot.vocabulary.messages import FileRefresh, Message, Text, Thinking, ToolCall
from copilot.vocabulary.values import ModelInfo, Usage

USAGE = Usage(
    input_tokens=12 + 2048 + 4096,
    output_tokens=77,
    cache_read_tokens=4096,
    cache_write_tokens=2048,
    thinking_tokens=20,
)
TOOLS = [
    {"name": "read_file", "description": "Read a file.", "input_schema": READ_FILE.parameters},
    {
        "name": "list_directory",
        "description": "List.",
        "input_schema": LIST.parameters,
        "cache_control": {"type": "ephemeral"},
    },
]

MARK = {"cache_control": {"type": "ephemeral"}}


def answered(bridge: Bridge, name: str, *messages: Message) -> tuple[list[Chunk], Any]:
    """The chunks for one recorded stream, and the JSON of the request."""
    with Loopback(Answer(body=recorded("anthropic", name))) as server:
        chunks = chunks_of(made("anthropic", server.url, bridge), request_to("anthropic", *messages))
    return chunks, server.received[0]


def done(chunks: list[Chunk]) -> Done:
    assert isinstance(chunks[-1], Done)
    return chunks[-1]


def test_an_answer_and_the_request_for_it(bridge: Bridge) -> None:
    chunks, received = answered(bridge, "answer")
    assert chunks == [
        TextChunk(text="Hel"),
        TextChunk(text="lo."),
        Done(parts=(Text(text="Hello."),), stop="end", detail="end_turn", usage=USAGE),
    ]
    assert (received.method, received.path) == ("POST", "/v1/messages")
    assert received.body == {
        "model": "claude-sonnet-5-5",
        "max_tokens": 1000,
        "stream": True,
        "system": [{"type": "text", "text": "You help.", "cache_control": {"type": "ephemeral"}}],
        "tools": TOOLS,
        "thinking": {"type": "adaptive", "display": "summarized"},
        "messages": [{"role": "user", "content": [{"type": "text", "text": "hi", **MARK}]}],
    }


def test_thinking_text_and_calls(bridge: Bridge) -> None:
    chunks, _ = answered(bridge, "tools")
    prefix = done(chunks).parts[0].provider_data["prefix"]  # type: ignore[union-attr, index]
    assert chunks == [
        ThinkingChunk(text="Let me "),
        ThinkingChunk(text="look."),
        TextChunk(text="I read it."),
        Done(
            parts=(
                Thinking(
                    text="Let me look.",
                    provider_data={"type": "thinking", "signature": "SIG==", "prefix": prefix},
                ),
                Thinking(
                    text="",
                    provider_data={"type": "redacted_thinking", "data": "HIDDEN==", "prefix": prefix},
                ),
                Text(text="I read it."),
                ToolCall(call_id="toolu_01", name="read_file", arguments={"path": "a.py"}),
                ToolCall(call_id="toolu_02", name="list_directory", arguments={"path": "."}),
            ),
            stop="tools",
            detail="tool_use",
            usage=USAGE,
        ),
    ]


def test_thinking_goes_back_while_what_it_is_bound_to_stays_the_same(bridge: Bridge) -> None:
    chunks, _ = answered(bridge, "tools", user("first"))
    asked = reply("anthropic", *done(chunks).parts)
    told = results(result("toolu_01", "A"), result("toolu_02", "."), FileRefresh(text="[FILES UPDATED]\n\nx"))
    _, same = answered(bridge, "answer", user("first"), asked, told)
    content = [
        {"type": "thinking", "thinking": "Let me look.", "signature": "SIG=="},
        {"type": "redacted_thinking", "data": "HIDDEN=="},
        {"type": "text", "text": "I read it."},
        {"type": "tool_use", "id": "toolu_01", "name": "read_file", "input": {"path": "a.py"}},
        {"type": "tool_use", "id": "toolu_02", "name": "list_directory", "input": {"path": "."}},
    ]
    assert same.body["messages"] == [
        {"role": "user", "content": [{"type": "text", "text": "first"}]},
        {"role": "assistant", "content": content},
        {
            "role": "user",
            "content": [
                {"type": "tool_result", "tool_use_id": "toolu_01", "content": "A"},
                {"type": "tool_result", "tool_use_id": "toolu_02", "content": ".", **MARK},
                {"type": "text", "text": "[FILES UPDATED]\n\nx", **MARK},
            ],
        },
    ]
    _, rewritten = answered(bridge, "answer", user("first, rewritten"), asked, told)
    assert rewritten.body["messages"][1]["content"] == content[2:]
    _, other_model = answered(bridge, "answer", user("first"), replace(asked, model="claude-opus-5-5"), told)
    assert other_model.body["messages"][1]["content"] == content[2:]


def test_once_thinking_falls_the_thinking_after_it_falls_too(bridge: Bridge) -> None:
    first, _ = answered(bridge, "tools", user("first"))
    told = results(result("toolu_01", "A"), result("toolu_02", "."))
    earlier = (user("first"), reply("anthropic", *done(first).parts), told)
    second, _ = answered(bridge, "tools", *earlier)
    later = (reply("anthropic", *done(second).parts), told)

    _, kept = answered(bridge, "answer", *earlier, *later)
    assert json.dumps(kept.body["messages"]).count('"thinking"') == 4  # two blocks, "type" and key each
    fallen = (user("first"), reply("anthropic", *done(first).parts[2:]), told)
    _, lost = answered(bridge, "answer", *fallen, *later)
    assert "thinking" not in json.dumps(lost.body["messages"])


def test_odd_calls_come_out_harmless(bridge: Bridge) -> None:
    chunks, _ = answered(bridge, "odd_calls")
    deep = '{"path":' + "[" * 5000 + "]" * 5000 + "}"
    assert done(chunks).parts == (
        ToolCall(call_id="toolu_01", name="read_file", arguments={}),
        ToolCall(call_id="call_2", name="read_file", arguments={}, raw='{"path": nope'),
        ToolCall(call_id="call_3", name="read_file", arguments={}, raw="[1, 2]"),
        ToolCall(call_id="toolu_04", name="read_file", arguments={}, raw=deep),
    )
    assert done(chunks).stop == "tools"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "cut_call",
            Done(parts=(Text(text="I write it."),), stop="max_tokens", detail="max_tokens", usage=USAGE),
        ),
        ("strange_stop", Done(parts=(Text(text="Hm."),), stop="paused", detail="pause_turn", usage=USAGE)),
        ("empty_answer", Done(parts=(), stop="end", detail="end_turn", usage=USAGE)),
        (
            "refusal",
            Done(parts=(), stop="refused", detail="refusal: cyber, It would do harm.", usage=USAGE),
        ),
        (
            "twice",
            Done(
                parts=(Text(text="Hello"), ToolCall(call_id="toolu_01", name="read_file", arguments={})),
                stop="tools",
                detail="tool_use",
                usage=USAGE,
            ),
        ),
    ],
)
def test_how_an_answer_may_end(bridge: Bridge, name: str, expected: Done) -> None:
    chunks, _ = answered(bridge, name)
    assert chunks[-1] == expected


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("early_end", TruncatedError),
        ("window", ContextTooLongError),
        ("overloaded", UnavailableError),
        ("cut_json", BadResponseError),
    ],
)
def test_how_a_stream_may_break(bridge: Bridge, name: str, kind: type[ProviderError]) -> None:
    with pytest.raises(kind) as raised:
        answered(bridge, name)
    assert "anthropic (127.0.0.1:" in str(raised.value)
    assert raised.value.request_id == ("req_9" if name == "overloaded" else "")


def error_body(kind: str, message: str, **details: str) -> dict[str, Any]:
    inner = {"type": kind, "message": message} | ({"details": details} if details else {})
    return {"type": "error", "error": inner, "request_id": "req_1"}


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (as_json(error_body("invalid_request_error", "prompt is too long: 9 > 8"), 400), ContextTooLongError),
        (as_json(error_body("request_too_large", "too large"), 413), ContextTooLongError),
        (as_json(error_body("billing_error", "no credit"), 402), QuotaError),
        (as_json(error_body("rate_limit_error", "spent", error_code="enforced_spend_limit_reached"), 429),
         QuotaError),
        (as_json(error_body("overloaded_error", "Overloaded"), 529), UnavailableError),
    ],
)  # fmt: skip
def test_errors_of_its_own(bridge: Bridge, answer: Answer, kind: type[ProviderError]) -> None:
    with Loopback(answer) as server, pytest.raises(kind) as raised:
        chunks_of(made("anthropic", server.url, bridge), request_to("anthropic"))
    assert raised.value.request_id == "req_1"
    assert len(server.received) == 1  # retries are ours


def test_a_rate_limit_says_how_long(bridge: Bridge) -> None:
    answer = as_json(error_body("rate_limit_error", "slow down"), 429, retry_after="17")
    with Loopback(answer) as server, pytest.raises(RateLimitedError) as raised:
        chunks_of(made("anthropic", server.url, bridge), request_to("anthropic"))
    assert raised.value.retry_after == 17.0


def test_counting_and_listing(bridge: Bridge) -> None:
    models = {
        "data": [
            {
                "id": "claude-b",
                "type": "model",
                "lifecycle": "deprecated",
                "retires_at": "2026-11-30T00:00:00Z",
                "max_input_tokens": 200_000,
                "max_tokens": 64_000,
            },
            {"id": "claude-a", "type": "model"},
        ],
        "has_more": False,
    }
    with Loopback(as_json({"input_tokens": 42}), as_json(models)) as server:
        provider = made("anthropic", server.url, bridge)
        assert provider.count_tokens(request_to("anthropic"), lambda: False) == 42
        assert provider.models(never) == (
            ModelInfo(
                name="claude-b",
                window=200_000,
                max_output=64_000,
                lifecycle="deprecated",
                retires="2026-11-30",
            ),
            ModelInfo(name="claude-a"),
        )
        provider.close()
    counted = server.received[0]
    assert counted.path == "/v1/messages/count_tokens"
    assert sorted(counted.body) == ["messages", "model", "system", "thinking", "tools"]


@pytest.mark.filterwarnings("ignore:The model:DeprecationWarning")
def test_a_model_without_adaptive_thinking_is_not_asked_for_it(bridge: Bridge) -> None:
    for model, thinks in {
        "claude-opus-4-6": True,
        "claude-haiku-5-5": True,
        "claude-sonnet-4-5": False,
        "claude-sonnet-4-5-20250929": False,
        "claude-3-7-sonnet-latest": False,
        "qwen": False,
        "rehearsal": True,
    }.items():
        with Loopback(Answer(body=recorded("anthropic", "answer"))) as server:
            request = request_to("anthropic")
            request = replace(request, model=replace(request.model, model=model))
            list(made("anthropic", server.url, bridge).stream(request, lambda: False))
        assert ("thinking" in server.received[0].body) is thinks, model


def test_foreign_thinking_and_odd_ids_are_not_sent(bridge: Bridge) -> None:
    asked = reply("gemini", thought("hm", kind="thought"), call("call:1/ä", "a.py"))
    _, received = answered(bridge, "answer", user("hi"), asked, results(result("call:1/ä", "A")))
    _, said, told = received.body["messages"]
    call_id = said["content"][0]["id"]
    assert said["content"] == [
        {"type": "tool_use", "id": call_id, "name": "read_file", "input": {"path": "a.py"}}
    ]
    assert told["content"][0]["tool_use_id"] == call_id
    assert call_id.isascii()

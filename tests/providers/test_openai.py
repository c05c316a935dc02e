"""OpenAI Responses: whole chunk lists from recorded streams, and items that go back as they came."""

from dataclasses import replace
from typing import Any

import pytest
from loopback import Answer, Loopback, Received, as_json, recorded
from talk import LIST, READ_FILE, chunks_of, made, never, reply, request_to, result, results, user

from copilot.providers.base import Chunk, Done, TextChunk, ThinkingChunk
from copilot.providers.bridge import Bridge
from copilot.vocabulary.errors import (
    BadRequestError,
    BadResponseError,
    ContextTooLongError,
    ProviderError,
    QuotaError,
    RateLimitedError,
    RefusedError,
    TruncatedError,
    UnavailableError,
)
from copilot.vocabulary.messages import FileRefresh, Message, Text, Thinking, ToolCall
from copilot.vocabulary.values import ModelInfo, Usage

USAGE = Usage(
    input_tokens=2000, output_tokens=8, cache_read_tokens=1920, cache_write_tokens=64, thinking_tokens=3
)
REASONING: dict[str, Any] = {
    "type": "reasoning",
    "id": "rs_1",
    "summary": [{"type": "summary_text", "text": "Let me look."}, {"type": "summary_text", "text": "Again."}],
    "encrypted_content": "ENC==",
}
THOUGHT = Thinking(text="Let me look.\n\nAgain.", provider_data=REASONING)


def answered(bridge: Bridge, name: str, *messages: Message) -> tuple[list[Chunk], Received]:
    with Loopback(Answer(body=recorded("openai", name))) as server:
        chunks = chunks_of(made("openai", server.url, bridge), request_to("openai", *messages))
    return chunks, server.received[0]


def test_an_answer_and_the_request_for_it(bridge: Bridge) -> None:
    chunks, received = answered(bridge, "answer")
    assert chunks == [
        TextChunk(text="Hel"),
        TextChunk(text="lo."),
        Done(
            parts=(Text(text="Hello.", provider_data={"id": "msg_1"}),),
            stop="end",
            detail="completed",
            usage=USAGE,
        ),
    ]
    assert (received.method, received.path) == ("POST", "/v1/responses")
    assert received.body == {
        "model": "gpt-6-astra",
        "instructions": "You help.",
        "input": [{"type": "message", "role": "user", "content": [{"type": "input_text", "text": "hi"}]}],
        "tools": [
            {
                "type": "function",
                "name": spec.name,
                "description": spec.description,
                "parameters": spec.parameters,
                "strict": False,
            }
            for spec in (READ_FILE, LIST)
        ],
        "store": False,
        "include": ["reasoning.encrypted_content"],
        "reasoning": {"summary": "auto"},
        "prompt_cache_key": "K",
        "max_output_tokens": 1000,
        "stream": True,
    }


CALLS = (
    ToolCall(call_id="call_1", name="read_file", arguments={"path": "a.py"}, provider_data={"id": "fc_1"}),
    ToolCall(
        call_id="call_2",
        name="list_directory",
        arguments={"path": "."},
        provider_data={"id": "fc_2", "arguments": '{ "path": "." }'},
    ),
)
SAID = Text(text="I read it.", provider_data={"id": "msg_1", "phase": "commentary"})


def test_reasoning_text_and_calls(bridge: Bridge) -> None:
    chunks, _ = answered(bridge, "tools")
    assert chunks == [
        ThinkingChunk(text="Let me look."),
        ThinkingChunk(text="\n\n"),
        ThinkingChunk(text="Again."),
        TextChunk(text="I read it."),
        Done(parts=(THOUGHT, SAID, *CALLS), stop="tools", detail="completed", usage=USAGE),
    ]


def test_items_go_back_as_they_came(bridge: Bridge) -> None:
    told = results(result("call_1", "A"), result("call_2", "."), FileRefresh(text="[FILES UPDATED]\n\nx"))
    _, received = answered(bridge, "answer", user("first"), reply("openai", THOUGHT, SAID, *CALLS), told)
    assert received.body["input"] == [
        {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "first"}]},
        REASONING,
        {
            "type": "message",
            "id": "msg_1",
            "role": "assistant",
            "status": "completed",
            "phase": "commentary",
            "content": [{"type": "output_text", "text": "I read it.", "annotations": []}],
        },
        {
            "type": "function_call",
            "id": "fc_1",
            "call_id": "call_1",
            "name": "read_file",
            "arguments": '{"path":"a.py"}',
        },
        {
            "type": "function_call",
            "id": "fc_2",
            "call_id": "call_2",
            "name": "list_directory",
            "arguments": '{ "path": "." }',
        },
        {"type": "function_call_output", "call_id": "call_1", "output": "A"},
        {"type": "function_call_output", "call_id": "call_2", "output": "."},
        {
            "type": "message",
            "role": "user",
            "content": [{"type": "input_text", "text": "[FILES UPDATED]\n\nx"}],
        },
    ]


def test_reasoning_that_led_to_nothing_or_belongs_elsewhere_stays_out(bridge: Bridge) -> None:
    cut, _ = answered(bridge, "cut_call")
    assert isinstance(cut[-1], Done)
    led_nowhere = replace(reply("openai", Text(text="x"), THOUGHT), parts=(SAID, THOUGHT))
    elsewhere = reply("openai", THOUGHT, SAID, model="gpt-6-sol")
    for said in (led_nowhere, elsewhere):
        _, received = answered(bridge, "answer", user("first"), said, user("again"))
        kinds = [(item["type"], item.get("id")) for item in received.body["input"]]
        assert kinds == [("message", None)] * 3


def test_what_a_server_leaves_out_of_the_closing_event_is_taken_from_before(bridge: Bridge) -> None:
    chunks, _ = answered(bridge, "left_empty")
    assert chunks[-1] == Done(
        parts=(Text(text="I read it.", provider_data={"id": "msg_1"}), CALLS[0]),
        stop="tools",
        detail="completed",
        usage=USAGE,
    )


def test_odd_calls_come_out_harmless(bridge: Bridge) -> None:
    chunks, _ = answered(bridge, "odd_calls")
    deep = '{"path":' + "[" * 5000 + "]" * 5000 + "}"
    assert isinstance(chunks[-1], Done)
    assert [replace(part, provider_data=None) for part in chunks[-1].parts] == [
        ToolCall(call_id="call_1", name="read_file", arguments={}),
        ToolCall(call_id="call_2", name="read_file", arguments={}, raw='{"path": nope'),
        ToolCall(call_id="call_3", name="read_file", arguments={}, raw="[1, 2]"),
        ToolCall(call_id="call_9", name="read_file", arguments={}, raw=deep),
    ]


MESSAGE = {"id": "msg_1"}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "cut_call",
            Done(
                parts=(THOUGHT, Text(text="I write it.", provider_data=MESSAGE)),
                stop="max_tokens",
                detail="max_output_tokens",
                usage=USAGE,
            ),
        ),
        (
            "refusal",
            Done(
                parts=(Text(text="I won't.", provider_data=MESSAGE),),
                stop="refused",
                detail="refusal",
                usage=USAGE,
            ),
        ),
        (
            "filtered",
            Done(
                parts=(Text(text="I", provider_data=MESSAGE),),
                stop="refused",
                detail="content_filter",
                usage=USAGE,
            ),
        ),
        (
            "strange_stop",
            Done(parts=(Text(text="Hm.", provider_data=MESSAGE),), stop="other", detail="tired", usage=USAGE),
        ),
        ("empty_answer", Done(parts=(), stop="end", detail="completed", usage=USAGE)),
    ],
)
def test_how_an_answer_may_end(bridge: Bridge, name: str, expected: Done) -> None:
    chunks, _ = answered(bridge, name)
    assert chunks[-1] == expected


def test_an_event_sent_twice_counts_once(bridge: Bridge) -> None:
    chunks, _ = answered(bridge, "twice")
    assert chunks[:-1] == [TextChunk(text="Hello")]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("early_end", TruncatedError),
        ("failed", UnavailableError),
        ("failed_rate", RateLimitedError),
        ("failed_policy", RefusedError),
        ("error_event", UnavailableError),
        ("error_object", QuotaError),
        ("cut_json", BadResponseError),
    ],
)
def test_how_a_stream_may_break(bridge: Bridge, name: str, kind: type[ProviderError]) -> None:
    with pytest.raises(kind, match=r"openai \(127\.0\.0\.1:"):
        answered(bridge, name)


def error_of(code: str, message: str, status: int, **headers: str) -> Answer:
    body = {"error": {"message": message, "type": "invalid_request_error", "param": None, "code": code}}
    return as_json(body, status, x_request_id="req_1", **headers)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (
            error_of("context_length_exceeded", "Your input exceeds the context window", 400),
            ContextTooLongError,
        ),
        (error_of("insufficient_quota", "You exceeded your current quota", 429), QuotaError),
        (error_of("model_not_found", "no such model", 404), BadRequestError),
    ],
)
def test_errors_of_its_own(bridge: Bridge, answer: Answer, kind: type[ProviderError]) -> None:
    with Loopback(answer) as server, pytest.raises(kind) as raised:
        chunks_of(made("openai", server.url, bridge), request_to("openai"))
    assert raised.value.request_id == "req_1"
    assert [r.method for r in server.received].count("POST") == 1  # retries are ours


def test_a_rate_limit_says_how_long(bridge: Bridge) -> None:
    answer = error_of("rate_limit_exceeded", "slow down", 429, retry_after_ms="1500")
    with Loopback(answer) as server, pytest.raises(RateLimitedError) as raised:
        chunks_of(made("openai", server.url, bridge), request_to("openai"))
    assert raised.value.retry_after == 1.5


def test_an_organization_that_may_see_no_summaries_gets_its_answer_without(bridge: Bridge) -> None:
    body = {
        "error": {"message": "must be verified", "param": "reasoning.summary", "code": "unsupported_value"}
    }
    answer = Answer(body=recorded("openai", "answer"))
    with Loopback(as_json(body, 400), answer, answer) as server:
        provider = made("openai", server.url, bridge)
        assert len(chunks_of(provider, request_to("openai"))) == 3
        assert len(chunks_of(provider, request_to("openai"))) == 3
    assert ["reasoning" in received.body for received in server.received] == [True, False, False]


def test_counting_and_listing(bridge: Bridge) -> None:
    models = {
        "object": "list",
        "data": [{"id": "gpt-b", "object": "model"}, {"id": "gpt-a", "object": "model"}],
    }
    with Loopback(
        as_json({"object": "response.input_tokens", "input_tokens": 42}), as_json(models)
    ) as server:
        provider = made("openai", server.url, bridge)
        assert provider.count_tokens(request_to("openai"), lambda: False) == 42
        assert provider.models(never) == (ModelInfo(name="gpt-b"), ModelInfo(name="gpt-a"))
        provider.close()
    assert server.received[0].path == "/v1/responses/input_tokens"
    assert sorted(server.received[0].body) == ["input", "instructions", "model", "tools"]

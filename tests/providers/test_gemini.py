"""Gemini: whole chunk lists from recorded streams, signatures that go back, exchanges told as text."""

from dataclasses import replace
from typing import Any

import pytest
from loopback import Answer, Loopback, Received, as_json, recorded
from talk import LIST, READ_FILE, call, chunks_of, made, never, reply, request_to, result, results, user

from copilot.providers.base import Chunk, Done, TextChunk, ThinkingChunk
from copilot.providers.bridge import Bridge
from copilot.vocabulary.errors import (
    AuthError,
    BadResponseError,
    ContextTooLongError,
    ProviderError,
    QuotaError,
    RateLimitedError,
    RefusedError,
    TruncatedError,
    UnavailableError,
)
from copilot.vocabulary.messages import FileRefresh, Message, Text, Thinking, ToolCall, ToolResult
from copilot.vocabulary.values import ModelInfo, Usage

USAGE = Usage(input_tokens=5000, output_tokens=16, cache_read_tokens=4096, thinking_tokens=7)


def answered(bridge: Bridge, name: str, *messages: Message) -> tuple[list[Chunk], Received]:
    with Loopback(Answer(body=recorded("gemini", name))) as server:
        chunks = chunks_of(made("gemini", server.url, bridge), request_to("gemini", *messages))
    return chunks, server.received[0]


def done(chunks: list[Chunk]) -> Done:
    assert isinstance(chunks[-1], Done)
    return chunks[-1]


def test_an_answer_and_the_request_for_it(bridge: Bridge) -> None:
    chunks, received = answered(bridge, "answer")
    assert chunks == [
        TextChunk(text="Hel"),
        TextChunk(text="lo."),
        Done(parts=(Text(text="Hello."),), stop="end", detail="STOP", usage=USAGE),
    ]
    path = "/v1/models/gemini-3.8-flash:streamGenerateContent?alt=sse"
    assert (received.method, received.path) == ("POST", path)
    assert received.body == {
        "contents": [{"role": "user", "parts": [{"text": "hi"}]}],
        "systemInstruction": {"role": "user", "parts": [{"text": "You help."}]},
        "tools": [
            {
                "functionDeclarations": [
                    {
                        "name": spec.name,
                        "description": spec.description,
                        "parameters_json_schema": spec.parameters,
                    }
                    for spec in (READ_FILE, LIST)
                ]
            }
        ],
        "generationConfig": {"maxOutputTokens": 1000, "thinkingConfig": {"include_thoughts": True}},
    }


THOUGHT = Thinking(text="Let me look.", provider_data={"kind": "thought"})
FIRST = ToolCall(
    call_id="call_1",
    name="read_file",
    arguments={"path": "a.py"},
    provider_data={"kind": "call", "id": "", "signature": "U0lHMQ=="},
)
SECOND = ToolCall(
    call_id="fc2",
    name="list_directory",
    arguments={"path": "."},
    provider_data={"kind": "call", "id": "fc2"},
)
SEAL = Thinking(text="", provider_data={"kind": "text", "signature": "U0lHMg=="})


def test_thoughts_text_and_calls(bridge: Bridge) -> None:
    chunks, _ = answered(bridge, "tools")
    assert chunks == [
        ThinkingChunk(text="Let me "),
        ThinkingChunk(text="look."),
        TextChunk(text="I read it."),
        Done(
            parts=(THOUGHT, Text(text="I read it."), FIRST, SECOND, SEAL),
            stop="tools",
            detail="STOP",
            usage=USAGE,
        ),
    ]


def test_parts_go_back_as_they_came_and_the_refresh_ends_the_last_response(bridge: Bridge) -> None:
    said = reply("gemini", THOUGHT, Text(text="I read it."), FIRST, SECOND, SEAL)
    failed = ToolResult(call_id="fc2", name="list_directory", output="no", status="error")
    told = results(result("call_1", "A"), failed, FileRefresh(text="[FILES UPDATED]\n\nx"))
    _, received = answered(bridge, "answer", user("first"), said, told)
    error = {"error": "no\n\n[SYSTEM: FILES UPDATED]\n\nx"}
    assert received.body["contents"] == [
        {"role": "user", "parts": [{"text": "first"}]},
        {
            "role": "model",
            "parts": [
                {"text": "Let me look.", "thought": True},
                {"text": "I read it."},
                {
                    "functionCall": {"name": "read_file", "args": {"path": "a.py"}},
                    "thoughtSignature": "U0lHMQ==",
                },
                {"functionCall": {"id": "fc2", "name": "list_directory", "args": {"path": "."}}},
                {"text": "", "thoughtSignature": "U0lHMg=="},
            ],
        },
        {
            "role": "user",
            "parts": [
                {"functionResponse": {"name": "read_file", "response": {"output": "A"}}},
                {"functionResponse": {"id": "fc2", "name": "list_directory", "response": error}},
            ],
        },
    ]


def test_signed_and_unsigned_text_are_not_joined(bridge: Bridge) -> None:
    chunks, _ = answered(bridge, "signed_text")
    parts = (
        Text(text="One. "),
        Text(text="Two.", provider_data={"signature": "+/+/"}),
        Text(text=" Three."),
    )
    assert done(chunks).parts == parts
    _, received = answered(bridge, "answer", user("first"), reply("gemini", *parts), user("again"))
    sent = received.body["contents"][1]["parts"]
    assert [part["text"] for part in sent] == ["One. ", "Two.", " Three."]
    assert sent[1]["thoughtSignature"].translate(str.maketrans("-_", "+/")) == "+/+/"


def test_exchanges_of_others_are_told_as_text(bridge: Bridge) -> None:
    for said in (
        reply("anthropic", Text(text="I look."), call("toolu_1", "a.py")),
        reply("gemini", Text(text="I look."), FIRST, model="gemini-2.5-pro"),
    ):
        call_id = said.calls[0].call_id
        told = results(result(call_id, "A"), FileRefresh(text="[FILES UPDATED]\n\nx"))
        _, received = answered(bridge, "answer", user("first"), said, told)
        assert received.body["contents"][1:] == [
            {
                "role": "model",
                "parts": [{"text": "I look."}, {"text": '[Called read_file with {"path":"a.py"}]'}],
            },
            {
                "role": "user",
                "parts": [
                    {"text": "[read_file answered (ok)]\nA"},
                    {"text": "[SYSTEM: FILES UPDATED]\n\nx"},
                ],
            },
        ]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "cut_call",
            Done(parts=(Text(text="I write it."),), stop="max_tokens", detail="MAX_TOKENS", usage=USAGE),
        ),
        ("refusal", Done(parts=(Text(text="I"),), stop="refused", detail="SAFETY", usage=USAGE)),
        ("malformed", Done(parts=(), stop="malformed", detail="MALFORMED_FUNCTION_CALL", usage=USAGE)),
        ("empty_answer", Done(parts=(), stop="end", detail="STOP", usage=USAGE)),
    ],
)
def test_how_an_answer_may_end(bridge: Bridge, name: str, expected: Done) -> None:
    chunks, _ = answered(bridge, name)
    assert chunks[-1] == expected


def test_a_reason_nobody_knows_runs_no_tool(bridge: Bridge) -> None:
    chunks, _ = answered(bridge, "strange_stop")
    assert chunks[-1] == Done(parts=(Text(text="Hm."),), stop="other", detail="TIRED", usage=USAGE)


def test_odd_calls_come_out_harmless(bridge: Bridge) -> None:
    deep, _ = answered(bridge, "deep_call")
    (found,) = done(deep).parts
    assert isinstance(found, ToolCall)
    assert (found.arguments, found.raw) == ({}, "[arguments nested too deeply]")
    same, _ = answered(bridge, "two_same_ids")
    assert [part.call_id for part in done(same).parts if isinstance(part, ToolCall)] == ["same", "call_2"]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("early_end", TruncatedError),
        ("blocked", RefusedError),
        ("error_frame", UnavailableError),
        ("cut_json", BadResponseError),
    ],
)
def test_how_a_stream_may_break(bridge: Bridge, name: str, kind: type[ProviderError]) -> None:
    with pytest.raises(kind, match=r"gemini \(127\.0\.0\.1:"):
        answered(bridge, name)


def error_of(code: int, status: str, message: str, *details: dict[str, Any]) -> Answer:
    return as_json(
        {"error": {"code": code, "status": status, "message": message, "details": list(details)}}, code
    )


def quota(quota_id: str) -> dict[str, Any]:
    return {"@type": "type.googleapis.com/google.rpc.QuotaFailure", "violations": [{"quotaId": quota_id}]}


INVALID = "INVALID_ARGUMENT"


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (error_of(400, INVALID, "API key not valid. Please pass a valid API key."), AuthError),
        (error_of(400, INVALID, "The input token count (9) exceeds the maximum number of tokens."),
         ContextTooLongError),
        (error_of(429, "RESOURCE_EXHAUSTED", "quota", quota("RequestsPerDay")), QuotaError),
        (error_of(503, "UNAVAILABLE", "overloaded"), UnavailableError),
    ],
)  # fmt: skip
def test_errors_of_its_own(bridge: Bridge, answer: Answer, kind: type[ProviderError]) -> None:
    with Loopback(answer) as server, pytest.raises(kind):
        chunks_of(made("gemini", server.url, bridge), request_to("gemini"))
    assert len(server.received) == 1


@pytest.mark.parametrize(
    ("answer", "seconds"),
    [
        (error_of(429, "RESOURCE_EXHAUSTED", "x", quota("PerMinute"), {"retryDelay": "17s"}), 17.0),
        (error_of(429, "RESOURCE_EXHAUSTED", "Please retry in 17.3s."), 17.3),
        (error_of(429, "RESOURCE_EXHAUSTED", "later"), None),
        (replace(error_of(429, "RESOURCE_EXHAUSTED", "later"), headers={"retry-after": "3"}), 3.0),
    ],
)
def test_a_rate_limit_says_how_long(bridge: Bridge, answer: Answer, seconds: float | None) -> None:
    with Loopback(answer) as server, pytest.raises(RateLimitedError) as raised:
        chunks_of(made("gemini", server.url, bridge), request_to("gemini"))
    assert raised.value.retry_after == seconds


def test_counting_and_listing(bridge: Bridge) -> None:
    models = {
        "models": [
            {
                "name": "models/gemini-b",
                "supportedGenerationMethods": ["generateContent"],
                "inputTokenLimit": 1_048_576,
                "outputTokenLimit": 65_536,
            },
            {"name": "models/embedding", "supportedGenerationMethods": ["embedContent"]},
            {"name": "models/gemini-a", "description": "Deprecated, use gemini-b"},
        ]
    }
    with Loopback(as_json({"totalTokens": 42}), as_json(models)) as server:
        provider = made("gemini", server.url, bridge)
        assert provider.count_tokens(request_to("gemini"), lambda: False) == 42
        assert provider.models(never) == (
            ModelInfo(name="gemini-b", window=1_048_576, max_output=65_536),
            ModelInfo(name="gemini-a", lifecycle="deprecated"),
        )
        provider.close()
    counted = server.received[0]
    assert counted.path == "/v1/models/gemini-3.8-flash:countTokens"
    assert "You help." in counted.body["contents"][0]["parts"][0]["text"]

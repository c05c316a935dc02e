"""Chat Completions: whole chunk lists from recorded streams of servers with habits of their own."""

from dataclasses import replace
from typing import Any

import pytest
from loopback import Answer, Loopback, Received, as_json, recorded
from talk import LIST, READ_FILE, chunks_of, made, request_to

from copilot.providers.base import Chunk, Done, TextChunk, ThinkingChunk
from copilot.providers.bridge import Bridge
from copilot.vocabulary.errors import (
    BadRequestError,
    BadResponseError,
    ContextTooLongError,
    ProviderError,
    TruncatedError,
    UnavailableError,
)
from copilot.vocabulary.messages import Text, Thinking, ToolCall
from copilot.vocabulary.values import Usage

USAGE = Usage(input_tokens=20, output_tokens=9, cache_read_tokens=16, thinking_tokens=4)


def answered(bridge: Bridge, name: str) -> tuple[list[Chunk], Received]:
    with Loopback(Answer(body=recorded("compatible", name))) as server:
        chunks = chunks_of(made("compatible", server.url, bridge, key=""), request_to("compatible"))
    return chunks, server.received[0]


def test_an_answer_and_the_request_for_it(bridge: Bridge) -> None:
    chunks, received = answered(bridge, "answer")
    assert chunks == [
        TextChunk(text="Hel"),
        TextChunk(text="lo."),
        Done(parts=(Text(text="Hello."),), stop="end", detail="stop", usage=USAGE),
    ]
    assert (received.method, received.path) == ("POST", "/v1/chat/completions")
    assert "authorization" not in received.headers
    assert received.body == {
        "model": "local",
        "stream": True,
        "stream_options": {"include_usage": True},
        "messages": [{"role": "system", "content": "You help."}, {"role": "user", "content": "hi"}],
        "tools": [
            {
                "type": "function",
                "function": {
                    "name": spec.name,
                    "description": spec.description,
                    "parameters": spec.parameters,
                },
            }
            for spec in (READ_FILE, LIST)
        ],
    }


def test_thinking_text_and_calls(bridge: Bridge) -> None:
    chunks, _ = answered(bridge, "tools")
    assert chunks == [
        ThinkingChunk(text="Let me "),
        ThinkingChunk(text="look."),
        TextChunk(text="I read it."),
        Done(
            parts=(
                Thinking(text="Let me look."),
                Text(text="I read it."),
                ToolCall(call_id="call_a", name="read_file", arguments={"path": "a.py"}),
                ToolCall(call_id="call_b", name="list_directory", arguments={"path": "."}),
            ),
            stop="tools",
            detail="tool_calls",
            usage=USAGE,
        ),
    ]


def test_calls_without_number_id_or_sense_and_the_wrong_finish_reason(bridge: Bridge) -> None:
    chunks, _ = answered(bridge, "odd_calls")
    assert chunks == [
        Done(
            parts=(
                ToolCall(call_id="call_1", name="read_file", arguments={"path": "a.py"}),
                ToolCall(call_id="call_2", name="read_file", arguments={"path": "b.py"}),
                ToolCall(call_id="x", name="read_file", arguments={}, raw="{broken words"),
                ToolCall(call_id="y", name="read_file", arguments={}, raw='"text"'),
            ),
            stop="tools",
            detail="stop",
            usage=USAGE,
        )
    ]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "cut_call",
            Done(parts=(Text(text="I write it."),), stop="max_tokens", detail="length", usage=USAGE),
        ),
        ("refusal", Done(parts=(Text(text="I"),), stop="refused", detail="content_filter", usage=USAGE)),
        ("strange_stop", Done(parts=(Text(text="Hm."),), stop="other", detail="tired", usage=USAGE)),
        ("empty_answer", Done(parts=(), stop="end", detail="stop", usage=USAGE)),
    ],
)
def test_how_an_answer_may_end(bridge: Bridge, name: str, expected: Done) -> None:
    chunks, _ = answered(bridge, name)
    assert chunks[-1] == expected


@pytest.mark.parametrize(
    ("name", "kind"),
    [("early_end", TruncatedError), ("error_frame", UnavailableError), ("cut_json", BadResponseError)],
)
def test_how_a_stream_may_break(bridge: Bridge, name: str, kind: type[ProviderError]) -> None:
    with pytest.raises(kind, match=r"compatible \(127\.0\.0\.1:"):
        answered(bridge, name)


def model_list(*names: str) -> dict[str, Any]:
    return {"object": "list", "data": [{"id": name, "object": "model", "created": 1} for name in names]}


def test_without_a_model_name_the_first_one_listed_answers(bridge: Bridge) -> None:
    answer = Answer(body=recorded("compatible", "answer"))
    request = request_to("compatible")
    request = replace(request, model=replace(request.model, model=""))
    with Loopback(as_json(model_list("small", "large")), answer, answer) as server:
        provider = made("compatible", server.url, bridge, key="")
        chunks_of(provider, request)
        chunks_of(provider, request)
    assert [(r.method, r.path) for r in server.received] == [
        ("GET", "/v1/models"),
        ("POST", "/v1/chat/completions"),
        ("POST", "/v1/chat/completions"),
    ]
    assert {r.body["model"] for r in server.received[1:]} == {"small"}


def test_a_server_without_any_model_says_so(bridge: Bridge) -> None:
    request = request_to("compatible")
    request = replace(request, model=replace(request.model, model=""))
    with Loopback(as_json(model_list())) as server, pytest.raises(BadRequestError, match="lists no model"):
        chunks_of(made("compatible", server.url, bridge, key=""), request)


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (as_json({"error": "model 'x' not found, try pulling it"}, 404), BadRequestError, "try pulling it"),
        (
            as_json(
                {"error": {"code": 400, "message": "the request exceeds the available context size"}}, 400
            ),
            ContextTooLongError,
            "available context size",
        ),
        (
            Answer(status=503, content_type="text/plain", body=b"Loading model"),
            UnavailableError,
            "HTTP 503: Loading model",
        ),
    ],
)
def test_errors_in_the_words_of_local_servers(
    bridge: Bridge, answer: Answer, kind: type[ProviderError], words: str
) -> None:
    with Loopback(answer) as server, pytest.raises(kind, match=words):
        chunks_of(made("compatible", server.url, bridge, key=""), request_to("compatible"))


def test_counting_is_an_estimate_and_asks_nobody(bridge: Bridge) -> None:
    with Loopback() as server:
        provider = made("compatible", server.url, bridge)
        assert 50 < provider.count_tokens(request_to("compatible"), lambda: False) < 500
    assert server.received == []

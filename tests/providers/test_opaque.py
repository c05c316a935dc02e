"""Pieces of an answer that this program does not know: kept as they came, sent back to their model only."""

import json
from typing import Any

import pytest
from loopback import Answer, Loopback, recorded
from talk import MODELS, chunks_of, made, reply, request_to, user

from copilot.providers.base import Done
from copilot.providers.bridge import Bridge
from copilot.vocabulary.messages import Opaque, Text

SEARCH = {"type": "server_tool_use", "id": "srv_1", "name": "web_search", "input": {"query": "tea"}}
ITEM = {"type": "telepathy_call", "id": "tp_1", "status": "completed", "vibes": ["good", 7]}
CODE = {"executableCode": {"language": "PYTHON", "code": "print(1)"}}
IMAGE = {"inlineData": {"mimeType": "image/png", "data": "+/8="}}


def a_event(kind: str, **data: Any) -> bytes:
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **data})}\n\n".encode()


def a_block(index: int, block: dict[str, Any], *deltas: dict[str, Any]) -> bytes:
    grown = b"".join(a_event("content_block_delta", index=index, delta=delta) for delta in deltas)
    return (
        a_event("content_block_start", index=index, content_block=block)
        + grown
        + a_event("content_block_stop", index=index)
    )


def a_answer(*blocks: bytes, stop: str = "end_turn") -> bytes:
    usage = {"input_tokens": 1, "output_tokens": 1}
    message = {"id": "m", "type": "message", "role": "assistant", "model": "x", "content": [], "usage": usage}
    return (
        a_event("message_start", message=message)
        + b"".join(blocks)
        + a_event("message_delta", delta={"stop_reason": stop, "stop_sequence": None}, usage=usage)
        + a_event("message_stop")
    )


def text_block(index: int, text: str) -> bytes:
    empty = {"type": "text", "text": ""}
    return a_block(index, empty, {"type": "text_delta", "text": text})


ANTHROPIC = a_answer(
    a_block(0, {**SEARCH, "input": {}}, {"type": "input_json_delta", "partial_json": '{"query": "tea"}'}),
    a_block(1, {"type": "aura", "hue": "bl", "depth": 3}, {"type": "hue_delta", "hue": "ue"}),
    a_block(2, {"type": "riddle", "levels": [1]}, {"type": "level_delta", "levels": [2]}),
    text_block(3, "Well."),
)


def openai_answer() -> bytes:
    body = recorded("openai", "answer").decode()
    head, _, tail = body.rpartition("event: response.completed\ndata: ")
    final = json.loads(tail.strip())
    final["response"]["output"].insert(0, ITEM)
    return f"{head}event: response.completed\ndata: {json.dumps(final)}\n\n".encode()


def gemini_answer() -> bytes:
    parts = [CODE, IMAGE, {"hologram": {"depth": 3}}, {"text": "Well."}]
    candidate = {"content": {"role": "model", "parts": parts}, "index": 0, "finishReason": "STOP"}
    return f"data: {json.dumps({'candidates': [candidate]})}\r\n\r\n".encode()


ANSWERS = {"anthropic": ANTHROPIC, "openai": openai_answer(), "gemini": gemini_answer()}
KINDS = {
    "anthropic": ["server_tool_use", "aura", "riddle"],
    "openai": ["telepathy_call"],
    "gemini": ["executable_code", "inline_data", "unknown"],
}
BACK: dict[str, list[Any]] = {
    "anthropic": [SEARCH, {"type": "aura", "hue": "blue", "depth": 3}],
    "openai": [ITEM],
    # The same bytes; the SDK writes the other alphabet, and the name in its own way.
    "gemini": [CODE, {"inlineData": {"mime_type": "image/png", "data": "-_8="}}],
}
PLACES = {"anthropic": "messages", "openai": "input", "gemini": "contents"}


def replied(name: str, bridge: Bridge) -> Done:
    with Loopback(Answer(body=ANSWERS[name])) as server:
        done = chunks_of(made(name, server.url, bridge), request_to(name))[-1]
    assert isinstance(done, Done)
    return done


def sent_back(name: str, bridge: Bridge, parts: Any, *, by: str, model: str = "") -> list[Any]:
    """What `name` is sent of the unknown pieces that `by` wrote."""
    history = (user("hi"), reply(by, *parts, model=model), user("go on"))
    with Loopback(Answer(body=recorded(name, "answer"))) as server:
        chunks_of(made(name, server.url, bridge), request_to(name, *history))
    turns = server.received[0].body[PLACES[name]]
    pieces = [piece for turn in turns for piece in turn.get("content") or turn.get("parts") or [turn]]
    known = ("text", "message", "input_text", "output_text")
    return [p for p in pieces if isinstance(p, dict) and p.get("type") not in known and "text" not in p]


@pytest.mark.parametrize("name", ANSWERS)
def test_what_nobody_knows_is_kept_and_goes_back_word_for_word(name: str, bridge: Bridge) -> None:
    done = replied(name, bridge)
    assert [part.kind for part in done.parts if isinstance(part, Opaque)] == KINDS[name]
    assert done.stop == "end"
    back = sent_back(name, bridge, done.parts, by=name)
    assert [strip(piece) for piece in back] == BACK[name]


def strip(piece: dict[str, Any]) -> dict[str, Any]:
    """Without the marks that the cache adds."""
    return {key: value for key, value in piece.items() if key != "cache_control"}


@pytest.mark.parametrize("name", ANSWERS)
@pytest.mark.parametrize("by", ["anthropic", "openai", "gemini", "itself"])
def test_nobody_else_is_sent_it(name: str, by: str, bridge: Bridge) -> None:
    author = name if by == "itself" else by
    if by == name:
        return
    done = replied(author, bridge)
    other = "another model" if by == "itself" else MODELS[author]
    assert sent_back(name, bridge, done.parts, by=author, model=other) == []


def test_a_stop_reason_that_nobody_knows_runs_no_tool(bridge: Bridge) -> None:
    call = {"type": "tool_use", "id": "t1", "name": "read_file", "input": {}}
    body = a_answer(text_block(0, "Hm."), a_block(1, call), stop="nap_time")
    with Loopback(Answer(body=body)) as server:
        done = chunks_of(made("anthropic", server.url, bridge), request_to("anthropic"))[-1]
    assert isinstance(done, Done)
    assert (done.parts, done.stop, done.detail) == ((Text(text="Hm."),), "other", "nap_time")


def test_a_call_that_never_closed_keeps_its_words_and_gets_no_arguments(bridge: Bridge) -> None:
    start = a_event(
        "content_block_start",
        index=0,
        content_block={"type": "tool_use", "id": "t1", "name": "read_file", "input": {}},
    )
    delta = a_event(
        "content_block_delta", index=0, delta={"type": "input_json_delta", "partial_json": '{"path": "a"}'}
    )
    with Loopback(Answer(body=a_answer(start + delta, stop="tool_use"))) as server:
        done = chunks_of(made("anthropic", server.url, bridge), request_to("anthropic"))[-1]
    assert isinstance(done, Done)
    [call] = done.parts
    assert (call.arguments, call.raw) == ({}, '{"path": "a"}')  # type: ignore[union-attr]


def test_a_refusal_of_a_chat_server_is_one(bridge: Bridge) -> None:
    chunk = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m"}
    pieces = [
        {**chunk, "choices": [{"index": 0, "delta": {"refusal": "I will not."}, "finish_reason": None}]},
        {**chunk, "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]},
    ]
    body = (
        b"".join(b"data: " + json.dumps(piece).encode() + b"\n\n" for piece in pieces) + b"data: [DONE]\n\n"
    )
    with Loopback(Answer(body=body)) as server:
        done = chunks_of(made("compatible", server.url, bridge), request_to("compatible"))[-1]
    assert isinstance(done, Done)
    assert (done.parts, done.stop) == ((Text(text="I will not."),), "refused")

"""Anthropic Messages, outgoing: whole answers, server-sent events, errors, model lists."""

from collections.abc import Iterable, Iterator, Mapping
from typing import assert_never

from copilot.rehearsal.asked import Asked, JsonObject, Refusal
from copilot.rehearsal.matching import Answer, AnswerPart, Call, Say, Think, Unknown, Wait
from copilot.rehearsal.scenario import FaultPart
from copilot.rehearsal.signing import canonical, sign
from copilot.rehearsal.wire import Frame, arguments_text, encoded, followed_by_fault, slices
from copilot.vocabulary.values import Usage

MODELS = ("claude-opus-5-5", "claude-sonnet-5-5", "claude-haiku-5-5", "rehearsal")
KEEPALIVE = b'event: ping\ndata: {"type":"ping"}\n\n'

_TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    408: "timeout_error",
    409: "conflict_error",
    413: "request_too_large",
    429: "rate_limit_error",
    504: "timeout_error",
    529: "overloaded_error",
}
_STOPS = {"refused": "refusal"}


def frames(asked: Asked, answer: Answer, usage: Usage) -> Iterator[Frame]:
    """The events of a streamed answer, up to `message_stop` or the first fault."""
    start = {**_message(asked, answer), "content": [], "usage": _usage(usage, output=1)}
    yield _event("message_start", {"message": {**start, "stop_reason": None}})
    yield KEEPALIVE
    index = 0
    for position, part in enumerate(answer.parts):
        if isinstance(part, Wait):
            yield part
            yield KEEPALIVE
        elif isinstance(part, FaultPart):
            yield _fault_frame(part) or part
            return
        else:
            block = _block(asked, answer, part, index)
            if block is not None:
                yield from _block_frames(part, block, index, closed=not followed_by_fault(answer, position))
                index += 1
    delta: JsonObject = {"stop_reason": _stop(answer), "stop_sequence": None}
    if answer.finish == "refused":
        delta["stop_details"] = _refusal_details()
    details: JsonObject = {"thinking_tokens": usage.thinking_tokens}
    output: JsonObject = {"output_tokens": usage.output_tokens, "output_tokens_details": details}
    yield _event("message_delta", {"delta": delta, "usage": output})
    yield _event("message_stop", {})


def whole(asked: Asked, answer: Answer, usage: Usage) -> JsonObject:
    """The answer as one JSON object."""
    blocks: list[JsonObject] = []
    for part in answer.parts:
        if not isinstance(part, (Wait, FaultPart)):
            block = _block(asked, answer, part, len(blocks))
            if block is not None:
                blocks.append(block)
    body = _message(asked, answer)
    body["content"] = list(blocks)
    body["usage"] = _usage(usage, output=usage.output_tokens)
    if answer.finish == "refused":
        body["stop_details"] = _refusal_details()
    return body


def given(asked: Asked, answer: Answer) -> Iterable[tuple[str, str]]:
    """Each call's id with the prefix that the thinking before it is bound to, if there was any.

    And what may come back: blocks that nobody else knows, and an answer that paused.
    """
    thought = False
    index = 0
    for part in answer.parts:
        if isinstance(part, (Wait, FaultPart)) or _block(asked, answer, part, index) is None:
            continue
        thought = thought or isinstance(part, Think)
        if isinstance(part, Call) and thought:
            yield part.id or answer.call_id("toolu", index), asked.prefix
        if isinstance(part, Unknown):
            yield canonical(_block(asked, answer, part, index)), "unknown"
        index += 1
    if answer.finish == "pause_turn":
        yield f"paused {asked.prefix}", "paused"


def refusal(problem: Refusal, request_id: str) -> JsonObject:
    """The error body."""
    kind = problem.type or _TYPES.get(
        problem.status, "api_error" if problem.status >= 500 else "invalid_request_error"
    )
    error: JsonObject = {"type": kind, "message": str(problem)}
    if problem.code:
        error["details"] = {"error_code": problem.code}
    return {"type": "error", "error": error, "request_id": request_id}


def counted(tokens: int) -> JsonObject:
    """The answer of the counting endpoint."""
    return {"input_tokens": tokens}


def models() -> JsonObject:
    """The list of models, all on one page."""
    return {
        "data": [model(m) for m in MODELS],
        "has_more": False,
        "first_id": MODELS[0],
        "last_id": MODELS[-1],
    }


def model(name: str) -> JsonObject:
    """One entry of the list."""
    return {
        "type": "model",
        "id": name,
        "display_name": name.replace("-", " ").title(),
        "created_at": "2026-09-01T00:00:00Z",
        "lifecycle": "active",
        "max_input_tokens": 1_000_000,
        "max_tokens": 128_000,
    }


def headers(request_id: str) -> Mapping[str, str]:
    """What every response carries."""
    return {"request-id": request_id}


def _message(asked: Asked, answer: Answer) -> JsonObject:
    return {
        "id": f"msg_{answer.number:04d}",
        "type": "message",
        "role": "assistant",
        "model": asked.model,
        "stop_reason": _stop(answer),
        "stop_sequence": None,
    }


def _block(asked: Asked, answer: Answer, part: Say | Think | Call | Unknown, index: int) -> JsonObject | None:
    """The finished content block; None for what is not to be seen."""
    match part:
        case Think():
            if asked.extra.get("thinking") == "disabled":
                return None
            if part.redacted:
                secret = sign("anthropic redacted", asked.prefix, str(index))
                return {"type": "redacted_thinking", "data": secret}
            text = part.text if asked.show_thinking else ""
            signature = sign("anthropic", asked.prefix, str(index), text)
            return {"type": "thinking", "thinking": text, "signature": signature}
        case Say():
            return {"type": "text", "text": part.text} if part.text else None
        case Call():
            whole_input = part.arguments if part.raw is None else {}
            return {
                "type": "tool_use",
                "id": part.id or answer.call_id("toolu", index),
                "name": part.tool,
                "input": whole_input,
            }
        case Unknown():
            return {"type": part.kind, **part.data}
        case _:
            assert_never(part)


def _block_frames(part: AnswerPart, block: JsonObject, index: int, *, closed: bool) -> Iterator[Frame]:
    """Start, deltas and, unless a fault comes in between, the stop of one block."""
    match part:
        case Think(redacted=True):
            yield _start(index, block)
        case Think():
            yield _start(index, {**block, "thinking": "", "signature": ""})
            if block["thinking"]:
                yield from _text_deltas(index, "thinking", part)
            yield _delta(index, {"type": "signature_delta", "signature": block["signature"]})
        case Say():
            yield _start(index, {**block, "text": ""})
            yield from _text_deltas(index, "text", part)
        case Call():
            yield _start(index, {**block, "input": {}})
            for piece in ["", *slices(arguments_text(part))]:
                yield _delta(index, {"type": "input_json_delta", "partial_json": piece})
        case Unknown():
            yield _start(index, block)
        case Wait() | FaultPart():
            return
        case _:
            assert_never(part)
    if closed:
        yield _event("content_block_stop", {"index": index})


def _text_deltas(index: int, kind: str, part: Say) -> Iterator[Frame]:
    for number, piece in enumerate(part.pieces):
        if number and part.delay:
            yield Wait(seconds=part.delay)
        yield _delta(index, {"type": f"{kind}_delta", kind: piece})


def _start(index: int, block: JsonObject) -> bytes:
    return _event("content_block_start", {"index": index, "content_block": block})


def _delta(index: int, delta: JsonObject) -> bytes:
    return _event("content_block_delta", {"index": index, "delta": delta})


def _event(name: str, data: JsonObject) -> bytes:
    return b"event: " + name.encode() + b"\ndata: " + encoded({"type": name, **data}) + b"\n\n"


def _fault_frame(fault: FaultPart) -> bytes | None:
    """The frame of a fault that is one; None for those of the connection."""
    if fault.fault == "malformed":
        return b'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"del\n\n'
    if fault.fault == "error":
        error: JsonObject = {
            "type": fault.type or "overloaded_error",
            "message": fault.message or "Overloaded",
        }
        return _event("error", {"error": error})
    return None


def _stop(answer: Answer) -> str:
    if answer.finish:
        return _STOPS.get(answer.finish, answer.finish)
    return "tool_use" if answer.calls else "end_turn"


def _refusal_details() -> JsonObject:
    return {
        "type": "refusal",
        "category": "general_harms",
        "explanation": "The rehearsal was told to refuse.",
    }


def _usage(usage: Usage, *, output: int) -> JsonObject:
    written = usage.cache_write_tokens
    return {
        "input_tokens": usage.input_tokens - usage.cache_read_tokens - written,
        "cache_creation_input_tokens": written,
        "cache_read_input_tokens": usage.cache_read_tokens,
        "cache_creation": {"ephemeral_5m_input_tokens": written, "ephemeral_1h_input_tokens": 0},
        "output_tokens": output,
        "service_tier": "standard",
    }

"""Chat Completions, outgoing: whole answers, streamed chunks, errors. What local servers speak."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Literal

from copilot.rehearsal.asked import Asked, JsonObject
from copilot.rehearsal.matching import Answer, Call, Say, Think, Unknown, Wait
from copilot.rehearsal.scenario import FaultPart
from copilot.rehearsal.wire import Frame, arguments_text, encoded, slices
from copilot.vocabulary.values import Usage

KEEPALIVE = b': keep-alive\n\ndata: {"object":"chat.completion.chunk","choices":[]}\n\n'
_STOPS = {"max_tokens": "length", "refused": "content_filter"}


def frames(asked: Asked, answer: Answer, usage: Usage) -> Iterator[Frame]:
    """The chunks of a streamed answer, the usage where it was asked for, and `[DONE]`."""
    base = _base(asked, answer, "chat.completion.chunk")
    yield _chunk(base, {"role": "assistant", "content": ""})
    number = 0
    for index, part in enumerate(answer.parts):
        match part:
            case Wait():
                yield part
            case FaultPart():
                yield _fault_frame(part) or part
                return
            case Think(redacted=True):
                continue
            case Say():
                yield from _text_frames(base, part)
            case Call():
                yield from _call_frames(base, part, part.id or answer.call_id("call", index), number)
                number += 1
            case Unknown():
                yield _chunk(base, {part.kind: part.data})
    yield _chunk(base, {}, finish=_finish(answer))
    if asked.extra.get("include_usage"):
        yield _frame({**base, "choices": [], "usage": _usage(usage)})
    yield b"data: [DONE]\n\n"


def whole(asked: Asked, answer: Answer, usage: Usage) -> JsonObject:
    """The answer as one JSON object."""
    text = "".join(p.text for p in answer.parts if isinstance(p, Say) and not isinstance(p, Think))
    thinking = "".join(p.text for p in answer.parts if isinstance(p, Think) and not p.redacted)
    calls = [
        _call(part, part.id or answer.call_id("call", index), arguments_text(part))
        for index, part in enumerate(answer.parts)
        if isinstance(part, Call)
    ]
    message: JsonObject = {"role": "assistant", "content": text or None}
    if thinking:
        message["reasoning_content"] = thinking
    if calls:
        message["tool_calls"] = list(calls)
    choice: JsonObject = {"index": 0, "message": message, "finish_reason": _finish(answer), "logprobs": None}
    return {**_base(asked, answer, "chat.completion"), "choices": [choice], "usage": _usage(usage)}


def given(asked: Asked, answer: Answer) -> Iterable[tuple[str, str]]:
    """Nothing: this protocol has no signatures."""
    del asked, answer
    return ()


def headers(request_id: str) -> Mapping[str, str]:
    """What every response carries."""
    return {"x-request-id": request_id}


def _base(
    asked: Asked, answer: Answer, kind: Literal["chat.completion", "chat.completion.chunk"]
) -> JsonObject:
    id_ = f"chatcmpl-{answer.number:04d}"
    return {"id": id_, "object": kind, "created": 1_788_220_800 + answer.number, "model": asked.model}


def _text_frames(base: JsonObject, part: Say) -> Iterator[Frame]:
    key = "reasoning_content" if isinstance(part, Think) else "content"
    for number, piece in enumerate(part.pieces):
        if number and part.delay:
            yield Wait(seconds=part.delay)
        yield _chunk(base, {key: piece})


def _call_frames(base: JsonObject, part: Call, call_id: str, number: int) -> Iterator[Frame]:
    """Id and name come once, the arguments in pieces."""
    yield _chunk(base, {"tool_calls": [{"index": number, **_call(part, call_id, "")}]})
    for piece in slices(arguments_text(part)):
        yield _chunk(base, {"tool_calls": [{"index": number, "function": {"arguments": piece}}]})


def _call(part: Call, call_id: str, arguments: str) -> JsonObject:
    return {"id": call_id, "type": "function", "function": {"name": part.tool, "arguments": arguments}}


def _chunk(base: JsonObject, delta: JsonObject, finish: str | None = None) -> bytes:
    return _frame({**base, "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]})


def _frame(data: JsonObject) -> bytes:
    return b"data: " + encoded(data) + b"\n\n"


def _fault_frame(fault: FaultPart) -> bytes | None:
    """The frame of a fault that is one; None for those of the connection."""
    if fault.fault == "malformed":
        return b'data: {"id":"chatcmpl-1","choices":[{"index":0,"del\n\n'
    if fault.fault == "error":
        message = fault.message or "The server had an error while processing your request."
        body: JsonObject = {
            "message": message,
            "type": fault.type or "server_error",
            "code": fault.code or None,
        }
        return _frame({"error": body})
    return None


def _finish(answer: Answer) -> str:
    if answer.finish:
        return _STOPS.get(answer.finish, answer.finish)
    return "tool_calls" if answer.calls else "stop"


def _usage(usage: Usage) -> JsonObject:
    return {
        "prompt_tokens": usage.input_tokens,
        "completion_tokens": usage.output_tokens,
        "total_tokens": usage.input_tokens + usage.output_tokens,
        "prompt_tokens_details": {"cached_tokens": usage.cache_read_tokens},
        "completion_tokens_details": {"reasoning_tokens": usage.thinking_tokens},
    }

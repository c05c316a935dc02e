"""OpenAI Responses, outgoing: whole answers, server-sent events, errors, model lists."""

from collections.abc import Iterable, Iterator, Mapping
from typing import assert_never

from copilot.rehearsal.asked import Asked, JsonObject, Refusal
from copilot.rehearsal.matching import Answer, Call, Say, Think, Unknown, Wait
from copilot.rehearsal.scenario import FaultPart
from copilot.rehearsal.signing import canonical, sign
from copilot.rehearsal.wire import Frame, arguments_text, encoded, followed_by_fault, slices
from copilot.vocabulary.values import Usage

MODELS = ("gpt-6-astra", "gpt-6.1-sol", "gpt-6-luna", "rehearsal")
KEEPALIVE = b'event: keepalive\ndata: {"type":"keepalive","sequence_number":0}\n\n'

_INCOMPLETE = {"max_tokens": "max_output_tokens", "refused": "content_filter"}
_TYPES = {401: "invalid_request_error", 403: "permission_error", 429: "rate_limit_error"}


Piece = Say | Think | Call | Unknown


class _Events:
    """Numbers the events of one stream."""

    def __init__(self) -> None:
        self._number = -1

    def __call__(self, name: str, data: JsonObject) -> bytes:
        self._number += 1
        body = {"type": name, "sequence_number": self._number, **data}
        return b"event: " + name.encode() + b"\ndata: " + encoded(body) + b"\n\n"


def frames(asked: Asked, answer: Answer, usage: Usage) -> Iterator[Frame]:
    """The events of a streamed answer, up to the closing event or the first fault. No `[DONE]` follows."""
    event = _Events()
    begun = {**_response(asked, answer), "status": "in_progress", "output": [], "usage": None}
    begun["incomplete_details"] = None
    yield event("response.created", {"response": begun})
    yield event("response.in_progress", {"response": begun})
    index = 0
    for position, part in enumerate(answer.parts):
        if isinstance(part, Wait):
            yield part
        elif isinstance(part, FaultPart):
            yield _fault_frame(part, event, begun) or part
            return
        else:
            closed = not followed_by_fault(answer, position)
            yield from _item_frames(asked, answer, part, index, event, closed=closed)
            index += 1
    name = "response.incomplete" if answer.finish else "response.completed"
    yield event(name, {"response": whole(asked, answer, usage)})


def whole(asked: Asked, answer: Answer, usage: Usage) -> JsonObject:
    """The answer as one JSON object."""
    return {**_response(asked, answer), "output": list(_items(asked, answer)), "usage": _usage(usage)}


def reasoning_signature(model: str, item: str) -> str:
    """The encrypted content of a reasoning item: stands for thinking that only the service can read."""
    return sign("openai", model, item)


def given(asked: Asked, answer: Answer) -> Iterable[tuple[str, str]]:
    """Each item's id with the id of the reasoning that led to it; items that nobody else knows."""
    reasoning = ""
    for item in _items(asked, answer):
        if item["type"] == "reasoning":
            reasoning = str(item["id"])
        elif reasoning:
            yield str(item["id"]), reasoning
        if item["type"] not in ("message", "reasoning", "function_call"):
            yield canonical(item), "unknown"


def refusal(problem: Refusal, request_id: str) -> JsonObject:
    """The error body."""
    del request_id
    kind = _TYPES.get(problem.status, "server_error" if problem.status >= 500 else "invalid_request_error")
    body: JsonObject = {"message": str(problem), "type": problem.type or kind}
    return {"error": {**body, "param": problem.param, "code": problem.code}}


def counted(tokens: int) -> JsonObject:
    """The answer of the counting endpoint."""
    return {"object": "response.input_tokens", "input_tokens": tokens}


def models() -> JsonObject:
    """The list of models."""
    return {"object": "list", "data": [model(m) for m in MODELS]}


def model(name: str) -> JsonObject:
    """One entry of the list."""
    return {"id": name, "object": "model", "created": 1_788_220_800, "owned_by": "rehearsal"}


def headers(request_id: str) -> Mapping[str, str]:
    """What every response carries."""
    return {"x-request-id": request_id, "openai-version": "2020-10-01"}


def _response(asked: Asked, answer: Answer) -> JsonObject:
    return {
        "id": f"resp_{answer.number:04d}",
        "object": "response",
        "created_at": 1_788_220_800 + answer.number,
        "status": "incomplete" if answer.finish else "completed",
        "error": None,
        "incomplete_details": {"reason": _INCOMPLETE.get(answer.finish, answer.finish)}
        if answer.finish
        else None,
        "model": asked.model,
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
        "metadata": {},
    }


def _items(asked: Asked, answer: Answer) -> Iterator[JsonObject]:
    index = 0
    for part in answer.parts:
        if not isinstance(part, (Wait, FaultPart)):
            yield _item(asked, answer, part, index, last=index == _last(answer))
            index += 1


def _last(answer: Answer) -> int:
    return sum(not isinstance(part, (Wait, FaultPart)) for part in answer.parts) - 1


def _item(asked: Asked, answer: Answer, part: Piece, index: int, *, last: bool) -> JsonObject:
    """A finished output item. The last one of an incomplete answer is incomplete itself."""
    status = "incomplete" if last and answer.finish else "completed"
    match part:
        case Think():
            id_ = answer.call_id("rs", index)
            summary: list[JsonObject] = (
                [{"type": "summary_text", "text": part.text}] if _shown(asked, part) else []
            )
            secret = reasoning_signature(asked.model, id_)
            return {"type": "reasoning", "id": id_, "summary": list(summary), "encrypted_content": secret}
        case Say():
            text: JsonObject = {"type": "output_text", "text": part.text, "annotations": [], "logprobs": []}
            id_ = answer.call_id("msg", index)
            return {"type": "message", "id": id_, "role": "assistant", "status": status, "content": [text]}
        case Call():
            return {
                "type": "function_call",
                "id": answer.call_id("fc", index),
                "call_id": part.id or answer.call_id("call", index),
                "name": part.tool,
                "arguments": arguments_text(part),
                "status": status,
            }
        case Unknown():
            return {"type": part.kind, "id": answer.call_id("odd", index), "status": status, **part.data}
        case _:
            assert_never(part)


def _item_frames(
    asked: Asked,
    answer: Answer,
    part: Piece,
    index: int,
    event: _Events,
    *,
    closed: bool,
) -> Iterator[Frame]:
    """The events of one output item, without its end when a fault comes in between."""
    item = _item(asked, answer, part, index, last=index == _last(answer))
    hollow = _hollow(part)
    begun = {**item, **hollow, **({"status": "in_progress"} if "status" in item else {})}
    yield event("response.output_item.added", {"output_index": index, "item": begun})
    match part:
        case Think():
            if _shown(asked, part):
                yield from _summary_frames(item, part, index, event, closed=closed)
        case Say():
            yield from _text_frames(item, part, index, event, closed=closed)
        case Call():
            yield from _argument_frames(item, part, index, event, closed=closed)
        case Unknown():
            pass
        case _:
            assert_never(part)
    if closed:
        yield event("response.output_item.done", {"output_index": index, "item": item})


def _shown(asked: Asked, part: Think) -> bool:
    return asked.show_thinking and not part.redacted


def _hollow(part: Piece) -> JsonObject:
    """What an item does not hold yet when it begins."""
    match part:
        case Think():
            return {"summary": []}
        case Say():
            return {"content": []}
        case Call():
            return {"arguments": ""}
        case Unknown():
            return {}
        case _:
            assert_never(part)


def _text_frames(item: JsonObject, part: Say, index: int, event: _Events, *, closed: bool) -> Iterator[Frame]:
    at: JsonObject = {"item_id": item["id"], "output_index": index, "content_index": 0}
    empty: JsonObject = {"type": "output_text", "text": "", "annotations": [], "logprobs": []}
    yield event("response.content_part.added", {**at, "part": empty})
    yield from _deltas("response.output_text.delta", {**at, "logprobs": []}, part, event)
    if closed:
        yield event("response.output_text.done", {**at, "text": part.text, "logprobs": []})
        yield event("response.content_part.done", {**at, "part": {**empty, "text": part.text}})


def _summary_frames(
    item: JsonObject, part: Think, index: int, event: _Events, *, closed: bool
) -> Iterator[Frame]:
    at: JsonObject = {"item_id": item["id"], "output_index": index, "summary_index": 0}
    empty: JsonObject = {"type": "summary_text", "text": ""}
    yield event("response.reasoning_summary_part.added", {**at, "part": empty})
    yield from _deltas("response.reasoning_summary_text.delta", at, part, event)
    if closed:
        yield event("response.reasoning_summary_text.done", {**at, "text": part.text})
        yield event("response.reasoning_summary_part.done", {**at, "part": {**empty, "text": part.text}})


def _argument_frames(
    item: JsonObject, part: Call, index: int, event: _Events, *, closed: bool
) -> Iterator[Frame]:
    at: JsonObject = {"item_id": item["id"], "output_index": index}
    for piece in slices(arguments_text(part)):
        yield event("response.function_call_arguments.delta", {**at, "delta": piece})
    if closed:
        done: JsonObject = {**at, "name": part.tool, "arguments": arguments_text(part)}
        yield event("response.function_call_arguments.done", done)


def _deltas(name: str, at: JsonObject, part: Say, event: _Events) -> Iterator[Frame]:
    for number, piece in enumerate(part.pieces):
        if number and part.delay:
            yield Wait(seconds=part.delay)
        yield event(name, {**at, "delta": piece})


def _fault_frame(fault: FaultPart, event: _Events, begun: JsonObject) -> bytes | None:
    """The frame of a fault that is one; None for those of the connection."""
    if fault.fault == "malformed":
        return b'event: response.output_text.delta\ndata: {"type":"response.output_text.del\n\n'
    if fault.fault == "error":
        code = fault.code or fault.type or "server_error"
        message = fault.message or "The server had an error while processing your request."
        if fault.type == "response.failed":
            error: JsonObject = {"code": fault.code or "server_error", "message": message}
            return event("response.failed", {"response": {**begun, "status": "failed", "error": error}})
        return event("error", {"code": code, "message": message, "param": None})
    return None


def _usage(usage: Usage) -> JsonObject:
    cached: JsonObject = {
        "cached_tokens": usage.cache_read_tokens,
        "cache_write_tokens": usage.cache_write_tokens,
    }
    return {
        "input_tokens": usage.input_tokens,
        "input_tokens_details": cached,
        "output_tokens": usage.output_tokens,
        "output_tokens_details": {"reasoning_tokens": usage.thinking_tokens},
        "total_tokens": usage.input_tokens + usage.output_tokens,
    }

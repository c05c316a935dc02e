"""Gemini generateContent, outgoing: whole answers, streamed chunks, errors, model lists."""

from collections.abc import Iterable, Iterator, Mapping

from copilot.rehearsal.asked import Asked, JsonObject, Refusal
from copilot.rehearsal.matching import Answer, Call, Say, Think, Unknown, Wait
from copilot.rehearsal.scenario import FaultPart
from copilot.rehearsal.signing import canonical, sign
from copilot.rehearsal.wire import Frame, encoded
from copilot.vocabulary.values import Usage

MODELS = ("gemini-4-argon", "gemini-4-carbon", "gemini-3.8-flash", "rehearsal")
KEEPALIVE = b": keep-alive\r\n\r\n"

_STATUSES = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    409: "ABORTED",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    501: "UNIMPLEMENTED",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}
_MALFORMED = "MALFORMED_FUNCTION_CALL"
_STOPS = {"max_tokens": "MAX_TOKENS", "refused": "SAFETY"}


def frames(asked: Asked, answer: Answer, usage: Usage) -> Iterator[Frame]:
    """The chunks of a streamed answer; the last one has the finish reason. There is no closing word."""
    if _blocked(answer):
        yield _frame(whole(asked, answer, usage))
        return
    unsigned = True
    for index, part in enumerate(answer.parts):
        match part:
            case Wait():
                yield part
            case FaultPart():
                yield _fault_frame(part) or part
                return
            case Think() if part.redacted or not asked.show_thinking:
                continue
            case Say():
                yield from _text_frames(asked, answer, part, usage)
            case Call(raw=None):
                call = _call(asked, answer, index, part, signed=unsigned)
                yield _frame(_chunk(asked, answer, [call], usage, finish=""))
                unsigned = False
            case Call():
                yield _frame(_chunk(asked, answer, [], usage, finish=_MALFORMED))
                return
            case Unknown():
                yield _frame(_chunk(asked, answer, [{part.kind: part.data}], usage, finish=""))
    yield _frame(_chunk(asked, answer, _closing(asked, answer), usage, finish=_finish(answer)))


def whole(asked: Asked, answer: Answer, usage: Usage) -> JsonObject:
    """The answer as one JSON object."""
    if _blocked(answer):
        body = _chunk(asked, answer, [], usage, finish="")
        del body["candidates"]
        return {**body, "promptFeedback": {"blockReason": "SAFETY"}}
    parts: list[JsonObject] = []
    unsigned = True
    for index, part in enumerate(answer.parts):
        if isinstance(part, Think) and (part.redacted or not asked.show_thinking):
            continue
        if isinstance(part, Say) and part.text:
            parts.append(_text(part.text, thought=isinstance(part, Think)))
        elif isinstance(part, Call):
            if part.raw is not None:
                return _chunk(asked, answer, [], usage, finish=_MALFORMED)
            parts.append(_call(asked, answer, index, part, signed=unsigned))
            unsigned = False
        elif isinstance(part, Unknown):
            parts.append({part.kind: part.data})
    return _chunk(asked, answer, parts + _closing(asked, answer), usage, finish=_finish(answer))


def call_signature(model: str, name: str, arguments: JsonObject) -> str:
    """What goes with a function call and must come back with it."""
    return sign("gemini", model, name, canonical(arguments))


def text_signature(model: str) -> str:
    """What goes with an answer in text after thinking; handing it back is optional."""
    return sign("gemini", model)


def given(asked: Asked, answer: Answer) -> Iterable[tuple[str, str]]:
    """Nothing: a signature says all."""
    del asked, answer
    return ()


def refusal(problem: Refusal, request_id: str) -> JsonObject:
    """The error body."""
    del request_id
    status = problem.type or _STATUSES.get(
        problem.status, "INTERNAL" if problem.status >= 500 else "FAILED_PRECONDITION"
    )
    error: JsonObject = {"code": problem.status, "message": str(problem), "status": status}
    details: list[JsonObject] = []
    if problem.retry_after is not None:
        kind = "type.googleapis.com/google.rpc.RetryInfo"
        details.append({"@type": kind, "retryDelay": f"{problem.retry_after:g}s"})
    if problem.code:
        quota: JsonObject = {"quotaId": problem.code}
        details.append({"@type": "type.googleapis.com/google.rpc.QuotaFailure", "violations": [quota]})
    if details:
        error["details"] = list(details)
    return {"error": error}


def counted(tokens: int) -> JsonObject:
    """The answer of the counting endpoint."""
    return {"totalTokens": tokens, "promptTokensDetails": [{"modality": "TEXT", "tokenCount": tokens}]}


def models() -> JsonObject:
    """The list of models."""
    return {"models": [model(m) for m in MODELS]}


def model(name: str) -> JsonObject:
    """One entry of the list."""
    return {
        "name": f"models/{name}",
        "displayName": name.replace("-", " ").title(),
        "inputTokenLimit": 1_048_576,
        "outputTokenLimit": 65_536,
        "supportedGenerationMethods": ["generateContent", "countTokens", "createCachedContent"],
    }


def headers(request_id: str) -> Mapping[str, str]:
    """What every response carries: nothing that names the request."""
    del request_id
    return {"server": "scaffolding on HTTPServer2"}


def _text_frames(asked: Asked, answer: Answer, part: Say, usage: Usage) -> Iterator[Frame]:
    for number, piece in enumerate(part.pieces):
        if number and part.delay:
            yield Wait(seconds=part.delay)
        text = _text(piece, thought=isinstance(part, Think))
        yield _frame(_chunk(asked, answer, [text], usage, finish=""))


def _text(text: str, *, thought: bool) -> JsonObject:
    return {"text": text, "thought": True} if thought else {"text": text}


def _call(asked: Asked, answer: Answer, index: int, call: Call, *, signed: bool) -> JsonObject:
    """A function call; of several in a row only the first carries the signature."""
    body: JsonObject = {
        "id": call.id or answer.call_id("fc", index),
        "name": call.tool,
        "args": call.arguments,
    }
    part: JsonObject = {"functionCall": body}
    if signed:
        part["thoughtSignature"] = call_signature(asked.model, call.tool, call.arguments)
    return part


def _closing(asked: Asked, answer: Answer) -> list[JsonObject]:
    """After thinking and text the signature sits on an empty text part at the end."""
    thought = any(isinstance(part, Think) for part in answer.parts)
    if answer.calls or not thought:
        return []
    return [{"text": "", "thoughtSignature": text_signature(asked.model)}]


def _chunk(asked: Asked, answer: Answer, parts: list[JsonObject], usage: Usage, *, finish: str) -> JsonObject:
    candidate: JsonObject = {"content": {"role": "model", "parts": list(parts)}, "index": 0}
    if not parts:
        candidate["content"] = {"role": "model"}
    if finish:
        candidate["finishReason"] = finish
    spoken = usage.output_tokens - usage.thinking_tokens if finish else 1
    thoughts = usage.thinking_tokens if finish else 0
    counts: JsonObject = {"promptTokenCount": usage.input_tokens, "candidatesTokenCount": spoken}
    if thoughts:
        counts["thoughtsTokenCount"] = thoughts
    if usage.cache_read_tokens:
        counts["cachedContentTokenCount"] = usage.cache_read_tokens
    counts["totalTokenCount"] = usage.input_tokens + spoken + thoughts
    return {
        "candidates": [candidate],
        "usageMetadata": counts,
        "modelVersion": asked.model,
        "responseId": f"resp_{answer.number:04d}",
    }


def _finish(answer: Answer) -> str:
    return _STOPS.get(answer.finish, answer.finish) or "STOP"


def _blocked(answer: Answer) -> bool:
    """A refusal without a word: the prompt itself was blocked."""
    return answer.finish == "refused" and not answer.parts


def _frame(data: JsonObject) -> bytes:
    return b"data: " + encoded(data) + b"\r\n\r\n"


def _fault_frame(fault: FaultPart) -> bytes | None:
    """The frame of a fault that is one; None for those of the connection."""
    if fault.fault == "malformed":
        return b'data: {"candidates": [{"content": {"parts": [{"te\r\n\r\n'
    if fault.fault == "error":
        status = 503 if fault.status == 500 else fault.status
        message = fault.message or "The model is overloaded. Please try again later."
        return _frame(refusal(Refusal(message, status=status, type=fault.type), ""))
    return None

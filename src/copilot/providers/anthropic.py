"""Anthropic's Messages API through its own SDK: build request, read stream, map errors, list models.

Thinking is bound to the conversation before it. Each block carries the hash of what was sent when it came;
a block whose hash no longer fits what is being sent is left out, since the service would refuse the request.
"""

import re
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, assert_never, cast

from copilot.providers.base import (
    Chunk,
    Done,
    OnWire,
    Provider,
    Request,
    StopReason,
    TextChunk,
    ThinkingChunk,
)
from copilot.providers.bridge import Bridge
from copilot.providers.cache_marks import mark
from copilot.providers.failures import Service, by_status
from copilot.providers.parts import (
    FAILED,
    Json,
    Turns,
    arguments,
    compact,
    finished,
    in_words,
    inside,
    offered,
    own_data,
    sent_id,
    tokens,
)
from copilot.providers.remote import Remote
from copilot.providers.stream import watched
from copilot.providers.wire import WireClient
from copilot.vocabulary.errors import (
    ContextTooLongError,
    CopilotError,
    ProviderError,
    QuotaError,
    TruncatedError,
)
from copilot.vocabulary.messages import (
    FileRefresh,
    JsonValue,
    Message,
    Part,
    ProviderData,
    Summary,
    Text,
    Thinking,
    ToolCall,
    ToolResult,
)
from copilot.vocabulary.text import clean
from copilot.vocabulary.values import ModelInfo, ToolSpec, Usage

if TYPE_CHECKING:
    from anthropic import APIStatusError, AsyncAnthropic
    from anthropic.types import RawContentBlockDelta, RawMessageStreamEvent

NAME = "anthropic"
BASE_URL = "https://api.anthropic.com"
EPHEMERAL: Json = {"type": "ephemeral"}

_THINKS = re.compile(r"rehearsal$|claude-(?!3|2|instant|(opus|sonnet|haiku)-4(-[015])?(-20\d{6})?$)")
"""Names that take adaptive thinking: Claude 4.6 and later, and our rehearsal. Others get no such setting."""

_STOPS: dict[str, StopReason] = {
    "end_turn": "end",
    "stop_sequence": "end",
    "tool_use": "tools",
    "max_tokens": "max_tokens",
    "refusal": "refused",
}


def make(*, key: str, base_url: str, api_version: str, on_wire: OnWire, bridge: Bridge) -> Provider:
    """The provider. `api_version` is not used: the SDK sends the one that it was made for."""
    del api_version
    return Anthropic(Service(name=NAME, base_url=base_url or BASE_URL, key=key), on_wire, bridge)


class Anthropic(Remote["AsyncAnthropic"]):
    """See `base.Provider`."""

    async def chunks(self, request: Request) -> AsyncGenerator[Chunk]:
        """The answer as it comes, from the raw events of the stream."""
        payload, prefix = _payload(request, self.tools.of(request.tools, _tools))
        stream = await self.client().messages.create(
            **cast(Any, payload), max_tokens=request.model.max_output_tokens, stream=True
        )
        reply = _Reply(service=self.service, prefix=prefix)
        async with stream, aclosing(watched(stream, self.service)) as events:
            async for event in events:
                for chunk in reply.take(event):
                    yield chunk
                if reply.ended:
                    break
        yield reply.done(request)

    async def counted(self, request: Request) -> int:
        """By the service's own count."""
        payload, _ = _payload(request, self.tools.of(request.tools, _tools))
        counted = await self.client().messages.count_tokens(**cast(Any, payload))
        return tokens(counted.input_tokens)

    async def listed(self) -> tuple[ModelInfo, ...]:
        """The first thousand; there are some twenty. Retired ones are among them."""
        page = await self.client().models.list(limit=1000)
        return tuple(
            ModelInfo(
                name=model.id,
                window=tokens(model.max_input_tokens) or None,
                max_output=tokens(model.max_tokens) or None,
                # Another server that speaks this protocol leaves out what it does not know.
                lifecycle=getattr(model, "lifecycle", None) or "active",
                retires=str(getattr(model, "retires_at", None) or "")[:10],
            )
            for model in page.data
        )

    def error(self, error: Exception) -> CopilotError | None:
        """See `Remote.error`."""
        from anthropic import APIStatusError

        return _status_error(self.service, error) if isinstance(error, APIStatusError) else None

    def connect(self, wire: WireClient) -> "AsyncAnthropic":
        """Key and address are always said, so that the SDK looks for neither in the environment."""
        from anthropic import AsyncAnthropic

        key, base_url = self.service.key, self.service.base_url
        return AsyncAnthropic(api_key=key, base_url=base_url, max_retries=0, http_client=wire)


# Build request


def _payload(request: Request, tools: list[Json]) -> tuple[Json, str]:
    """The request without `max_tokens`, and the hash that thinking in its answer is bound to."""
    system, model = clean(request.system), request.model.model
    bare = [{k: v for k, v in tool.items() if k != "cache_control"} for tool in tools]
    turns = Turns("content", hashed=[model, system, bare])
    for message in in_words(request.messages, lambda message: offered(message, request.tools)):
        prefix = turns.prefix() if message.role == "assistant" else ""
        blocks = [found for part in message.parts if (found := _block(part, message, model, prefix))]
        # Thinking that led to nothing (a call cut off) is no message of its own.
        said = [block for block in blocks if "thinking" not in str(block["type"])]
        turns.add("assistant" if message.role == "assistant" else "user", blocks if said else [])
    prefix = turns.prefix()
    mark(turns.sent, EPHEMERAL)
    payload: Json = {"model": model, "messages": cast(JsonValue, turns.sent)}
    if system.strip():
        payload["system"] = [{"type": "text", "text": system, "cache_control": EPHEMERAL}]
    if tools:
        payload["tools"] = cast(JsonValue, tools)
    if _THINKS.match(model):
        payload["thinking"] = {"type": "adaptive", "display": "summarized"}
    return payload, prefix


def _tools(specs: tuple[ToolSpec, ...]) -> list[Json]:
    tools: list[Json] = [
        {"name": spec.name, "description": spec.description, "input_schema": dict(spec.parameters)}
        for spec in specs
    ]
    if tools:
        tools[-1]["cache_control"] = EPHEMERAL
    return tools


def _block(part: Part, message: Message, model: str, prefix: str) -> Json | None:
    match part:
        case Text():
            return _text_block(part.text)
        case Thinking():
            data = own_data(message, part, NAME, model)
            return _thinking_block(part, data) if data and data.get("prefix") == prefix else None
        case ToolCall():
            call_id, given = sent_id(part.call_id), dict(part.arguments)
            return {"type": "tool_use", "id": call_id, "name": part.name, "input": given}
        case ToolResult():
            told: Json = {"type": "tool_result", "tool_use_id": sent_id(part.call_id)}
            return {
                **told,
                "content": clean(part.output),
                **({"is_error": True} if part.status in FAILED else {}),
            }
        case FileRefresh():
            return _text_block(part.text)
        case Summary():
            return _text_block(part.told)
        case _:
            assert_never(part)


def _text_block(text: str) -> Json | None:
    # The service refuses text that is empty or all space.
    return {"type": "text", "text": clean(text)} if text.strip() else None


def _thinking_block(part: Thinking, data: ProviderData) -> Json:
    if data.get("type") == "redacted_thinking":
        return {"type": "redacted_thinking", "data": data.get("data")}
    return {"type": "thinking", "thinking": part.text, "signature": data.get("signature")}


# Read stream


@dataclass(slots=True)
class _Block:
    """One content block while it grows. `kind` is the service's word; `text` is text, thinking or JSON."""

    kind: str
    call_id: str = ""
    name: str = ""
    given: JsonValue = None
    text: str = ""
    signature: str = ""
    closed: bool = False


@dataclass(slots=True, kw_only=True)
class _Reply:
    """The answer, put together by block number, so that an event sent twice changes nothing."""

    service: Service
    prefix: str
    blocks: dict[int, _Block] = field(default_factory=dict[int, _Block])
    counts: dict[str, object] = field(default_factory=dict[str, object])
    stop: str = ""
    detail: str = ""
    ended: bool = False

    def take(self, event: "RawMessageStreamEvent") -> Iterator[Chunk]:
        """Take one event in; give what of it can be shown."""
        match event.type:
            case "message_start":
                self.counts |= _counts(event.message.usage)
            case "content_block_start":
                self.blocks.setdefault(event.index, _begun(event.content_block))
            case "content_block_delta":
                block = self.blocks[event.index]
                if not block.closed:
                    yield from _grow(block, event.delta)
            case "content_block_stop":
                self.blocks[event.index].closed = True
            case "message_delta":
                self.counts |= _counts(event.usage)
                self.stop = event.delta.stop_reason or self.stop
                self.detail = _refusal(event.delta) or self.detail
            case "message_stop":
                self.ended = True

    def done(self, request: Request) -> Done:
        """The whole answer. Raises TruncatedError where the stream ended before its closing event."""
        if not self.ended or not self.stop:
            raise TruncatedError(self.service.cannot("the answer broke off before its end"))
        if self.stop == "model_context_window_exceeded":
            raise ContextTooLongError(self.service.says("the answer reached the end of the model's window"))
        found = [part for _, block in sorted(self.blocks.items()) if (part := self._part(block))]
        detail = f"{self.stop}: {self.detail}" if self.detail else self.stop
        return finished(found, request.messages, _STOPS.get(self.stop, "other"), detail, self._usage())

    def _part(self, block: _Block) -> Part | None:
        match block.kind:
            case "text":
                return Text(text=block.text) if block.text else None
            case "thinking":
                data = {"type": "thinking", "signature": block.signature, "prefix": self.prefix}
                return Thinking(text=block.text, provider_data=data if block.signature else None)
            case "redacted_thinking":
                data = {"type": "redacted_thinking", "data": block.signature, "prefix": self.prefix}
                return Thinking(text="", provider_data=data)
            case "tool_use":
                given, raw = arguments(block.text or compact(block.given or {}))
                return ToolCall(call_id=block.call_id, name=block.name, arguments=given, raw=raw)
            case _:
                return None

    def _usage(self) -> Usage:
        read = tokens(self.counts.get("cache_read_input_tokens"))
        write = tokens(self.counts.get("cache_creation_input_tokens"))
        return Usage(
            # The service counts only what was neither read from nor written to the cache.
            input_tokens=tokens(self.counts.get("input_tokens")) + read + write,
            output_tokens=tokens(self.counts.get("output_tokens")),
            cache_read_tokens=read,
            cache_write_tokens=write,
            thinking_tokens=tokens(inside(self.counts, "output_tokens_details", "thinking_tokens")),
        )


def _begun(block: Any) -> _Block:
    def word(name: str) -> str:
        return clean(getattr(block, name, None) or "")

    return _Block(
        kind=block.type,
        call_id=word("id"),
        name=word("name"),
        given=getattr(block, "input", None),
        text=word("text") or word("thinking"),
        signature=word("signature") or word("data"),
    )


def _grow(block: _Block, delta: "RawContentBlockDelta") -> Iterator[Chunk]:
    match delta.type:
        case "text_delta":
            block.text += clean(delta.text)
            yield TextChunk(text=clean(delta.text))
        case "thinking_delta":
            block.text += clean(delta.thinking)
            yield ThinkingChunk(text=clean(delta.thinking))
        case "signature_delta":
            block.signature = delta.signature
        case "input_json_delta":
            block.text += delta.partial_json
        case _:
            pass  # citations, and kinds to come


def _counts(usage: Any) -> dict[str, object]:
    return {name: count for name, count in usage.to_dict().items() if count is not None}


def _refusal(delta: Any) -> str:
    details = getattr(delta, "stop_details", None)
    return ", ".join(word for name in ("category", "explanation") if (word := getattr(details, name, "")))


# Map errors


def _status_error(service: Service, error: "APIStatusError") -> ProviderError:
    # An error inside a stream has HTTP status 200: the type in the body says what it is.
    kind = str(inside(error.body, "error", "type"))
    words = str(inside(error.body, "error", "message") or error.message)
    code = str(inside(error.body, "error", "details", "error_code"))
    request_id = error.request_id or str(inside(error.body, "request_id") or "")
    message = service.says(words, error.status_code)
    if "spend_limit" in code or kind == "billing_error":
        return QuotaError(message, request_id=request_id)
    if "prompt is too long" in words or kind == "request_too_large":
        return ContextTooLongError(message, request_id=request_id)
    status = _STATUSES.get(kind, error.status_code)
    return by_status(service, status, words, headers=error.response.headers, request_id=request_id)


_STATUSES = {
    "authentication_error": 401,
    "permission_error": 403,
    "not_found_error": 404,
    "rate_limit_error": 429,
    "api_error": 500,
    "timeout_error": 504,
    "overloaded_error": 529,
    "invalid_request_error": 400,
}

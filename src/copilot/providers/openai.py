"""OpenAI's Responses API through its own SDK: build request, read stream, map errors, list models.

Nothing is stored on the service's side: every request carries the whole branch, reasoning in encrypted form
included.
"""

import re
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from typing import TYPE_CHECKING, Any, assert_never, cast

from copilot.providers.attached import filled, held
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
from copilot.providers.batches import OpenAIBatches
from copilot.providers.bridge import Bridge
from copilot.providers.failures import Service, by_code, by_words
from copilot.providers.lazy_sdk import load_lazily
from copilot.providers.parts import (
    Json,
    arguments,
    checked,
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
from copilot.providers.watching import watched
from copilot.vocabulary.errors import CopilotError, TruncatedError
from copilot.vocabulary.frozen import field, mutable
from copilot.vocabulary.messages import (
    Attachment,
    FileRefresh,
    JsonValue,
    Message,
    Opaque,
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
    from openai import OpenAI as Client
    from openai import Stream
    from openai.types.responses import Response, ResponseStreamEvent

    from copilot.providers.wire import WireClient

NAME = "openai"
BASE_URL = "https://api.openai.com/v1"

_LATE = ("openai", "openai.types", "openai.types.responses")
"""Packages of the SDK that gather modules which a streamed answer does not need."""

_USED = ("openai._client", "openai.types.responses.response", "openai.types.responses.response_stream_event")
"""Its modules that a streamed answer does need."""

_REASONS = re.compile(r"gpt-([5-9]|\d\d)|o\d")
"""Names that take reasoning settings."""

_REASONS_NOT = re.compile(r"gpt-[34]|chatgpt")
"""Names that refuse to be asked for encrypted reasoning."""

_INCOMPLETE: dict[str, StopReason] = {"max_output_tokens": "max_tokens", "content_filter": "refused"}


def make(*, key: str, base_url: str, api_version: str, on_wire: OnWire, bridge: Bridge) -> Provider:
    """The provider. `api_version` is not used: the version is part of the base URL."""
    del api_version
    return OpenAI(Service(name=NAME, base_url=base_url or BASE_URL, key=key), on_wire, bridge)


class OpenAI(Remote["Client"]):
    """See `base.Provider`."""

    sdk = "openai"
    _summaries = True

    def chunks(self, request: Request) -> Generator[Chunk]:
        """The answer as it comes, from the events of the stream."""
        payload = _payload(request, self.tools.of(request.tools, _tools))
        stream = self._begin(payload, request)
        reply = _Reply(service=self.service)
        with stream, closing(watched(stream, self.service, request.patience)) as events:
            for event in events:
                yield from reply.take(event)
                if reply.final is not None:
                    break
        yield reply.done(request)

    def counted(self, request: Request) -> int:
        """By the service's own count."""
        payload = _payload(request, self.tools.of(request.tools, _tools))
        counting = {k: payload[k] for k in ("model", "input", "instructions", "tools") if k in payload}
        counted = self.client().responses.input_tokens.count(**cast(Any, counting))
        return tokens(counted.input_tokens)

    def listed(self) -> tuple[ModelInfo, ...]:
        """In the service's order; it tells names and nothing of their limits."""
        page = self.client().models.list()
        return tuple(ModelInfo(name=model.id) for model in page.data)

    def batches(self) -> OpenAIBatches:
        """See `Remote.batches`."""
        return OpenAIBatches(self.client(), lambda one: _payload(one, []))

    def error(self, error: Exception) -> CopilotError | None:
        """See `Remote.error`."""
        if not self.is_loaded:
            return None
        from openai import APIConnectionError, APIError

        known = isinstance(error, APIError) and not isinstance(error, APIConnectionError)
        return by_code(self.service, error) if known else None

    def load(self) -> None:
        """See `Remote.load`."""
        load_lazily(_LATE, _USED)

    def connect(self, wire: "WireClient") -> "Client":
        """Key and address are always said, so that the SDK looks for neither in the environment."""
        self.load()
        from openai import OpenAI as Client

        return Client(
            api_key=self.service.key,
            admin_api_key="",
            organization="",  # None would be looked up, and sent to whatever server this is
            project="",
            webhook_secret="",
            base_url=self.service.base_url,
            max_retries=0,
            http_client=wire,
        )

    def _begin(self, payload: Json, request: Request) -> "Stream[ResponseStreamEvent]":
        payload = {**payload, "max_output_tokens": request.model.max_output_tokens, "stream": True}
        if not self._summaries or not _REASONS.match(request.model.model):
            return self._posted(payload)
        try:
            return self._posted({**payload, "reasoning": {"summary": "auto"}})
        except Exception as error:
            # Summaries are for organizations that proved who they are; the answer itself is for all.
            if getattr(error, "status_code", 0) != 400 or "reasoning" not in str(getattr(error, "param", "")):
                raise
            self._summaries = False
        return self._posted(payload)

    def _posted(self, payload: Json) -> "Stream[ResponseStreamEvent]":
        """As the SDK's `responses.create`, for a body that is serialised already."""
        body = compact(payload).encode()
        answer = self.opened("responses", body)
        client = self.client()
        from openai import Stream
        from openai.types.responses import Response as Answer
        from openai.types.responses import ResponseStreamEvent

        if answer is not None:
            return Stream(cast_to=cast(Any, ResponseStreamEvent), response=answer, client=client)
        return client.post(
            "/responses",
            content=body,
            cast_to=Answer,
            stream=True,
            stream_cls=Stream[ResponseStreamEvent],
            options={"headers": {"Content-Type": "application/json"}, "security": {"bearer_auth": True}},
        )


# Build request


def _payload(request: Request, tools: list[Json]) -> Json:
    items: list[Json] = []
    model = request.model.model
    for message in in_words(request.messages, offered(request.tools)):
        _add(items, message, model)
    payload: Json = {"model": model, "input": cast(JsonValue, filled(items, request)), "store": False}
    if request.system.strip():
        payload["instructions"] = clean(request.system)
    if tools:
        payload["tools"] = cast(JsonValue, tools)
    if not _REASONS_NOT.match(request.model.model):
        payload["include"] = ["reasoning.encrypted_content"]
    if request.cache_key:
        payload["prompt_cache_key"] = request.cache_key
    return payload


def _tools(specs: tuple[ToolSpec, ...]) -> list[Json]:
    return [
        {
            "type": "function",
            "name": spec.name,
            "description": spec.description,
            "parameters": dict(spec.parameters),
            "strict": False,  # strict schemas know no optional arguments
        }
        for spec in specs
    ]


def _add(items: list[Json], message: Message, model: str) -> None:
    """Append the message's items; what a user says twice in a row is one message."""
    thought = False
    for number, part in enumerate(message.parts):
        match part:
            case Text() if message.role == "assistant":
                if part.text.strip():
                    items.append(_said(part, own_data(message, part, NAME, model), thought))
            case Text() | FileRefresh() | Summary() | Attachment():
                _add_user(items, part)
            case Thinking() | Opaque():
                echoed = _echo(items, part, own_data(message, part, NAME, model), message.parts[number + 1 :])
                thought |= echoed and isinstance(part, Thinking)
            case ToolCall():
                items.append(_called(part, own_data(message, part, NAME, model), thought))
            case ToolResult():
                output = {"type": "function_call_output", "output": clean(part.output)}
                items.append({**output, "call_id": sent_id(part.call_id)})
            case _:
                assert_never(part)


def _echo(
    items: list[Json], part: Thinking | Opaque, data: ProviderData | None, after: Sequence[Part]
) -> bool:
    """Send back word for word what only this service can read; False where it stays out."""
    if not data:
        return False
    # Reasoning must be followed by what it led to.
    led = any(isinstance(later, (Text, ToolCall, Opaque)) for later in after)
    if isinstance(part, Thinking) and not (data.get("encrypted_content") and led):
        return False
    items.append(dict(data))
    return True


def _add_user(items: list[Json], part: Text | FileRefresh | Summary | Attachment) -> None:
    if not isinstance(part, Attachment):
        text = clean(part.told if isinstance(part, Summary) else part.text)
        block: Json = {"type": "input_text", "text": text}
        if not text.strip():
            return
    elif part.media_type == "application/pdf":
        block = {"type": "input_file", "filename": clean(part.name), "file_data": held(part, url=True)}
    else:
        block = {"type": "input_image", "image_url": held(part, url=True), "detail": "auto"}
    if items and items[-1].get("role") == "user":
        cast(list[Json], items[-1]["content"]).append(block)
    else:
        items.append({"type": "message", "role": "user", "content": [block]})


def _said(part: Text, data: ProviderData | None, thought: bool) -> Json:
    shell = {key: value for key in ("id", "phase") if data and (value := data.get(key))}
    if not thought:
        # An id ties the item to reasoning that is not sent with it: the service would miss it.
        shell.pop("id", None)
    if "id" not in shell:
        return {"type": "message", "role": "assistant", "content": clean(part.text), **shell}
    content: Json = {"type": "output_text", "text": part.text, "annotations": []}
    return {"type": "message", "role": "assistant", "status": "completed", "content": [content], **shell}


def _called(part: ToolCall, data: ProviderData | None, thought: bool) -> Json:
    # Words that are no JSON stay out: a server that parses them would refuse the branch for ever.
    given = compact(part.arguments)
    call: Json = {"type": "function_call", "call_id": sent_id(part.call_id), "name": part.name}
    call["arguments"] = str((data or {}).get("arguments") or given)
    if thought and data and data.get("id"):
        call["id"] = data["id"]
    return call


# Read stream


@mutable(kw_only=True)
class _Reply:
    """The answer: the closing event holds it whole; the items before serve where a server leaves it empty."""

    service: Service
    final: "Response | None" = None
    items: dict[int, Any] = field(default_factory=dict[int, Any])
    last: int = 0

    def take(self, event: "ResponseStreamEvent") -> Iterator[Chunk]:
        """Take one event in; give what of it can be shown. Raises the error that an event reports."""
        number = tokens(getattr(event, "sequence_number", 0))
        if 0 < number <= self.last:
            return  # sent twice
        self.last = number
        match event.type:
            case "response.output_text.delta" | "response.refusal.delta":
                yield TextChunk(text=clean(event.delta))
            case "response.reasoning_summary_text.delta" | "response.reasoning_text.delta":
                yield ThinkingChunk(text=clean(event.delta))
            case "response.reasoning_summary_part.added" if event.summary_index > 0:
                yield ThinkingChunk(text="\n\n")
            case "response.output_item.done":
                self.items[event.output_index] = event.item
            case "response.completed" | "response.incomplete" | "response.failed":
                self.final = event.response
            case "error":
                raise by_words(self.service, 0, event.code or "", event.message)
            case _:
                pass

    def done(self, request: Request) -> Done:
        """The whole answer. Raises TruncatedError without a closing event, or the error it reports."""
        final = self.final
        if final is None:
            raise TruncatedError(self.service.cannot("the answer broke off before its end"))
        if final.error is not None or final.status == "failed":
            code, words = inside(_json(final.error), "code"), inside(_json(final.error), "message")
            raise by_words(
                self.service, 0, str(code or ""), str(words or "the answer failed"), request_id=final.id
            )
        output = [_json(item) for item in final.output or [self.items[n] for n in sorted(self.items)]]
        parts = [part for item in output if (part := _part(item)) is not None]
        stop, detail = self._stop(final, output)
        return finished(parts, request.messages, stop, detail, _usage(final))

    def _stop(self, final: "Response", output: list[Json]) -> tuple[StopReason, str]:
        if final.status == "incomplete":
            reason = str(inside(_json(final.incomplete_details), "reason") or "incomplete")
            return _INCOMPLETE.get(reason, "other"), reason
        if final.status != "completed":
            return "other", str(final.status)
        if any(content.get("type") == "refusal" for item in output for content in _contents(item)):
            return "refused", "refusal"
        calls = any(item.get("type") == "function_call" for item in output)
        return ("tools", "completed") if calls else ("end", "completed")


def _part(item: Json) -> Part | None:
    match item.get("type"):
        case "reasoning":
            summary = cast(list[Json], item.get("summary") or item.get("content") or [])
            text = "\n\n".join(str(piece.get("text", "")) for piece in summary)
            return Thinking(text=clean(text), provider_data=item if item.get("encrypted_content") else None)
        case "message":
            text = "".join(str(c.get("text") or c.get("refusal") or "") for c in _contents(item))
            data = {key: item[key] for key in ("id", "phase") if item.get(key)}
            return Text(text=clean(text), provider_data=data or None) if text else None
        case "function_call":
            return _call(item)
        case kind:
            return Opaque(kind=clean(str(kind or "unknown")), provider_data=checked(item) if kind else None)


def _call(item: Json) -> ToolCall:
    words = str(item.get("arguments") or "")
    given, raw = arguments(words)
    data: Json = {"id": item["id"]} if item.get("id") else {}
    if raw is None and words != compact(given):
        data["arguments"] = words  # sent back to the letter: the cached prefix is made of letters
    call_id, name = clean(str(item.get("call_id") or "")), clean(str(item.get("name") or ""))
    return ToolCall(call_id=call_id, name=name, arguments=given, raw=raw, provider_data=data or None)


def _contents(item: Json) -> list[Json]:
    return cast(list[Json], item.get("content") or []) if item.get("type") == "message" else []


def _json(value: Any) -> Json:
    return cast(Json, value.to_dict()) if value is not None else {}


def _usage(final: "Response") -> Usage:
    usage = _json(final.usage)
    return Usage(
        input_tokens=tokens(usage.get("input_tokens")),
        output_tokens=tokens(usage.get("output_tokens")),
        cache_read_tokens=tokens(inside(usage, "input_tokens_details", "cached_tokens")),
        cache_write_tokens=tokens(inside(usage, "input_tokens_details", "cache_write_tokens")),
        thinking_tokens=tokens(inside(usage, "output_tokens_details", "reasoning_tokens")),
    )

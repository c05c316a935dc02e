"""Anthropic's Messages API through its own SDK: build request, read stream, map errors, list models.

Thinking is bound to the conversation before it. Each block carries the hash of what was sent when it came;
a block whose hash no longer fits what is being sent is left out, since the service would refuse the request.
"""

import re
from collections.abc import Generator, Mapping
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING, Any, assert_never, cast

from copilot.providers.anthropic_reply import Reply
from copilot.providers.attached import filled, held
from copilot.providers.base import (
    Chunk,
    OnWire,
    Provider,
    Request,
)
from copilot.providers.batches import AnthropicBatches
from copilot.providers.bridge import Bridge
from copilot.providers.cache_marks import Kind, kind_of, mark
from copilot.providers.failures import Service, by_status
from copilot.providers.lazy_sdk import load_lazily
from copilot.providers.parts import (
    FAILED,
    Json,
    compact,
    inside,
    offered,
    own_data,
    sent_id,
    tokens,
)
from copilot.providers.remote import Remote
from copilot.providers.turns import Conversation, Turns
from copilot.providers.watching import watched
from copilot.vocabulary.errors import (
    ContextTooLongError,
    CopilotError,
    ProviderError,
    QuotaError,
)
from copilot.vocabulary.frozen import frozen
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
from copilot.vocabulary.values import ModelInfo, ToolSpec

if TYPE_CHECKING:
    import httpx2
    from anthropic import Anthropic as Client
    from anthropic import APIStatusError

    from copilot.providers.wire import WireClient

NAME = "anthropic"
BASE_URL = "https://api.anthropic.com"
EPHEMERAL: Json = {"type": "ephemeral"}

_VERSION = "2026-10-21"
"""Of the API: the one that the SDK (2.11) was made for."""

_LATE = (
    "anthropic",
    "anthropic.types",
    "anthropic.types.shared",
    "anthropic.types.organization",
    "anthropic.types.beta",
    "anthropic.types.beta.organization",
    "anthropic.types.beta.sessions",
)
"""Packages of the SDK that gather 2,000 modules which a streamed answer does not need."""

_USED = ("anthropic._client", "anthropic.types.message")
"""Its modules that a streamed answer does need."""

_THINKS = re.compile(r"rehearsal$|claude-(?!3|2|instant|(opus|sonnet|haiku)-4(-[015])?(-20\d{6})?$)")
"""Names that take adaptive thinking: Claude 4.6 and later, and our rehearsal. Others get no such setting."""


def make(*, key: str, base_url: str, api_version: str, on_wire: OnWire, bridge: Bridge) -> Provider:
    """The provider. `api_version` is not used: the SDK sends the one that it was made for."""
    del api_version
    return Anthropic(Service(name=NAME, base_url=base_url or BASE_URL, key=key), on_wire, bridge)


class Anthropic(Remote["Client"]):
    """See `base.Provider`."""

    sdk = "anthropic"

    @property
    def identity(self) -> Mapping[str, str]:
        """See `Remote.identity`."""
        return {**super().identity, "anthropic-version": _VERSION}

    def chunks(self, request: Request) -> Generator[Chunk]:
        """The answer as it comes, from the raw events of the stream."""
        made = _payload(request, self.tools.of(request.tools, _tools))
        body = made.body(max_tokens=request.model.max_output_tokens, stream=True)
        answer = self._posted(body)
        reply = Reply(service=self.service, prefix=made.prefix)
        with closing(answer), closing(watched(_events(answer), self.service, request.patience)) as events:
            for event in events:
                yield from reply.take(event)
                if reply.ended:
                    break
        yield reply.done(request)

    def counted(self, request: Request) -> int:
        """By the service's own count."""
        made = _payload(request, self.tools.of(request.tools, _tools))
        counted = self.client().messages.count_tokens(**cast(Any, made.fields))
        return tokens(counted.input_tokens)

    def listed(self) -> tuple[ModelInfo, ...]:
        """The first thousand; there are some twenty. Retired ones are among them."""
        page = self.client().models.list(limit=1000)
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

    def batches(self) -> AnthropicBatches:
        """See `Remote.batches`."""

        def body(request: Request) -> Json:
            made = _payload(request, self.tools.of(request.tools, _tools))
            return {**made.fields, "max_tokens": request.model.max_output_tokens}

        return AnthropicBatches(self.client(), body)

    def _posted(self, body: bytes) -> "httpx2.Response":
        """As the SDK's `messages.create`, for a body that is serialised already; the answer's stream."""
        answer = self.opened("v1/messages", body)
        client = self.client()
        if answer is not None:
            return answer
        from anthropic import Stream
        from anthropic.types import Message as Answer

        stream: Stream[object] = client.post(
            "/v1/messages",
            content=body,
            cast_to=Answer,
            stream=True,
            stream_cls=Stream[object],
            options={"headers": {"Content-Type": "application/json"}},
        )
        return stream.response

    def error(self, error: Exception) -> CopilotError | None:
        """See `Remote.error`."""
        if not self.is_loaded:
            return None
        from anthropic import APIStatusError

        return _status_error(self.service, error) if isinstance(error, APIStatusError) else None

    def load(self) -> None:
        """See `Remote.load`."""
        load_lazily(_LATE, _USED)

    def connect(self, wire: "WireClient") -> "Client":
        """Key and address are always said, so that the SDK looks for neither in the environment."""
        self.load()
        from anthropic import Anthropic as Client

        key, base_url = self.service.key, self.service.base_url
        return Client(api_key=key, base_url=base_url, max_retries=0, http_client=wire)


# Build request


@frozen
class _Payload:
    """The request without `max_tokens`, and the hash that thinking in its answer is bound to.

    `texts` is the JSON of fields that need not be written again.
    """

    fields: Json
    prefix: str
    texts: Mapping[str, str]

    def body(self, **more: JsonValue) -> bytes:
        """All of it with more fields, as `compact` writes it; the messages last, as they alone change."""
        told = {name: self.texts.get(name) or compact(value) for name, value in self.fields.items()}
        messages = told.pop("messages")
        told |= {name: compact(value) for name, value in more.items()}
        told["messages"] = messages
        return f"{{{','.join(f'{compact(name)}:{text}' for name, text in told.items())}}}".encode()


class _Known(Conversation):
    """What a turn's newest request was made of, and the JSON of what comes before its messages."""

    def __init__(self, request: Request, system: str, tools: list[Json]) -> None:
        model = request.model.model
        bare = [{k: v for k, v in tool.items() if k != "cache_control"} for tool in tools]
        turns = Turns("content", hashed=[model, system, bare])
        super().__init__((model, system, tools), turns, offered(request.tools))
        self.kinds: list[Kind] = []
        self.fixed: Json = {}
        if system.strip():
            self.fixed["system"] = [{"type": "text", "text": system, "cache_control": EPHEMERAL}]
        if tools:
            self.fixed["tools"] = cast(JsonValue, tools)
        self.texts = {name: compact(value) for name, value in self.fixed.items()}

    def marked(self, kept: int) -> dict[int, Json]:
        """The messages in which a cache mark stands, by number; the kinds of the first `kept` blocks hold."""
        turns = self.turns
        del self.kinds[kept:]
        for number, place in turns.places[len(self.kinds) :]:
            message = turns.sent[number]
            self.kinds.append(kind_of(str(message["role"]), cast(list[Json], message["content"])[place]))
        return mark(turns.sent, turns.places, self.kinds, EPHEMERAL)


def _payload(request: Request, tools: list[Json]) -> _Payload:
    system, model = clean(request.system), request.model.model
    known = request.grown.made
    if not isinstance(known, _Known) or known.key != (model, system, tools):
        known = request.grown.made = _Known(request, system, tools)
    kept = known.take(request.messages, partial(_blocks, model))
    turns, marked = known.turns, known.marked(kept)
    sent = [marked.get(number, message) for number, message in enumerate(turns.sent)]
    whole = filled(sent, request)
    payload: Json = {"model": model, "messages": cast(JsonValue, whole), **known.fixed}
    if _THINKS.match(model):
        payload["thinking"] = {"type": "adaptive", "display": "summarized"}
    prefix, texts = turns.prefix(), known.texts
    if whole is sent:  # no attachments, whose base64 is not kept
        written = turns.texts()
        for number, message in marked.items():
            written[number] = compact(message)
        texts = {**texts, "messages": f"[{','.join(written)}]"}
    return _Payload(fields=payload, prefix=prefix, texts=texts)


def _blocks(model: str, message: Message, before: Turns) -> tuple[list[Json], str]:
    """The message's blocks, and their JSON with commas between."""
    prefix = before.prefix() if any(isinstance(part, Thinking) for part in message.parts) else ""
    blocks = [found for part in message.parts if (found := _block(part, message, model, prefix))]
    # Thinking that led to nothing (a call cut off) is no message of its own.
    if all("thinking" in str(block["type"]) for block in blocks):
        return [], ""
    return blocks, ",".join(map(compact, blocks))


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
        case Opaque():
            data = own_data(message, part, NAME, model)
            return dict(data) if data else None
        case Summary():
            return _text_block(part.told)
        case Attachment():
            return _attached(part)
        case _:
            assert_never(part)


def _attached(part: Attachment) -> Json:
    source: Json = {"type": "base64", "media_type": part.media_type, "data": held(part)}
    if part.media_type == "application/pdf":
        return {"type": "document", "source": source, "title": clean(part.name)}
    return {"type": "image", "source": source}


def _text_block(text: str) -> Json | None:
    # The service refuses text that is empty or all space.
    return {"type": "text", "text": clean(text)} if text.strip() else None


def _thinking_block(part: Thinking, data: ProviderData) -> Json:
    if data.get("type") == "redacted_thinking":
        return {"type": "redacted_thinking", "data": data.get("data")}
    return {"type": "thinking", "thinking": part.text, "signature": data.get("signature")}


# Read stream


def _events(answer: "httpx2.Response") -> Generator[Any]:
    """Each event as its JSON was: models of them would take longer than all else that the SDK does."""
    from anthropic import Stream

    for event in Stream.raw_events(answer):
        name, data = event.event, event.data
        if name == "error":
            try:
                body: object = event.json()
            except ValueError:
                body = data
            from anthropic import APIStatusError

            raise APIStatusError(str(body), response=answer, body=body)
        if name is not None and name != "ping" and data:
            yield event.json()


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

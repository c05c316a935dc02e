"""Chat Completions at a base URL: Ollama, llama.cpp, LM Studio, vLLM and whoever speaks the same.

Build request, read stream, map errors, list models. No key is needed. The servers differ in what they leave
out: call numbers, call ids, the right finish reason. What they say is read as what they must have meant.
"""

from collections.abc import Generator, Iterator
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
from copilot.providers.bridge import Bridge
from copilot.providers.call import current
from copilot.providers.early import LOCAL_READ_SECONDS
from copilot.providers.failures import Service, by_code
from copilot.providers.lazy_sdk import load_lazily
from copilot.providers.local_window import with_windows
from copilot.providers.parts import (
    Json,
    arguments,
    compact,
    finished,
    in_words,
    inside,
    offered,
    sent_id,
    tokens,
)
from copilot.providers.remote import Remote
from copilot.providers.watching import watched
from copilot.tokens.estimator import estimate
from copilot.vocabulary.errors import BadRequestError, CopilotError, TruncatedError
from copilot.vocabulary.frozen import field, mutable
from copilot.vocabulary.messages import (
    Attachment,
    FileRefresh,
    JsonValue,
    Message,
    Opaque,
    Part,
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
    from openai.types.chat import ChatCompletionChunk

    from copilot.providers.wire import WireClient

NAME = "compatible"
BASE_URL = "http://127.0.0.1:11434/v1"

_LATE = ("openai", "openai.types", "openai.types.chat", "openai.types.responses")
"""Packages of the SDK that gather modules which a streamed answer does not need."""

_USED = ("openai._client", "openai.types.chat.chat_completion", "openai.types.chat.chat_completion_chunk")
"""Its modules that a streamed answer does need."""

_STOPS: dict[str, StopReason] = {
    "stop": "end",
    "tool_calls": "tools",
    "function_call": "tools",
    "length": "max_tokens",
    "content_filter": "refused",
}


def make(*, key: str, base_url: str, api_version: str, on_wire: OnWire, bridge: Bridge) -> Provider:
    """The provider. `api_version` is not used: the version is part of the base URL."""
    del api_version
    return Compatible(Service(name=NAME, base_url=base_url or BASE_URL, key=key), on_wire, bridge)


class Compatible(Remote["Client"]):
    """See `base.Provider`."""

    sdk = "openai"
    needs_key = False
    read_seconds = LOCAL_READ_SECONDS
    _first = ""

    def chunks(self, request: Request) -> Generator[Chunk]:
        """The answer as it comes."""
        payload = _payload(request, self._model(request), self.tools.of(request.tools, _tools))
        stream = self._posted({**payload, "stream": True, "stream_options": {"include_usage": True}})
        reply = _Reply(service=self.service)
        with stream, closing(watched(stream, self.service, request.patience)) as pieces:
            for piece in pieces:
                yield from reply.take(piece)
        yield reply.done(request)

    def _posted(self, payload: Json) -> "Stream[ChatCompletionChunk]":
        """As the SDK's `chat.completions.create`, for a body that is serialised already."""
        body = compact(payload).encode()
        answer = self.opened("chat/completions", body)
        client = self.client()
        from openai import Stream
        from openai.types.chat import ChatCompletion, ChatCompletionChunk

        if answer is not None:
            return Stream(cast_to=ChatCompletionChunk, response=answer, client=client)
        return client.post(
            "/chat/completions",
            content=body,
            cast_to=ChatCompletion,
            stream=True,
            stream_cls=Stream[ChatCompletionChunk],
            options={"headers": {"Content-Type": "application/json"}, "security": {"bearer_auth": True}},
        )

    def counted(self, request: Request) -> int:
        """An estimate: these servers have no common way to count."""
        model = self._model(request)
        payload = _payload(request, model, self.tools.of(request.tools, _tools))
        return estimate(compact(payload), provider=NAME, model=model)

    def listed(self) -> tuple[ModelInfo, ...]:
        """In the server's order; the first is the one that answers where nobody named one."""
        entries = self._entries()
        if entries is None:
            page = self.client().models.list()
            entries = [cast(Json, model.to_dict()) for model in page.data]
        return with_windows(entries, self.service.base_url, self.get)

    def _entries(self) -> list[Json] | None:
        """The server's list where the SDK need not be loaded for it; None where the SDK has to say."""
        if self.is_loaded:
            return None
        try:
            data = inside(self.get(f"{self.service.base_url.rstrip('/')}/models"), "data")
        except ValueError:
            return None
        listed = cast(list[Any], data) if isinstance(data, list) else None
        return listed if listed is not None and all(isinstance(entry, dict) for entry in listed) else None

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
        """The SDK wants some key; where there is none no authorization is sent (see `identity`)."""
        self.load()
        from openai import OpenAI as Client

        return Client(
            api_key=self.service.key or "none",
            admin_api_key="",
            organization="",  # None would be looked up, and sent to whatever server this is
            project="",
            webhook_secret="",
            base_url=self.service.base_url,
            max_retries=0,
            http_client=wire,
        )

    def _model(self, request: Request) -> str:
        if request.model.model:
            return request.model.model
        if not self._first:
            if current().held:
                hint = "Name a model, or send a message first: the server is asked then."
                raise BadRequestError(self.service.cannot("no model was named"), hint)
            models = self.listed()
            if not models:
                hint = "Load a model in the server, or name one with --model."
                raise BadRequestError(self.service.cannot("the server lists no model"), hint)
            self._first = models[0].name
        return self._first


# Build request


def _payload(request: Request, model: str, tools: list[Json]) -> Json:
    # The output limit is left to the server: one that has a small window refuses a large number.
    messages: list[Json] = []
    if request.system.strip():
        messages.append({"role": "system", "content": clean(request.system)})
    for message in in_words(request.messages, offered(request.tools)):
        _add(messages, message)
    payload: Json = {"model": model, "messages": cast(JsonValue, filled(messages, request))}
    if tools:
        payload["tools"] = cast(JsonValue, tools)
    return payload


def _tools(specs: tuple[ToolSpec, ...]) -> list[Json]:
    return [
        {
            "type": "function",
            "function": {
                "name": spec.name,
                "description": spec.description,
                "parameters": dict(spec.parameters),
            },
        }
        for spec in specs
    ]


def _add(messages: list[Json], message: Message) -> None:
    """Append the message; neighbours of one role become one, for templates that want roles to take turns."""
    if message.role == "assistant":
        _add_reply(messages, message)
        return
    for part in message.parts:
        match part:
            case Text():
                _add_text(messages, "user", clean(part.text))
            case Summary():
                _add_text(messages, "user", clean(part.told))
            case ToolResult():
                told: Json = {"role": "tool", "tool_call_id": sent_id(part.call_id)}
                messages.append({**told, "content": clean(part.output)})
            case FileRefresh():
                # Beside the results: a user message between tool and assistant breaks some templates.
                role = "tool" if messages and messages[-1]["role"] == "tool" else "user"
                _add_text(messages, role, clean(part.text))
            case Attachment():
                _add_attached(messages, part)
            case Thinking() | ToolCall() | Opaque():
                pass  # a model's own, never in these messages
            case _:
                assert_never(part)


def _add_text(messages: list[Json], role: str, text: str) -> None:
    if not text.strip():
        return
    if not messages or messages[-1]["role"] != role:
        messages.append({"role": role, "content": text})
    elif isinstance(blocks := messages[-1]["content"], list):
        blocks.append({"type": "text", "text": text})
    else:
        messages[-1]["content"] = f"{blocks or ''}\n\n{text}".lstrip("\n")


def _add_attached(messages: list[Json], part: Attachment) -> None:
    """A message with an attachment is a list of blocks; all others stay plain text."""
    block: Json = {"type": "image_url", "image_url": {"url": held(part, url=True)}}
    if part.media_type == "application/pdf":
        block = {"type": "file", "file": {"filename": clean(part.name), "file_data": held(part, url=True)}}
    if not messages or messages[-1]["role"] != "user":
        messages.append({"role": "user", "content": [block]})
    elif isinstance(blocks := messages[-1]["content"], list):
        blocks.append(block)
    else:
        messages[-1]["content"] = [{"type": "text", "text": blocks}, block]


def _add_reply(messages: list[Json], message: Message) -> None:
    _add_text(messages, "assistant", clean(message.text))
    calls: list[Json] = [
        {
            "id": sent_id(call.call_id),
            "type": "function",
            "function": {"name": call.name, "arguments": compact(call.arguments)},
        }
        for call in message.calls
    ]
    if not calls:
        return
    if not messages or messages[-1]["role"] != "assistant":
        messages.append({"role": "assistant", "content": None})
    cast(list[Json], messages[-1].setdefault("tool_calls", [])).extend(calls)


# Read stream


@mutable
class _Call:
    """One tool call while its pieces come in."""

    number: object
    call_id: str = ""
    name: str = ""
    words: str = ""


@mutable(kw_only=True)
class _Reply:
    """The answer while it grows."""

    service: Service
    text: str = ""
    thinking: str = ""
    refused: bool = False
    calls: list[_Call] = field(default_factory=list[_Call])
    finish: str = ""
    usage: Json = field(default_factory=dict[str, JsonValue])

    def take(self, piece: "ChatCompletionChunk") -> Iterator[Chunk]:
        """Take one piece in; give what of it can be shown."""
        if piece.usage is not None:
            self.usage = cast(Json, piece.usage.to_dict())
        for choice in (piece.choices or [])[:1]:
            self.finish = choice.finish_reason or self.finish
            delta = cast(Any, choice.delta)
            if delta is None:
                continue
            thinking = getattr(delta, "reasoning_content", None) or getattr(delta, "reasoning", None)
            if isinstance(thinking, str):
                self.thinking += clean(thinking)
                yield ThinkingChunk(text=clean(thinking))
            if refusal := clean(getattr(delta, "refusal", None) or ""):
                self.refused = True
                self.text += refusal
                yield TextChunk(text=refusal)
            if delta.content:
                self.text += clean(delta.content)
                yield TextChunk(text=clean(delta.content))
            for call in cast(list[Any], delta.tool_calls or []):
                self._take_call(call)

    def _take_call(self, piece: Any) -> None:
        name = getattr(piece.function, "name", None) or ""
        words = getattr(piece.function, "arguments", None) or ""
        call = self._call_of(piece, name)
        call.call_id = call.call_id or clean(piece.id or "")
        if name != call.name:  # some servers say the name again with every piece
            call.name += clean(name)
        call.words += words if isinstance(words, str) else compact(words)

    def _call_of(self, piece: Any, name: str) -> _Call:
        """The call that a piece belongs to: by number, or the last one where numbers are missing or all 0."""
        same = [call for call in self.calls if call.number == piece.index]
        known = same[-1] if same else None
        other_id = known is not None and bool(piece.id) and piece.id != known.call_id and bool(known.words)
        whole_again = known is not None and piece.index is None and bool(name)
        if known is None and piece.index is None and self.calls and not name:
            return self.calls[-1]
        if known is None or other_id or whole_again:
            self.calls.append(_Call(number=piece.index))
            return self.calls[-1]
        return known

    def done(self, request: Request) -> Done:
        """The whole answer. Raises TruncatedError where no finish reason came."""
        if not self.finish:
            raise TruncatedError(self.service.cannot("the answer broke off before its end"))
        parts: list[Part] = []
        if self.thinking:
            parts.append(Thinking(text=self.thinking))
        if self.text:
            parts.append(Text(text=self.text))
        for call in self.calls:
            given, raw = arguments(call.words)
            parts.append(ToolCall(call_id=call.call_id, name=call.name, arguments=given, raw=raw))
        stop = "refused" if self.refused else _STOPS.get(self.finish, "other")
        # Some servers finish with "stop" although they ask for tools.
        stop = "tools" if stop == "end" and self.calls else stop
        return finished(parts, request.messages, stop, self.finish, self._usage())

    def _usage(self) -> Usage:
        return Usage(
            input_tokens=tokens(self.usage.get("prompt_tokens")),
            output_tokens=tokens(self.usage.get("completion_tokens")),
            cache_read_tokens=tokens(inside(self.usage, "prompt_tokens_details", "cached_tokens")),
            thinking_tokens=tokens(inside(self.usage, "completion_tokens_details", "reasoning_tokens")),
        )

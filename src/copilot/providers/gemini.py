"""Gemini's generate content through Google's own SDK: build request, read stream, map errors, list models.

Every part of an answer goes back as it came, with its signature; the service refuses a call of its own
without one. Calls that another model made have none: such exchanges are told as plain text.
"""

import re
from base64 import b64decode, b64encode
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
from copilot.providers.failures import Service, by_status
from copilot.providers.parts import (
    FAILED,
    Json,
    Turns,
    checked,
    compact,
    finished,
    in_words,
    inside,
    offered,
    own_data,
    tokens,
)
from copilot.providers.remote import Remote
from copilot.providers.stream import watched
from copilot.providers.wire import WireClient
from copilot.vocabulary.errors import (
    AuthError,
    ContextTooLongError,
    CopilotError,
    ProviderError,
    QuotaError,
    RateLimitedError,
    RefusedError,
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
    from google.genai import Client
    from google.genai.types import GenerateContentResponse
    from google.genai.types import Part as SentPart

NAME = "gemini"
BASE_URL = "https://generativelanguage.googleapis.com"
API_VERSION = "v1"

_THINKS = re.compile(r"gemini-(?!1|2\.0)")
"""Names that can show their thoughts: Gemini 2.5 and later."""

_REFUSED = "SAFETY RECITATION BLOCKLIST PROHIBITED_CONTENT SPII MODEL_ARMOR IMAGE_SAFETY"
_STOPS: dict[str, StopReason] = {
    "STOP": "end",
    "MAX_TOKENS": "max_tokens",
    **cast("dict[str, StopReason]", dict.fromkeys(_REFUSED.split(), "refused")),
}


def make(*, key: str, base_url: str, api_version: str, on_wire: OnWire, bridge: Bridge) -> Provider:
    """The provider. `api_version` is the one in the path; "v1beta" has the fields still in preview."""
    service = Service(name=NAME, base_url=base_url or BASE_URL, key=key)
    return Gemini(service, on_wire, bridge, api_version or API_VERSION)


class Gemini(Remote["Client"]):
    """See `base.Provider`. The client is kept: the SDK closes it when nobody holds it any more."""

    def __init__(self, service: Service, on_wire: OnWire, bridge: Bridge, api_version: str) -> None:
        super().__init__(service, on_wire, bridge)
        self._api_version = api_version

    async def chunks(self, request: Request) -> AsyncGenerator[Chunk]:
        """The answer as it comes."""
        models = cast(Any, self.client().aio.models)
        stream = await models.generate_content_stream(
            model=request.model.model,
            contents=_contents(request),
            config=_config(request, self.tools.of(request.tools, _tools)),
        )
        reply = _Reply(service=self.service)
        async with aclosing(stream), aclosing(watched(stream, self.service)) as pieces:
            async for piece in pieces:
                for chunk in reply.take(piece):
                    yield chunk
        yield reply.done(request)

    async def counted(self, request: Request) -> int:
        """By the service's own count, system prompt and tools counted as text: it takes nothing else."""
        tools = compact(self.tools.of(request.tools, _tools))
        fixed = {"role": "user", "parts": [{"text": f"{clean(request.system)}\n{tools}"}]}
        models = cast(Any, self.client().aio.models)
        counted = await models.count_tokens(model=request.model.model, contents=[fixed, *_contents(request)])
        return tokens(counted.total_tokens)

    async def listed(self) -> tuple[ModelInfo, ...]:
        """Those that generate content, without the "models/" before each. It has no field for retirement."""
        found: list[ModelInfo] = []
        async for model in await self.client().aio.models.list():
            if "generateContent" in (model.supported_actions or ["generateContent"]):
                told = f"{model.display_name} {model.description}".lower()
                old = "deprecated" in told or "discontinued" in told
                found.append(
                    ModelInfo(
                        name=(model.name or "").removeprefix("models/"),
                        window=tokens(model.input_token_limit) or None,
                        max_output=tokens(model.output_token_limit) or None,
                        lifecycle="deprecated" if old else "active",
                    )
                )
        return tuple(found)

    def error(self, error: Exception) -> CopilotError | None:
        """See `Remote.error`."""
        from google.genai.errors import APIError

        return _api_error(self.service, error) if isinstance(error, APIError) else None

    def connect(self, wire: WireClient) -> "Client":
        """Key, address and version are always said, so that the SDK looks for none in the environment."""
        from google.genai import Client
        from google.genai.types import HttpOptions

        options = HttpOptions(
            base_url=self.service.base_url, api_version=self._api_version, httpx_async_client=wire
        )
        return Client(api_key=self.service.key, vertexai=False, http_options=options)

    async def disconnect(self, client: "Client") -> None:
        """The SDK makes a synchronous client as well."""
        client.close()


# Build request


def _config(request: Request, tools: list[Json]) -> Json:
    config: Json = {
        "max_output_tokens": request.model.max_output_tokens,
        "automatic_function_calling": {"disable": True},
        "automatic_continuation": False,
    }
    if request.system.strip():
        config["system_instruction"] = clean(request.system)
    if tools:
        config["tools"] = [{"function_declarations": cast(JsonValue, tools)}]
    if _THINKS.match(request.model.model):
        config["thinking_config"] = {"include_thoughts": True}
    return config


def _tools(specs: tuple[ToolSpec, ...]) -> list[Json]:
    return [
        {"name": spec.name, "description": spec.description, "parameters_json_schema": dict(spec.parameters)}
        for spec in specs
    ]


def _contents(request: Request) -> list[Any]:
    model = request.model.model

    def stays(message: Message) -> bool:
        own = all(own_data(message, call, NAME, model) is not None for call in message.calls)
        return own and offered(message, request.tools)

    turns = Turns("parts")
    own_ids: dict[str, Json] = {}
    for message in in_words(request.messages, stays):
        parts: list[Json] = []
        for part in message.parts:
            own = isinstance(part, Text | Thinking | ToolCall)
            _add(parts, part, own_data(message, part, NAME, model) if own else None, own_ids)
        turns.add("model" if message.role == "assistant" else "user", parts)
    return [_with_bytes(turn) for turn in turns.sent]


def _add(parts: list[Json], part: Part, data: ProviderData | None, own_ids: dict[str, Json]) -> None:
    match part:
        case Text():
            if part.text.strip() or data:
                parts.append({"text": clean(part.text), **_signed(data)})
        case Thinking():
            if data is not None:
                thought: Json = {"thought": True} if data.get("kind") == "thought" else {}
                parts.append({"text": part.text, **thought, **_signed(data)})
        case ToolCall():
            own_id = (data or {}).get("id")
            own_ids[part.call_id] = {"id": own_id} if own_id else {}
            given = cast(JsonValue, dict(part.arguments))
            call: Json = {"name": part.name, "args": given, **own_ids[part.call_id]}
            parts.append({"function_call": call, **_signed(data)})
        case ToolResult():
            said: Json = {"error" if part.status in FAILED else "output": clean(part.output)}
            told: Json = {"name": part.name, "response": said, **own_ids.get(part.call_id, {})}
            parts.append({"function_response": told})
        case Summary():
            parts.append({"text": clean(part.told)})
        case FileRefresh():
            _add_refresh(parts, clean(part.text).replace("[FILES UPDATED", "[SYSTEM: FILES UPDATED", 1))
        case _:
            assert_never(part)


def _add_refresh(parts: list[Json], text: str) -> None:
    response = inside(parts[-1], "function_response", "response") if parts else None
    if response is None:
        parts.append({"text": text})
        return
    for key in response:
        response[key] = f"{response[key]}\n\n{text}"


def _signed(data: ProviderData | None) -> Json:
    signature = (data or {}).get("signature")
    return {"thought_signature": signature} if signature else {}


def _with_bytes(turn: Json) -> Json:
    # Kept as base64, since provider data is JSON; the SDK wants the bytes.
    for part in cast(list[dict[str, Any]], turn["parts"]):
        if "thought_signature" in part:
            part["thought_signature"] = b64decode(part["thought_signature"])
    return turn


# Read stream


@dataclass(slots=True, kw_only=True)
class _Reply:
    """The answer while it grows. Neighbouring pieces are joined only where neither carries a signature."""

    service: Service
    parts: list[Part] = field(default_factory=list[Part])
    finish: str = ""
    usage: Any = None

    def take(self, piece: "GenerateContentResponse") -> Iterator[Chunk]:
        """Take one piece in; give what of it can be shown. Raises RefusedError for a blocked prompt."""
        feedback = piece.prompt_feedback
        if feedback is not None and feedback.block_reason is not None:
            words = (
                f"the prompt was blocked: {feedback.block_reason.value} {feedback.block_reason_message or ''}"
            )
            raise RefusedError(self.service.says(words))
        self.usage = piece.usage_metadata or self.usage
        for candidate in (piece.candidates or [])[:1]:
            if candidate.finish_reason is not None:
                self.finish = candidate.finish_reason.value
            for part in (candidate.content.parts if candidate.content else None) or []:
                yield from self._take_part(part)

    def _take_part(self, part: "SentPart") -> Iterator[Chunk]:
        signature = b64encode(part.thought_signature).decode() if part.thought_signature else ""
        signed: Json = {"signature": signature} if signature else {}
        if part.function_call is not None:
            call = part.function_call
            given, raw = _given(call.args or {})
            data: Json = {"kind": "call", "id": call.id or ""} | signed
            name, call_id = clean(call.name or ""), clean(call.id or "")
            self.parts.append(
                ToolCall(call_id=call_id, name=name, arguments=given, raw=raw, provider_data=data)
            )
        elif part.text is not None:
            text = clean(part.text)
            if text:
                yield ThinkingChunk(text=text) if part.thought else TextChunk(text=text)
            self._take_text(text, bool(part.thought), signed)

    def _take_text(self, text: str, thought: bool, signed: Json) -> None:
        last = self.parts[-1] if self.parts else None
        if thought:
            if not signed and isinstance(last, Thinking) and last.provider_data == {"kind": "thought"}:
                self.parts[-1] = Thinking(text=last.text + text, provider_data=last.provider_data)
            elif text or signed:
                self.parts.append(Thinking(text=text, provider_data={"kind": "thought"} | signed))
        elif not text and signed:
            # The signature of everything before it; a Text part must not be empty.
            self.parts.append(Thinking(text="", provider_data={"kind": "text"} | signed))
        elif not signed and isinstance(last, Text) and last.provider_data is None:
            self.parts[-1] = Text(text=last.text + text)
        elif text:
            self.parts.append(Text(text=text, provider_data=signed or None))

    def done(self, request: Request) -> Done:
        """The whole answer. Raises TruncatedError where no finish reason came."""
        if not self.finish:
            raise TruncatedError(self.service.cannot("the answer broke off before its end"))
        stop = _STOPS.get(self.finish, "other")
        # There is no reason of its own for tools.
        stop = "tools" if stop == "end" and any(isinstance(part, ToolCall) for part in self.parts) else stop
        return finished(self.parts, request.messages, stop, self.finish, self._usage())

    def _usage(self) -> Usage:
        usage = self.usage
        thinking = tokens(getattr(usage, "thoughts_token_count", None))
        return Usage(
            input_tokens=tokens(getattr(usage, "prompt_token_count", None)),
            output_tokens=tokens(getattr(usage, "candidates_token_count", None)) + thinking,
            cache_read_tokens=tokens(getattr(usage, "cached_content_token_count", None)),
            thinking_tokens=thinking,
        )


def _given(args: object) -> tuple[Json, str | None]:
    try:
        return checked(args), None
    except ValueError as error:
        return {}, f"[arguments {error}]"


# Map errors


def _api_error(service: Service, error: Any) -> ProviderError:
    status = tokens(error.code)
    words = str(error.message or inside(error.details, "error") or "")
    message = service.says(words, status)
    details = cast(list[Any], inside(error.details, "error", "details") or [])
    if status == 429:
        if "PerDay" in str(details):
            return QuotaError(message)
        return RateLimitedError(message, retry_after=_wait(details, words))
    if "API key not valid" in words or "API_KEY_INVALID" in str(details):
        return AuthError(message)
    if "exceeds the maximum number of tokens" in words:
        return ContextTooLongError(message)
    return by_status(service, status, words, headers=getattr(error.response, "headers", None))


def _wait(details: list[Any], words: str) -> float | None:
    """Seconds, from RetryInfo ("17s") or from the words ("Please retry in 17.3s.")."""
    asked = next((str(inside(d, "retryDelay")) for d in details if inside(d, "retryDelay")), "")
    found = re.fullmatch(r"([\d.]+)s", asked) or re.search(r"retry in ([\d.]+?)s", words)
    return float(found[1]) if found else None

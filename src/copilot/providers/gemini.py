"""Gemini's generate content through Google's own SDK: build request, read stream, map errors, list models.

Every part of an answer goes back as it came, with its signature; the service refuses a call of its own
without one. Calls that another model made have none: such exchanges are told as plain text.
"""

import re
import warnings
from base64 import b64decode
from collections.abc import Generator, Mapping
from contextlib import closing
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any, assert_never, cast

from copilot.providers.attached import filled, held
from copilot.providers.base import (
    Chunk,
    OnWire,
    Place,
    Provider,
    Request,
)
from copilot.providers.batches import GeminiBatches
from copilot.providers.bridge import Bridge
from copilot.providers.call import current
from copilot.providers.failures import Service, by_status, retry_after
from copilot.providers.gemini_cache import Fixed, GeminiCaches
from copilot.providers.gemini_reply import Reply
from copilot.providers.gemini_wire import NOT_SENT, body_of
from copilot.providers.parts import (
    FAILED,
    Json,
    compact,
    in_words,
    inside,
    offered,
    own_data,
    tokens,
)
from copilot.providers.remote import Remote
from copilot.providers.turns import Turns
from copilot.providers.watching import watched
from copilot.vocabulary.errors import (
    AuthError,
    ContextTooLongError,
    CopilotError,
    ProviderError,
    QuotaError,
    RateLimitedError,
)
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
    from google.genai import Client

    from copilot.providers.wire import WireClient

NAME = "gemini"
BASE_URL = "https://generativelanguage.googleapis.com"
API_VERSION = "v1"

_METHOD = ":streamGenerateContent"

_PLAIN = re.compile(r"[\w.-]+")
"""Names that stand in the address as they are."""

_THINKS = re.compile(r"gemini-(?!1|2\.0)")
"""Names that can show their thoughts: Gemini 2.5 and later."""


def make(
    *,
    key: str,
    base_url: str,
    api_version: str,
    on_wire: OnWire,
    bridge: Bridge,
    place: Place | None = None,
) -> Provider:
    """The provider. `api_version` is the one in the path; "v1beta" has the fields still in preview.

    It makes explicit caches only where `place` says where to write them down.
    """
    service = Service(name=NAME, base_url=base_url or BASE_URL, key=key)
    return Gemini(service, on_wire, bridge, api_version or API_VERSION, place)


class Gemini(Remote["Client"]):
    """See `base.Provider`. The client is kept: the SDK closes it when nobody holds it any more."""

    sdk = "google.genai"

    def __init__(
        self, service: Service, on_wire: OnWire, bridge: Bridge, api_version: str, place: Place | None
    ) -> None:
        super().__init__(service, on_wire, bridge)
        self._api_version = api_version
        self._caches = None if place is None else GeminiCaches(place, service.base_url, self._refusal)

    @property
    def identity(self) -> Mapping[str, str]:
        """See `Remote.identity`."""
        return {"x-goog-api-key": self.service.key}

    def chunks(self, request: Request) -> Generator[Chunk]:
        """The answer as it comes."""
        fixed = _fixed(request, self.tools.of(request.tools, _tools))
        settings = _settings(request)
        if self._caches is None:
            return self._answer(request, {**fixed.config, **settings})
        return self._caches.chunks(fixed, settings, partial(self._answer, request))

    def _answer(self, request: Request, config: Json) -> Generator[Chunk]:
        model, contents = request.model.model, _contents(request)
        body = body_of(contents, config)
        if body is not None and not self.is_loaded and _PLAIN.fullmatch(model):
            path = f"{self._api_version}/models/{model}{_METHOD}?alt=sse"
            self.ahead(path, body)
        stream = self._begun(model, contents, config, body)
        reply = Reply(service=self.service)
        with closing(stream), closing(watched(stream, self.service, request.patience)) as pieces:
            for piece in pieces:
                yield from reply.take(piece)
        yield reply.done(request)

    def _begun(self, model: str, contents: list[Any], config: Json, body: bytes | None) -> Any:
        """The SDK's stream. Where `body` is known, the SDK is not given what it would make the same bytes of.

        It would check and translate the whole history in Python at every round, which takes longer than all
        else together.
        """
        current().instead = None if body is None else (_METHOD, body)
        if body is not None:
            contents, config = ["-"], {name: value for name, value in config.items() if name in NOT_SENT}
        models = cast(Any, self.client().models)
        return models.generate_content_stream(model=model, contents=contents, config=config)

    def counted(self, request: Request) -> int:
        """By the service's own count, system prompt and tools counted as text: it takes nothing else."""
        tools = compact(self.tools.of(request.tools, _tools))
        fixed = {"role": "user", "parts": [{"text": f"{clean(request.system)}\n{tools}"}]}
        models = cast(Any, self.client().models)
        counted = models.count_tokens(model=request.model.model, contents=[fixed, *_contents(request)])
        return tokens(counted.total_tokens)

    def listed(self) -> tuple[ModelInfo, ...]:
        """Those that generate content, without the "models/" before each. It has no field for retirement."""
        found: list[ModelInfo] = []
        for model in self.client().models.list():
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

    def batches(self) -> GeminiBatches:
        """See `Remote.batches`."""

        def body(request: Request) -> tuple[list[Any], Json]:
            fixed = _fixed(request, self.tools.of(request.tools, _tools))
            made = {**fixed.config, **_settings(request)}
            return _contents(request), {name: made[name] for name in made if name not in NOT_SENT}

        return GeminiBatches(self.client(), body)

    def error(self, error: Exception) -> CopilotError | None:
        """See `Remote.error`."""
        if not self.is_loaded:
            return None
        from google.genai.errors import APIError

        return _api_error(self.service, error) if isinstance(error, APIError) else None

    def load(self) -> None:
        """See `Remote.load`."""
        import_module("google.genai")

    def connect(self, wire: "WireClient") -> "Client":
        """Key, address and version are always said, so that the SDK looks for none in the environment."""
        from google.genai import Client
        from google.genai.types import HttpOptions

        # Said for each word of the service that the SDK does not know; we tell such words ourselves.
        warnings.filterwarnings("ignore", r".* is not a valid ", UserWarning)

        options = HttpOptions(
            base_url=self.service.base_url, api_version=self._api_version, httpx_client=wire
        )
        client = Client(api_key=self.service.key, vertexai=False, http_options=options)
        if self._caches is not None:
            self._caches.calls = client.caches
        return client

    def disconnect(self, client: "Client") -> None:
        """Caches end with the session. The SDK makes a synchronous client as well."""
        if self._caches is not None:
            self._caches.close()
        client.close()

    def _refusal(self, error: Exception) -> tuple[int, str] | None:
        """What `GeminiCaches` wants to know of an error."""
        from google.genai.errors import APIError

        return (tokens(error.code), str(error.message)) if isinstance(error, APIError) else None


# Build request


def _fixed(request: Request, tools: list[Json]) -> Fixed:
    """What every request of a discussion begins with, and a cache may hold."""
    config: Json = {}
    if request.system.strip():
        config["system_instruction"] = clean(request.system)
    if tools:
        config["tools"] = [{"function_declarations": cast(JsonValue, tools)}]
    return Fixed(request.model.model, config)


def _settings(request: Request) -> Json:
    config: Json = {
        "max_output_tokens": request.model.max_output_tokens,
        "automatic_function_calling": {"disable": True},
        "automatic_continuation": False,
    }
    if _THINKS.match(request.model.model):
        config["thinking_config"] = {"include_thoughts": True}
    return config


def _tools(specs: tuple[ToolSpec, ...]) -> list[Json]:
    return [
        # In the SDK's own order: the request that leaves before it is loaded has the same bytes.
        {"description": spec.description, "name": spec.name, "parameters_json_schema": dict(spec.parameters)}
        for spec in specs
    ]


def _contents(request: Request) -> list[Any]:
    model, known = request.model.model, offered(request.tools)

    def stays(message: Message) -> bool:
        own = all(own_data(message, call, NAME, model) is not None for call in message.calls)
        return own and known(message)

    turns = Turns("parts")
    own_ids: dict[str, Json] = {}
    for message in in_words(request.messages, stays):
        parts: list[Json] = []
        for part in message.parts:
            own = isinstance(part, Text | Thinking | ToolCall | Opaque)
            _add(parts, part, own_data(message, part, NAME, model) if own else None, own_ids)
        turns.add("model" if message.role == "assistant" else "user", parts)
    return [_with_bytes(turn) for turn in filled(turns.sent, request)]


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
        case Attachment():
            parts.append({"inline_data": {"mime_type": part.media_type, "data": held(part)}})
        case Opaque():
            if data:
                parts.append(dict(data))
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
            part["thought_signature"] = _bytes(part["thought_signature"])
        if isinstance(inline := part.get("inline_data"), dict):
            part["inline_data"] = {**inline, "data": _bytes(str(cast(Json, inline)["data"]))}
    return turn


def _bytes(text: str) -> bytes:
    # The SDK writes the alphabet of URLs, we the usual one.
    return b64decode(text.replace("-", "+").replace("_", "/"))


# Map errors


def _api_error(service: Service, error: Any) -> ProviderError:
    status = tokens(error.code)
    words = str(error.message or inside(error.details, "error") or "")
    message = service.says(words, status)
    details = cast(list[Any], inside(error.details, "error", "details") or [])
    headers = cast(Mapping[str, str], getattr(error.response, "headers", None) or {})
    if status == 429:
        if "PerDay" in str(details):
            return QuotaError(message)
        asked = _wait(details, words)
        return RateLimitedError(message, retry_after=retry_after(headers) if asked is None else asked)
    if "API key not valid" in words or "API_KEY_INVALID" in str(details):
        return AuthError(message)
    if "exceeds the maximum number of tokens" in words:
        return ContextTooLongError(message)
    return by_status(service, status, words, headers=headers)


def _wait(details: list[Any], words: str) -> float | None:
    """Seconds, from RetryInfo ("17s") or from the words ("Please retry in 17.3s.")."""
    asked = next((str(inside(d, "retryDelay")) for d in details if inside(d, "retryDelay")), "")
    found = re.fullmatch(r"([\d.]+)s", asked) or re.search(r"retry in ([\d.]+?)s", words)
    return float(found[1]) if found else None

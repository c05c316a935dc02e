"""Chat Completions at a base URL: Ollama, llama.cpp, LM Studio, vLLM and whoever speaks the same.

Send a request, read the stream, map errors, list models. No key is needed.
"""

from collections.abc import Generator
from contextlib import closing
from typing import TYPE_CHECKING, Any, cast

from copilot.providers.base import Chunk, OnWire, Provider, Request
from copilot.providers.bridge import Bridge
from copilot.providers.call import current
from copilot.providers.compatible_reply import Reply
from copilot.providers.compatible_wire import payload_of, tools_of
from copilot.providers.early import LOCAL_READ_SECONDS
from copilot.providers.failures import Service, by_code
from copilot.providers.lazy_sdk import load_lazily
from copilot.providers.local_window import with_windows
from copilot.providers.parts import Json, compact, inside
from copilot.providers.remote import Remote
from copilot.providers.watching import watched
from copilot.tokens.estimator import estimate
from copilot.vocabulary.errors import BadRequestError, CopilotError
from copilot.vocabulary.values import ModelInfo

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
        payload = payload_of(request, self._model(request), self.tools.of(request.tools, tools_of))
        stream = self._posted({**payload, "stream": True, "stream_options": {"include_usage": True}})
        reply = Reply(service=self.service)
        watch = watched(stream, self.service, request.patience, beats=_beats)
        with stream, closing(watch) as pieces:
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
        payload = payload_of(request, model, self.tools.of(request.tools, tools_of))
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


def _beats(piece: "ChatCompletionChunk") -> bool:
    """Whether it brings nothing: some servers send empty pieces while they are at work."""
    if piece.usage is not None:
        return False
    said = [choice.delta for choice in piece.choices or () if choice.delta]
    return not any(choice.finish_reason for choice in piece.choices or ()) and not any(
        one.content or one.tool_calls or one.refusal or any((one.model_extra or {}).values()) for one in said
    )

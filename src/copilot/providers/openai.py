"""OpenAI's Responses API through its own SDK: send a request, read the stream, map errors, list models.

Nothing is stored on the service's side.
"""

import re
from collections.abc import Generator
from contextlib import closing
from typing import TYPE_CHECKING, Any, cast

from copilot.providers.base import Chunk, OnWire, Provider, Request
from copilot.providers.batches import OpenAIBatches
from copilot.providers.bridge import Bridge
from copilot.providers.failures import Service, by_code
from copilot.providers.lazy_sdk import load_lazily
from copilot.providers.openai_reply import Reply
from copilot.providers.openai_wire import NAME, payload_of, tools_of
from copilot.providers.parts import Json, compact, tokens
from copilot.providers.remote import Remote
from copilot.providers.watching import watched
from copilot.vocabulary.errors import CopilotError
from copilot.vocabulary.values import ModelInfo

if TYPE_CHECKING:
    from openai import OpenAI as Client
    from openai import Stream
    from openai.types.responses import ResponseStreamEvent

    from copilot.providers.wire import WireClient

BASE_URL = "https://api.openai.com/v1"

_LATE = ("openai", "openai.types", "openai.types.responses")
"""Packages of the SDK that gather modules which a streamed answer does not need."""

_USED = ("openai._client", "openai.types.responses.response", "openai.types.responses.response_stream_event")
"""Its modules that a streamed answer does need."""

_BEATS = ("keepalive", "response.queued", "response.in_progress")
"""Events that say nothing but that the service is there; the first one is in no documentation."""

_REASONS = re.compile(r"gpt-([5-9]|\d\d)|o\d")
"""Names that take reasoning settings."""


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
        payload = payload_of(request, self.tools.of(request.tools, tools_of))
        stream = self._begin(payload, request)
        reply = Reply(service=self.service)
        watch = watched(stream, self.service, request.patience, beats=_beats)
        with stream, closing(watch) as events:
            for event in events:
                yield from reply.take(event)
                if reply.final is not None:
                    break
        yield reply.done(request)

    def counted(self, request: Request) -> int:
        """By the service's own count."""
        payload = payload_of(request, self.tools.of(request.tools, tools_of))
        counting = {k: payload[k] for k in ("model", "input", "instructions", "tools") if k in payload}
        counted = self.client().responses.input_tokens.count(**cast(Any, counting))
        return tokens(counted.input_tokens)

    def listed(self) -> tuple[ModelInfo, ...]:
        """In the service's order; it tells names and nothing of their limits."""
        page = self.client().models.list()
        return tuple(ModelInfo(name=model.id) for model in page.data)

    def batches(self) -> OpenAIBatches:
        """See `Remote.batches`."""
        return OpenAIBatches(self.client(), lambda one: payload_of(one, []))

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


def _beats(event: "ResponseStreamEvent") -> bool:
    return event.type in _BEATS

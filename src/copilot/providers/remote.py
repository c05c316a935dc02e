"""What the four providers have in common: four blocking methods over an asynchronous client on the bridge.

A provider file fills in how a request is built and read, which error means what, and which models there are.
"""

import asyncio
import logging
import sys
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Mapping
from contextlib import aclosing, suppress
from typing import ClassVar, Generic, NoReturn, TypeVar

from copilot.providers.base import (
    BatchAnswer,
    BatchState,
    Cancelled,
    Chunk,
    Done,
    OnWire,
    Request,
    Throttle,
)
from copilot.providers.batches import BatchCalls
from copilot.providers.bridge import Bridge
from copilot.providers.failures import Service, already_ours, fault
from copilot.providers.nearest import offer_nearest
from copilot.providers.parts import ToolList
from copilot.providers.throttle import SharedThrottle
from copilot.providers.wire import POSTED, READ_SECONDS, Posted, WireClient, is_loopback
from copilot.vocabulary.errors import (
    AuthError,
    BadRequestError,
    BadResponseError,
    CopilotError,
    TruncatedError,
    TurnCancelledError,
    UnknownModelError,
)
from copilot.vocabulary.frozen import replace
from copilot.vocabulary.text import clean
from copilot.vocabulary.values import ModelInfo

_TALKATIVE = ("anthropic", "openai", "google_genai", "httpx2", "httpcore2")
"""Loggers that variables of the environment switch on: they would print what is said to the terminal."""

T = TypeVar("T")
ClientT = TypeVar("ClientT")


class Remote(ABC, Generic[ClientT]):
    """One service over HTTP. The client is made on the bridge's loop, at the first request.

    Making it imports the SDK, which takes up to two seconds: that, too, happens on the loop's thread, so
    that making a provider costs nothing and waiting for its first chunk can be cancelled.
    """

    sdk: ClassVar[str]
    """The name of the SDK's package."""

    needs_key = True
    read_seconds = READ_SECONDS
    """How long an answer may take to begin where nobody said otherwise."""

    def __init__(self, service: Service, on_wire: OnWire, bridge: Bridge) -> None:
        self.name = service.name
        self.service = service
        self.on_wire = on_wire
        self.tools = ToolList()
        # A server on this machine answers one request at a time; what comes meanwhile would wait inside it.
        local = not self.needs_key and is_loopback(service.base_url)
        self._limits = SharedThrottle(single=local)
        self.throttle: Throttle = self._limits
        self._bridge = bridge
        self._client: ClientT | None = None
        self._wire: WireClient | None = None
        bridge.at_close(self._let_go)

    @property
    def identity(self) -> Mapping[str, str]:
        """The headers by which the service knows who asks, and in which version."""
        return {"authorization": f"Bearer {self.service.key}"} if self.service.key else {}

    @property
    def is_loaded(self) -> bool:
        """Whether the SDK, or a part of it, is there."""
        return self.sdk in sys.modules

    def stream(self, request: Request, cancelled: Cancelled) -> Generator[Chunk]:
        """See `base.Provider`."""
        with self._limits.turn(cancelled):
            yield from self._bridge.iterate(lambda: self._guarded_chunks(request), cancelled)

    def preview(self, request: Request, cancelled: Cancelled) -> bytes:
        """See `base.Provider`. By the same code as `stream`, up to the client's `send`."""
        return self._bridge.call(lambda: self._guarded(lambda: self._held_back(request)), cancelled)

    def count_tokens(self, request: Request, cancelled: Cancelled) -> int:
        """See `base.Provider`."""
        model = request.model.model
        count = self._bridge.call(lambda: self._guarded(lambda: self.counted(request), model), cancelled)
        if count <= 0:
            raise BadResponseError(self.service.says("no token count"))
        return count

    def models(self, cancelled: Cancelled) -> tuple[ModelInfo, ...]:
        """See `base.Provider`."""
        listed = self._bridge.call(lambda: self._guarded(self.listed), cancelled)
        return tuple(replace(model, name=clean(model.name)) for model in listed if model.name)

    def send_batch(self, requests: Mapping[str, Request], cancelled: Cancelled) -> str:
        """See `base.Batching`."""
        return self._bridge.call(lambda: self._guarded(lambda: self.batches().send(requests)), cancelled)

    def batch_state(self, id_: str, cancelled: Cancelled) -> BatchState:
        """See `base.Batching`."""
        return self._bridge.call(lambda: self._guarded(lambda: self.batches().state(id_)), cancelled)

    def batch_answers(self, id_: str, cancelled: Cancelled) -> tuple[BatchAnswer, ...]:
        """See `base.Batching`."""
        return self._bridge.call(lambda: self._guarded(lambda: self.batches().answers(id_)), cancelled)

    def batches(self) -> BatchCalls:
        """The service's batches. Raises BadRequestError where it has none."""
        raise BadRequestError(f"{self.name} has no batches", "Run it without --batch.")

    def close(self) -> None:
        """Close the connections. The provider may be used again while its bridge is open."""
        with suppress(TurnCancelledError):
            self._bridge.call(self._let_go)

    @abstractmethod
    def chunks(self, request: Request) -> AsyncGenerator[Chunk]:
        """The answer; the last chunk is `Done`."""

    @abstractmethod
    async def counted(self, request: Request) -> int:
        """The tokens of the prompt."""

    @abstractmethod
    async def listed(self) -> tuple[ModelInfo, ...]:
        """The models, with what the service says of each."""

    @abstractmethod
    def error(self, error: Exception) -> CopilotError | None:
        """What an error of the SDK means; None for an error that is not the SDK's."""

    @abstractmethod
    def connect(self, wire: WireClient) -> ClientT:
        """Import the SDK and make its client, on the bridge's loop, over `wire`."""

    @abstractmethod
    def load(self) -> None:
        """Import what of the SDK a streamed answer needs; called in any thread."""

    async def disconnect(self, client: ClientT) -> None:
        """Close what the client holds besides `wire`, which is closed for it."""

    def client(self) -> ClientT:
        """The client, made where there is none yet. Raises AuthError where a key is needed and missing."""
        if self.needs_key and not self.service.key:
            raise AuthError(self.service.cannot("there is no key"))
        if self._client is None:
            self._client = self.connect(self._made_wire())
            for name in _TALKATIVE:
                logging.getLogger(name).setLevel(logging.WARNING)
        return self._client

    async def ahead(self, path: str, body: bytes) -> None:
        """Post the first request before the SDK is loaded, then load it (see `ahead`).

        The SDK's client must ask the same next. Nothing is done where it is there already, or where the
        request is only looked at.
        """
        posted = POSTED.get()
        base_url = self.service.base_url
        keyless = self.needs_key and not self.service.key
        if posted is None or posted.held or keyless or self.is_loaded or "?" in base_url:
            return
        await self._made_wire().send_ahead(posted, f"{base_url.rstrip('/')}/{path}", body)
        await asyncio.get_running_loop().run_in_executor(None, self.load)

    async def get(self, url: str) -> object:
        """A JSON value, by our own client. Raises HTTPStatusError or ValueError."""
        answer = await self._made_wire().get(url)
        return answer.raise_for_status().json()

    def _made_wire(self) -> WireClient:
        if self._wire is None:
            self._wire = WireClient(
                self.service,
                self.on_wire,
                identity=self.identity,
                read_seconds=self.read_seconds,
                learn=self._limits.learn,
            )
        return self._wire

    async def _let_go(self) -> None:
        client, wire = self._client, self._wire
        self._client = self._wire = None
        if client is not None:
            await self.disconnect(client)
        if wire is not None:
            await wire.aclose()

    async def _guarded_chunks(self, request: Request) -> AsyncGenerator[Chunk]:
        patience = request.patience
        first = patience.first_byte or self.read_seconds
        request = replace(request, patience=replace(patience, first_byte=first))
        # Silence is watched by events; the client's own limit on bytes only stands behind it.
        POSTED.set(posted := Posted(first_byte=first, silence=max(first, patience.progress) + 5.0))
        try:
            async with aclosing(self.chunks(request)) as chunks:
                async for chunk in chunks:
                    if isinstance(chunk, Done):
                        chunk = replace(chunk, sent=posted.body or b"", sent_sha256=posted.sha256)
                    yield chunk
        except Exception as error:  # the top of what runs on the loop's thread
            await self._raise(error, request.model.model, cut=posted.cut)
        finally:
            await posted.drop_ahead()

    async def _held_back(self, request: Request) -> bytes:
        POSTED.set(posted := Posted(held=True))
        try:
            async with aclosing(self.chunks(request)) as chunks:
                await anext(chunks)
        except Exception:
            if posted.body is None:
                raise
        assert posted.body is not None, "a provider answered without a request"
        return posted.body

    async def _guarded(self, work: Callable[[], Awaitable[T]], model: str = "") -> T:
        try:
            return await work()
        except Exception as error:  # as above
            await self._raise(error, model)

    async def _raise(self, error: Exception, model: str, *, cut: bool = False) -> NoReturn:
        ours = already_ours(error) or self.error(error) or fault(self.service, error)
        if cut and isinstance(ours, BadResponseError):
            ours = TruncatedError(self.service.cannot("the answer broke off in the middle of a line"))
        if isinstance(ours, UnknownModelError) and model:
            await offer_nearest(ours, model, self.listed)
        if ours is None or ours is error:
            raise error
        raise ours from error

"""What the four providers have in common: four methods over an SDK's client, whose every wait can be ended.

A provider file fills in how a request is built and read, which error means what, and which models there are.
"""

import json
import math
import sys
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Generator, Mapping
from contextlib import closing, suppress
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Generic, NoReturn, TypeVar

from copilot.providers.addresses import is_loopback
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
from copilot.providers.call import Call, current
from copilot.providers.early import READ_SECONDS, Early, early_get, early_post
from copilot.providers.failures import Service, already_ours, fault
from copilot.providers.nearest import offer_nearest
from copilot.providers.parts import ToolList
from copilot.providers.throttle import SharedThrottle
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

if TYPE_CHECKING:
    import httpx2

    from copilot.providers.wire import WireClient

_TALKATIVE = ("anthropic", "openai", "google_genai", "httpx2", "httpcore2")
"""Loggers that variables of the environment switch on: they would print what is said to the terminal."""

T = TypeVar("T")
ClientT = TypeVar("ClientT")


class Remote(ABC, Generic[ClientT]):
    """One service over HTTP. The client is made at the first request, since it needs the SDK.

    To load that takes up to two seconds; it is done in a thread of its own, so that waiting for it can be
    cancelled.
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
        self._early: Early | None = None
        self._making = threading.RLock()
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
        with self._limits.turn(cancelled, request.meanwhile):
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

    def send_batch(self, requests: Mapping[str, Request], marker: str, cancelled: Cancelled) -> str:
        """See `base.Batching`."""
        send = partial(self.batches().send, requests, marker)
        return self._bridge.call(lambda: self._guarded(send), cancelled)

    def find_batch(
        self, marker: str, names: Collection[str], known: Collection[str], cancelled: Cancelled
    ) -> str | None:
        """See `base.Batching`."""
        find = partial(self.batches().find, marker, names, known)
        return self._bridge.call(lambda: self._guarded(find), cancelled)

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
    def chunks(self, request: Request) -> Generator[Chunk]:
        """The answer; the last chunk is `Done`."""

    @abstractmethod
    def counted(self, request: Request) -> int:
        """The tokens of the prompt."""

    @abstractmethod
    def listed(self) -> tuple[ModelInfo, ...]:
        """The models, with what the service says of each."""

    @abstractmethod
    def error(self, error: Exception) -> CopilotError | None:
        """What an error of the SDK means; None for an error that is not the SDK's."""

    @abstractmethod
    def connect(self, wire: "WireClient") -> ClientT:
        """Make the SDK's client over `wire`; called once the SDK is loaded."""

    @abstractmethod
    def load(self) -> None:
        """Import what of the SDK a streamed answer needs; called in any thread."""

    def disconnect(self, client: ClientT) -> None:
        """Close what the client holds besides `wire`, which is closed for it."""

    def client(self) -> ClientT:
        """The client, made where there is none yet. Raises AuthError where a key is needed and missing."""
        if self.needs_key and not self.service.key:
            raise AuthError(self.service.cannot("there is no key"))
        self._loading()(math.inf)
        with self._making:
            if self._client is None:
                self._client = self.connect(self._made_wire())
                import logging  # the HTTP library has it loaded

                for name in _TALKATIVE:
                    logging.getLogger(name).setLevel(logging.WARNING)
            return self._client

    def opened(self, path: str, body: bytes) -> "httpx2.Response | None":
        """Post `body` by our own client; the answer, which begins well, for the SDK to read.

        None where it does not, or cannot be asked for so: then the SDK's client must ask the same next. It is
        given what was answered, and says what it means.
        """
        self._send_ahead(path, body)
        return current().well_begun()

    def ahead(self, path: str, body: bytes) -> None:
        """The same where the SDK's client asks in any case, and is not loaded yet (see `ahead`)."""
        if not self.is_loaded and not current().held:
            self._send_ahead(path, body)

    def _send_ahead(self, path: str, body: bytes) -> None:
        """Post `body`; where the SDK is not there yet, load it as soon as that has left."""
        base_url = self.service.base_url
        if (self.needs_key and not self.service.key) or "?" in base_url:
            return
        call = current()
        if self._wire is None and not call.held:
            self._send_early(call, path, body)
        left = None if self._client is not None else self._loading
        self._made_wire().send_ahead(call, f"{base_url.rstrip('/')}/{path}", body, left)

    def _send_early(self, call: Call, path: str, body: bytes) -> None:
        """Post it while the HTTP library is not there yet, where it is the first request and can go so."""
        with self._making:
            if self._early is not None or self._wire is not None:
                return
            early = self._early = early_post(self.service, path, body, self.identity)
        if early is not None:
            try:
                early.send(call, self.service, self.on_wire)
            finally:
                call.early = early
            self._loading()
            call.idle()  # the HTTP library, which would say so as well, takes a while to load

    def _loading(self) -> Callable[[float], None]:
        """Begin to load the SDK, where nobody has; what is given waits until it is there."""
        return self._bridge.once(self.name, self.load)

    def get(self, url: str) -> object:
        """A JSON value, by our own client. Raises ValueError where there is none."""
        if self._wire is None:
            body = early_get(self.service, self.on_wire, url, self.identity)
            if body is not None:
                return json.loads(body)
        answer = self._made_wire().get(url)
        if not answer.is_success:
            raise ValueError(f"HTTP {answer.status_code}")
        return answer.json()

    def _made_wire(self) -> "WireClient":
        call, early = current(), self._early
        while early is not None and early is not call.early and not early.passed.wait(call.pause()):
            pass
        with self._making:
            if self._wire is None:
                from copilot.providers.wire import WireClient

                self._wire = WireClient(
                    self.service,
                    self.on_wire,
                    identity=self.identity,
                    read_seconds=self.read_seconds,
                    learn=self._limits.learn,
                    trusted=None if self._early is None else self._early.trust,
                )
            return self._wire

    def _let_go(self) -> None:
        with self._making:
            client, wire = self._client, self._wire
            self._client = self._wire = None
        if client is not None:
            self.disconnect(client)
        if wire is not None:
            wire.close()

    def _guarded_chunks(self, request: Request) -> Generator[Chunk]:
        patience = request.patience
        first = patience.first_byte or self.read_seconds
        request = replace(request, patience=replace(patience, first_byte=first))
        call = current()
        call.meanwhile = request.meanwhile
        call.plain = not request.holds_attachments
        # Silence is watched by events; the client's own limit on bytes only stands behind it.
        call.first_byte, call.silence = first, max(first, patience.progress) + 5.0
        try:
            with closing(self.chunks(request)) as chunks:
                for chunk in chunks:
                    if isinstance(chunk, Done):
                        chunk = replace(chunk, sent=call.body or b"", sent_sha256=call.sha256)
                    yield chunk
        except Exception as error:  # the top of what is the SDK's
            self._raise(error, request.model.model, cut=call.cut)
        finally:
            call.drop_ahead()

    def _held_back(self, request: Request) -> bytes:
        call = current()
        call.held = True
        try:
            with closing(self.chunks(request)) as chunks:
                next(chunks)
        except Exception:
            if call.body is None:
                raise
        assert call.body is not None, "a provider answered without a request"
        return call.body

    def _guarded(self, work: Callable[[], T], model: str = "") -> T:
        try:
            return work()
        except Exception as error:  # as above
            self._raise(error, model)

    def _raise(self, error: Exception, model: str, *, cut: bool = False) -> NoReturn:
        ours = already_ours(error) or self.error(error) or fault(self.service, error)
        if cut and isinstance(ours, BadResponseError):
            ours = TruncatedError(self.service.cannot("the answer broke off in the middle of a line"))
        if isinstance(ours, UnknownModelError) and model:
            offer_nearest(ours, model, self.listed)
        if ours is None or ours is error:
            raise error
        raise ours from error

"""The HTTP server of the rehearsal: loopback only, one thread a connection, every request kept."""

import json
import socket
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from typing import Any, cast
from urllib.parse import parse_qsl, urlsplit

from copilot.rehearsal import describing, gemini_caches
from copilot.rehearsal.asked import Asked, JsonObject, Protocol, Refusal
from copilot.rehearsal.batches import Batches, Told
from copilot.rehearsal.matching import Answer, Say, Wait, choose, fill
from copilot.rehearsal.memory import Memory
from copilot.rehearsal.protocols import Route, route, wire
from copilot.rehearsal.responding import send, spoken, thought
from copilot.rehearsal.scenario import FaultPart, Scenario
from copilot.rehearsal.sending import Sending
from copilot.rehearsal.wire import Incoming, Wire, encoded
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.messages import JsonValue

_LARGEST_BODY = 32 * 1024 * 1024
"""Bytes of a request body; more is 413, as at Anthropic."""


@frozen
class ReceivedRequest:
    """One request as it came. `headers` have lower-case names; `path` has no query; `at` is UTC seconds.

    `body` is parsed JSON, the text itself where it is not JSON, None where there is none.
    """

    protocol: Protocol
    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: JsonValue
    at: float


@frozen
class Failure:
    """A request that did not get a whole answer.

    `request` is its index in `requests`. `status` is what it was refused with, faults of the scenario
    included; 0 means that the client went away (or the server stopped) in the middle.
    """

    request: int
    protocol: Protocol
    status: int
    message: str


class RehearsalServer:
    """Speaks all four protocols on one loopback port and answers from a scenario.

    Base URLs: `url` for Anthropic and Gemini, `url + "/v1"` for OpenAI and compatible clients. `requests`,
    `failures` and `planted` grow while it runs. `clock` gives UTC seconds.
    """

    def __init__(self, scenario: Scenario, *, port: int = 0, clock: Callable[[], float] = time.time) -> None:
        self.scenario = scenario
        self.requests: list[ReceivedRequest] = []
        self.failures: list[Failure] = []
        self.planted: list[describing.Planted] = []
        self._port = port
        self._clock = clock
        self._memory = Memory(clock)
        self._batches = Batches()
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._http: _Http | None = None

    @property
    def url(self) -> str:
        """`http://127.0.0.1:PORT`, without a slash at the end; the port is known after `start`."""
        return f"http://127.0.0.1:{self._http.server_port if self._http else self._port}"

    def start(self) -> None:
        """Listen and answer in the background. Raises OSError when the port is taken."""
        self._stopping.clear()
        self._http = _Http(self._port, self.answer)
        threading.Thread(target=self._http.serve_forever, args=(0.05,), name="rehearsal", daemon=True).start()

    def stop(self) -> None:
        """Close everything, running answers too, within a second. May be called twice."""
        self._stopping.set()
        if self._http is not None and not self._http.closed:
            self._http.close_all()

    def __enter__(self) -> "RehearsalServer":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        """Answer one request; called by the connection's own thread."""
        parts = urlsplit(handler.path)
        headers = {name.lower(): value for name, value in handler.headers.items()}
        way = route(handler.command, parts.path, headers)
        request = ReceivedRequest(
            protocol=way.protocol,
            method=handler.command,
            path=parts.path,
            query=dict(parse_qsl(parts.query)),
            headers=headers,
            body=_body(handler, headers),
            at=self._clock(),
        )
        with self._lock:
            number = len(self.requests)
            self.requests.append(request)
        sending = Sending(handler, self._stopping)
        speaks = wire(way.protocol)
        try:
            self._respond(request, way, speaks, sending, speaks.headers(_request_id(number)))
        except Refusal as problem:
            self._refuse(number, problem, speaks, sending)
        except ConnectionError as gone:
            sending.drop()
            self._fail(number, 0, str(gone))
        except Exception:  # the top of this connection's thread: say it, and keep serving
            broken = Refusal(f"the rehearsal itself broke:\n{traceback.format_exc()}", status=500)
            self._refuse(number, broken, speaks, sending)

    def _respond(
        self, request: ReceivedRequest, way: Route, speaks: Wire, sending: Sending, headers: Mapping[str, str]
    ) -> None:
        if way.action is None:
            raise Refusal(f"Not found: {request.method} {request.path}", status=404, code="not_found")
        speaks.authorize(request.headers, request.query)
        if way.action in ("models", "model"):
            listed = speaks.models() if way.action == "models" else speaks.model(way.model)
            sending.whole(200, encoded(listed), headers)
            return
        if way.action == "caches":
            rules = self.scenario.caches
            told = gemini_caches.answer(
                request.method, way.model, request.body, request.query, self._memory, rules
            )
            sending.whole(200, encoded(told), headers)
            return
        if way.action == "batches":
            told = self._batched(request, speaks)
            sending.whole(200, told.body, headers, kind=told.kind)
            return
        asked = speaks.read(_incoming(request, way), self._memory)
        if way.action == "count":
            sending.whole(200, encoded(speaks.counted(self._memory.count(asked))), headers)
            return
        answer = self._answer(asked)
        for id_, bound in speaks.given(asked, answer):
            self._memory.remember(id_, bound)
        usage = self._memory.usage(asked, spoken(answer), thought(answer))
        send(speaks, asked, answer, usage, sending, headers)

    def _batched(self, request: ReceivedRequest, speaks: Wire) -> Told:
        """What a request about batches is answered; each in a batch as one that is sent alone."""

        def one(body: JsonObject, model: str) -> JsonObject:
            asked = speaks.read(
                Incoming(headers=request.headers, query={}, body=body, model=model), self._memory
            )
            answer = self._answer(asked)
            if any(isinstance(part, FaultPart) for part in answer.parts):
                raise Refusal("The rehearsal was told to fail here.", status=500)
            usage = self._memory.usage(asked, spoken(answer), thought(answer))
            return speaks.whole(asked, answer, usage)

        return self._batches.answer(request.protocol, request.path, request.body, self.scenario.batches, one)

    def _answer(self, asked: Asked) -> Answer:
        if self.scenario.document is not None:
            found = describing.described(asked, self.scenario.document)
            if found is not None:
                with self._lock:
                    self.planted += found[1]
                wait = Wait(seconds=self.scenario.document.wait)
                said = Say(pieces=(found[0],), delay=0.0)
                number = self._memory.next_answer(asked.ids)
                return Answer(parts=(wait, said), rule="document", finish="", number=number)
        rules = self.scenario.rules
        chosen = self._memory.pick(lambda number, used: choose(rules, asked, number, used))
        return fill(self.scenario, rules[chosen], asked, self._memory.next_answer(asked.ids))

    def _refuse(self, number: int, problem: Refusal, speaks: Wire, sending: Sending) -> None:
        """Send the service's own error body. A response that has begun is cut off instead."""
        self._fail(number, problem.status, str(problem))
        if sending.begun:
            sending.drop()
            return
        id_ = _request_id(number)
        headers = {**speaks.headers(id_), **problem.headers}
        if problem.retry_after is not None:
            headers["retry-after"] = f"{problem.retry_after:g}"
        try:
            sending.whole(problem.status, encoded(speaks.refusal(problem, id_)), headers)
        except ConnectionError:
            sending.drop()

    def _fail(self, number: int, status: int, message: str) -> None:
        protocol = self.requests[number].protocol
        with self._lock:
            self.failures.append(Failure(request=number, protocol=protocol, status=status, message=message))


def _request_id(number: int) -> str:
    return f"req_{number + 1:04d}"


def _length(headers: Mapping[str, str]) -> int:
    """Bytes of the body; -1 where the request does not say it in a way that can be used."""
    text = headers.get("content-length", "0")
    return int(text) if text.isascii() and text.isdigit() and "transfer-encoding" not in headers else -1


def _body(handler: BaseHTTPRequestHandler, headers: Mapping[str, str]) -> JsonValue:
    """The request's body. One that is too large or has no length is not read, and the connection ends."""
    length = _length(headers)
    if not 0 <= length <= _LARGEST_BODY:
        handler.close_connection = True
        return None
    data = handler.rfile.read(length)
    try:
        return cast(JsonValue, json.loads(data)) if data else None
    except ValueError:
        return data.decode("utf-8", "replace")


def _incoming(request: ReceivedRequest, way: Route) -> Incoming:
    """The request as a protocol reads it. Raises Refusal for a body that is no JSON object."""
    length = _length(request.headers)
    if length < 0:
        raise Refusal("The request needs a content-length.", status=411)
    if length > _LARGEST_BODY:
        raise Refusal("Request exceeds the maximum size", status=413)
    if not isinstance(request.body, dict):
        raise Refusal("The request body is not valid JSON: a JSON object is expected.")
    return Incoming(
        headers=request.headers,
        query=request.query,
        body=request.body,
        model=way.model,
        stream=way.stream,
        counting=way.action == "count",
    )


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        cast(_Http, self.server).answer(self)

    do_POST = do_PUT = do_PATCH = do_DELETE = do_GET

    def version_string(self) -> str:
        return "rehearsal"

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: `requests` and `failures` are the log."""


class _Http(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self, port: int, answer: Callable[[BaseHTTPRequestHandler], None]) -> None:
        self.answer = answer
        self.closed = False
        self._open: set[socket.socket] = set()
        self._changed = threading.Condition()
        super().__init__(("127.0.0.1", port), _Handler)

    def server_bind(self) -> None:
        """Bind without asking a name server for our own name, as HTTPServer would."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = "127.0.0.1", self.socket.getsockname()[1]

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._changed:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        super().shutdown_request(request)
        with self._changed:
            self._open.discard(request)
            self._changed.notify_all()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A connection broke between two requests: nothing to say."""

    def close_all(self) -> None:
        """Stop listening, end every connection, give their threads a second to see it."""
        self.closed = True
        self.shutdown()
        self.server_close()
        with self._changed:
            for connection in self._open:
                _hang_up(connection)
            self._changed.wait_for(lambda: not self._open, timeout=1)


def _hang_up(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return

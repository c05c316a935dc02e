"""A raw HTTP server on 127.0.0.1 that plays back written answers and keeps what it was asked."""

import json
import socket
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Self

WIRE = Path(__file__).parents[1] / "wire"
WAIT_SECONDS = 10.0

Ending = Literal["whole", "drop", "stall", "trickle"]


@dataclass(frozen=True, kw_only=True)
class Received:
    """One request; header names are lower-case."""

    method: str
    path: str
    headers: dict[str, str]
    body: Any
    raw: bytes = b""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One answer. `ending`: "whole"; "drop" breaks the connection; "stall" goes silent for ever; "trickle"
    sends `more` every 50 ms until the client has gone."""

    status: int = 200
    content_type: str = "text/event-stream"
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    ending: Ending = "whole"
    more: bytes = b" "

    def head(self) -> bytes:
        named = {"content-type": self.content_type, "connection": "close", "transfer-encoding": "chunked"}
        lines = [f"{name}: {value}" for name, value in (named | self.headers).items() if value]
        return f"HTTP/1.1 {self.status} Answer\r\n{(chr(13) + chr(10)).join(lines)}\r\n\r\n".encode()


def recorded(provider: str, name: str) -> bytes:
    """The bytes of `tests/wire/<provider>/<name>.sse`."""
    return (WIRE / provider / f"{name}.sse").read_bytes()


def as_json(value: object, status: int = 200, **headers: str) -> Answer:
    """A JSON answer."""
    body = json.dumps(value).encode()
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return Answer(status=status, content_type="application/json", headers=named, body=body)


class Loopback:
    """Answers each connection with the next of `answers`; every connection serves one request."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.received: list[Received] = []
        self.gone = threading.Event()
        self._over = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._threads = [threading.Thread(target=self._serve)]

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        socket.create_connection(("127.0.0.1", self.port)).close()
        for thread in self._threads:
            thread.join(WAIT_SECONDS)
        self._listener.close()

    def _serve(self) -> None:
        while not self._over.is_set():
            connection, _ = self._listener.accept()
            if self._over.is_set():
                connection.close()
                return
            worker = threading.Thread(target=self._answer, args=(connection,))
            self._threads.append(worker)
            worker.start()

    def _answer(self, connection: socket.socket) -> None:
        with connection:
            connection.settimeout(WAIT_SECONDS)
            request = _read(connection)
            if request is None:
                return
            self.received.append(request)
            answer = self.answers.pop(0) if self.answers else as_json({"error": "no answer is left"}, 500)
            with suppress(BrokenPipeError, ConnectionResetError):  # a client leaves once it knows enough
                _send(connection, answer)
                if answer.ending == "trickle":
                    self._trickle(connection, answer.more)
            if answer.ending == "stall":
                self._until_gone(connection)

    def _trickle(self, connection: socket.socket, more: bytes) -> None:
        while not self._over.wait(0.05):
            connection.sendall(_chunk(more))

    def _until_gone(self, connection: socket.socket) -> None:
        try:
            if connection.recv(1) == b"":
                self.gone.set()
        except OSError:
            self.gone.set()


def _send(connection: socket.socket, answer: Answer) -> None:
    connection.sendall(answer.head())
    if answer.body:
        connection.sendall(_chunk(answer.body))
    if answer.ending == "whole":
        connection.sendall(b"0\r\n\r\n")


def _chunk(data: bytes) -> bytes:
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


def _read(connection: socket.socket) -> Received | None:
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(65536)
        if not piece:
            return None
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    while len(body) < int(headers.get("content-length", 0)):
        body += connection.recv(65536)
    method, path, _ = first.split(" ")
    return Received(
        method=method, path=path, headers=headers, body=json.loads(body) if body else None, raw=body
    )

"""A loopback port in front of a rehearsal, as the line to a service that a test can break and mend."""

import select
import socket
import ssl
import threading
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Literal, Self

TLS = Path(__file__).parents[1] / "wire" / "tls"
LOGIN = b"HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
END_SECONDS = 10.0

Fault = Literal["", "refuse", "login", "hold"]


class Line:
    """Hands bytes on to `target`, a port. Every connection reads anew how it is to behave.

    `certificate` (a name of `tests/wire/tls`) puts TLS on the line; with `proxy` a CONNECT comes before it.
    `fault`: "refuse" has nobody listen, "login" answers a CONNECT with 407, "hold" keeps back what the
    service says; `held` is set once something was, and `release` lets it go.
    """

    def __init__(self, target: int, *, certificate: str = "", proxy: bool = False) -> None:
        self.held = threading.Event()
        self.release = threading.Event()
        self.late = threading.Event()
        self._target = target
        self._certificate = certificate
        self._proxy = proxy
        self._fault: Fault = ""
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]

    def __enter__(self) -> Self:
        self._listen()
        return self

    def __exit__(self, *_: object) -> None:
        self.release.set()
        self.behave(fault="refuse")
        self._listener.close()
        for thread in self._threads:
            thread.join(END_SECONDS)
            assert not thread.is_alive()

    def behave(self, *, fault: Fault = "", certificate: str = "") -> None:
        """Behave so from now on; what is open is cut off."""
        if certificate:
            self._certificate = certificate
        was, self._fault = self._fault, fault
        if fault == "refuse" and was != "refuse":
            self._refuse()
        elif was == "refuse" and fault != "refuse":
            self._listener.listen()
            self._listen()
        with self._lock:
            for one in self._open:
                _hang_up(one)

    def _refuse(self) -> None:
        """Have the port, so that nobody else gets it, and do not listen."""
        _hang_up(self._listener)  # wakes the thread that accepts
        with suppress(OSError):  # where that is not enough
            socket.create_connection(("127.0.0.1", self.port), 1).close()
        self._threads[-1].join(END_SECONDS)
        self._listener.close()
        self._listener = socket.socket()
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._listener.bind(("127.0.0.1", self.port))

    def _listen(self) -> None:
        serving = threading.Thread(target=self._serve, args=(self._listener,), daemon=True)
        self._threads.append(serving)
        serving.start()

    def _serve(self, listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            if self._fault == "refuse":
                connection.close()
                return
            threading.Thread(target=self._carry, args=(connection,), daemon=True).start()

    def _carry(self, connection: socket.socket) -> None:
        """One connection from its beginning to its end."""
        with ExitStack() as ends, suppress(OSError):
            self._kept(connection, ends)
            there = self._kept(socket.create_connection(("127.0.0.1", self._target)), ends)
            if self._proxy and not self._let_through(connection):
                return
            self._between(self._kept(self._encrypted(connection), ends), there)

    def _kept(self, one: socket.socket, ends: ExitStack) -> socket.socket:
        """An open socket that `behave` knows of, until the end."""

        def forget() -> None:
            with self._lock:
                self._open.discard(one)
            one.close()

        with self._lock:
            self._open.add(one)
        ends.callback(forget)
        return one

    def _let_through(self, connection: socket.socket) -> bool:
        head = b""
        while b"\r\n\r\n" not in head:
            head += connection.recv(1)  # no byte of the TLS behind it
        assert head.startswith(b"CONNECT ")
        connection.sendall(LOGIN if self._fault == "login" else b"HTTP/1.1 200 OK\r\n\r\n")
        return self._fault != "login"

    def _encrypted(self, connection: socket.socket) -> socket.socket:
        if not self._certificate:
            return connection
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(TLS / f"{self._certificate}.pem")
        return context.wrap_socket(connection, server_side=True)

    def _between(self, here: socket.socket, there: socket.socket) -> None:
        """Hand on what comes on either side, until one of them ends."""
        while True:
            for side in select.select([here, there], [], [])[0]:
                came = side.recv(65536)
                if not came:
                    return
                if side is there and self._fault == "hold":
                    self.held.set()
                    self.release.wait(END_SECONDS)
                    here.sendall(came)
                    self.late.set()
                    continue
                (there if side is here else here).sendall(came)


def _hang_up(one: socket.socket) -> None:
    with suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)

"""Connections: a stop and a time limit reach each of their waits; the first address that answers is taken."""

import socket
import ssl
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import httpcore2
import pytest

from copilot.providers.bridge import Bridge
from copilot.providers.call import current
from copilot.providers.network import Encrypted, Network, _addresses, _connected
from copilot.vocabulary.errors import TurnCancelledError

CERTIFICATE = Path(__file__).parent.parent / "wire" / "tls" / "elsewhere.pem"


@pytest.fixture
def silent() -> Iterator[socket.socket]:
    """A server that takes connections and says and reads nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener


def port_of(listener: socket.socket) -> int:
    port: int = listener.getsockname()[1]
    return port


def full() -> tuple[socket.socket, list[socket.socket]]:
    """A server that does not answer: its queue is full. And who stands in the queue."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=0)
    queue: list[socket.socket] = []
    for _ in range(3):
        queue.append(socket.socket())
        queue[-1].setblocking(False)
        with suppress(BlockingIOError):
            queue[-1].connect(listener.getsockname())
    return listener, queue


def client_context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def stopped_in(bridge: Bridge, work: Callable[[], object]) -> None:
    """`work` ends, once it waits, by a stop, and by a time limit."""
    stopped = threading.Event()
    threading.Timer(0.1, stopped.set).start()
    with pytest.raises(TurnCancelledError):
        bridge.call(work, stopped.is_set)

    def hurried() -> bool:
        with suppress(Exception), current().within(0.1):
            work()
        return current().expired

    assert bridge.call(hurried)


def test_a_read(bridge: Bridge, silent: socket.socket) -> None:
    stream = Network().connect_tcp("127.0.0.1", port_of(silent), 5.0)
    stopped_in(bridge, lambda: stream.read(10))
    with pytest.raises(httpcore2.ReadTimeout):
        stream.read(10, 0.01)
    stream.close()
    with pytest.raises(httpcore2.ReadError):
        stream.read(10)


def test_a_write(bridge: Bridge, silent: socket.socket) -> None:
    stream = Network().connect_tcp("127.0.0.1", port_of(silent), 5.0)
    stopped_in(bridge, lambda: stream.write(b"x" * 2**26))
    with pytest.raises(httpcore2.WriteTimeout):
        stream.write(b"x" * 2**26, 0.01)
    stream.close()


def test_a_handshake(bridge: Bridge, silent: socket.socket) -> None:
    def shake() -> None:
        Network().connect_tcp("localhost", port_of(silent), 5.0).start_tls(client_context(), "localhost")

    stopped_in(bridge, shake)
    with pytest.raises(httpcore2.ConnectTimeout):
        Network().connect_tcp("127.0.0.1", port_of(silent)).start_tls(client_context(), "localhost", 0.01)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a full queue refuses")
def test_a_connection_that_is_not_answered(bridge: Bridge) -> None:
    listener, queue = full()
    stopped_in(bridge, lambda: Network().connect_tcp("127.0.0.1", port_of(listener)))
    with pytest.raises(httpcore2.ConnectTimeout):
        Network().connect_tcp("127.0.0.1", port_of(listener), 0.01)
    for one in (listener, *queue):
        one.close()


def test_an_address_that_refuses_is_passed_over(silent: socket.socket) -> None:
    with socket.create_server(("127.0.0.1", 0)) as reserved:
        closed = port_of(reserved)
    end = time.monotonic() + 5
    refusing, good = (_addresses("127.0.0.1", port, end)[0] for port in (closed, port_of(silent)))
    with _connected([refusing, good], end, None) as made:
        assert made.getpeername() == silent.getsockname()
    with pytest.raises(OSError, match="refused"):
        _connected([refusing], end, None)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a full queue refuses")
def test_an_address_that_is_silent_is_not_waited_for_alone(silent: socket.socket) -> None:
    listener, queue = full()
    end = time.monotonic() + 5
    mute, good = (_addresses("127.0.0.1", port_of(one), end)[0] for one in (listener, silent))
    with _connected([mute, good], end, None) as made:
        assert made.getpeername() == silent.getsockname()
    for one in (listener, *queue):
        one.close()


def test_a_name_that_does_not_exist() -> None:
    with pytest.raises(httpcore2.ConnectError) as raised:
        Network().connect_tcp("nowhere.invalid", 80, 5.0)
    assert isinstance(raised.value.__cause__, socket.gaierror)


def echo(listener: socket.socket, layers: int) -> None:
    """Say back what comes over one connection with so many layers of TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    connection, _ = listener.accept()
    with context.wrap_socket(connection, server_side=True) if layers else connection as outer:
        if layers < 2:
            while came := outer.recv(65536):
                outer.sendall(came)
            return
        came_in, to_go = ssl.MemoryBIO(), ssl.MemoryBIO()
        inner = context.wrap_bio(came_in, to_go, server_side=True)
        shaken = False
        while came := outer.recv(65536):
            came_in.write(came)
            with suppress(ssl.SSLWantReadError):
                if not shaken:
                    inner.do_handshake()
                    shaken = True
                while words := inner.read(65536):
                    inner.write(words)
            outer.sendall(to_go.read())


@pytest.mark.parametrize("layers", [1, 2])
def test_what_is_written_through_tls_comes_back(silent: socket.socket, layers: int) -> None:
    server = threading.Thread(target=echo, args=(silent, layers))
    server.start()
    stream: httpcore2.NetworkStream = Network().connect_tcp("127.0.0.1", port_of(silent), 5.0)
    for _ in range(layers):
        stream = stream.start_tls(client_context(), "localhost", 5.0)
    assert isinstance(stream, Encrypted)
    assert stream.get_extra_info("ssl_object").version() == "TLSv1.3"
    words = bytes(range(256)) * 400
    stream.write(words, 5.0)
    back = b""
    while len(back) < len(words):
        back += stream.read(65536, 5.0)
    assert back == words
    assert not stream.get_extra_info("is_readable")
    stream.close()
    server.join(10)
    assert not server.is_alive()


HEAD, BODY = b"POST / HTTP/1.1\r\ncontent-length: 2\r\n\r\n", b"{}"


@pytest.mark.parametrize("layers", [0, 1])
def test_the_head_of_a_post_leaves_with_its_body(silent: socket.socket, layers: int) -> None:
    stream: httpcore2.NetworkStream = Network().connect_tcp("127.0.0.1", port_of(silent), 5.0)
    server = threading.Thread(target=echo, args=(silent, layers))
    server.start()
    for _ in range(layers):
        stream = stream.start_tls(client_context(), "localhost", 5.0)
    for _ in range(2):
        stream.write(HEAD, 5.0)
        stream.write(BODY, 5.0)
        assert stream.read(65536, 5.0) == HEAD + BODY, "in one piece"
    stream.write(HEAD, 5.0)
    assert stream.read(65536, 5.0) == HEAD, "not held back where no body comes"
    stream.write(HEAD.replace(b"POST", b"GET"), 5.0)
    assert stream.read(65536, 5.0).startswith(b"GET")
    stream.close()
    server.join(10)
    assert not server.is_alive()


def test_a_connection_that_the_other_side_closed_is_seen(silent: socket.socket) -> None:
    stream = Network().connect_tcp("127.0.0.1", port_of(silent), 5.0)
    there, _ = silent.accept()
    assert stream.get_extra_info("is_readable") is False
    there.close()
    while not stream.get_extra_info("is_readable"):
        time.sleep(0.001)
    assert stream.read(10, 5.0) == b""
    stream.close()
    assert stream.get_extra_info("is_readable") is True

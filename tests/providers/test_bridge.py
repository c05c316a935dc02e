"""The bridge: a stop is felt at once wherever a call waits, and nothing goes on once it is closed."""

import threading
import time
from collections.abc import Generator

import pytest

from copilot.providers.base import Chunk, TextChunk
from copilot.providers.bridge import Bridge
from copilot.providers.call import beside, current
from copilot.vocabulary.errors import TruncatedError, TurnCancelledError


def never() -> bool:
    return False


def silence() -> None:
    """What a read does while nothing comes."""
    while True:
        time.sleep(current().pause())


def test_chunks_arrive_in_order_and_the_error_after_them(bridge: Bridge) -> None:
    def chunks() -> Generator[Chunk]:
        yield TextChunk(text="a")
        yield TextChunk(text="b")
        raise TruncatedError("broke off")

    found: list[Chunk] = []
    with pytest.raises(TruncatedError, match="broke off"):
        found.extend(bridge.iterate(chunks, never))
    assert found == [TextChunk(text="a"), TextChunk(text="b")]


def test_a_stop_is_felt_while_nothing_comes_and_the_request_is_let_go(bridge: Bridge) -> None:
    let_go: list[bool] = []

    def silent() -> Generator[Chunk]:
        try:
            yield TextChunk(text="a")
            silence()
        finally:
            let_go.append(True)

    stopped = threading.Event()
    chunks = bridge.iterate(silent, stopped.is_set)
    assert next(chunks) == TextChunk(text="a")
    threading.Timer(0.1, stopped.set).start()
    with pytest.raises(TurnCancelledError):
        next(chunks)
    assert let_go == [True]


def test_leaving_the_loop_early_lets_the_request_go_and_reads_no_rest(bridge: Bridge) -> None:
    let_go: list[bool] = []

    def endless() -> Generator[Chunk]:
        try:
            while True:
                yield TextChunk(text="a")
        finally:
            let_go.append(True)
            silence()

    chunks = bridge.iterate(endless, never)
    next(chunks)
    with pytest.raises(Exception, match="too long"):
        chunks.close()
    assert let_go == [True]


def test_between_two_chunks_the_thread_is_in_no_call(bridge: Bridge) -> None:
    def chunks() -> Generator[Chunk]:
        current().held = True
        yield TextChunk(text="a")
        assert current().held
        yield TextChunk(text="b")

    for _ in bridge.iterate(chunks, never):
        assert not current().held
        assert bridge.call(lambda: current().held) is False


def test_a_call_returns_raises_and_is_stopped(bridge: Bridge) -> None:
    def fails() -> int:
        raise TruncatedError("no")

    def wraps() -> None:
        try:
            silence()
        except Exception as error:
            raise ValueError("an SDK says it in its own way") from error

    assert bridge.call(lambda: 2) == 2
    with pytest.raises(TruncatedError):
        bridge.call(fails)
    with pytest.raises(TurnCancelledError):
        bridge.call(silence, lambda: True)
    for work in (silence, wraps):
        stopped = threading.Event()
        threading.Timer(0.05, stopped.set).start()
        with pytest.raises(TurnCancelledError):
            bridge.call(work, stopped.is_set)


def test_what_cannot_be_interrupted_is_left_to_itself(bridge: Bridge) -> None:
    """As the loading of an SDK and the looking up of a name."""
    stopped, goes_on, done = threading.Event(), threading.Event(), threading.Event()

    def long() -> None:
        stopped.set()
        goes_on.wait()
        done.set()

    with pytest.raises(TurnCancelledError):
        bridge.call(lambda: beside(long)(float("inf")), stopped.is_set)
    assert not done.is_set()
    goes_on.set()
    assert done.wait(10)


def test_what_is_done_beside_raises_where_it_is_waited_for() -> None:
    def fails() -> None:
        raise OSError("no such host")

    with pytest.raises(OSError, match="no such host"):
        beside(fails)(float("inf"))
    blocked = threading.Event()
    with pytest.raises(TimeoutError):
        beside(blocked.wait)(time.monotonic())  # type: ignore[arg-type]
    blocked.set()


def test_what_is_loaded_is_loaded_once_and_one_thing_at_a_time(bridge: Bridge) -> None:
    loaded: list[str] = []
    busy = threading.Lock()

    def load(name: str) -> None:
        assert busy.acquire(blocking=False)
        time.sleep(0.01)
        loaded.append(name)
        busy.release()

    waits = [bridge.once(name, lambda name=name: load(name)) for name in ("a", "b", "a", "c")]
    for wait in waits:
        wait(float("inf"))
    assert sorted(loaded) == ["a", "b", "c"]


def test_close_ends_whoever_waits() -> None:
    bridge = Bridge()
    begun = threading.Event()

    def silent() -> Generator[Chunk]:
        begun.set()
        silence()
        yield TextChunk(text="never")

    ended: list[BaseException] = []

    def wait() -> None:
        try:
            next(bridge.iterate(silent, never))
        except TurnCancelledError as error:
            ended.append(error)

    waiting = threading.Thread(target=wait)
    waiting.start()
    assert begun.wait(10)
    bridge.close()
    waiting.join(5)
    assert [str(error) for error in ended] == ["the program is closing"]
    bridge.close()
    with pytest.raises(TurnCancelledError):
        next(bridge.iterate(silent, never))
    with pytest.raises(TurnCancelledError):
        bridge.call(lambda: 2)


def test_close_says_where_a_client_cannot_be_closed() -> None:
    bridge = Bridge()

    def fails() -> None:
        raise OSError("the connection is gone")

    bridge.at_close(fails)
    with pytest.raises(OSError, match="gone"):
        bridge.close()

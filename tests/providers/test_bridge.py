"""The bridge: chunks cross threads in order, a stop is felt at once, nothing is left running."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator

import pytest

from copilot.providers.base import Chunk, TextChunk
from copilot.providers.bridge import Bridge
from copilot.vocabulary.errors import TruncatedError, TurnCancelledError


def never() -> bool:
    return False


def test_chunks_arrive_in_order_and_the_error_after_them(bridge: Bridge) -> None:
    async def chunks() -> AsyncIterator[TextChunk]:
        yield TextChunk(text="a")
        yield TextChunk(text="b")
        raise TruncatedError("broke off")

    found: list[Chunk] = []
    with pytest.raises(TruncatedError, match="broke off"):
        found.extend(bridge.iterate(chunks, never))
    assert found == [TextChunk(text="a"), TextChunk(text="b")]


def test_a_stop_is_felt_while_nothing_comes_and_the_request_is_let_go(bridge: Bridge) -> None:
    let_go = threading.Event()

    async def silent() -> AsyncIterator[TextChunk]:
        try:
            yield TextChunk(text="a")
            await asyncio.Event().wait()
        finally:
            let_go.set()

    stopped = threading.Event()
    chunks = bridge.iterate(silent, stopped.is_set)
    assert next(chunks) == TextChunk(text="a")
    threading.Timer(0.1, stopped.set).start()
    began = time.monotonic()
    with pytest.raises(TurnCancelledError):
        next(chunks)
    assert time.monotonic() - began < 1
    assert let_go.wait(1)


def test_leaving_the_loop_early_lets_the_request_go(bridge: Bridge) -> None:
    let_go = threading.Event()

    async def endless() -> AsyncIterator[TextChunk]:
        try:
            while True:
                yield TextChunk(text="a")
                await asyncio.sleep(0)
        finally:
            let_go.set()

    chunks = bridge.iterate(endless, never)
    next(chunks)
    chunks.close()  # type: ignore[attr-defined]
    assert let_go.wait(1)


def test_a_call_returns_raises_and_is_stopped(bridge: Bridge) -> None:
    async def two() -> int:
        return 2

    async def fails() -> int:
        raise TruncatedError("no")

    async def silent() -> int:
        await asyncio.Event().wait()
        return 0

    assert bridge.call(two) == 2
    with pytest.raises(TruncatedError):
        bridge.call(fails)
    with pytest.raises(TurnCancelledError):
        bridge.call(silent, lambda: True)


def test_close_ends_the_thread_and_whoever_waits() -> None:
    bridge = Bridge()
    before = threading.active_count()

    async def silent() -> AsyncIterator[TextChunk]:
        await asyncio.Event().wait()
        yield TextChunk(text="never")

    ended: list[BaseException] = []

    def wait() -> None:
        try:
            next(bridge.iterate(silent, never))
        except TurnCancelledError as error:
            ended.append(error)

    waiting = threading.Thread(target=wait)
    waiting.start()
    bridge.close()
    waiting.join(5)
    assert len(ended) == 1
    assert threading.active_count() == before - 1
    bridge.close()
    with pytest.raises(TurnCancelledError):
        next(bridge.iterate(silent, never))


def test_close_ends_the_thread_also_where_a_client_cannot_be_closed() -> None:
    before = threading.active_count()
    bridge = Bridge()

    async def fails() -> None:
        raise OSError("the connection is gone")

    bridge.at_close(fails)
    with pytest.raises(OSError, match="gone"):
        bridge.close()
    assert threading.active_count() == before

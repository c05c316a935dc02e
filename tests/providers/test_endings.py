"""How an answer ends: every generator of the chain in order, none left to the garbage collector."""

import asyncio
import gc
import sys
from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loopback import Answer, Loopback, recorded
from talk import PROVIDERS, chunks_of, made, never, request_to

from copilot.providers import stream as ending
from copilot.providers.base import Done, TextChunk
from copilot.providers.bridge import Bridge
from copilot.providers.failures import Service
from copilot.providers.stream import watched
from copilot.vocabulary.errors import BadResponseError

SERVICE = Service(name="any", base_url="http://127.0.0.1:1")


@pytest.fixture
def left(bridge: Bridge) -> list[str]:
    """The names of generators on the bridge's loop that were left before their end, as they are found."""
    found: list[str] = []

    async def look() -> None:
        loop_keeps, loop_closes = sys.get_asyncgen_hooks()

        def told(generator: object) -> None:
            found.append(str(getattr(generator, "__qualname__", generator)))
            loop_closes(generator)  # type: ignore[misc]

        sys.set_asyncgen_hooks(loop_keeps, told)

    bridge.call(look)
    return found


def collected(bridge: Bridge, found: list[str]) -> list[str]:
    """`found`, after everything that can be found has been."""

    async def settle() -> None:
        gc.collect()
        for _ in range(20):
            await asyncio.sleep(0)
        gc.collect()

    bridge.call(settle)
    return found


@pytest.mark.parametrize(
    ("name", "ending"),
    # Gemini's stream has no closing event: it is over when the service ends it.
    [(name, "whole") for name in PROVIDERS] + [(name, "stall") for name in PROVIDERS if name != "gemini"],
)
def test_an_answer_leaves_nothing_to_the_collector(
    name: str, ending: str, bridge: Bridge, left: list[str]
) -> None:
    with Loopback(Answer(body=recorded(name, "answer"), ending=ending)) as server:  # type: ignore[arg-type]
        assert isinstance(chunks_of(made(name, server.url, bridge), request_to(name))[-1], Done)
    assert collected(bridge, left) == []


@pytest.mark.parametrize("name", PROVIDERS)
def test_a_stopped_answer_leaves_nothing_either(name: str, bridge: Bridge, left: list[str]) -> None:
    with Loopback(Answer(body=recorded(name, "answer")[:-40], ending="stall")) as server:
        chunks = made(name, server.url, bridge).stream(request_to(name), never)
        next(chunks)
        chunks.close()  # type: ignore[attr-defined]
        assert server.gone.wait(10)
    assert collected(bridge, left) == []


def test_leaving_a_stream_reads_what_is_left_of_it(bridge: Bridge) -> None:
    async def leave() -> list[str]:
        told: list[str] = []

        async def events() -> AsyncIterator[str]:
            try:
                for word in ("one", "last", "after"):
                    yield word
                    told.append(word)
            finally:
                told.append("ended")

        stream = watched(events(), SERVICE)
        assert [await anext(stream), await anext(stream)] == ["one", "last"]
        await stream.aclose()
        return told

    assert bridge.call(leave) == ["one", "last", "after", "ended"]


@given(
    st.lists(
        st.sampled_from(
            [b": note", b"data: {}", b"data: [", b"data:[", b"event: a", b"", b"d", b"data: [1]"]
        ),
        max_size=8,
    ),
    st.sampled_from([b"\n", b"\r\n", b"\r"]),
    st.booleans(),
    st.data(),
)
def test_lines_are_the_same_however_the_pieces_fall(
    lines: list[bytes], end: bytes, done: bool, data: st.DataObject
) -> None:
    kept = b"".join(line + end for line in lines if not line.startswith(b":"))
    sent = b"".join(line + end for line in lines)
    if done:
        sent += b"data: [DONE]" + end + b"data: {}" + end
    at = sorted(data.draw(st.lists(st.integers(0, len(sent)), max_size=6)))
    reader = ending._Lines()
    given_on = b"".join(reader.take(sent[a:b]) for a, b in zip([0, *at], [*at, len(sent)], strict=True))
    assert given_on + reader.rest() == kept
    assert reader.done is done


def test_a_body_without_end_is_an_error(bridge: Bridge, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ending, "MAX_BODY", 1000)
    with (
        Loopback(Answer(body=b"data: " + b"x" * 2000)) as server,
        pytest.raises(BadResponseError, match="MiB"),
    ):
        chunks_of(made("openai", server.url, bridge), request_to("openai"))


def test_text_before_the_end_mark_is_not_held_back(bridge: Bridge) -> None:
    body = recorded("compatible", "answer")
    with Loopback(Answer(body=body, ending="stall")) as server:
        first = next(made("compatible", server.url, bridge).stream(request_to("compatible"), never))
    assert isinstance(first, TextChunk)

"""How an answer ends: what is left of it is read or cut off, and its connection let go of."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loopback import Answer, Loopback, recorded
from talk import PROVIDERS, chunks_of, made, never, request_to

from copilot.providers import stream as ending
from copilot.providers.base import Done, TextChunk
from copilot.providers.bridge import Bridge
from copilot.providers.failures import Service
from copilot.providers.watching import watched
from copilot.vocabulary.errors import BadResponseError

SERVICE = Service(name="any", base_url="http://127.0.0.1:1")


@pytest.mark.parametrize(
    ("name", "ending"),
    # Gemini's stream has no closing event: it is over when the service ends it.
    [(name, "whole") for name in PROVIDERS] + [(name, "stall") for name in PROVIDERS if name != "gemini"],
)
def test_a_whole_answer_leaves_its_connection_to_the_next_request_or_closes_it(
    name: str, ending: str, bridge: Bridge
) -> None:
    with Loopback(Answer(body=recorded(name, "answer"), ending=ending)) as server:  # type: ignore[arg-type]
        assert isinstance(chunks_of(made(name, server.url, bridge), request_to(name))[-1], Done)
        assert ending == "whole" or server.gone.wait(10)


@pytest.mark.parametrize("name", PROVIDERS)
def test_an_answer_that_is_left_is_let_go_of_at_once(name: str, bridge: Bridge) -> None:
    with Loopback(Answer(body=recorded(name, "answer")[:-40], ending="stall")) as server:
        chunks = made(name, server.url, bridge).stream(request_to(name), never)
        next(chunks)
        chunks.close()
        assert server.gone.wait(10)


def test_leaving_a_stream_reads_what_is_left_of_it(bridge: Bridge) -> None:
    def leave() -> list[str]:
        told: list[str] = []

        def events() -> Iterator[str]:
            try:
                for word in ("one", "last", "after"):
                    yield word
                    told.append(word)
            finally:
                told.append("ended")

        stream = watched(events(), SERVICE)
        assert [next(stream), next(stream)] == ["one", "last"]
        stream.close()
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

"""Area `wire` of the hostile cases: what a service, a proxy or a network may answer.

Each claim points at the test that proves it, or proves it here where no other test does. The fault matrix
(`tests/front_door/test_front_door_faults.py`) runs them through the whole program.
"""

import gzip
import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hostile import case

from copilot.ai.history import repair
from copilot.providers.base import Done, Place, Request
from copilot.providers.bridge import Bridge
from copilot.rehearsal.scenario import parse_scenario
from copilot.rehearsal.server import RehearsalServer
from copilot.vocabulary.errors import (
    BadResponseError,
    ContextTooLongError,
    NetworkError,
    ProviderError,
    QuotaError,
    RateLimitedError,
    TruncatedError,
    TurnCancelledError,
    UnavailableError,
)
from copilot.vocabulary.messages import Message, Text, ToolResult
from copilot.vocabulary.values import ModelChoice, ProviderName, ToolSpec, Usage

MODELS: dict[ProviderName, str] = {
    "anthropic": "claude-sonnet-5-5",
    "gemini": "gemini-3.8-flash",
    "openai": "gpt-6-astra",
    "compatible": "local",
}
ALL = pytest.mark.parametrize("name", MODELS)
TOOL = ToolSpec(name="look", description="Look.", parameters={"type": "object", "properties": {}})
ASKED = Message(id="u", parent=None, role="user", parts=(Text(text="hi"),), at=0.0)


@pytest.fixture
def bridge() -> Iterator[Bridge]:
    bridge = Bridge()
    yield bridge
    bridge.close()


def provider(name: str, url: str, bridge: Bridge, **more: Any) -> Any:
    from importlib import import_module

    base_url = url + "/v1" if name in ("openai", "compatible") else url
    return import_module(f"copilot.providers.{name}").make(
        key="test-key-0123456789", base_url=base_url, api_version="", on_wire=_unheard, bridge=bridge, **more
    )


def _unheard(record: object) -> None:
    del record


def request(name: Any) -> Request:
    model = ModelChoice(provider=name, model=MODELS[name], max_output_tokens=1000)
    return Request(model=model, system="S", tools=(TOOL,), messages=(ASKED,))


def answered(name: str, bridge: Bridge, parts: str) -> Done:
    """The last chunk of an answer made of these parts of a scenario."""
    with RehearsalServer(parse_scenario(f"[[rule]]\nanswer = [{parts}]")) as server:
        *_, done = provider(name, server.url, bridge).stream(request(name), lambda: False)
    assert isinstance(done, Done)
    return done


def failed(name: str, bridge: Bridge, parts: str) -> ProviderError:
    """The error that an answer made of these parts leads to."""
    with pytest.raises(ProviderError) as raised:
        answered(name, bridge, parts)
    assert raised.value.hint
    return raised.value


@ALL
def test_a_captive_portal(name: str, bridge: Bridge) -> None:
    assert "captive portal" in case("wire-001")
    error = failed(name, bridge, '{ fault = "html" }')
    assert type(error) is BadResponseError
    assert not error.retryable
    assert "not a provider response (text/html; charset=utf-8): <!DOCTYPE html>" in str(error)


@ALL
def test_a_second_to_wait(name: str, bridge: Bridge) -> None:
    assert case("wire-003") == "429 retry-after: 1"
    error = failed(name, bridge, '{ fault = "status", status = 429, retry_after = 1 }')
    assert isinstance(error, RateLimitedError)
    assert (error.retryable, error.retry_after) == (True, 1.0)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("anthropic", "enforced_spend_limit_reached"),
        ("openai", "insufficient_quota"),
        ("compatible", "insufficient_quota"),
        ("gemini", "GenerateRequestsPerDay"),
    ],
)
def test_money_is_never_tried_again(name: str, code: str, bridge: Bridge) -> None:
    assert "insufficient_quota" in case("wire-005")
    error = failed(name, bridge, f'{{ fault = "status", status = 429, code = "{code}" }}')
    assert type(error) is QuotaError
    assert not error.retryable
    assert "billing" in error.hint


@ALL
def test_an_error_in_the_middle(name: str, bridge: Bridge) -> None:
    assert "mid-stream after text" in case("wire-007")
    assert isinstance(failed(name, bridge, '{ text = "So " }, { fault = "error" }'), UnavailableError)


@ALL
def test_a_stream_that_ends_inside_json(name: str, bridge: Bridge) -> None:
    assert case("wire-009") == "SSE truncated inside JSON"
    error = failed(name, bridge, '{ text = "So " }, { fault = "cut" }')
    assert type(error) is TruncatedError
    assert "JSON" not in str(error)


@ALL
@pytest.mark.parametrize("fault", ["stall", "trickle", "silent"])
def test_silence_and_crawling_can_be_stopped(name: str, fault: str, bridge: Bridge) -> None:
    """The time limits themselves are in the fault matrix."""
    assert (case("wire-011"), case("wire-013")) == ("stall: no bytes for N s", "one byte per second forever")
    stop = threading.Event()
    with RehearsalServer(parse_scenario(f'[[rule]]\nanswer = [{{ fault = "{fault}" }}]')) as server:
        threading.Timer(0.2, stop.set).start()
        with pytest.raises(TurnCancelledError):
            list(provider(name, server.url, bridge).stream(request(name), stop.is_set))


@ALL
def test_an_empty_answer_is_no_block(name: str, bridge: Bridge) -> None:
    assert "empty content" in case("wire-015")
    done = answered(name, bridge, '{ text = "" }')
    assert (done.parts, done.stop) == ((), "end")


@ALL
@pytest.mark.filterwarnings("ignore:.* is not a valid")
def test_a_stop_reason_that_nobody_knows(name: str, bridge: Bridge) -> None:
    assert "unknown stop_reason" in case("wire-017")
    done = answered(name, bridge, '{ text = "So " }, { call = "look" }, { finish = "nap_time" }')
    assert (done.parts[0].text, len(done.parts), done.stop) == ("So ", 1, "other")  # type: ignore[union-attr]
    assert "nap_time" in done.detail


@ALL
def test_half_a_call_is_no_call(name: str, bridge: Bridge) -> None:
    assert "half JSON arguments" in case("wire-019")
    raw = "" if name == "gemini" else ", raw = '{\"pa'"
    done = answered(name, bridge, f'{{ call = "look"{raw} }}, {{ finish = "max_tokens" }}')
    assert (done.parts, done.stop) == ((), "max_tokens")


def test_a_result_without_its_call_is_not_sent() -> None:
    assert "tool_result for an id" in case("wire-021")
    orphan = ToolResult(call_id="gone", name="look", output="x")
    lost = Message(id="t", parent="u", role="tool", parts=(orphan,), at=0.0)
    assert repair([ASKED, lost]) == (ASKED,)


@pytest.mark.parametrize("reason", ["MALFORMED_FUNCTION_CALL", "UNEXPECTED_TOOL_CALL", "MALFORMED_RESPONSE"])
def test_a_call_that_gemini_cannot_read(reason: str, bridge: Bridge) -> None:
    """That it is asked for once more, with a hint, is in the fault matrix."""
    assert reason in case("wire-023")
    done = answered("gemini", bridge, f'{{ call = "look" }}, {{ finish = "{reason}" }}')
    assert (done.parts, done.stop, done.detail) == ((), "malformed", reason)


def test_a_cache_of_geminis_that_is_over(tmp_path: Path, bridge: Bridge) -> None:
    """Every other way in which a cache can fail is in tests/providers/test_gemini_cache.py."""
    assert "cachedContent 403/404" in case("wire-025")
    now = [1_800_000_000.0]
    scenario = parse_scenario("[caches]\nminimum = 100\n[[rule]]\nanswer = [{ text = 'Well.' }]")
    with RehearsalServer(scenario, clock=lambda: now[0]) as server:
        gemini = provider("gemini", server.url, bridge, place=Place(state=tmp_path, project="p"))
        asked = replace(request("gemini"), system="You help with the code below.\n" * 40)
        asked = replace(asked, model=replace(asked.model, model="gemini-rehearsed"))

        def cached() -> int:
            *_, done = gemini.stream(asked, lambda: False)
            return done.usage.cache_read_tokens

        for _ in range(3):
            before = cached()
        now[0] += 4000
        gemini.preview(asked, lambda: False)  # what is done between two requests is done by then
        over, after = cached(), cached()
    assert (before > 0, over, after > 0) == (True, 0, True)


@pytest.mark.parametrize("status", [400, 413])
def test_too_long_is_not_tried_unchanged(status: int, bridge: Bridge) -> None:
    assert "413" in case("wire-027")
    words = "prompt is too long: 205000 tokens > 200000 maximum"
    error = failed("anthropic", bridge, f'{{ fault = "status", status = {status}, message = "{words}" }}')
    assert type(error) is ContextTooLongError
    assert not error.retryable
    ended = '{ text = "So " }, { finish = "model_context_window_exceeded" }'
    assert type(failed("anthropic", bridge, ended)) is ContextTooLongError


def test_comments_in_a_stream_do_no_harm(bridge: Bridge) -> None:
    assert "keepalive" in case("wire-029")
    done = answered("gemini", bridge, '{ text = "a b c d", piece = 1, delay = 0.01 }')
    assert done.parts == (Text(text="a b c d"),)
    said = {"candidates": [{"content": {"parts": [{"text": "x"}]}, "finishReason": "STOP"}]}
    with Raw(b": keepalive\n\ndata: " + json.dumps(said).encode() + b"\n\n") as url:
        *_, done = provider("gemini", url, bridge).stream(request("gemini"), lambda: False)
    assert isinstance(done, Done)
    assert done.parts == (Text(text="x"),)


@ALL
def test_a_bomb_is_not_unpacked(name: str, bridge: Bridge) -> None:
    assert case("wire-031") == "gzip bomb response"
    bomb = gzip.compress(b"data: " + b"0" * (64 * 2**20 + 1))
    with (
        Raw(bomb, "content-encoding: gzip") as url,
        pytest.raises(BadResponseError, match="more than 64 MiB"),
    ):
        list(provider(name, url, bridge).stream(request(name), lambda: False))


@ALL
def test_a_network_that_is_not_there(name: str, bridge: Bridge) -> None:
    """Proxies are in tests/providers/test_progress.py; that the message is kept, in the fault matrix."""
    assert "DNS failure" in case("wire-033")
    with pytest.raises(NetworkError, match=r"DNS|could not connect") as raised:
        list(provider(name, "http://nowhere.invalid", bridge).stream(request(name), lambda: False))
    assert raised.value.hint


def test_events_that_come_twice_count_once(bridge: Bridge) -> None:
    assert "duplicate SSE events" in case("wire-035")
    deltas = [{"type": "response.output_text.delta", "sequence_number": 1, "delta": "Once."}] * 2
    item = {"type": "message", "id": "m", "role": "assistant", "status": "completed"}
    item["content"] = [{"type": "output_text", "text": "Once.", "annotations": []}]  # type: ignore[assignment]
    response = {"id": "r", "object": "response", "status": "completed", "output": [item], "error": None}
    events = [*deltas, {"type": "response.completed", "sequence_number": 2, "response": response}]
    raw = b"".join(f"event: {e['type']}\ndata: {json.dumps(e)}\n\n".encode() for e in events)
    with Raw(raw) as url:
        *shown, done = provider("openai", url, bridge).stream(request("openai"), lambda: False)
    assert [chunk.text for chunk in shown] == ["Once."]
    assert done.parts == (Text(text="Once.", provider_data={"id": "m"}),)


@pytest.mark.parametrize("usage", [None, {}, {"prompt_tokens": -5}, {"prompt_tokens": 10**30}])
def test_usage_that_makes_no_sense(usage: object, bridge: Bridge) -> None:
    assert "missing/negative/huge" in case("wire-037")
    piece = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "usage": usage}
    piece["choices"] = [{"index": 0, "delta": {"content": "x"}, "finish_reason": "stop"}]
    with Raw(b"data: " + json.dumps(piece).encode() + b"\n\ndata: [DONE]\n\n") as url:
        *_, done = provider("compatible", url, bridge).stream(request("compatible"), lambda: False)
    assert done.usage == Usage()


@ALL
def test_an_error_that_claims_to_be_fine(name: str, bridge: Bridge) -> None:
    assert "JSON error body" in case("wire-039")
    body = b'{"error": {"message": "gateway is tired"}}'
    with Raw(body, kind="application/json") as url, pytest.raises(BadResponseError, match="gateway is tired"):
        provider(name, url, bridge).models(lambda: False)


class Raw:
    """A server that gives one written answer to everything."""

    def __init__(self, body: bytes, *headers: str, kind: str = "text/event-stream") -> None:
        import socket

        self._listener = socket.create_server(("127.0.0.1", 0))
        lines = ["HTTP/1.1 200 OK", f"content-type: {kind}", f"content-length: {len(body)}", *headers]
        self._answer = "\r\n".join([*lines, "connection: close", "", ""]).encode() + body
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> str:
        self._thread.start()
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def __exit__(self, *_: object) -> None:
        self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(5)
                try:
                    connection.recv(1 << 20)
                    connection.sendall(self._answer)
                    while connection.recv(1 << 16):
                        pass
                except OSError:
                    continue

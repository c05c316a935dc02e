"""Faults on the wire, the same for all four providers: what is said, what never leaves, what is recorded."""

import gzip
import json
import socket
import threading
import time
from dataclasses import replace
from typing import Any

import pytest
from loopback import Answer, Loopback, as_json, recorded
from talk import KEY, PROVIDERS, chunks_of, made, never, request_to, user

from copilot.providers.base import Done, Patience, TextChunk
from copilot.providers.bridge import Bridge
from copilot.providers.failures import Service, retry_after
from copilot.providers.stream import MAX_BODY
from copilot.vocabulary.errors import (
    AuthError,
    BadRequestError,
    BadResponseError,
    NetworkError,
    ProviderError,
    RateLimitedError,
    TruncatedError,
    TurnCancelledError,
    UnavailableError,
)
from copilot.vocabulary.values import WireRecord

pytestmark = pytest.mark.parametrize("name", PROVIDERS)

SSE = b'event: ping\ndata: {"type": "ping"}\n\n'


def failure(name: str, bridge: Bridge, answer: Answer) -> ProviderError:
    """The error that one answer leads to; there must be one, after one request."""
    with Loopback(answer) as server, pytest.raises(ProviderError) as raised:
        chunks_of(made(name, server.url, bridge), request_to(name))
    assert len(server.received) == 1
    assert f"{name} (127.0.0.1:{server.port})" in str(raised.value)
    assert KEY not in str(raised.value)
    return raised.value


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, AuthError),
        (403, AuthError),
        (404, BadRequestError),
        (422, BadRequestError),
        (429, RateLimitedError),
        (500, UnavailableError),
        (529, UnavailableError),
    ],
)
def test_a_status_alone_says_enough(
    name: str, bridge: Bridge, status: int, kind: type[ProviderError]
) -> None:
    page = Answer(status=status, content_type="text/html", body=f"<h1>No, {KEY}</h1>".encode())
    error = failure(name, bridge, page)
    assert type(error) is kind
    assert f"HTTP {status}" in str(error)
    assert "No, [key]" in str(error)


def test_a_login_page_is_no_answer(name: str, bridge: Bridge) -> None:
    error = failure(name, bridge, Answer(content_type="text/html", body=b"<html>Please log in</html>"))
    assert type(error) is BadResponseError
    assert "not a provider response (text/html): <html>Please log in" in str(error)


def test_json_where_a_stream_was_asked_for_is_no_answer(name: str, bridge: Bridge) -> None:
    error = failure(name, bridge, as_json({"error": {"message": "gateway is tired"}}))
    assert type(error) is BadResponseError
    assert "gateway is tired" in str(error)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed_and_the_key_stays_here(name: str, bridge: Bridge, status: int) -> None:
    with Loopback() as elsewhere:
        away = Answer(status=status, headers={"location": f"http://localhost:{elsewhere.port}/v1"})
        error = failure(name, bridge, away)
    assert type(error) is BadResponseError
    assert f"a redirect to localhost:{elsewhere.port}, which is not followed" in str(error)
    assert elsewhere.received == []


def test_an_empty_stream_is_no_answer(name: str, bridge: Bridge) -> None:
    assert type(failure(name, bridge, Answer(body=b""))) is TruncatedError


@pytest.mark.parametrize(
    ("status", "content_type"), [(500, "application/json"), (200, "text/html"), (200, "application/json")]
)
def test_what_an_error_says_does_not_take_for_ever(
    name: str, bridge: Bridge, status: int, content_type: str
) -> None:
    endless = Answer(status=status, content_type=content_type, ending="trickle")
    hurried = replace(request_to(name), patience=Patience(first_byte=0.3))
    with Loopback(endless) as server, pytest.raises(NetworkError) as raised:
        list(made(name, server.url, bridge).stream(hurried, never))
    assert "0.3 s; it was given up" in str(raised.value)
    assert len(server.received) == 1


def test_a_dropped_connection(name: str, bridge: Bridge) -> None:
    begun = recorded(name, "early_end")
    assert type(failure(name, bridge, Answer(body=begun, ending="drop"))) is NetworkError


def test_nobody_listens(name: str, bridge: Bridge) -> None:
    with socket.create_server(("127.0.0.1", 0)) as reserved:
        port = reserved.getsockname()[1]
    with pytest.raises(NetworkError, match="could not connect") as raised:
        chunks_of(made(name, f"http://127.0.0.1:{port}", bridge), request_to(name))
    assert raised.value.hint == "Is the server running at this address?"


def test_a_base_url_that_is_none(name: str, bridge: Bridge) -> None:
    with pytest.raises(BadRequestError, match="the base URL cannot be used"):
        chunks_of(made(name, "ftp://127.0.0.1", bridge), request_to(name))


def test_a_stop_in_the_middle_of_a_stream(name: str, bridge: Bridge) -> None:
    stopped = threading.Event()
    with Loopback(Answer(body=recorded(name, "early_end"), ending="stall")) as server:
        chunks = made(name, server.url, bridge).stream(request_to(name), stopped.is_set)
        assert next(chunks) == TextChunk(text="Hello")
        began = time.monotonic()
        stopped.set()
        with pytest.raises(TurnCancelledError):
            list(chunks)
        assert time.monotonic() - began < 1
        assert server.gone.wait(1)


def test_a_stop_before_the_first_byte(name: str, bridge: Bridge) -> None:
    stopped = threading.Event()
    with Loopback(Answer(ending="stall")) as server:
        threading.Timer(0.3, stopped.set).start()
        with pytest.raises(TurnCancelledError):
            list(made(name, server.url, bridge).stream(request_to(name), stopped.is_set))
        assert not server.received or server.gone.wait(1)


def test_what_is_recorded(name: str, bridge: Bridge) -> None:
    records: list[WireRecord] = []
    body = recorded(name, "answer")
    with Loopback(Answer(body=body)) as server:
        chunks = chunks_of(
            made(name, server.url, bridge, records=records), request_to(name, user(f"my {KEY}"))
        )
    assert isinstance(chunks[-1], Done)
    request, response = records
    received = server.received[0]
    assert (request.provider, request.direction, request.status) == (name, "request", 0)
    assert request.url == server.url + received.path
    assert KEY in json.dumps(received.body)
    assert json.loads(request.body) == json.loads(json.dumps(received.body).replace(KEY, "[key]"))
    assert response == WireRecord(
        provider=name,
        direction="response",
        method="POST",
        url=request.url,
        status=200,
        body=body.decode(),
    )
    assert KEY not in repr(records)


def test_a_request_is_recorded_before_it_leaves(name: str, bridge: Bridge) -> None:
    """Killed in between, the program would have sent what its log does not have."""

    class Heard(list[WireRecord]):
        def append(self, record: WireRecord) -> None:
            time.sleep(0.2)  # a slow disk
            super().append(record)
            arrived.append(len(server.received))

    arrived: list[int] = []
    with Loopback(Answer(body=recorded(name, "answer"))) as server:
        chunks_of(made(name, server.url, bridge, records=Heard()), request_to(name))
    assert arrived == [0, 1]


def test_what_came_before_a_stop_is_recorded_once(name: str, bridge: Bridge) -> None:
    records: list[WireRecord] = []
    with Loopback(Answer(body=recorded(name, "early_end"), ending="stall")) as server:
        chunks = made(name, server.url, bridge, records=records).stream(request_to(name), never)
        next(chunks)
        chunks.close()  # type: ignore[attr-defined]
        assert server.gone.wait(1)
        end = time.monotonic() + 5
        while len(records) < 2 and time.monotonic() < end:
            time.sleep(0.01)
    assert [(r.direction, r.body) for r in records[1:]] == [
        ("response", recorded(name, "early_end").decode())
    ]


def test_a_compressed_answer_is_read_and_a_bomb_is_not(name: str, bridge: Bridge) -> None:
    small = Answer(body=gzip.compress(recorded(name, "answer")), headers={"content-encoding": "gzip"})
    with Loopback(small) as server:
        chunks = chunks_of(made(name, server.url, bridge), request_to(name))
    assert [chunk for chunk in chunks if isinstance(chunk, TextChunk)][-1] == TextChunk(text="lo.")
    bomb = gzip.compress(b"data: " + b"0" * (MAX_BODY + 1))
    error = failure(name, bridge, Answer(body=bomb, headers={"content-encoding": "gzip"}))
    assert type(error) is BadResponseError
    assert "more than 64 MiB" in str(error)


def test_comments_and_bytes_that_are_no_utf_8_do_no_harm(name: str, bridge: Bridge) -> None:
    body = b": keepalive\n\n:\r\n\r\n" + recorded(name, "answer").replace(b"Hel", b"H\xffl")
    with Loopback(Answer(body=body)) as server:
        chunks = chunks_of(made(name, server.url, bridge), request_to(name))
    assert chunks[0] == TextChunk(text="H�l")


def test_the_environment_adds_nothing_and_a_proxy_is_not_asked_for_loopback(
    name: str, bridge: Bridge, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = "from-the-environment"
    for variable in (
        "ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "GOOGLE_API_KEY", "GEMINI_API_KEY", "OPENAI_API_KEY",
        "OPENAI_ADMIN_KEY", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID", "OPENAI_WEBHOOK_SECRET",
    ):  # fmt: skip
        monkeypatch.setenv(variable, secret)
    for variable in ("ANTHROPIC_CUSTOM_HEADERS", "OPENAI_CUSTOM_HEADERS"):
        named = ("x-more", "Authorization", "X-Api-Key", "anthropic-beta", "anthropic-version")
        monkeypatch.setenv(variable, "\n".join(f"{header}: {secret}" for header in named))
    for variable in ("ANTHROPIC_BASE_URL", "OPENAI_BASE_URL", "GOOGLE_GEMINI_BASE_URL"):
        monkeypatch.setenv(variable, "http://127.0.0.1:9")
    for variable in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(variable, "http://127.0.0.1:9")
    monkeypatch.setenv("GOOGLE_GENAI_USE_VERTEXAI", "true")
    monkeypatch.setenv("GOOGLE_GENAI_API_VERSION", "v9")
    with Loopback(Answer(body=recorded(name, "answer"))) as server:
        chunks_of(made(name, server.url, bridge), request_to(name))
    received = server.received[0]
    assert secret not in repr(received)
    assert "v9" not in received.path
    assert KEY in repr(received.headers)


def test_without_a_key_nothing_is_sent_where_one_is_needed(name: str, bridge: Bridge) -> None:
    with Loopback(Answer(body=recorded(name, "answer"))) as server:
        provider = made(name, server.url, bridge, key="")
        if name == "compatible":
            assert isinstance(chunks_of(provider, request_to(name))[-1], Done)
            return
        with pytest.raises(AuthError, match="there is no key"):
            chunks_of(provider, request_to(name))
    assert server.received == []


def test_odd_numbers_and_shapes_do_not_escape(name: str, bridge: Bridge) -> None:
    """Any JSON at all in a stream ends in an answer or in one of our errors."""
    shapes: list[Any] = [None, [], 7, "x", {}, {"type": None}, {"choices": [None]}, {"candidates": [7]}]
    for shape in shapes:
        kind = shape.get("type") if isinstance(shape, dict) else None
        body = f"event: {kind or 'message_start'}\ndata: {json.dumps(shape)}\n\n".encode()
        failure(name, bridge, Answer(body=body))


def test_a_host_that_does_not_exist(name: str, bridge: Bridge) -> None:
    with pytest.raises(NetworkError, match=r"DNS|could not connect"):
        chunks_of(made(name, "http://nowhere.invalid", bridge), request_to(name))


def test_how_long_to_wait_is_read_from_headers(name: str) -> None:
    date = "Sat, 21 Nov 2026 10:00:00 GMT"
    assert retry_after({"retry-after": "2.5"}) == 2.5
    assert retry_after({"retry-after-ms": "250", "retry-after": "9"}) == 0.25
    assert retry_after({"retry-after": "Sat, 21 Nov 2026 10:01:30 GMT", "date": date}) == 90.0
    for zoneless in ("Sat, 21 Nov 2026 10:01:30", "Sat, 21 Nov 2026 10:01:30 -0000"):
        assert retry_after({"retry-after": zoneless, "date": date}) == 90.0
    assert retry_after({"retry-after": "Sat, 21 Nov 99999999999 10:01:30 GMT"}) is None
    assert retry_after({"retry-after": "soon"}) is None
    assert retry_after({"retry-after": "nan"}) is None
    assert retry_after({}) is None
    assert Service(name=name, base_url="https://u:p@h:1/v1").host == "h:1"


def test_an_error_inside_a_good_status_is_an_error(name: str, bridge: Bridge) -> None:
    answer = as_json({"error": {"message": "gateway is tired"}})
    with Loopback(answer) as server, pytest.raises(BadResponseError, match="gateway is tired"):
        made(name, server.url, bridge).models(never)


def test_a_service_that_says_nothing_about_its_models_is_left_when_asked_to(
    name: str, bridge: Bridge
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        provider = made(name, url, bridge)
        began = time.monotonic()
        with pytest.raises(TurnCancelledError):
            provider.models(lambda: time.monotonic() - began > 0.2)
        assert time.monotonic() - began < 5

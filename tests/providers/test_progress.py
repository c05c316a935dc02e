"""Silence, crawling and proxies: what the client's own timeouts see, and what they do not."""

import time
from collections.abc import Iterator
from dataclasses import replace

import httpx2
import pytest
from loopback import Answer, Loopback, recorded
from talk import KEY, chunks_of, made, request_to

from copilot.providers.addresses import is_loopback
from copilot.providers.base import Patience
from copilot.providers.bridge import Bridge
from copilot.providers.call import current
from copilot.providers.failures import Service, fault
from copilot.providers.watching import watched
from copilot.providers.wire import WireClient
from copilot.vocabulary.errors import NetworkError, ProviderError

SERVICE = Service(name="anthropic", base_url="http://127.0.0.1:1", key=KEY)


def test_silence_is_given_up(bridge: Bridge) -> None:
    def get(url: str) -> ProviderError | None:
        client = WireClient(SERVICE, lambda _: None, read_seconds=0.2)
        try:
            client.get(url)
        except httpx2.HTTPError as error:
            return fault(SERVICE, error)
        finally:
            client.close()
        return None

    with Loopback(Answer(content_type="application/json", body=b"{", ending="stall")) as server:
        error = bridge.call(lambda: get(server.url))
    assert type(error) is NetworkError
    assert "nothing came for too long" in str(error)


def crawling(pause: float) -> Iterator[int]:
    number = 0
    while True:
        end = time.monotonic() + pause
        while time.monotonic() < end:
            time.sleep(current().pause(end))
        yield (number := number + 1)


@pytest.mark.parametrize(
    ("patience", "pause", "words"),
    [
        (Patience(first_byte=0.05), 30.0, "no answer began within 0.05 s"),
        (Patience(first_byte=60.0, progress=0.05), 0.1, "no progress for 0.05 s"),
        (Patience(progress=0.05), 30.0, "no answer began within 0.05 s"),
        (Patience(answer=0.2), 0.01, "not done after 0.2 s"),
    ],
)
def test_a_server_that_makes_no_progress_is_given_up(
    bridge: Bridge, patience: Patience, pause: float, words: str
) -> None:
    def drain() -> int:
        seen = 0
        for _ in watched(crawling(pause), SERVICE, patience):
            seen += 1
        return seen

    with pytest.raises(NetworkError, match=words):
        bridge.call(drain)


KEEPALIVE = b'event: keepalive\ndata: {"type":"keepalive","sequence_number":9}\n\n'
IN_PROGRESS = b'event: response.in_progress\ndata: {"type":"response.in_progress","sequence_number":9}\n\n'
EMPTY = b'data: {"choices":[{"index":0,"delta":{"content":"","reasoning_content":""}}]}\n\n'
NOTHING = b'data: {"object":"chat.completion.chunk","choices":[]}\n\n'


@pytest.mark.parametrize(
    ("name", "beat"),
    [
        ("anthropic", b'event: ping\ndata: {"type": "ping"}\n\n'),
        ("gemini", b": keepalive\r\n\r\n"),
        ("openai", KEEPALIVE),
        ("openai", IN_PROGRESS),
        ("compatible", EMPTY),
        ("compatible", NOTHING),
    ],
)
def test_a_service_that_only_says_that_it_is_there_is_given_up(
    name: str, beat: bytes, bridge: Bridge
) -> None:
    """As events, too: OpenAI's service sends some of its own, and other servers empty pieces."""
    begun = Answer(body=recorded(name, "early_end"), ending="trickle", more=beat)
    request = replace(request_to(name), patience=Patience(progress=0.4, answer=5.0))
    with Loopback(begun) as server, pytest.raises(NetworkError, match=r"no progress for 0\.4 s"):
        list(made(name, server.url, bridge).stream(request, lambda: False))


def test_an_answer_may_come_between_signs_of_life(bridge: Bridge) -> None:
    """What the caller does meanwhile does not count, and progress begins the time anew."""

    def events() -> Iterator[str]:
        for _ in range(4):
            yield "beat"
            end = time.monotonic() + 0.05
            while time.monotonic() < end:
                time.sleep(current().pause(end))
            yield "news"

    def drain() -> list[str]:
        seen: list[str] = []
        for event in watched(events(), SERVICE, Patience(progress=0.15), beats=lambda one: one == "beat"):
            seen.append(event)
            time.sleep(0.1)
        return seen

    assert bridge.call(drain) == ["beat", "news"] * 4


def test_a_proxy_that_wants_a_password_says_so(bridge: Bridge, monkeypatch: pytest.MonkeyPatch) -> None:
    refusal = Answer(status=407, content_type="text/html", body=b"who are you?")
    with Loopback(refusal) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        with pytest.raises(NetworkError, match="the proxy refused: 407") as raised:
            chunks_of(made("openai", "https://api.example.invalid", bridge), request_to("openai"))
    assert proxy.received[0].method == "CONNECT"
    assert "authorization" not in proxy.received[0].headers
    assert "a user name and a password" in raised.value.hint
    assert not raised.value.retryable


def test_a_socks_proxy_without_its_package_says_so(bridge: Bridge, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:9")
    with pytest.raises(NetworkError, match="the proxy in the environment cannot be used"):
        chunks_of(made("openai", "http://127.0.0.1:9", bridge), request_to("openai"))


def test_which_addresses_are_this_machine() -> None:
    ours = (
        "http://localhost:1/v1",
        "http://127.0.0.53",
        "http://[::1]:8080/v1",
        "http://a.localhost",
        "http://0.0.0.0:1",
    )
    assert all(is_loopback(url) for url in ours)
    assert not any(
        is_loopback(url)
        for url in ("https://api.openai.com/v1", "http://10.0.0.1", "http://localhost.example", "")
    )

"""Gemini's explicit caches: real SDK, rehearsal server, and processes that really die."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from gemini_talk import SYSTEM, ask, provider_at, request
from talk import call, never, reply, result, results, user

from copilot.providers.base import Provider
from copilot.providers.bridge import Bridge
from copilot.providers.cache_register import CacheRegister
from copilot.rehearsal.scenario import parse_scenario
from copilot.rehearsal.server import ReceivedRequest, RehearsalServer
from set_clock import Clock

HERE = Path(__file__).parent
ANSWERS = """
[[rule]]
when = { asked = "look", round = 1 }
answer = [{ call = "read_file", arguments = { path = "a.py" } }]
[[rule]]
answer = [{ text = "Well." }]
"""


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def serve(clock: Clock) -> Iterator[Any]:
    """Starts a server; its argument is the scenario's table of caches."""
    servers: list[RehearsalServer] = []

    def start(caches: str = "minimum = 100") -> RehearsalServer:
        server = RehearsalServer(parse_scenario(f"[caches]\n{caches}\n{ANSWERS}"), clock=clock)
        server.start()
        servers.append(server)
        return server

    yield start
    for server in servers:
        server.stop()


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state"


def told(server: RehearsalServer) -> list[str]:
    """The requests in a few words: what was asked of which cache, and how each prompt was sent."""
    return [_word(request) for request in server.requests]


def _word(request: ReceivedRequest) -> str:
    name = request.path.partition("cachedContents")[2].removeprefix("/rehearsed")
    if "cachedContents" in request.path:
        return f"{request.method} {name}".strip()
    body: Any = request.body
    if "cachedContent" in body:
        assert not {"systemInstruction", "tools", "toolConfig"} & set(body)
        return f"from {body['cachedContent'].removeprefix('cachedContents/rehearsed')}"
    assert {"systemInstruction", "tools"} <= set(body)
    return "inline"


def settle(provider: Provider) -> bytes:
    """What would be sent next, once what is done between two requests is done."""
    return provider.preview(request(), never)


def at_service(server: RehearsalServer) -> list[str]:
    """The caches that the service has, by its own list."""
    from google.genai import Client

    with Client(api_key="k", http_options={"base_url": server.url, "api_version": "v1"}) as client:
        found = [str(cache.name) for cache in client.caches.list()]
    del server.requests[-1]
    return found


def test_the_second_round_of_a_turn_reads_the_cache(
    serve: Any, state: Path, bridge: Bridge, clock: Clock
) -> None:
    server = serve()
    provider = provider_at(server.url, state, bridge)
    first = ask(provider, user("look"))
    assert first.done.stop == "tools"
    asked = (user("look"), reply("gemini", *first.done.parts, model="gemini-rehearsed"))
    second = ask(provider, *asked, results(result(first.done.parts[0].call_id, "A")))  # type: ignore[union-attr]
    assert told(server) == ["inline", "POST", "from 1"]
    assert (first.cached, second.cached > 300) == (0, True)
    assert (first.notices, second.notices) == ((), ())
    made: Any = server.requests[1].body
    assert (made["model"], made["ttl"]) == ("models/gemini-rehearsed", "3600s")
    assert made["displayName"].startswith("copilot ")
    assert made["displayName"].endswith(" calculator")
    inline: Any = server.requests[0].body
    assert {key: made[key] for key in ("systemInstruction", "tools")} == {
        key: inline[key] for key in ("systemInstruction", "tools")
    }


def test_a_single_question_pays_for_no_cache(serve: Any, state: Path, bridge: Bridge) -> None:
    server = serve()
    provider = provider_at(server.url, state, bridge)
    ask(provider)
    provider.close()
    assert told(server) == ["inline"]
    assert not (state / "gemini_caches.json").exists()


def test_a_discussion_without_tools_has_one_from_its_second_request_on(
    serve: Any, state: Path, bridge: Bridge
) -> None:
    server = serve()
    provider = provider_at(server.url, state, bridge)
    cached = [ask(provider).cached > 300 for _ in range(5)]
    assert cached == [False, False, True, True, True]
    assert told(server) == ["inline", "inline", "POST", "from 1", "from 1", "from 1"]


def test_what_a_preview_shows_is_sent(serve: Any, state: Path, bridge: Bridge) -> None:
    server = serve()
    provider = provider_at(server.url, state, bridge)
    for expected in (False, False, True):
        before = len(server.requests)
        body = settle(provider)
        assert (b"cachedContent" in body) is expected
        assert len(server.requests) in (before, before + 1)  # the cache that was under way
        assert ask(provider).done.sent == body


def test_equal_content_is_the_same_cache_after_another(serve: Any, state: Path, bridge: Bridge) -> None:
    bodies: list[Any] = []
    for _ in range(2):
        server = serve()
        provider = provider_at(server.url, state, bridge)
        for _ in range(3):
            ask(provider)
        provider.close()
        bodies.append([{**r.body, "displayName": ""} for r in server.requests if r.method == "POST"])
    assert json.dumps(bodies[0]) == json.dumps(bodies[1])


def test_a_changed_context_replaces_the_cache(serve: Any, state: Path, bridge: Bridge) -> None:
    server = serve()
    provider = provider_at(server.url, state, bridge)
    for system in (SYSTEM, SYSTEM, SYSTEM, SYSTEM + "new", SYSTEM + "new", SYSTEM + "new"):
        ask(provider, system=system)
    assert told(server) == [
        *("inline", "inline", "POST", "from 1"),
        *("inline", "DELETE 1", "inline", "POST", "from 2"),
    ]
    assert at_service(server) == ["cachedContents/rehearsed2"]


def test_each_model_has_a_cache_of_its_own(serve: Any, state: Path, bridge: Bridge) -> None:
    server = serve()
    provider = provider_at(server.url, state, bridge)
    for model in ("m1", "m1", "m2", "m2", "m1", "m2"):
        ask(provider, model=model)
    settle(provider)
    assert told(server)[-2:] == ["from 1", "from 2"]
    provider.close()
    assert at_service(server) == []


def test_the_end_of_a_session_deletes_its_caches(serve: Any, state: Path, bridge: Bridge) -> None:
    server = serve()
    provider = provider_at(server.url, state, bridge)
    for _ in range(3):
        ask(provider)
    assert at_service(server) == ["cachedContents/rehearsed1"]
    assert len(list((state / "locks").glob("gemini-*.lock"))) == 1
    provider.close()
    provider.close()
    assert told(server)[-1] == "DELETE 1"
    assert at_service(server) == []
    assert json.loads((state / "gemini_caches.json").read_text()) == {"sessions": {}}
    assert list((state / "locks").glob("gemini-*.lock")) == []
    assert [ask(provider).cached > 300 for _ in range(3)] == [False, False, True]


def test_a_session_that_ends_while_a_cache_is_made_leaves_none(serve: Any, state: Path) -> None:
    server = serve()
    for _ in range(5):
        bridge = Bridge()
        provider = provider_at(server.url, state, bridge)
        ask(provider, user("look"))
        provider.close()
        bridge.close()
    later = Bridge()
    ask(provider := provider_at(server.url, state, later))
    settle(provider)
    later.close()
    assert at_service(server) == []
    kept = state / "gemini_caches.json"
    assert not kept.exists() or json.loads(kept.read_text()) == {"sessions": {}}


def test_too_little_content_goes_inline_and_is_told_once(serve: Any, state: Path, bridge: Bridge) -> None:
    server = serve("")
    provider = provider_at(server.url, state, bridge)
    notices = [ask(provider, model="gemini-3.8-flash").notices for _ in range(5)]
    assert told(server) == ["inline"] * 5
    assert [len(each) for each in notices] == [0, 0, 1, 0, 0]
    assert notices[2][0].level == "info"
    assert "Gemini caches, from 4,096 tokens on" in notices[2][0].text


def test_the_service_teaches_its_minimum(serve: Any, state: Path, bridge: Bridge) -> None:
    server = serve("minimum = 5000")
    provider = provider_at(server.url, state, bridge)
    notices = [ask(provider).notices for _ in range(4)]
    notices += [ask(provider, system=SYSTEM * 2).notices for _ in range(3)]
    assert told(server) == ["inline", "inline", "POST", *["inline"] * 5]
    assert [len(each) for each in notices] == [0, 0, 1, 0, 0, 0, 0]
    assert "from 5,000 tokens on" in notices[2][0].text
    for _ in range(3):
        ask(provider, system=SYSTEM * 20)
    assert told(server)[-4:] == ["inline", "inline", "POST", "from 1"]


@pytest.mark.parametrize("status", [403, 429, 500, 503])
def test_a_cache_that_cannot_be_made_costs_nothing_but_the_discount(
    serve: Any, state: Path, bridge: Bridge, status: int
) -> None:
    server = serve(f'fail = "create"\nstatus = {status}')
    provider = provider_at(server.url, state, bridge)
    notices = [ask(provider).notices for _ in range(5)]
    assert told(server) == ["inline", "inline", "POST", "inline", "inline", "inline"]
    assert [len(each) for each in notices] == [0, 0, 1, 0, 0]
    assert notices[2][0].level == "warning"
    assert f"could not be cached at Gemini ({status}" in notices[2][0].text


def test_a_place_that_cannot_be_written_makes_no_cache(serve: Any, tmp_path: Path, bridge: Bridge) -> None:
    server = serve()
    (tmp_path / "state").write_text("a file, where a folder should be")
    provider = provider_at(server.url, tmp_path / "state", bridge)
    notices = [ask(provider).notices for _ in range(4)]
    assert told(server) == ["inline"] * 4
    assert [len(each) for each in notices] == [0, 0, 1, 0]


def test_an_expired_cache_is_dropped_and_the_request_sent_once_more(
    serve: Any, state: Path, bridge: Bridge, clock: Clock
) -> None:
    server = serve()
    provider = provider_at(server.url, state, bridge)
    for _ in range(3):
        ask(provider)
    clock.now += 4000
    body = settle(provider)
    again = ask(provider)
    assert b"cachedContent" in body
    assert (again.done.stop, again.cached, len(again.notices)) == ("end", 0, 1)
    assert "no longer has the cached context (403)" in again.notices[0].text
    assert b"cachedContent" not in again.done.sent
    following = ask(provider)
    assert (following.cached > 300, following.notices) == (True, ())
    assert told(server)[-5:] == ["from 1", "inline", "DELETE 1", "POST", "from 2"]


def test_a_refusal_that_has_another_reason_is_told_as_such(serve: Any, state: Path, bridge: Bridge) -> None:
    """A cache is suspected, let go and made anew; what the service says then counts."""
    from copilot.vocabulary.errors import BadRequestError

    server = serve()
    provider = provider_at(server.url, state, bridge)
    for _ in range(3):
        ask(provider)
    orphan = (user("hi"), reply("gemini", call("c", "a", kind="call"), model="gemini-rehearsed"))
    with pytest.raises(BadRequestError, match="thought_signature"):
        ask(provider, *orphan, results(result("c", "A")))
    assert told(server)[-2:] == ["from 1", "inline"]


def session(server: RehearsalServer, state: Path) -> "subprocess.Popen[str]":
    """Another process with a cache."""
    process = subprocess.Popen(
        [sys.executable, str(HERE / "cache_session.py"), server.url, str(state)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(HERE), *sys.path])},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def test_the_next_session_deletes_what_a_killed_one_left(serve: Any, state: Path, bridge: Bridge) -> None:
    server = serve()
    with session(server, state) as process:
        process.send_signal(signal.SIGKILL)
    assert at_service(server) == ["cachedContents/rehearsed1"]
    foreign = _made_by_hand(server, "somebody else's")
    provider = provider_at(server.url, state, bridge)
    ask(provider)
    settle(provider)
    assert at_service(server) == [foreign]
    assert told(server)[-2:] == ["GET", "DELETE 1"]
    assert json.loads((state / "gemini_caches.json").read_text()) == {"sessions": {}}
    provider.close()
    assert at_service(server) == [foreign]


def test_a_cache_that_a_killed_session_had_no_time_to_write_down(
    serve: Any, state: Path, bridge: Bridge
) -> None:
    """It was announced, made, and the process died: the mark in its name says whose it was."""
    server = serve()
    dead = CacheRegister(state, lambda: 4_000_000_000.0)
    dead.announce(server.url, 4_000_003_600.0)
    _made_by_hand(server, f"copilot {dead.home} {dead.session} calculator")
    other_home = _made_by_hand(server, f"copilot 0123456789ab {dead.session} calculator")
    living = provider_at(server.url, state, bridge)
    ask(living)
    settle(living)
    assert len(at_service(server)) == 2  # its lock is held: it may be alive
    assert dead._alive is not None
    dead._alive.release()
    ask(provider := provider_at(server.url, state, bridge))
    settle(provider)
    assert at_service(server) == [other_home]


def _made_by_hand(server: RehearsalServer, name: str) -> str:
    from google.genai import Client

    config: Any = {"system_instruction": SYSTEM, "display_name": name}
    with Client(api_key="k", http_options={"base_url": server.url, "api_version": "v1"}) as client:
        made = str(client.caches.create(model="gemini-rehearsed", config=config).name)
    del server.requests[-1]
    return made


def test_two_processes_leave_each_other_alone(serve: Any, state: Path, bridge: Bridge) -> None:
    server = serve()
    with session(server, state) as process:
        provider = provider_at(server.url, state, bridge)
        for _ in range(3):
            ask(provider)
        assert len(at_service(server)) == 2
        provider.close()
        assert at_service(server) == ["cachedContents/rehearsed1"]
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(60) == 0
    assert at_service(server) == []
    assert "GET" not in told(server)  # nobody was dead, so nobody had to look


@pytest.mark.parametrize(
    "kept",
    [
        "",
        "{",
        "[]",
        '{"sessions": []}',
        '{"sessions": {"../x": {"base_url": "u", "until": 9e12, "names": []}}}',
        '{"sessions": {"ab": {"base_url": "u", "until": "x", "names": [1]}}}',
    ],
)
def test_a_spoilt_file_keeps_nobody_from_work(serve: Any, state: Path, bridge: Bridge, kept: str) -> None:
    state.mkdir()
    (state / "locks").mkdir()
    (state / "gemini_caches.json").write_text(kept)
    server = serve()
    provider = provider_at(server.url, state, bridge)
    assert [ask(provider).cached > 300 for _ in range(3)] == [False, False, True]
    provider.close()
    assert at_service(server) == []

"""While a turn waits: stopping it in every phase, sending now, and asking for the rest of an answer."""

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from copilot.rehearsal.scenario import parse_scenario
from copilot.rehearsal.server import RehearsalServer
from copilot.vocabulary.approvals import ApprovalPolicy
from copilot.vocabulary.commands import TryNow
from copilot.vocabulary.events import (
    Event,
    RequestSent,
    RetryScheduled,
    TextDelta,
    TurnCancelled,
    TurnFailed,
    TurnFinished,
)
from copilot.vocabulary.messages import CONTINUE, Message, Opaque, Thinking
from copilot.vocabulary.values import Limits, Rate

PROVIDERS = ("anthropic", "gemini", "openai", "compatible")
ENDS = (TurnFinished, TurnCancelled, TurnFailed)
STOP_SECONDS = 5.0
"""The promise is half a second; ten times that on a busy machine."""

WAITING = {
    "before headers": ('{ fault = "silent" }', RequestSent),
    "mid-stream": ('{ text = "One " }, { fault = "stall" }', TextDelta),
    "pings": ('{ text = "One " }, { fault = "trickle" }', TextDelta),
    "retry wait": ('{ fault = "status", status = 429, retry_after = 60 }', RetryScheduled),
}


def opened(sit: Any, provider: str, parts: str, *, times: int = 1, rest: str = "Here I am.") -> Any:
    """A sitting whose service gives this answer first and `rest` later."""
    text = f"""
    [[rule]]
    when = {{ times = {times} }}
    answer = [{parts}]
    [[rule]]
    answer = [{{ text = "{rest}" }}]
    """
    return sit(provider, parse_scenario(text))


def stopped(sitting: Any, turn_id: str) -> Event:
    """Stop the turn; its end, which must come soon."""
    begun = time.monotonic()
    sitting.stop(turn_id)
    end = sitting.until(*ENDS)
    assert time.monotonic() - begun < STOP_SECONDS
    return end


@pytest.mark.parametrize("phase", WAITING)
@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_stop_is_felt_in_every_phase(provider: str, phase: str, sit: Any) -> None:
    parts, sign = WAITING[phase]
    sitting = opened(sit, provider, parts)
    turn_id = sitting.start("hello", ApprovalPolicy())
    sitting.until(sign)
    if phase == "before headers":
        while not any(request.method == "POST" for request in sitting.server.requests):
            time.sleep(0.01)
    assert isinstance(stopped(sitting, turn_id), TurnCancelled)
    assert sitting.project.discussion.path("main")[0].text == "hello"
    again = sitting.start("and now?", ApprovalPolicy())
    if phase == "retry wait":  # the pause that the service asked for goes on, and can be ended
        assert sitting.until(RetryScheduled).kind == "limit"
        sitting.desk.worker.submit(TryNow(turn_id=again))
    assert isinstance(sitting.until(*ENDS), TurnFinished)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_stop_is_felt_while_the_limits_hold_a_request_back(provider: str, sit: Any) -> None:
    sitting = opened(sit, provider, '{ text = "First." }')
    limited(sitting, Rate(requests_per_minute=1))
    assert isinstance(sitting.turn("one"), TurnFinished)
    turn_id = sitting.start("two", ApprovalPolicy())
    wait = sitting.until(RetryScheduled)
    assert (wait.kind, wait.attempt) == ("limit", 1)
    assert 0 < wait.wait_seconds <= 60
    assert "your limit of 1 request a minute" in wait.reason
    assert isinstance(stopped(sitting, turn_id), TurnCancelled)


def limited(sitting: Any, rate: Rate) -> None:
    """The provider of the sitting with a limit of the person's."""
    sitting.desk.shelf.get(sitting.desk.model).throttle.rate = rate


def test_a_stop_is_felt_while_the_connection_is_being_made(sit: Any, listening: int) -> None:
    sitting = opened(sit, "openai", '{ text = "never" }')
    sitting.desk.model = replace(sitting.desk.model, base_url=f"http://127.0.0.1:{listening}/v1")
    turn_id = sitting.start("hello", ApprovalPolicy())
    sitting.until(RequestSent)
    threading.Event().wait(0.3)
    assert isinstance(stopped(sitting, turn_id), TurnCancelled)


@pytest.fixture
def listening() -> Any:
    """A port whose queue of connections is full: connecting to it takes for ever."""
    import socket

    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        port = server.getsockname()[1]
        held = []
        for _ in range(8):
            client = socket.socket()
            client.setblocking(False)
            client.connect_ex(("127.0.0.1", port))
            held.append(client)
        yield port
        for client in held:
            client.close()


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_wait_ends_when_the_person_wants_it_now(provider: str, sit: Any) -> None:
    sitting = opened(sit, provider, '{ fault = "status", status = 429, retry_after = 60 }')
    turn_id = sitting.start("hello", ApprovalPolicy())
    assert sitting.until(RetryScheduled).wait_seconds == 60
    begun = time.monotonic()
    sitting.desk.worker.submit(TryNow(turn_id=turn_id))
    end = sitting.until(*ENDS)
    assert isinstance(end, TurnFinished)
    assert time.monotonic() - begun < 30
    sitting.desk.worker.submit(TryNow(turn_id=turn_id))  # too late: nothing happens
    assert isinstance(sitting.turn("and now?"), TurnFinished)


def test_the_limits_of_config_toml_reach_the_provider(sit: Any, home_dir: Any) -> None:
    home_dir.mkdir(parents=True, exist_ok=True)
    (home_dir / "config.toml").write_text("[throttle.openai]\nrequests_per_minute = 7\n", encoding="utf-8")
    sitting = opened(sit, "openai", '{ text = "First." }')
    provider = sitting.desk.shelf.get(sitting.desk.model)
    assert provider.throttle.rate == Rate(requests_per_minute=7)


PARTIAL = {
    "stopped": '{ text = "One two " }, { fault = "stall" }',
    "cut": '{ text = "One two " }, { fault = "end" }',
    "max_tokens": '{ text = "One two " }, { finish = "max_tokens" }',
}


@pytest.mark.parametrize("how", PARTIAL)
@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_partial_answer_is_kept_and_goes_on(provider: str, how: str, sit: Any) -> None:
    sitting = opened(sit, provider, PARTIAL[how], rest="three four.")
    turn_id = sitting.start("count", ApprovalPolicy())
    if how == "stopped":
        sitting.until(TextDelta)
        sitting.stop(turn_id)
    sitting.until(*ENDS)
    kept = sitting.project.discussion.path("main")[-1]
    assert (kept.role, kept.text, kept.partial) == ("assistant", "One two ", True)
    end = sitting.turn(CONTINUE)
    assert isinstance(end, TurnFinished)
    assert end.text == "three four."
    sent = str(sitting.server.requests[-1].body)
    assert "One two" in sent
    assert CONTINUE in sent
    assert [f for f in sitting.server.failures if f.status] == []
    assert not sitting.project.discussion.path("main")[-1].partial


THINKS = """
[[rule]]
when = { round = 1 }
answer = [
    { thinking = "First I look. " },
    { unknown = "aura", data = { hue = "blue" } },
    { call = "list_directory", arguments = { path = "." } },
]
[[rule]]
answer = [{ thinking = "Now I know. " }, { text = "Seen." }]
"""


@pytest.fixture
def thinking() -> Iterator[RehearsalServer]:
    """One server for the whole discussion: it knows its own unknown pieces again."""
    with RehearsalServer(parse_scenario(THINKS)) as server:
        yield server


@pytest.mark.parametrize("first", PROVIDERS)
def test_a_discussion_changes_its_provider_with_thinking_and_unknown_pieces_in_it(
    first: str, sit: Any, thinking: RehearsalServer
) -> None:
    """From each to all the others and back, tool history included; the strict rehearsal takes it all."""
    order = (first, *(name for name in PROVIDERS if name != first), first)
    for number, provider in enumerate(order):
        sitting = sit(provider, server=thinking)
        end = sitting.turn(f"look, number {number}")
        assert isinstance(end, TurnFinished), end
        assert end.text == "Seen."
        assert [f for f in sitting.server.failures if f.status] == []
        own = sitting.project.discussion.path("main")
        sitting.close()
    assert len([m for m in own if m.role == "user"]) == len(order)
    check_kinds(own)


def check_kinds(messages: tuple[Message, ...]) -> None:
    """Thinking came from all that show it, unknown pieces from all that have room for them."""
    thought = {m.provider for m in messages for p in m.parts if isinstance(p, Thinking)}
    assert thought == set(PROVIDERS)
    odd = {m.provider for m in messages for p in m.parts if isinstance(p, Opaque)}
    assert odd == {"anthropic", "gemini", "openai"}


def test_another_model_of_the_same_service_is_not_sent_what_the_first_one_signed(
    sit: Any, thinking: RehearsalServer
) -> None:
    for model in ("claude-sonnet-5-5", "claude-opus-5-5", "claude-sonnet-5-5"):
        sitting = sit("anthropic", server=thinking, model=model)
        assert isinstance(sitting.turn("look"), TurnFinished)
        assert [f for f in sitting.server.failures if f.status] == []
        sitting.close()


def test_the_limits_of_a_project_bound_the_answer(sit: Any) -> None:
    sitting = opened(sit, "openai", '{ fault = "silent" }', times=9)
    store = sitting.desk.store
    store.change(replace(store.project, limits=Limits(first_byte_seconds=0.2, attempts=1)))
    end = sitting.turn("hello")
    assert isinstance(end, TurnFailed)
    assert "no answer began within 0.2 s" in end.message

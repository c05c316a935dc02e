"""The client-side limits: learned from headers, asked for by a service, set by the person."""

import threading
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from talk import never

from copilot.providers.throttle import SharedThrottle, duration
from copilot.vocabulary.errors import TurnCancelledError
from copilot.vocabulary.values import Rate

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def anthropic(kind: str, limit: int, left: int, seconds: float) -> dict[str, str]:
    start = f"anthropic-ratelimit-{kind}-"
    return {
        "date": format_datetime(NOW, usegmt=True),
        f"{start}limit": str(limit),
        f"{start}remaining": str(left),
        f"{start}reset": (NOW + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


def openai(kind: str, limit: int, left: int, reset: str) -> dict[str, str]:
    return {
        f"x-ratelimit-limit-{kind}": str(limit),
        f"x-ratelimit-remaining-{kind}": str(left),
        f"x-ratelimit-reset-{kind}": reset,
    }


def seconds(throttle: SharedThrottle, tokens: int = 100) -> float:
    hold = throttle.hold(tokens, 1e6)
    return 0.0 if hold is None else hold.seconds


def test_without_limits_nothing_waits(clock: Clock) -> None:
    throttle = SharedThrottle(clock=clock)
    for _ in range(1000):
        assert throttle.hold(10**6, 1e6) is None
        throttle.sent(10**6)


@pytest.mark.parametrize(
    ("headers", "tokens", "expected"),
    [
        (anthropic("requests", 50, 0, 30), 100, 30 / 50),
        (anthropic("requests", 50, 1, 30), 100, 0),
        (anthropic("input-tokens", 1000, 0, 50), 500, 50 / 1000),
        (anthropic("input-tokens", 1000, 10, 50), 500, 0),  # most of it may come from the cache
        (openai("requests", 10, 0, "6m0s"), 100, 36),
        (openai("tokens", 1000, 400, "1m"), 700, 30),
        (openai("tokens", 1000, 400, "1m"), 400, 0),
        (openai("tokens", 1000, 400, "1m"), 5000, 60),  # more than there ever is: all there is
        (openai("tokens", 1000, 0, "nonsense"), 100, 0),
        (openai("tokens", 1000, -4, "1m"), 100, 0),
        ({**anthropic("requests", 50, 0, 30), "date": "today"}, 100, 0),
        ({"x-ratelimit-limit-requests": "1e99"}, 100, 0),
    ],
)
def test_what_the_headers_say(headers: dict[str, str], tokens: int, expected: float, clock: Clock) -> None:
    throttle = SharedThrottle(clock=clock)
    throttle.learn(headers)
    assert seconds(throttle, tokens) == pytest.approx(expected, abs=0.051)
    clock.now += 400
    assert throttle.hold(tokens, 1e6) is None


def test_what_is_sent_counts_until_the_next_answer_says_better(clock: Clock) -> None:
    throttle = SharedThrottle(clock=clock)
    throttle.learn(openai("requests", 10, 1, "60s"))
    assert throttle.hold(1, 1e6) is None
    throttle.sent(1)
    assert seconds(throttle) == pytest.approx(6)
    throttle.learn(openai("requests", 10, 9, "6s"))
    assert throttle.hold(1, 1e6) is None


def test_a_pause_that_a_service_asks_for_holds_for_all(clock: Clock) -> None:
    throttle = SharedThrottle(clock=clock)
    throttle.wait_asked(20)
    throttle.wait_asked(5)
    hold = throttle.hold(1, 1e6)
    assert hold is not None
    assert (hold.seconds, hold.reason) == (20, "the service asked for a pause")
    clock.now += 20
    assert throttle.hold(1, 1e6) is None
    throttle.wait_asked(20)
    throttle.answered()
    assert throttle.hold(1, 1e6) is None


def test_a_pause_that_is_too_long_to_wait_for_holds_nobody(clock: Clock) -> None:
    throttle = SharedThrottle(clock=clock)
    throttle.wait_asked(3600)
    throttle.learn(openai("requests", 10, 0, "7h12m"))
    assert throttle.hold(1, 90) is None
    throttle.rate = Rate(requests_per_minute=1)
    throttle.sent(1)
    hold = throttle.hold(1, 5)
    assert hold is not None
    assert (hold.seconds, hold.reason) == (60, "your limit of 1 request a minute")


def test_the_persons_requests_in_any_minute(clock: Clock) -> None:
    throttle = SharedThrottle(clock=clock)
    throttle.rate = Rate(requests_per_minute=2)
    throttle.sent(1)
    clock.now += 10
    throttle.sent(1)
    clock.now += 10
    assert seconds(throttle) == 40
    clock.now += 40
    assert throttle.hold(1, 1e6) is None


def test_the_persons_tokens_in_any_minute(clock: Clock) -> None:
    throttle = SharedThrottle(clock=clock)
    throttle.rate = Rate(tokens_per_minute=1000)
    assert throttle.hold(5000, 1e6) is None  # larger than the limit: it goes alone
    throttle.sent(600)
    clock.now += 20
    throttle.sent(300)
    assert throttle.hold(100, 1e6) is None
    assert seconds(throttle, 101) == 40
    assert seconds(throttle, 701) == 60
    assert seconds(throttle, 5000) == 60
    hold = throttle.hold(101, 1e6)
    assert hold is not None
    assert hold.reason == "your limit of 1,000 tokens a minute"


def test_a_server_that_answers_one_at_a_time() -> None:
    throttle = SharedThrottle(single=True)
    stopped = threading.Event()
    found: list[str] = []

    def second() -> None:
        try:
            with throttle.turn(stopped.is_set):
                found.append("in")
        except TurnCancelledError:
            found.append("stopped")

    with throttle.turn(never):
        waiting = threading.Thread(target=second)
        waiting.start()
        stopped.set()
        waiting.join(10)
        assert found == ["stopped"]
    stopped.clear()
    second()
    assert found == ["stopped", "in"]
    with SharedThrottle().turn(never), SharedThrottle().turn(never):
        pass


def test_durations() -> None:
    said = {
        "6m0s": 360.0,
        "12ms": 0.012,
        "1s": 1.0,
        "1h30m": 5400.0,
        "1.5s": 1.5,
        "": None,
        "6": None,
        "x1s": None,
    }
    assert {text: duration(text) for text in said} == said

"""Sending again: when, after which wait, and that nothing is sent twice that was seen."""

import itertools
from collections.abc import Generator
from typing import Any

import pytest

from copilot.ai.retry import Attempts
from copilot.ai.voice import Voice
from copilot.providers.base import Chunk, Hold, TextChunk
from copilot.vocabulary.errors import (
    AuthError,
    ProviderError,
    QuotaError,
    RateLimitedError,
    TruncatedError,
    TurnCancelledError,
    UnavailableError,
)
from copilot.vocabulary.events import Event, RetryScheduled
from copilot.vocabulary.values import Rate


class Limits:
    """Limits that say what they were told to."""

    def __init__(self, *holds: Hold) -> None:
        self.rate = Rate()
        self.holds = list(holds)
        self.told: list[object] = []

    def hold(self, tokens: int, longest: float) -> Hold | None:
        return self.holds.pop(0) if self.holds else None

    def sent(self, tokens: int) -> None:
        self.told.append(("sent", tokens))

    def wait_asked(self, seconds: float) -> None:
        self.told.append(("asked", seconds))

    def answered(self) -> None:
        self.told.append("answered")


class Tries:
    """Answers that break off in the given ways, then a whole one."""

    def __init__(self, *errors: tuple[int, ProviderError]) -> None:
        self.errors = list(errors)
        self.made = 0
        self.open = 0

    def __call__(self) -> Generator[Chunk]:
        self.made += 1
        self.open += 1
        try:
            chunks, error = self.errors.pop(0) if self.errors else (2, None)
            for _ in range(chunks):
                yield TextChunk(text="x")
            if error is not None:
                raise error
        finally:
            self.open -= 1


class Stage:
    """Attempts with everything handed in; `waits` are the announced ones."""

    def __init__(self, limits: Limits | None = None, **changes: Any) -> None:
        self.events: list[Event] = []
        self.limits = limits or Limits()
        voice = Voice(
            emit=self.events.append,
            clock=itertools.count(1_800_000_000).__next__,
            worker="w",
            turn_id="t",
            branch="b",
        )
        numbers = itertools.cycle((0.0, 0.5))
        settings: dict[str, Any] = {
            "voice": voice,
            "throttle": self.limits,
            "cancelled": lambda: False,
            "hurried": lambda: bool(self.events),
            "random": numbers.__next__,
            "most": 4,
            "longest_wait": 90.0,
        }
        self.attempts = Attempts(**(settings | changes))

    def run(self, tries: Tries) -> int:
        """The number of chunks that came."""
        return len(list(self.attempts.stream(tries, 100)))

    @property
    def waits(self) -> list[tuple[int, float, str]]:
        found = [event for event in self.events if isinstance(event, RetryScheduled)]
        return [(event.attempt, event.wait_seconds, event.kind) for event in found]


BUSY = UnavailableError("busy")


def test_waits_grow_and_vary() -> None:
    stage = Stage()
    assert stage.run(Tries((0, BUSY), (0, BUSY), (0, BUSY))) == 2
    assert stage.waits == [(2, 0.5, "retry"), (3, 2.0, "retry"), (4, 2.0, "retry")]


def test_it_ends_after_the_last_attempt_with_the_last_error() -> None:
    stage, tries = Stage(most=2), Tries((0, BUSY), (0, TruncatedError("cut")), (0, BUSY))
    with pytest.raises(TruncatedError):
        stage.run(tries)
    assert (tries.made, len(stage.waits)) == (2, 1)


def test_no_wait_is_longer_than_the_longest() -> None:
    stage = Stage(longest_wait=0.25)
    stage.run(Tries((0, BUSY), (0, BUSY)))
    assert [seconds for _, seconds, _ in stage.waits] == [0.25, 0.25]


@pytest.mark.parametrize("error", [AuthError("no"), QuotaError("pay")])
def test_what_stays_is_not_tried_again(error: ProviderError) -> None:
    stage, tries = Stage(), Tries((0, error))
    with pytest.raises(type(error)):
        stage.run(tries)
    assert (tries.made, stage.waits) == (1, [])


def test_nothing_is_sent_again_once_something_was_seen() -> None:
    stage, tries = Stage(), Tries((1, BUSY))
    with pytest.raises(UnavailableError):
        stage.run(tries)
    assert (tries.made, stage.waits) == (1, [])


def test_the_wait_that_the_service_asks_for_is_kept_and_told_to_the_limits() -> None:
    stage = Stage()
    stage.run(Tries((0, RateLimitedError("slow", retry_after=7.25))))
    assert stage.waits == [(2, 7.25, "retry")]
    assert stage.limits.told == [("sent", 100), ("asked", 7.25), ("sent", 100), "answered"]


def asking(seconds: float) -> UnavailableError:
    """An overloaded service that says how long it will be."""
    error = UnavailableError("busy")
    error.retry_after = seconds
    return error


def test_an_overloaded_service_may_ask_for_a_wait_too() -> None:
    stage, tries = Stage(), Tries((0, asking(7.25)), (0, asking(5000.0)))
    with pytest.raises(UnavailableError, match="it asks to wait 83 min"):
        stage.run(tries)
    assert stage.waits == [(2, 7.25, "retry")]
    assert stage.limits.told == [("sent", 100), ("asked", 7.25), ("sent", 100), ("asked", 5000.0)]


def test_a_wait_that_is_too_long_is_a_failure_that_says_until_when() -> None:
    stage, tries = Stage(), Tries((0, RateLimitedError("slow", retry_after=5000.0, request_id="r1")))
    with pytest.raises(RateLimitedError, match=r"slow \(it asks to wait 83 min, until \d\d:\d\d\)") as raised:
        stage.run(tries)
    assert (tries.made, stage.waits) == (1, [])
    assert (raised.value.request_id, raised.value.retry_after) == ("r1", 5000.0)


def test_limits_hold_a_request_back_and_say_so() -> None:
    stage = Stage(Limits(Hold(seconds=0.02, reason="a limit"), Hold(seconds=0.01, reason="a limit")))
    stage = Stage(stage.limits, hurried=lambda: False)
    assert stage.run(Tries()) == 2
    assert stage.waits == [(1, 0.02, "limit"), (1, 0.01, "limit")]


def test_a_limit_beyond_the_longest_wait_is_a_failure() -> None:
    stage, tries = Stage(Limits(Hold(seconds=100, reason="your limit")), longest_wait=5.0), Tries()
    with pytest.raises(RateLimitedError, match="your limit: 100 s, until"):
        stage.run(tries)
    assert tries.made == 0


def test_now_means_now_and_skips_the_limits_of_that_attempt() -> None:
    stage = Stage(Limits(Hold(seconds=60, reason="a limit"), Hold(seconds=60, reason="a limit")))
    assert stage.run(Tries()) == 2
    assert stage.waits == [(1, 60, "limit")]


def test_a_wish_for_an_earlier_wait_ends_no_later_one() -> None:
    asked: list[str] = []

    def hurried() -> bool:
        asked.append("asked")
        return len(asked) == 1  # what came before the wait is forgotten at its start

    stage = Stage(hurried=hurried, longest_wait=0.02)
    assert stage.run(Tries((0, BUSY))) == 2
    assert len(asked) > 1


def test_a_stop_ends_a_wait() -> None:
    stage, tries = Stage(cancelled=lambda: True, hurried=lambda: False), Tries((0, BUSY))
    with pytest.raises(TurnCancelledError):
        stage.run(tries)
    assert (tries.made, len(stage.waits)) == (1, 1)


def test_an_answer_that_is_left_is_closed_at_once() -> None:
    stage, tries = Stage(), Tries()
    chunks = stage.attempts.stream(tries, 1)
    next(chunks)
    assert tries.open == 1
    chunks.close()
    assert tries.open == 0

"""How many turns of a user run at once, and for how long, whatever ids they give to what they ask for."""

from typing import Any

import pytest

from copilot.serve.contract import Limits, TooMuchError
from copilot.serve.running import Running
from copilot.vocabulary import events as e
from copilot.vocabulary.errors import ProjectError
from copilot.vocabulary.frozen import replace
from copilot.vocabulary.values import ModelChoice

AT: dict[str, Any] = {"at": 0.0, "worker": "w"}
MODEL = ModelChoice(provider="rehearsal", model="m")


def started(turn: str) -> e.TurnStarted:
    return e.TurnStarted(**AT, turn_id=turn, branch="main", model=MODEL, user_message="hi")


def finished(turn: str) -> e.TurnFinished:
    return e.TurnFinished(**AT, turn_id=turn, branch="main", text="", rounds=1, reason="answered")


def failed(command: str) -> e.CommandFailed:
    return e.CommandFailed(**AT, request_id=command, message="")


def test_turns_of_all_projects_count_until_they_end() -> None:
    told: list[int] = []
    running = Running(Limits(turns=2), told.append)
    running.admit("one", "a")
    running.admit("two", "a")
    with pytest.raises(TooMuchError):
        running.admit("three", "b")
    for event in (started("a"), finished("a")):
        running.take("one", event)
    running.admit("three", "b")
    running.take("three", failed("b"))  # it never began
    running.admit("three", "c")
    assert told == [1, 2, 1, 2, 1, 2]


def test_an_id_is_one_turns_and_another_command_with_it_frees_no_place() -> None:
    running = Running(Limits(turns=1), lambda _count: None)
    running.admit("one", "a")
    with pytest.raises(ProjectError):
        running.admit("one", "a")
    with pytest.raises(ProjectError):
        running.check_free("one", "a")
    running.check_free("two", "a")
    running.take("one", started("a"))
    running.take("one", failed("a"))
    with pytest.raises(TooMuchError):
        running.admit("one", "b")
    running.take("one", finished("a"))
    running.admit("one", "b")


def test_a_turn_that_a_waiting_message_began_counts_too() -> None:
    running = Running(Limits(turns=1), lambda _count: None)
    assert not running.take("one", started("queued"))
    with pytest.raises(TooMuchError):
        running.admit("one", "a")
    assert running.take("two", started("behind a turn that was over")), "one too many"
    assert not running.take("two", started("behind a turn that was over")), "told once"
    handed = replace(started("handed"), asked_by="main")
    assert not running.take("one", handed), "whoever handed the task over waits for it"


def test_what_takes_too_long_is_named_once() -> None:
    now = [0.0]
    running = Running(Limits(turns=5, turn_seconds=10.0), lambda _count: None, lambda: now[0])
    running.admit("one", "a")
    now[0] = 6.0
    running.admit("one", "b")
    assert running.overdue() == ()
    now[0] = 11.0
    assert running.overdue() == (("one", "a"),)
    assert running.overdue() == ()
    assert running.all() == (("one", "b"),)
    assert (running.all(), running.count) == ((), 2)

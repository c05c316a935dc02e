"""When the approval dialog takes an answer, and that each request gets one. Needs no display."""

from dataclasses import replace

import pytest
from plays import SCRIPT, details

from copilot.desktop.confirm_dialog import ConfirmQueue
from copilot.vocabulary.approvals import ConfirmDialog, Decision
from copilot.vocabulary.commands import CancelTurn, Decide

FIRST = ConfirmDialog(
    request_id="r1",
    turn_id="t1",
    branch="main",
    call_id="c1",
    tool="run_shell",
    detail=details()["script"],
)
SECOND = replace(FIRST, request_id="r2", turn_id="t2")


@pytest.fixture
def queue() -> ConfirmQueue:
    """Two requests wait, the first one was on the screen at second 10."""
    made = ConfirmQueue()
    made.wait_for((FIRST, SECOND))
    made.show(FIRST).seen_at = 10.0
    return made


def test_it_arms_once_seven_tenths_after_it_was_seen_and_after_the_last_key(queue: ConfirmQueue) -> None:
    assert not queue.arm(10.6)
    assert not queue.pressed(10.6)
    assert not queue.arm(11.2)
    assert queue.decide("approve", "") is None
    assert queue.stop() is None
    assert queue.arm(11.4)
    assert not queue.arm(11.5)
    assert queue.pressed(11.6)
    assert queue.decide("approve", "") is not None


def test_a_request_that_was_not_yet_drawn_never_arms() -> None:
    queue = ConfirmQueue()
    queue.wait_for((FIRST,))
    queue.show(FIRST)
    assert not queue.arm(1e9)


@pytest.mark.parametrize(
    ("typed", "decision", "edited", "note"),
    [
        (None, "approve", None, ""),
        (SCRIPT, "approve", None, ""),
        ("true\n", "approve", "true\n", ""),
        ("true\n", "reject", None, "not on a Friday"),
    ],
)
def test_one_answer_and_then_the_next_request(
    queue: ConfirmQueue, typed: str | None, decision: str, edited: str | None, note: str
) -> None:
    assert queue.shown is not None
    queue.shown.edited = typed
    queue.arm(20.0)
    assert len(queue.open) == 2
    answer = queue.decide("approve" if decision == "approve" else "reject", " not on a Friday ")
    assert answer == Decide(
        decision=Decision(
            request_id="r1",
            decision="approve" if decision == "approve" else "reject",
            edited_text=edited,
            note=note,
        )
    )
    assert queue.decide("reject", "") is None
    assert (queue.open, queue.following()) == ((SECOND,), SECOND)


def test_stop_ends_the_turn_of_the_request_and_takes_no_answer_afterwards(queue: ConfirmQueue) -> None:
    queue.arm(20.0)
    assert queue.stop() == CancelTurn(turn_id="t1")
    assert not queue.arm(30.0)
    assert queue.decide("approve", "") is None
    assert queue.stop() is None
    assert not queue.wait_for((FIRST, SECOND))
    assert queue.wait_for((SECOND,))
    assert queue.shown is None
    assert queue.following() == SECOND


def test_what_cannot_be_shown_is_rejected_whether_armed_or_not(queue: ConfirmQueue) -> None:
    refused = Decision(request_id="r1", decision="reject", note="it could not be shown")
    assert queue.refuse("it could not be shown") == Decide(decision=refused)
    assert queue.refuse("again") is None


def test_another_request_is_turned_to_and_an_edit_waits_for_its_own() -> None:
    queue = ConfirmQueue()
    queue.wait_for((FIRST, SECOND))
    shown = queue.show(FIRST)
    shown.edited = "true\n"
    assert queue.next() == SECOND.request_id
    assert queue.turn_to(SECOND.request_id)
    assert queue.following() == SECOND
    assert not queue.show(SECOND).armed
    assert queue.decide("approve", "") is None  # nobody had time to read it
    assert not queue.turn_to("gone")
    assert queue.turn_to(FIRST.request_id)
    assert queue.following() == FIRST
    assert queue.show(FIRST).text == "true\n"
    assert queue.open == (FIRST, SECOND)


def test_there_is_nothing_to_turn_to_alone() -> None:
    queue = ConfirmQueue()
    assert queue.next() == ""
    queue.wait_for((FIRST,))
    queue.show(FIRST)
    assert queue.next() == ""
    assert not queue.turn_to(FIRST.request_id)

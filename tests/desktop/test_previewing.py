"""When the window asks for a preview of the next request."""

from copilot.desktop.previewing import PATIENCE_SECONDS, STILL_SECONDS, Previewing


def test_it_asks_once_when_nothing_has_changed_for_a_while() -> None:
    asking = Previewing()
    assert not asking.due("a", 0.0, possible=True)
    assert not asking.due("ab", STILL_SECONDS, possible=True)
    assert not asking.due("ab", STILL_SECONDS * 1.9, possible=True)
    assert asking.due("ab", STILL_SECONDS * 2, possible=True)
    asking.asked("p1", "ab", "words", STILL_SECONDS * 2)
    assert asking.waiting
    assert not asking.due("ab", 9.0, possible=True)
    asking.answered("another")
    assert asking.waiting
    asking.answered("p1")
    assert not asking.waiting
    assert not asking.due("ab", 99.0, possible=True)
    assert asking.knows("ab")
    assert asking.message_of("p1") == "words"
    assert asking.message_of("p0") is None


def test_it_does_not_ask_while_it_cannot_be_seen_or_a_turn_runs_and_asks_then() -> None:
    asking = Previewing()
    assert not asking.due("a", 0.0, possible=False)
    assert not asking.due("a", 5.0, possible=False)
    assert asking.due("a", 5.1, possible=True)


def test_a_change_while_an_answer_is_awaited_is_asked_for_after_it() -> None:
    asking = Previewing()
    asking.due("a", 0.0, possible=True)
    asking.asked("p1", "a", "a", 1.0)
    assert not asking.due("b", 2.0, possible=True)
    assert not asking.due("b", 4.0, possible=True)
    asking.answered("p1")
    assert asking.due("b", 4.1, possible=True)


def test_a_lost_answer_is_not_awaited_for_ever() -> None:
    asking = Previewing()
    asking.due("a", 0.0, possible=True)
    asking.asked("p1", "a", "a", 0.0)
    asking.due("b", 1.0, possible=True)
    assert not asking.due("b", PATIENCE_SECONDS, possible=True)
    assert asking.due("b", PATIENCE_SECONDS + 0.1, possible=True)


def test_the_person_can_ask_again_and_what_is_sent_at_once_needs_no_pause() -> None:
    asking = Previewing()
    asking.due("a", 0.0, possible=True)
    asking.asked("p1", "a", "a", 1.0)
    asking.answered("p1")
    asking.again()
    assert asking.due("a", 1.1, possible=True)
    assert not asking.knows("a")
    asking.asked("p2", "sent", "sent", 1.2)
    assert asking.knows("sent")

"""Whether a turn asks again by itself, for each way in which a model stops."""

import pytest

from copilot.ai.stops import goes_on
from copilot.ai.voice import Voice
from copilot.providers.base import Done, StopReason
from copilot.vocabulary.errors import BadResponseError, RefusedError
from copilot.vocabulary.events import Event, Notice, RetryScheduled
from copilot.vocabulary.messages import Part, Text
from copilot.vocabulary.values import Usage

SAID = (Text(text="One "),)


def told(stop: StopReason, parts: tuple[Part, ...], *, hinted: bool = False) -> tuple[bool, list[Event]]:
    events: list[Event] = []
    voice = Voice(emit=events.append, clock=lambda: 1.0, worker="w", turn_id="t", branch="main")
    done = Done(parts=parts, stop=stop, detail="why", usage=Usage())
    return goes_on(done, voice, hinted=hinted), events


@pytest.mark.parametrize("stop", ["end", "tools", "paused"])
def test_an_empty_answer_is_told_and_asks_for_no_other(stop: StopReason) -> None:
    again, (notice,) = told(stop, ())
    assert not again
    assert isinstance(notice, Notice)
    assert "empty answer" in notice.text


def test_a_pause_goes_on_and_an_end_does_not() -> None:
    assert told("paused", SAID) == (True, [])
    assert told("end", SAID) == (False, [])


def test_an_unreadable_call_is_asked_for_once_more_and_never_twice() -> None:
    again, (event,) = told("malformed", ())
    assert again
    assert isinstance(event, RetryScheduled)
    with pytest.raises(BadResponseError, match="twice in a row"):
        told("malformed", (), hinted=True)


def test_a_refusal_ends_the_turn_with_its_reason() -> None:
    with pytest.raises(RefusedError, match="why"):
        told("refused", SAID)


@pytest.mark.parametrize(("stop", "words"), [("max_tokens", "cut off"), ("other", "does not know (why)")])
def test_what_else_kept_the_answer_from_being_whole_is_told(stop: StopReason, words: str) -> None:
    again, (notice,) = told(stop, SAID)
    assert not again
    assert isinstance(notice, Notice)
    assert words in notice.text

"""Messages on shelves and in memory are one tuple to whoever reads them."""

from collections.abc import Sequence
from copy import deepcopy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot.vocabulary.message_runs import Messages, Run
from copilot.vocabulary.messages import Branch, Discussion, Message


def message(name: str, parent: str | None) -> Message:
    return Message(id=name, parent=parent, role="user", parts=(), at=0.0)


class Shelf:
    """Some messages, and how often all of them were asked for."""

    def __init__(self, messages: Sequence[Message]) -> None:
        self._messages = tuple(messages)
        self.looks = 0

    @property
    def messages(self) -> Sequence[Message]:
        self.looks += 1
        return self._messages

    @property
    def count(self) -> int:
        return len(self._messages)

    @property
    def last(self) -> str:
        return self._messages[-1].id

    def place(self, name: str) -> int | None:
        return next((at for at, one in enumerate(self._messages) if one.id == name), None)

    def begin(self, place: int) -> int:
        while place and self._messages[place].parent == self._messages[place - 1].id:
            place -= 1
        return place

    def parent(self, place: int) -> str | None:
        return self._messages[place].parent


@st.composite
def trees(draw: st.DrawFn) -> tuple[Message, ...]:
    """Messages whose parents stand before them; most follow the one before."""
    number = draw(st.integers(0, 20))
    found: list[Message] = []
    for at in range(number):
        back = draw(st.sampled_from([1, 1, 1, 2, 5, 99]))
        found.append(message(f"m{at}", f"m{at - back}" if back <= at else None))
    return tuple(found)


def laid(messages: tuple[Message, ...], cuts: list[int]) -> Messages:
    """The messages on shelves that end at these places, the rest in memory."""
    ends = sorted({min(cut, len(messages)) for cut in cuts} - {0})
    runs = [
        Run(Shelf(messages[start:end]), 0, end - start) for start, end in zip([0, *ends], ends, strict=False)
    ]
    return Messages(messages[ends[-1] if ends else 0 :], runs)


CUTS = st.lists(st.integers(0, 20), max_size=4)


@given(messages=trees(), cuts=CUTS, start=st.integers(-22, 22), stop=st.integers(-22, 22))
def test_it_is_read_as_a_tuple_is(
    messages: tuple[Message, ...], cuts: list[int], start: int, stop: int
) -> None:
    found = laid(messages, cuts)
    assert found == messages
    assert messages == found
    assert found == laid(messages, [])
    assert tuple(found) == messages
    assert len(found) == len(messages)
    assert tuple(reversed(found)) == messages[::-1] == found[::-1]
    assert found[start:stop] == messages[start:stop]
    assert hash(found) == hash(messages)
    assert deepcopy(found) == messages
    if -len(messages) <= start < len(messages):
        assert found[start] == messages[start]
    else:
        with pytest.raises(IndexError):
            found[start]
    for at, one in enumerate(messages):
        assert found.place(one.id) == at
        assert found.find(one.id) == one
        assert found.place(one.id, at) is None
    assert found.place("none") is None


@given(messages=trees(), cuts=CUTS)
def test_a_path_is_that_of_the_tree(messages: tuple[Message, ...], cuts: list[int]) -> None:
    by_id = {one.id: one for one in messages}
    found = laid(messages, cuts)
    for tip in messages:
        walked = [tip]
        while walked[-1].parent is not None:
            walked.append(by_id[walked[-1].parent])
        assert found.path(tip.id) == tuple(reversed(walked))
    assert found.path(None) == ()
    with pytest.raises(KeyError):
        found.path("none")
    if messages:
        with pytest.raises(KeyError):
            found.grown(message("new", "gone")).path("new")


@given(messages=trees(), cuts=CUTS, data=st.data())
def test_it_grows_and_changes_as_a_tuple_does(
    messages: tuple[Message, ...], cuts: list[int], data: st.DataObject
) -> None:
    found = laid(messages, cuts)
    found.place("m0")
    one, two = message("a", None), message("b", None)
    first, second = found.grown(one), found.grown(two, one)
    assert first == (*messages, one)
    assert second == (*messages, two, one)
    assert found == messages
    assert (first.place("a"), first.place("b")) == (len(messages), None)
    assert (second.place("a"), second.place("b")) == (len(messages) + 1, len(messages))
    assert (found.place("a"), found.place("b")) == (None, None)
    assert found + (one,) == (*messages, one) == () + first  # noqa: RUF005, it is no tuple
    assert found + laid(messages, cuts) == messages + messages
    assert first.behind(found) == (one,)
    assert laid((*messages, one), []).behind(found) == (one,)
    if messages:
        at = data.draw(st.integers(0, len(messages) - 1))
        other = Message(id=f"m{at}", parent=None, role="tool", parts=(), at=1.0)
        assert found.replaced(at, other) == (*messages[:at], other, *messages[at + 1 :])
        assert found.replaced(at, other).place(f"m{at}") == at
        assert found.replaced(at, other).behind(found) is None


def test_what_nobody_looks_at_costs_nothing() -> None:
    """A straight history of 1,000 messages: finding its end and its path looks at no message."""
    messages = [message(f"m{at}", f"m{at - 1}" if at else None) for at in range(1_000)]
    shelves = [Shelf(messages[at : at + 100]) for at in range(0, 1_000, 100)]
    found = Messages((message("tip", "m999"),), [Run(one, 0, 100) for one in shelves])
    discussion = Discussion(messages=found, branches=(Branch(name="main", tip="tip"),))
    path = discussion.path("main")
    assert len(path) == 1_001
    assert path[-1].id == "tip"
    assert found.grown(message("next", "tip")).path("next")[-1].id == "next"
    assert discussion == Discussion(messages=found, branches=(Branch(name="main", tip="tip"),))
    assert [one.looks for one in shelves] == [0] * 10
    assert path[0].id == "m0"
    assert [one.looks for one in shelves] == [1] + [0] * 9

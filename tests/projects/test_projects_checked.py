"""A discussion that grows is checked as thoroughly as one that is looked at for the first time."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from copilot.projects.discussion import Checked, flaw
from copilot.vocabulary.messages import Branch, Discussion, Message, Text

NAMES = st.sampled_from("abcdef")
MESSAGE = st.builds(
    lambda name, parent, words: Message(
        id=name, parent=parent, role="user", parts=(Text(text=words),), at=1.0
    ),
    NAMES,
    st.none() | NAMES,
    st.sampled_from(["x", "y"]),
)
BRANCH = st.builds(
    lambda name, tip: Branch(name=name, tip=tip), st.sampled_from(["main", "idea"]), st.none() | NAMES
)
STEP = st.one_of(
    st.tuples(st.just("add"), MESSAGE),
    st.tuples(st.just("last"), MESSAGE),
    st.tuples(st.just("drop"), st.integers(0, 3)),
    st.tuples(st.just("branches"), st.lists(BRANCH, max_size=3)),
    st.tuples(st.just("active"), st.sampled_from(["main", "idea"])),
    st.tuples(st.just("new"), st.lists(MESSAGE, max_size=4)),
)


def stepped(discussion: Discussion, step: tuple[str, object]) -> Discussion:
    match step:
        case ("add", Message() as message):
            return replace(discussion, messages=(*discussion.messages, message))
        case ("last", Message() as message):
            return replace(discussion, messages=(*discussion.messages[:-1], message))
        case ("drop", int(number)):
            return replace(discussion, messages=discussion.messages[: len(discussion.messages) - number])
        case ("branches", list() as branches):
            return replace(discussion, branches=tuple(branches))
        case ("active", str(name)):
            return replace(discussion, active=name)
        case (_, messages):
            return replace(discussion, messages=tuple(messages))  # type: ignore[arg-type]


@given(steps=st.lists(st.tuples(STEP, st.booleans()), max_size=30))
def test_what_is_remembered_hides_no_flaw_and_makes_none(
    steps: list[tuple[tuple[str, object], bool]],
) -> None:
    checked, discussion = Checked(), Discussion()
    for step, kept in steps:
        after = stepped(discussion, step)
        found = checked.flaw(after)
        assert found == flaw(after)
        if found is None and kept:  # else as after a disk that took nothing: work goes on with what was
            discussion = after


def test_only_what_is_new_is_looked_at() -> None:
    """A second look at ten thousand messages meets none of them."""
    met: list[str] = []

    class Watched(str):
        __slots__ = ()

        def __hash__(self) -> int:
            met.append(self)
            return super().__hash__()

        def __eq__(self, other: object) -> bool:
            return super().__eq__(other)

    first = Message(id=Watched("a"), parent=None, role="user", parts=(), at=1.0)
    second = Message(id="b", parent="a", role="user", parts=(), at=1.0)
    discussion = Discussion(messages=(first, second), branches=(Branch(name="main", tip="b"),))
    checked = Checked()
    assert checked.flaw(discussion) is None
    assert met
    met.clear()
    third = Message(id="c", parent="b", role="user", parts=(), at=1.0)
    assert checked.flaw(replace(discussion, messages=(first, second, third))) is None
    assert checked.flaw(replace(discussion, messages=(first, second, third), active="no"))
    assert met == []

"""Branches as a tree, by hand and over any discussion."""

from hypothesis import given
from hypothesis import strategies as st

from copilot.desktop.branch_tree import lanes, twigs
from copilot.vocabulary.messages import Branch, Discussion, Message, Text


def message(name: str, parent: str | None) -> Message:
    return Message(id=name, parent=parent, role="user", parts=(Text(text=name),), at=1.0)


def test_who_left_whom_and_where() -> None:
    discussion = Discussion(
        messages=(
            message("1", None),
            message("2", "1"),
            message("3", "2"),
            message("a", "1"),
            message("b", "a"),
            message("c", "a"),
            message("z", None),
        ),
        branches=(
            Branch(name="main", tip="3"),
            Branch(name="empty"),
            Branch(name="idea", tip="b"),
            Branch(name="twist", tip="c"),
            Branch(name="same", tip="3"),
            Branch(name="apart", tip="z"),
        ),
    )
    found = twigs(discussion)
    assert [(t.name, t.parent, t.fork, t.depth, t.messages, t.own) for t in found] == [
        ("main", None, None, 0, 3, 3),
        ("idea", "main", "1", 1, 3, 2),
        ("twist", "idea", "a", 2, 3, 1),
        ("same", "main", "3", 1, 3, 0),
        ("empty", None, None, 0, 0, 0),
        ("apart", None, None, 0, 1, 1),
    ]
    assert lanes(found) == ((), (0,), (0, 1), (0,), (), ())


@st.composite
def discussions(draw: st.DrawFn) -> Discussion:
    parents = draw(st.lists(st.integers(-1, 30), max_size=30))
    messages = [
        message(str(at), str(parent) if 0 <= parent < at else None) for at, parent in enumerate(parents)
    ]
    tips = draw(st.lists(st.integers(-1, len(messages) - 1), min_size=1, max_size=8))
    branches = [Branch(name=f"b{n}", tip=str(tip) if tip >= 0 else None) for n, tip in enumerate(tips)]
    return Discussion(messages=tuple(messages), branches=tuple(branches), active="b0")


@given(discussions())
def test_every_branch_is_there_once_after_its_parent_and_as_long_as_its_line(discussion: Discussion) -> None:
    found = twigs(discussion)
    assert sorted(t.name for t in found) == sorted(b.name for b in discussion.branches)
    seen: set[str] = set()
    for twig in found:
        assert twig.parent is None or twig.parent in seen
        seen.add(twig.name)
        line = discussion.path(twig.name)
        assert twig.messages == len(line)
        if twig.fork is not None:
            assert twig.parent is not None
            assert twig.fork in {m.id for m in line}
            assert twig.fork in {m.id for m in discussion.path(twig.parent)}
    assert len(lanes(found)) == len(found)

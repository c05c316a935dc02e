"""Branches of another discussion are taken in beside those that are there, by the command and its codec."""

from itertools import count

from copilot.projects.branching import added_to
from copilot.projects.changes import changed
from copilot.projects.taking_in import taken_in
from copilot.vocabulary.codec import decode_command, encode_command
from copilot.vocabulary.commands import TakeIn
from copilot.vocabulary.messages import Branch, Discussion, Message, Summary, Text
from copilot.vocabulary.values import Project


def said(name: str, words: str, parent: str | None = None) -> Message:
    return Message(id=name, parent=parent, role="user", parts=(Text(text=words),), at=1.0)


HERE = Discussion(
    messages=(said("a", "one"), said("b", "two", "a")),
    branches=(Branch(name="main", tip="b"),),
)
SUMMED = Message(id="s", parent="b", role="user", parts=(Summary(text="both", covers=("a", "b")),), at=2.0)
OTHER = Discussion(
    messages=(said("a", "one"), said("b", "another two", "a"), SUMMED),
    branches=(Branch(name="main", tip="s"), Branch(name="idea", tip="a"), Branch(name="new")),
    held=("b",),
)


def test_names_and_ids_that_are_taken_get_others_and_equal_messages_are_shared() -> None:
    numbers = count(1)
    found = taken_in(HERE, OTHER, lambda: f"n{next(numbers)}")
    assert found.branches == ("main 2", "idea", "new")
    assert [message.id for message in found.discussion.path("main 2")] == ["a", "n1", "s"]
    assert found.discussion.path("idea") == HERE.path("main")[:1]
    assert found.discussion.path("new") == ()
    assert (found.discussion.held, found.discussion.active) == (("n1",), "main")
    assert found.discussion.path("main") == HERE.path("main")
    summary = found.discussion.path("main 2")[-1].parts[0]
    assert isinstance(summary, Summary)
    assert summary.covers == ("a", "n1")


def test_the_command_does_it_to_a_project_and_comes_back_from_json() -> None:
    command = TakeIn(request_id="r", discussion=OTHER)
    assert decode_command(encode_command(command)) == command
    numbers = count(1)
    project = Project(name="shop", base_dir="/tmp", discussion=HERE)
    after = changed(project, command, lambda: f"n{next(numbers)}", lambda: 5.0)
    assert [branch.name for branch in after.discussion.branches] == ["main", "main 2", "idea", "new"]
    assert [getattr(one, "id", "") for one in added_to(HERE, after.discussion)] == ["n1", "s"]

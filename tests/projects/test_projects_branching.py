"""Branches and messages changed by a person: trees stay whole, nothing is lost, undo gives back what was."""

import itertools
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from copilot.projects.branching import added_to, edited, noted, rewound, side_by_side, swept, without
from copilot.projects.changes import changed
from copilot.projects.discussion import flaw
from copilot.projects.home import Home
from copilot.projects.journal import ChangeEntry, Numbered, apply, decode_line, settle
from copilot.projects.store import Store
from copilot.projects.undoing import Undoable, step, undone
from copilot.vocabulary.approvals import ApprovalPolicy
from copilot.vocabulary.bare import bare, whole
from copilot.vocabulary.codec import decode_command, decode_event, encode_command, encode_event
from copilot.vocabulary.commands import (
    DeleteBranch,
    DeleteMessages,
    EditMessage,
    EditQueued,
    ForkBranch,
    MergeNote,
    QueueMessage,
    Regenerate,
    RenameBranch,
    SwitchBranch,
    TakeBackQueued,
    UndoDiscussion,
)
from copilot.vocabulary.errors import ProjectError
from copilot.vocabulary.events import ProjectChanged, QueueChanged, QueuedMessage
from copilot.vocabulary.frozen import replace
from copilot.vocabulary.messages import (
    Attachment,
    Branch,
    Copied,
    Discussion,
    Message,
    Summary,
    Text,
    Thinking,
    ToolCall,
    ToolResult,
    with_added,
)
from copilot.vocabulary.values import ModelChoice, Project

MODEL = ModelChoice(provider="anthropic", model="m")
PICTURE = Attachment(name="a.png", media_type="image/png", size=1, sha256="0" * 64, width=1, height=1)


def user(number: int, parent: str | None, text: str = "asked") -> Message:
    return Message(id=f"m{number}", parent=parent, role="user", parts=(Text(text=text),), at=float(number))


def called(number: int, parent: str) -> Message:
    call = ToolCall(call_id=f"c{number}", name="run_shell", arguments={}, provider_data={"signature": "s"})
    parts = (Thinking(text="hm", provider_data={"signature": "t"}), Text(text="Look"), call)
    return Message(id=f"m{number}", parent=parent, role="assistant", parts=parts, at=float(number))


def result(number: int, parent: str, call: int) -> Message:
    parts = (ToolResult(call_id=f"c{call}", name="run_shell", output="ok"),)
    return Message(id=f"m{number}", parent=parent, role="tool", parts=parts, at=float(number))


def exchange() -> Discussion:
    """Asked, called, results, answered, asked, answered."""
    messages = (
        user(1, None, "first"),
        called(2, "m1"),
        result(3, "m2", 2),
        Message(id="m4", parent="m3", role="assistant", parts=(Text(text="answer"),), at=4.0),
        user(5, "m4", "second"),
        Message(id="m6", parent="m5", role="assistant", parts=(Text(text="again"),), at=6.0),
    )
    return Discussion(messages=messages, branches=(Branch(name="main", tip="m6"),))


def ids(start: str = "n") -> Callable[[], str]:
    numbers = itertools.count(1)
    return lambda: f"{start}{next(numbers)}"


def texts(discussion: Discussion, branch: str = "main") -> list[str]:
    return [message.text for message in discussion.path(branch)]


def test_an_edit_makes_the_rest_of_the_branch_anew_and_leaves_other_branches() -> None:
    before = replace(
        exchange(),
        branches=(Branch(name="main", tip="m6"), Branch(name="side", tip="m4")),
        held=("m3", "m1"),
    )
    after = edited(before, "main", "m2", "Looked", ids())
    assert flaw(after) is None
    assert [m.id for m in after.path("main")] == ["m1", "n1", "n2", "n3", "n4", "n5"]
    assert after.path("side") == before.path("side")
    assert after.messages[:6] == before.messages
    changed_one = after.path("main")[1]
    assert [type(part) for part in changed_one.parts] == [Text, ToolCall]  # thinking led to other words
    assert changed_one.calls[0].provider_data is None
    assert set(after.held) == {"m3", "m1", "n2"}
    assert edited(after, "main", "n1", "Looked", ids("x")) == after  # nothing changed


def test_an_edit_keeps_attachments_and_needs_a_text_where_nothing_else_is() -> None:
    asked = replace(user(1, None), parts=(PICTURE, Text(text="what is this?")))
    discussion = Discussion(messages=(asked,), branches=(Branch(name="main", tip="m1"),))
    assert edited(discussion, "main", "m1", " ", ids()).path("main")[0].parts == (PICTURE,)
    for message in ("m3", "m1"):
        with pytest.raises(ProjectError):
            edited(exchange(), "main", message, " ", ids())
    with pytest.raises(ProjectError, match="tools"):
        edited(exchange(), "main", "m3", "other", ids())
    with pytest.raises(ProjectError, match="no message"):
        edited(exchange(), "main", "never", "other", ids())


@pytest.mark.parametrize("named", [("m2",), ("m3",), ("m2", "m3")])
def test_a_call_and_its_results_go_together(named: tuple[str, ...]) -> None:
    after = without(exchange(), "main", named, ids())
    assert flaw(after) is None
    assert texts(after) == ["first", "answer", "second", "again"]
    assert [m.role for m in after.path("main")] == ["user", "assistant", "user", "assistant"]


def test_deleting_the_end_of_a_branch_makes_no_message() -> None:
    before = exchange()
    after = without(before, "main", ("m5", "m6"), ids())
    assert after.messages == before.messages
    assert after.tip("main") == "m4"
    assert without(before, "main", tuple(m.id for m in before.messages), ids()).path("main") == ()


def test_a_summary_covers_the_same_messages_under_their_new_ids() -> None:
    summary = Summary(text="in short", covers=("m1", "m2", "m3"))
    told = Message(id="m7", parent="m6", role="user", parts=(summary,), at=7.0)
    before = exchange()
    before = replace(before, messages=(*before.messages, told), branches=(Branch(name="main", tip="m7"),))
    after = without(before, "main", ("m2",), ids())
    assert after.path("main")[-1].parts == (replace(summary, covers=("m1",)),)
    after = edited(before, "main", "m1", "other", ids())
    assert after.path("main")[-1].parts == (replace(summary, covers=("n1", "n2", "n3")),)
    shorter = edited(before, "main", "m7", "shorter", ids())
    assert shorter.path("main")[-1].parts == (replace(summary, text="shorter"),)


def test_asking_again_needs_something_that_was_asked() -> None:
    back, message = rewound(exchange(), "main", None)
    assert (message.id, back.tip("main"), back.tip("main, answer 1")) == ("m5", "m4", "m6")
    first, message = rewound(exchange(), "main", "m1")
    assert (message.id, first.tip("main"), first.tip("main, answer 1")) == ("m1", None, "m6")
    again, _ = rewound(
        replace(back, branches=(Branch(name="main, answer 1", tip="m6"),)), "main, answer 1", None
    )
    assert [branch.name for branch in again.branches] == ["main, answer 1", "main, answer 2"]
    unanswered = without(exchange(), "main", ("m6",), ids())
    assert [branch.name for branch in rewound(unanswered, "main", None)[0].branches] == ["main"]
    for branch, named in (("main", "m4"), ("main", "never"), ("none", None)):
        with pytest.raises(ProjectError):
            rewound(exchange(), branch, named)
    with pytest.raises(ProjectError, match="nothing was asked"):
        rewound(Discussion(), "main", None)


def test_names_for_several_models_are_all_free() -> None:
    discussion = Discussion(branches=(Branch(name="main"), Branch(name="main, gpt-5.2")))
    lines = side_by_side(discussion, "main", ("gpt-5.2", "opus", "opus"))
    assert [line.name for line in lines] == ["main, gpt-5.2 2", "main, opus", "main, opus 2"]


@st.composite
def changes(draw: st.DrawFn, discussion: Discussion) -> Undoable:
    """Any change that fits the discussion, and some that do not."""
    names = [branch.name for branch in discussion.branches]
    branch = draw(st.sampled_from(names))
    path = [message.id for message in discussion.path(branch)]
    message = draw(st.sampled_from([*path, "never"]))
    some = draw(st.sampled_from([*[m.id for m in discussion.messages], None]))
    new = draw(st.sampled_from(["a", "b", "c", ""]))
    return draw(
        st.sampled_from(
            [
                ForkBranch(request_id="r", name=new, at=some, switch=draw(st.booleans())),
                RenameBranch(request_id="r", name=branch, to=new),
                DeleteBranch(request_id="r", name=branch),
                EditMessage(request_id="r", branch=branch, message=message, text="edited"),
                DeleteMessages(request_id="r", branch=branch, messages=(message,)),
                MergeNote(
                    request_id="r", branch=branch, source=draw(st.sampled_from(names)), message=None, text="n"
                ),
            ]
        )
    )


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_any_changes_leave_a_tree_that_survives_the_journal_and_can_be_undone(data: st.DataObject) -> None:
    new_id = ids()
    project = Project(name="p", base_dir="/", discussion=exchange())
    states, steps = [project.discussion], []
    for seq in range(1, data.draw(st.integers(1, 8)) + 1):
        command = data.draw(changes(project.discussion))
        try:
            assert not isinstance(command, Regenerate)
            after = changed(project, command, new_id, lambda: 9.0)
        except ProjectError:
            continue
        before = project.discussion
        assert flaw(after.discussion) is None
        assert after.discussion.messages[: len(before.messages)] == before.messages
        added = added_to(before, after.discussion)
        assert with_added(before.messages, added) == after.discussion.messages
        line, numbered = settle(Numbered(seq=seq, entry=ChangeEntry(project=after, added=added)))
        assert decode_line(line) == numbered
        once = apply(project, numbered.entry)
        assert once == after
        assert apply(once, numbered.entry) == after  # folding a line twice changes nothing
        event = ProjectChanged(at=0.0, worker="w", request_id="r", project=after, added=added, undo="x")
        assert whole(decode_event(encode_event(bare(event))), before.messages) == event
        for branch in after.discussion.branches:
            path = after.discussion.path(branch.name)
            for message, following in itertools.pairwise(path):
                if following.role == "tool":
                    assert {c.call_id for c in message.calls} == {r.call_id for r in following.results}
        steps.append(step(command, before, after.discussion))
        project = after
        states.append(after.discussion)
    for last, expected in zip(reversed(steps), reversed(states[:-1]), strict=True):
        back = undone(project.discussion, last)
        project = replace(project, discussion=back)
        assert set(back.branches) == set(expected.branches)
        assert back.active == expected.active
        assert flaw(back) is None
        for branch in expected.branches:
            assert back.path(branch.name) == expected.path(branch.name)


def test_undo_is_refused_where_something_came_since() -> None:
    before = exchange()
    after = without(before, "main", ("m5", "m6"), ids())
    done = step(DeleteMessages(request_id="r", branch="main", messages=("m5", "m6")), before, after)
    assert done.words == "deleting 2 messages on main"
    assert undone(after, done).tip("main") == "m6"
    later = noted(after, "main", user(9, None))
    with pytest.raises(ProjectError, match="'main' has changed since"):
        undone(later, done)


def test_what_is_on_no_branch_goes_when_the_project_is_opened(tmp_path: Path) -> None:
    home = Home(root=tmp_path)
    number = ids()

    def opened() -> Store:
        return Store.open(home, "p", clock=lambda: 0.0, new_id=number, base_dir=tmp_path)

    with opened() as store:
        for message in exchange().messages:
            store.keep_message("main", message)
        after = edited(store.project.discussion, "main", "m5", "other", number)
        store.change(replace(store.project, discussion=after), added_to(store.project.discussion, after))
        assert {"m5", "m6"} < {message.id for message in store.project.discussion.messages}
    with opened() as store:
        assert [message.id for message in store.project.discussion.messages] == [
            "m1",
            "m2",
            "m3",
            "m4",
            "n1",
            "n2",
        ]
        assert texts(store.project.discussion) == ["first", "Look", "", "answer", "other", "again"]
    whole_one = exchange()
    assert swept(whole_one) is whole_one


@pytest.mark.parametrize(
    "command",
    [
        ForkBranch(request_id="r", name="a", at=None, switch=False),
        SwitchBranch(request_id="r", name="a"),
        RenameBranch(request_id="r", name="a", to="b"),
        DeleteBranch(request_id="r", name="a"),
        EditMessage(request_id="r", branch="a", message="m", text="t"),
        DeleteMessages(request_id="r", branch="a", messages=("m", "n")),
        MergeNote(request_id="r", branch="a", source="b", message=None, text="t"),
        UndoDiscussion(request_id="r"),
        Regenerate(turn_id="t", branch="a", model=MODEL, policy=ApprovalPolicy(), text="x"),
        QueueMessage(turn_id="t", message_id="m", text="x", attachments=(PICTURE,)),
        EditQueued(message_id="m", text="x"),
        TakeBackQueued(message_id="m"),
    ],
    ids=lambda command: type(command).__name__,
)
def test_every_command_is_the_same_when_it_was_written_and_read(command: object) -> None:
    assert decode_command(encode_command(command)) == command


def test_what_waits_is_the_same_when_it_was_written_and_read() -> None:
    waiting = QueuedMessage(message_id="q", text="x", attachments=(PICTURE,))
    event = QueueChanged(at=0.0, worker="w", turn_id="t", branch="b", messages=(waiting,))
    assert decode_event(encode_event(event)) == event


def test_a_copy_of_a_message_that_is_not_there_is_none() -> None:
    messages = exchange().messages
    added = (Copied(of="never", id="x1", parent="m6"), Copied(of="m1", id="x2", parent=None))
    assert [message.id for message in with_added(messages, added)][6:] == ["x2"]

"""Several turns at once, the queue beside a turn, and long discussions, in the window's state."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st
from plays import AT, MODEL, project, script_detail

from copilot.desktop.growing import Growing
from copilot.desktop.paths import Paths
from copilot.desktop.view_state import ViewState, apply, stopping
from copilot.projects.discussion import kept
from copilot.vocabulary import events as e
from copilot.vocabulary.bare import bare
from copilot.vocabulary.codec import decode_event, encode_event
from copilot.vocabulary.messages import Branch, Discussion, Message, Text
from copilot.vocabulary.values import Usage

MAIN = {"at": AT, "worker": "worker-2", "turn_id": "t1", "branch": "main"}
SIDE = {"at": AT, "worker": "worker-3", "turn_id": "t2", "branch": "side"}
BOTH = (Branch(name="main"), Branch(name="side"))


def opened() -> e.Event:
    return e.ProjectOpened(at=AT, worker="w", project=project(discussion=Discussion(branches=BOTH)))


def switched(to: str, messages: tuple[Message, ...] = ()) -> e.Event:
    discussion = Discussion(branches=BOTH, active=to, messages=messages)
    return e.ProjectChanged(at=AT, worker="w", request_id="s", project=project(discussion=discussion))


def fold(*events: e.Event) -> ViewState:
    state = ViewState()
    for event in events:
        state = apply(state, decode_event(encode_event(event)))
    return state


def two_turns() -> tuple[e.Event, ...]:
    return (
        opened(),
        e.TurnStarted(**MAIN, model=MODEL, user_message="hi"),
        e.TurnStarted(**SIDE, model=replace(MODEL, model="other"), user_message="hi"),
        e.TextDelta(**MAIN, text="one"),
        e.ThinkingDelta(**SIDE, text="hm"),
        e.TextDelta(**SIDE, text="two"),
    )


def asked(at: dict[str, object], request_id: str) -> e.Event:
    return e.ApprovalRequested(
        **at, request_id=request_id, call_id="c", tool="run_shell", detail=script_detail(), verdict="ask"
    )


def test_each_branch_has_its_turn_and_the_shown_one_is_the_active_one() -> None:
    state = fold(*two_turns())
    assert state.branch == "main"
    assert state.turn is not None
    assert (state.turn.turn_id, state.turn.text) == ("t1", "one")
    there = apply(state, switched("side"))
    assert there.turn is not None
    assert (there.turn.turn_id, there.turn.text, there.turn.thinking) == ("t2", "two", "hm")
    assert there.turns == state.turns


def test_what_a_turn_says_clears_no_other() -> None:
    message = Message(id="a", parent=None, role="assistant", parts=(Text(text="two"),), at=AT)
    state = fold(*two_turns(), e.MessageKept(at=AT, worker="w", branch="side", message=message))
    assert [turn.text for turn in state.turns] == ["one", ""]


def test_endings_stay_with_their_branches() -> None:
    failed = e.TurnFailed(**SIDE, kind="auth", message="No key.", hint="", retryable=False)
    state = fold(*two_turns(), failed)
    assert [turn.branch for turn in state.turns] == ["main"]
    assert state.ending is None
    there = apply(state, switched("side"))
    assert there.ending is not None
    assert there.ending.title == "No key."
    assert apply(there, e.TurnStarted(**SIDE, model=MODEL, user_message="again")).ending is None


def test_approvals_are_one_queue_and_leave_one_by_one() -> None:
    state = fold(*two_turns(), asked(SIDE, "r1"), asked(MAIN, "r2"), asked(SIDE, "r3"))
    assert [(one.request_id, one.branch) for one in state.approvals] == [
        ("r1", "side"),
        ("r2", "main"),
        ("r3", "side"),
    ]
    assert {turn.phase for turn in state.turns} == {"approval"}
    told = e.ApprovalResolved(
        **MAIN, request_id="r2", call_id="c", decision="approve", by="person", shown=True
    )
    state = apply(state, told)
    assert [turn.phase for turn in state.turns] == ["tool", "approval"]
    state = apply(state, e.TurnCancelled(**SIDE, partial_text=""))
    assert state.approvals == ()


def test_a_turn_of_another_branch_can_be_stopped_by_its_id() -> None:
    state = stopping(fold(*two_turns()), "t2")
    assert [turn.phase for turn in state.turns] == ["answering", "stopping"]


def test_a_request_is_put_down_with_its_branch_and_its_own_turns_model() -> None:
    used = e.UsageReported(**SIDE, round=1, usage=Usage(input_tokens=5), seconds=1.0)
    (row,) = fold(*two_turns(), used).requests
    assert (row.branch, row.model) == ("side", "other")


def test_what_waits_to_be_said_belongs_to_its_branch() -> None:
    waiting = e.QueuedMessage(message_id="q1", text="and the tests")
    state = fold(*two_turns(), e.QueueChanged(**SIDE, messages=(waiting,)))
    assert (state.queue, state.queue_on("side")) == ((), (waiting,))
    assert apply(state, e.QueueChanged(**SIDE, messages=())).queues == ()


def test_a_change_without_messages_leaves_those_that_are_there() -> None:
    first = Message(id="1", parent=None, role="user", parts=(Text(text="a"),), at=AT)
    second = Message(id="2", parent="1", role="user", parts=(Text(text="b"),), at=AT)
    state = fold(opened(), e.MessageKept(at=AT, worker="w", branch="main", message=first))
    discussion = Discussion(messages=(first, second), branches=(Branch(name="main", tip="2"),))
    change = e.ProjectChanged(
        at=AT,
        worker="w",
        request_id="c",
        project=project(discussion=discussion),
        added=(second,),
        undo="the note",
    )
    assert apply(state, bare(change)) == apply(state, change)
    assert apply(state, bare(change)).path() == (first, second)
    assert apply(state, change).undo == "the note"


@st.composite
def keepings(draw: st.DrawFn) -> list[tuple[str, Message]]:
    """Messages kept on two branches: new ones behind any other, and some that are kept again."""
    found: list[tuple[str, Message]] = []
    for number in range(draw(st.integers(0, 12))):
        if found and draw(st.booleans()):
            branch, before = draw(st.sampled_from(found))
            found.append((branch, replace(before, parts=(Text(text=f"again {number}"),))))
            continue
        parent = draw(st.sampled_from([None, *(message.id for _, message in found)]))
        message = Message(id=f"m{number}", parent=parent, role="user", parts=(Text(text="x"),), at=AT)
        found.append((draw(st.sampled_from(["main", "side", "new"])), message))
    return found


@settings(max_examples=100, deadline=None)
@given(keepings(), st.booleans())
def test_paths_give_what_walking_the_whole_discussion_gives(
    steps: list[tuple[str, Message]], looked: bool
) -> None:
    discussion = Discussion(branches=BOTH)
    paths = Paths(discussion)
    states = [(discussion, paths)]
    for branch, message in steps:
        now, paths = paths.kept(branch, message)
        discussion = kept(discussion, branch, message)
        assert now == discussion
        states.append((discussion, paths))
        if looked:
            assert paths.of(branch) == discussion.path(branch)
    for discussion, paths in states:  # also those that others have grown from
        for branch in discussion.branches:
            assert paths.of(branch.name) == discussion.path(branch.name)
    other = Message(id="other", parent=None, role="user", parts=(Text(text="x"),), at=AT)
    for discussion, paths in states:
        assert paths.kept("main", other)[0] == kept(discussion, "main", other)


@given(st.lists(st.tuples(st.integers(0, 20), st.text(max_size=4)), max_size=20))
def test_a_growing_text_is_a_value(steps: list[tuple[int, str]]) -> None:
    found = [(Growing(), "")]
    for at, piece in steps:
        grown, text = found[at % len(found)]
        found.append((grown.plus(piece), text + piece))
    for grown, text in found:
        assert (grown.text, len(grown), grown == Growing(text)) == (text, len(text), True)


def test_a_discussion_with_the_same_messages_keeps_the_paths_that_did_not_change() -> None:
    first = Message(id="a", parent=None, role="user", parts=(Text(text="x"),), at=1.0)
    second = Message(id="b", parent="a", role="assistant", parts=(Text(text="y"),), at=2.0)
    branches = (Branch(name="main", tip="b"), Branch(name="idea", tip="b"))
    before = Discussion(messages=(first, second), branches=branches)
    paths = Paths(before)
    walked = paths.of("main"), paths.of("idea")
    moved = replace(before, branches=(branches[0], Branch(name="idea", tip="a")), active="idea")
    after = paths.changed(moved)
    assert after.of("main") is walked[0]
    assert after.of("idea") == (first,)
    named = paths.changed(replace(before, branches=(Branch(name="new", tip="a"), branches[0])))
    assert named.of("new") == (first,)
    assert named.of("idea") == ()
    other = paths.changed(replace(moved, messages=(first, replace(second, parts=()))))
    assert other.of("main")[1].parts == ()

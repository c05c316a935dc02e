"""The fold: replaying the events of a session rebuilds what the window shows."""

from dataclasses import replace

import pytest
from plays import AT, MODEL, SCRIPT, Stage, project, script_detail

from copilot.desktop.entries import AnswerEntry, EndEntry, LiveEntry, PersonEntry, entries
from copilot.desktop.event_words import LogRow
from copilot.desktop.growing import Growing
from copilot.desktop.paths import Paths
from copilot.desktop.tool_call_view import ToolCallView
from copilot.desktop.view_state import Ending, RequestUsage, Turn, ViewState, apply, stopping
from copilot.vocabulary import events as e
from copilot.vocabulary.approvals import ApprovalPolicy, ConfirmDialog, Decision
from copilot.vocabulary.codec import decode_event, encode_event
from copilot.vocabulary.commands import CancelTurn, Decide, RunTurn
from copilot.vocabulary.messages import Branch, Discussion, Message, Text, ToolCall, ToolResult
from copilot.vocabulary.values import Usage

IN = {"at": AT, "worker": "w", "turn_id": "t1", "branch": "main"}


def fold(*events: e.Event) -> ViewState:
    state = ViewState()
    for event in events:
        state = apply(state, event)
    return state


def run(turn_id: str) -> RunTurn:
    return RunTurn(
        turn_id=turn_id,
        project=project(),
        branch="main",
        user_message="Please run the tests",
        model=MODEL,
        policy=ApprovalPolicy(),
    )


def whole_session() -> list[e.Event]:
    """A turn with an approval, approved, then a second one, stopped."""
    stage = Stage(script_detail())
    play = stage.play()
    found: list[e.Event | float] = list(play.first)
    for command in (
        run("t1"),
        Decide(decision=Decision(request_id="r1", decision="approve")),
        run("t2"),
        CancelTurn(turn_id="t2"),
    ):
        found.extend(stage.react(command))
    return [event for event in found if isinstance(event, e.Event)]


def opened(discussion: Discussion | None = None) -> e.Event:
    return e.ProjectOpened(at=AT, worker="w", project=project(discussion=discussion or Discussion()))


def started() -> e.Event:
    return e.TurnStarted(**IN, model=MODEL, user_message="hi")


def ask(request_id: str, turn_id: str = "t1", verdict: str = "ask") -> e.ApprovalRequested:
    return e.ApprovalRequested(
        **{**IN, "turn_id": turn_id},
        request_id=request_id,
        call_id="c",
        tool="run_shell",
        detail=script_detail(),
        verdict=verdict,
    )


def test_replaying_the_written_events_gives_the_same_state() -> None:
    events = whole_session()
    assert fold(*[decode_event(encode_event(event)) for event in events]) == fold(*events)


def test_a_whole_session() -> None:
    state = fold(*whole_session())
    assert [m.id for m in state.project.discussion.messages] == ["u1", "a1", "a101b", "u2", "a2"]
    assert state.turn is None
    assert state.approvals == ()
    assert state.ending == Ending(branch="main", level="warning", title="You stopped this turn.")
    assert state.call("call-1") == ToolCallView(
        call_id="call-1",
        name="run_shell",
        arguments={"script": SCRIPT},
        at=AT,
        branch="main",
        status="ok",
        stdout="10 passed in 0.04s\n",
        output="10 passed in 0.04s\n",
        exit_code=0,
        seconds=0.4,
        script="s_1.sh",
    )
    usage = Usage(input_tokens=2100, output_tokens=120)
    request = RequestUsage(
        turn_id="t1",
        branch="main",
        round=1,
        provider="rehearsal",
        model="rehearsed-1",
        usage=usage,
        seconds=1.2,
    )
    assert state.requests == (request, replace(request, turn_id="t2"))
    assert state.total() == Usage(input_tokens=4200, output_tokens=240)


def test_text_streams_and_gives_way_to_the_kept_message() -> None:
    sent = e.RequestSent(**IN, round=1, messages=1, characters=2, tokens=1)
    state = fold(opened(), started(), sent, e.ThinkingDelta(**IN, text="hm"), e.TextDelta(**IN, text="Hel"))
    state = apply(state, e.TextDelta(**IN, text="lo"))
    expected = Turn(
        turn_id="t1",
        branch="main",
        model=MODEL,
        started=AT,
        phase="answering",
        round=1,
        said=Growing("Hello"),
        thought=Growing("hm"),
    )
    assert state.turn == expected
    said = Message(id="a", parent=None, role="assistant", parts=(Text(text="Hello"),), at=AT)
    state = apply(state, e.MessageKept(at=AT, worker="w", branch="main", message=said))
    assert state.turn == expected.silent()
    assert state.path() == (said,)


def test_a_second_start_shows_the_calls_of_the_discussion() -> None:
    call = ToolCall(call_id="c1", name="read_file", arguments={"path": "a.py"})
    result = ToolResult(call_id="c1", name="read_file", output="x = 1", status="ok")
    messages = (
        Message(id="1", parent=None, role="user", parts=(Text(text="hi"),), at=AT),
        Message(id="2", parent="1", role="assistant", parts=(call,), at=AT + 1),
        Message(id="3", parent="2", role="tool", parts=(result,), at=AT + 2),
    )
    state = fold(opened(Discussion(messages=messages, branches=(Branch(name="main", tip="3"),))))
    assert state.calls == (
        ToolCallView(
            call_id="c1",
            name="read_file",
            arguments={"path": "a.py"},
            at=AT + 1,
            status="ok",
            output="x = 1",
        ),
    )
    assert [type(entry) for entry in entries(state)] == [PersonEntry, AnswerEntry]


def test_approvals_wait_in_order_and_only_those_for_a_person() -> None:
    state = fold(opened(), ask("r1"), ask("r2"), ask("r3", verdict="allow"))
    assert [a.request_id for a in state.approvals] == ["r1", "r2"]
    assert state.approvals[0] == ConfirmDialog(
        request_id="r1",
        turn_id="t1",
        branch="main",
        call_id="c",
        tool="run_shell",
        detail=script_detail(),
    )
    answered = e.ApprovalResolved(
        **IN, request_id="r1", call_id="c", decision="reject", by="person", shown=True
    )
    assert [a.request_id for a in apply(state, answered).approvals] == ["r2"]


STOPPED = Ending(branch="main", level="warning", title="You stopped this turn.")
LIMIT = Ending(
    branch="main",
    level="warning",
    title="The turn used all its 10 rounds.",
    text="Send a message to go on.",
)


@pytest.mark.parametrize(
    ("end", "ending"),
    [
        (e.TurnFinished(**IN, text="x", rounds=1, reason="answered"), None),
        (e.TurnFinished(**IN, text="", rounds=10, reason="round_limit"), LIMIT),
        (e.TurnCancelled(**IN, partial_text=""), STOPPED),
        (
            e.TurnFailed(**IN, kind="auth", message="No key.", hint="Set one.", retryable=False),
            Ending(branch="main", level="error", title="No key.", text="Set one."),
        ),
    ],
)
def test_an_end_takes_the_approvals_of_its_turn_with_it(end: e.TurnEvent, ending: Ending | None) -> None:
    state = fold(opened(), started(), ask("r1"), ask("r2", turn_id="other"), end)
    assert state.turn is None
    assert state.ending == ending
    assert [a.request_id for a in state.approvals] == ["r2"]
    assert [type(entry) for entry in entries(state)] == ([EndEntry] if ending else [])


def test_stopping_stays_until_the_turn_ends() -> None:
    state = stopping(fold(opened(), started()))
    state = apply(state, e.TextDelta(**IN, text="late"))
    assert state.turn is not None
    assert state.turn.phase == "stopping"


def test_a_kept_message_with_a_known_id_replaces_it() -> None:
    first = Message(id="1", parent=None, role="user", parts=(Text(text="a"),), at=AT)
    again = replace(first, parts=(Text(text="b"),))
    discussion = Paths(Discussion()).kept("main", first)[1].kept("main", again)[0]
    assert discussion == Discussion(messages=(again,), branches=(Branch(name="main", tip="1"),))


def test_a_kept_message_on_a_new_branch_makes_it() -> None:
    message = Message(id="1", parent=None, role="user", parts=(Text(text="a"),), at=AT)
    branches = Paths(Discussion()).kept("side", message)[0].branches
    assert branches == (Branch(name="main"), Branch(name="side", tip="1"))


def test_the_log_has_a_row_for_what_a_person_follows() -> None:
    finished = e.ToolFinished(
        **IN, call_id="c", name="run_shell", status="ok", output="", seconds=1.5, exit_code=2
    )
    retry = e.RetryScheduled(**IN, attempt=2, wait_seconds=4, reason="overloaded")
    state = fold(e.TextDelta(**IN, text="x"), finished, retry)
    assert state.log == (
        LogRow(at=AT, level="warning", name="ToolFinished", text="run_shell: ok, exit 2, 1.5 s"),
        LogRow(at=AT, level="warning", name="RetryScheduled", text="try 2 in 4 s: overloaded"),
    )


def test_after_the_worker_stopped_nothing_runs() -> None:
    state = fold(opened(), started(), ask("r1"), e.WorkerStopped(at=AT, worker="w"))
    assert (state.stopped, state.turn, state.approvals) == (True, None, ())


def test_cards_while_an_approval_waits() -> None:
    session = whole_session()
    asked = next(n for n, event in enumerate(session) if isinstance(event, e.ApprovalRequested))
    found = entries(fold(*session[: asked + 1]))
    assert [type(entry) for entry in found] == [PersonEntry, AnswerEntry, LiveEntry]
    answer, live = found[1], found[2]
    assert isinstance(answer, AnswerEntry)
    assert isinstance(live, LiveEntry)
    assert [(row.name, row.call.status) for row in answer.calls] == [("run_shell", "waiting")]
    assert (live.phase, live.calls) == ("approval", ())


def test_what_is_noted_again_stands_once() -> None:
    def note(words: str, at: float) -> e.Notice:
        return e.Notice(at=at, worker="w", level="warning", text=words)

    state = fold(note("one", 1.0), note("two", 2.0), note("one", 3.0))
    assert [(one.text, one.at) for one in state.notices] == [("two", 2.0), ("one", 3.0)]

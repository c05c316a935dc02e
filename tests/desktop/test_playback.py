"""A recording: its state at any position is the fold of the events so far, however it is gone to."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from copilot.desktop.playback.playing import Playing
from copilot.desktop.playback.recording import LONGEST_GAP, Recording
from copilot.desktop.view_state import apply
from copilot.desktop.view_values import ViewState
from copilot.record.log_index import LogIndex
from copilot.record.session_logger import SessionLogger
from copilot.storage.redaction import Redactor
from copilot.vocabulary import events as e
from copilot.vocabulary.approvals import ScriptDetail
from copilot.vocabulary.messages import Message, Text
from copilot.vocabulary.values import ModelChoice, Project, WireRecord

AT = 1_763_704_800.0
DETAIL = ScriptDetail(script="ls\n", shell="bash", shell_path="/b", cwd="/c", timeout_seconds=9.0)


def happened() -> Iterator[e.Event]:
    """Three turns, hours apart; the second asks and fails."""
    yield e.WorkerStarted(at=AT, worker="w", version="1")
    yield e.ProjectOpened(at=AT, worker="w", project=Project(name="shop", base_dir="/tmp"))
    tip = None
    for number in range(3):
        at = AT + number * 7_200
        turn: dict[str, Any] = {"at": at, "worker": "w", "turn_id": f"t{number}", "branch": "main"}
        model = ModelChoice(provider="openai", model="m")
        yield e.TurnStarted(model=model, user_message=f"Question {number}", **turn)
        kept = Message(id=f"u{number}", parent=tip, role="user", parts=(Text(text="Question"),), at=at)
        yield e.MessageKept(at=at, worker="w", branch="main", message=kept)
        for piece in range(20):
            yield e.TextDelta(text=f"word {piece} ", **{**turn, "at": at + piece / 10})
        if number == 1:
            yield e.ToolCallRequested(call_id="c", name="run_shell", arguments={"script": "ls\n"}, **turn)
            yield e.ApprovalRequested(
                request_id="r", call_id="c", tool="run_shell", detail=DETAIL, verdict="ask", **turn
            )
            yield e.TurnFailed(kind="auth", message="no", hint="", retryable=False, **turn)
            tip = f"u{number}"
            continue
        tip = f"a{number}"
        said = Message(id=tip, parent=f"u{number}", role="assistant", parts=(Text(text="word"),), at=at + 2)
        yield e.MessageKept(at=at + 2, worker="w", branch="main", message=said)
        yield e.TurnFinished(text="word", rounds=1, reason="answered", **{**turn, "at": at + 2})
    yield e.WorkerStopped(at=AT + 20_000, worker="w")


@pytest.fixture
def index(tmp_path: Path) -> Iterator[LogIndex]:
    """The log of that session."""
    log = SessionLogger(tmp_path / "logs", "s", Redactor(()), lambda: AT, state=tmp_path / "state")
    for event in happened():
        log.event(event)
        if isinstance(event, e.TurnStarted):
            log.wire(
                WireRecord(provider="x", direction="request", method="POST", url="u", status=0, body="{}")
            )
    log.close()
    index = LogIndex(tmp_path / "logs", "s")
    yield index
    index.close()


def read(index: LogIndex, apart: int = 7, most_kept: int = 4) -> Recording:
    recording = Recording(index, apart=apart, most_kept=most_kept)
    while recording.read(0.01):
        pass
    return recording


def folds() -> list[ViewState]:
    states = [ViewState()]
    for event in happened():
        states.append(apply(states[-1], event))
    return states


def test_the_state_at_any_position_is_the_fold_so_far_in_any_order(index: LogIndex) -> None:
    recording, states = read(index), folds()
    assert recording.end == len(states) - 1
    order = sorted(range(len(states)), key=lambda n: (n * 37) % 41)
    for position in (*order, *range(len(states))):
        assert recording.state(position) == states[position]
        assert recording.state(position).path() == states[position].path()
    assert recording.state(10_000) == states[-1]


def test_moments_and_steps_are_found_and_long_pauses_are_short(index: LogIndex) -> None:
    recording = read(index)
    events = list(happened())
    kinds = [(one.kind, type(events[one.position - 1]).__name__) for one in recording.moments]
    assert kinds == [
        ("turn", "TurnStarted"),
        ("turn", "TurnStarted"),
        ("approval", "ApprovalRequested"),
        ("error", "TurnFailed"),
        ("turn", "TurnStarted"),
    ]
    assert [type(events[at - 1]).__name__ for at in recording.stops] == [
        *("TurnStarted", "TurnFinished", "TurnStarted", "ToolCallRequested", "ApprovalRequested"),
        *("TurnFailed", "TurnStarted", "TurnFinished"),
    ]
    assert recording.seconds == pytest.approx(2.0 + LONGEST_GAP + 1.9 + LONGEST_GAP + 2.0 + LONGEST_GAP)
    for position in range(1, recording.end + 1):
        assert recording.at_time(recording.time(position)) >= position
        assert recording.position_of(recording.number(position)) == position


def test_playing_goes_with_time_and_stops_where_it_is_told_to(index: LogIndex) -> None:
    now = [100.0]
    playing = Playing(read(index), lambda: now[0])
    playing.toggle()
    now[0] += 0.55
    assert playing.tick()
    assert playing.position == playing.recording.at_time(0.55)
    playing.faster(1)
    now[0] += 0.2
    playing.tick()
    assert playing.time == pytest.approx(0.95)
    assert playing.moment("approval", 1)
    assert (playing.on, playing.recording.state(playing.position).approvals[0].detail) == (False, DETAIL)
    assert not playing.moment("approval", 1)
    playing.step(1)
    assert playing.recording.state(playing.position).ending is not None
    playing.step(-1)
    assert playing.recording.state(playing.position).approvals
    playing.event(-1)
    assert not playing.recording.state(playing.position).approvals
    playing.go_to_time(1e9)
    assert playing.position == playing.recording.end
    playing.toggle()
    assert (playing.on, playing.position) == (True, 0)
    now[0] += 1e6
    playing.tick()
    assert (playing.on, playing.position) == (False, playing.recording.end)

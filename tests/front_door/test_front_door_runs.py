"""Runs through the front door: what each gated call changed is told, undone, redone, and gone back before."""

from pathlib import Path

import pytest

from copilot.desktop.view_state import ViewState, apply
from copilot.rehearsal.scenario import parse_scenario
from copilot.vocabulary.approvals import ApprovalPolicy, Decision
from copilot.vocabulary.codec import decode_command, decode_event, encode_command, encode_event
from copilot.vocabulary.commands import (
    ApplyPreview,
    Command,
    PreviewScript,
    RedoRun,
    RestoreTo,
    ShowRun,
    UndoDiscussion,
    UndoRun,
)
from copilot.vocabulary.events import (
    ApprovalRequested,
    CommandFailed,
    Event,
    Notice,
    PreviewEnded,
    PreviewReady,
    ProjectChanged,
    RunChanged,
    SnapshotsCleaned,
    SnapshotTaken,
    ToolFinished,
    ToolStarted,
)
from copilot.vocabulary.run_events import Clash, RunChange

ALL = ApprovalPolicy(mode="all")

WRITES = """
title = "writes"
[[rule]]
when = { asked_regex = "write (?P<word>[a-z]+)", round = 1 }
[[rule.answer]]
call = "run_shell"
arguments = { script = "printf '%s\\\\n' {{word}} > note.txt; mkdir -p made; echo x > made/{{word}}.txt" }
[[rule]]
when = { asked = "write" }
answer = [{ text = "Written." }]
[[rule]]
when = { asked = "edit", round = 1 }
[[rule.answer]]
call = "write_file"
arguments = { path = "note.txt", content = "edited\\n" }
[[rule]]
when = { asked = "edit" }
answer = [{ text = "Edited." }]
"""


def done(sitting, command: Command) -> Event:
    """The event that answers a command about runs."""
    sitting.desk.worker.submit(command)
    while True:
        event = sitting.until(RunChanged, ProjectChanged, CommandFailed)
        if getattr(event, "request_id", "") == command.request_id:
            return event


def of(sitting, kind: type[Event]) -> list[Event]:
    return [event for event in sitting.events if isinstance(event, kind)]


def last_run(sitting) -> RunChanged:
    return of(sitting, RunChanged)[-1]


def test_each_gated_call_is_kept_before_and_after_and_what_it_changed_is_told(sit) -> None:
    sitting = sit(scenario=parse_scenario(WRITES))
    sitting.turn("write one")
    kinds = (SnapshotTaken, ToolStarted, RunChanged, ToolFinished)
    told = [event for event in sitting.events if isinstance(event, kinds)]
    assert [type(event) for event in told] == [
        SnapshotTaken,
        ToolStarted,
        SnapshotTaken,
        RunChanged,
        ToolFinished,
    ]
    before, started, after, changed, finished = told
    assert (before.when, after.when) == ("before", "after")
    assert before.files > 3
    assert {before.call_id, after.call_id, changed.call_id} == {started.call_id} == {finished.call_id}
    assert [(one.path, one.kind) for one in changed.changes] == [
        ("made", "created"),
        ("made/one.txt", "created"),
        ("note.txt", "created"),
    ]
    assert (changed.state, changed.done, changed.branch) == ("done", "run", "main")
    assert "+one\n" in changed.changes[2].diff
    assert changed.words.startswith("run_shell ")
    assert not of(sitting, Notice)


def test_a_run_is_undone_and_done_again_by_its_call(sit) -> None:
    sitting = sit(scenario=parse_scenario(WRITES))
    note: Path = sitting.base_dir / "note.txt"
    note.write_text("mine\n")
    sitting.turn("write one", policy=ALL)
    first = last_run(sitting)
    sitting.turn("edit", policy=ALL)
    edit = last_run(sitting)
    assert (edit.run, note.read_text()) == (first.run + 1, "edited\n")
    undone = done(sitting, UndoRun(request_id="u1", call_id=""))
    assert isinstance(undone, RunChanged)
    assert (undone.run, undone.state, undone.done) == (edit.run, "undone", "undo")
    assert undone.touched == ("note.txt",)
    assert note.read_text() == "one\n"
    undone = done(sitting, UndoRun(request_id="u2", call_id=first.call_id))
    assert isinstance(undone, RunChanged)
    assert note.read_text() == "mine\n"
    assert not (sitting.base_dir / "made").exists()
    redone = done(sitting, RedoRun(request_id="r1", call_id=first.call_id))
    assert isinstance(redone, RunChanged)
    assert (redone.state, redone.done) == ("done", "redo")
    assert note.read_text() == "one\n"
    again = done(sitting, RedoRun(request_id="r2", call_id=first.call_id))
    assert isinstance(again, CommandFailed)
    assert "was not undone" in again.message
    shown = done(sitting, ShowRun(request_id="s", call_id=first.call_id))
    assert isinstance(shown, RunChanged)
    assert (shown.done, shown.state, shown.changes) == ("shown", "done", first.changes)


def test_an_applied_preview_is_undone_and_done_again_like_a_run(sit) -> None:
    sitting = sit(scenario=parse_scenario(WRITES))
    note: Path = sitting.base_dir / "note.txt"
    note.write_text("mine\n")

    def previewed(event: ApprovalRequested) -> Decision | None:
        """The preview's answer comes from the worker itself, once nothing was found to have changed."""
        asked = event.request_id
        sitting.desk.worker.submit(PreviewScript(request_id=asked, edited_text=None))
        ready = sitting.until(PreviewReady, PreviewEnded)
        assert isinstance(ready, PreviewReady), ready
        assert note.read_text() == "mine\n"
        sitting.desk.worker.submit(ApplyPreview(request_id=asked, preview_id=ready.preview_id))
        return None

    sitting.turn("write one", previewed)
    ran, ready = last_run(sitting), of(sitting, PreviewReady)[0]
    assert note.read_text() == "one\n"
    shown = {(change.kind, change.path) for change in ready.changes if change.kind != "folder"}
    assert shown == {(one.kind, one.path) for one in ran.changes if one.thing == "file"}
    assert [taken.when for taken in of(sitting, SnapshotTaken)] == ["before", "after"]
    assert isinstance(done(sitting, UndoRun(request_id="u", call_id=ran.call_id)), RunChanged)
    assert note.read_text() == "mine\n"
    assert not (sitting.base_dir / "made").exists()
    assert isinstance(done(sitting, RedoRun(request_id="r", call_id=ran.call_id)), RunChanged)
    assert note.read_text() == "one\n"
    assert (sitting.base_dir / "made" / "one.txt").read_text() == "x\n"


def test_of_a_run_outside_the_fence_it_is_said_that_no_undo_reaches_what_it_did_elsewhere(sit) -> None:
    sitting = sit(scenario=parse_scenario(WRITES))
    if not sitting.desk.kit.previews.fences.here().files:
        pytest.skip("nothing can be confined here")

    def let_out(event: ApprovalRequested) -> Decision:
        return Decision(request_id=event.request_id, decision="approve", confined=False)

    sitting.turn("write one", let_out)
    assert "it was not confined" in last_run(sitting).left_out[0]
    sitting.turn("write two", policy=ALL)
    assert last_run(sitting).left_out == ()


def test_going_back_to_a_message_takes_files_and_messages_apart_or_together(sit) -> None:
    sitting = sit(scenario=parse_scenario(WRITES))
    note: Path = sitting.base_dir / "note.txt"
    for words in ("write one", "write two", "write three"):
        sitting.turn(words, policy=ALL)
    path = sitting.project.discussion.path("main")
    first_answer = next(message for message in path if message.text == "Written.")
    back = done(
        sitting, RestoreTo(request_id="a", branch="main", message=first_answer.id, files=True, messages=False)
    )
    assert isinstance(back, RunChanged)
    assert (back.act, back.done) == ("restore", "restore")
    assert note.read_text() == "one\n"
    assert sorted(file.name for file in (sitting.base_dir / "made").iterdir()) == ["one.txt"]
    assert sitting.project.discussion.path("main") == path
    again = done(sitting, UndoRun(request_id="b", call_id=str(back.run)))
    assert isinstance(again, RunChanged)
    assert note.read_text() == "three\n"
    both = RestoreTo(request_id="c", branch="main", message=first_answer.id, files=True, messages=True)
    assert isinstance(done(sitting, both), RunChanged)
    sitting.until(ProjectChanged)
    assert note.read_text() == "one\n"
    assert sitting.project.discussion.path("main")[-1].id == first_answer.id
    assert [branch.name for branch in sitting.project.discussion.branches] == ["main", "main, before 1"]
    assert isinstance(done(sitting, UndoDiscussion(request_id="d")), ProjectChanged)
    assert sitting.project.discussion.path("main")[-1].id == path[-1].id
    wrong = RestoreTo(request_id="e", branch="main", message="none", files=True, messages=True)
    assert isinstance(done(sitting, wrong), CommandFailed)


def test_the_persons_later_edit_survives_an_undo_through_the_front_door(sit) -> None:
    sitting = sit(scenario=parse_scenario(WRITES))
    sitting.turn("write one", policy=ALL)
    (sitting.base_dir / "note.txt").write_text("one, and mine\n")
    undone = done(sitting, UndoRun(request_id="u", call_id=""))
    assert isinstance(undone, RunChanged)
    assert (sitting.base_dir / "note.txt").read_text() == "one, and mine\n"
    assert [clash.path for clash in undone.clashes] == ["note.txt"]


def test_a_rejected_call_takes_no_snapshot_and_makes_no_run(sit) -> None:
    sitting = sit(scenario=parse_scenario(WRITES))
    sitting.turn("write one", policy=ApprovalPolicy(mode="none"))
    assert not of(sitting, SnapshotTaken)
    assert not of(sitting, RunChanged)
    assert isinstance(done(sitting, UndoRun(request_id="u", call_id="")), CommandFailed)


def test_a_store_that_cannot_be_written_takes_nobodys_run_away(sit) -> None:
    sitting = sit(scenario=parse_scenario(WRITES))
    folder = sitting.desk.home.snapshots
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.write_text("in the way")
    sitting.turn("write one", policy=ALL)
    assert (sitting.base_dir / "note.txt").read_text() == "one\n"
    assert any("cannot be undone" in event.text for event in of(sitting, Notice))


def test_what_is_said_of_runs_is_the_same_when_it_was_written_and_read() -> None:
    change = RunChange(path="a", kind="moved", source="b", diff="-x", note="n", old_size=1, new_mode=0o644)
    events = (
        RunChanged(
            at=1.0,
            worker="w",
            run=3,
            call_id="c",
            state="undone",
            changes=(change,),
            request_id="r",
            done="undo",
            merged=("a",),
            clashes=(Clash(path="a", kept="a.run-3", why="the same place"),),
            left_out=("x: too large",),
            interrupted=True,
        ),
        SnapshotTaken(
            at=1.0,
            worker="w",
            turn_id="t",
            branch="b",
            call_id="c",
            when="before",
            files=2,
            read_bytes=3,
            seconds=0.1,
        ),
        SnapshotsCleaned(at=1.0, worker="w", runs=(1, 2), freed_bytes=9, why="old"),
        SnapshotsCleaned(at=1.0, worker="w", runs=(), freed_bytes=9, why="old", folders=("/a", "/b")),
    )
    for event in events:
        assert decode_event(encode_event(event)) == event
        assert isinstance(apply(ViewState(), event), ViewState)
    commands = (
        ShowRun(request_id="r", call_id="c"),
        UndoRun(request_id="r", call_id=""),
        RedoRun(request_id="r", call_id="3"),
        RestoreTo(request_id="r", branch="b", message="m", files=True, messages=False),
    )
    for command in commands:
        assert decode_command(encode_command(command)) == command

"""A session's log rebuilds what the window showed, proves itself, and plays back on the command line."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from copilot.desktop.view_state import ViewState, apply
from copilot.record.log_reader import LogReader
from copilot.rehearsal.tour import PROMPTS
from copilot.vocabulary.approvals import Decision
from copilot.vocabulary.events import (
    ApprovalRequested,
    Event,
    FilesChanged,
    FilesListed,
    ToolFinished,
    TurnCancelled,
    TurnFinished,
)

_LOOKS = (ApprovalRequested, ToolFinished, TurnFinished, TurnCancelled)
"""Where the window that is rebuilt is compared with the one that was."""


def no_change(event: ApprovalRequested) -> Decision:
    """Approves what only runs tests."""
    if "unittest" in str(event.detail):
        return Decision(request_id=event.request_id, decision="approve")
    return Decision(request_id=event.request_id, decision="reject", note="not today")


def windows(events: list[Event]) -> list[ViewState]:
    """What the window showed at those events and at the end. The files on disk are in no log."""
    state, seen = ViewState(), list[ViewState]()
    for event in events:
        state = apply(state, event)
        if isinstance(event, _LOOKS):
            seen.append(state)
    return [replace(one, listing=None, choosing=()) for one in (*seen, state)]


def test_the_log_of_a_session_rebuilds_its_window(sit, home_dir: Path, tmp_path: Path) -> None:
    sitting = sit("anthropic")
    sitting.turn(PROMPTS["tour"], no_change)
    sitting.close()
    live = [event for event in sitting.events if not isinstance(event, FilesListed | FilesChanged)]
    session = sitting.desk.logger.session
    with LogReader(home_dir / "logs", session, home_dir / "state") as reader:
        records = list(reader.records())
        assert (reader.troubles, reader.end()) == ([], None)
    logged = [event for record in records if (event := record.event()) is not None]
    assert len(windows(live)) > 5
    assert windows(logged) == windows(live)
    bodies = [wire for record in records if (wire := record.wire()) is not None]
    sent = [request.body for request in sitting.server.requests]
    assert [json.loads(wire.body) for wire in bodies if wire.direction == "request"] == sent
    played = replayed(home_dir, tmp_path, session)
    assert played.returncode == 0, played.stderr
    for words in (
        "approved (by you)",
        "not approved (by you): not today",
        "-m unittest",
        "SHA-256",
        "1 turn,",
    ):
        assert words in played.stdout, words
    assert sitting.events[-2].text.splitlines()[-1] in played.stdout


def replayed(home: Path, cwd: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "copilot", "replay", *words, "--home", str(home)],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

"""When the folder of logs is put in order: also by runs that are over before they would come to it."""

import os
from pathlib import Path

from copilot.assembly.log_keeping import LogKeeping
from copilot.projects.home import Home
from copilot.record.anchors import lock_of, proof_of
from copilot.record.session_logger import SessionLogger
from copilot.storage.redaction import Redactor
from copilot.vocabulary.events import Notice
from copilot.vocabulary.log_settings import LogSettings


def crashed(home: Home, name: str) -> None:
    """A session whose program is gone."""
    log = SessionLogger(home.logs, name, Redactor(()), lambda: 1.0, state=home.state)
    log.event(Notice(at=1.0, worker="w", level="info", text="last words"))
    lock_of(home.state, name).unlink()


def end_of(home: Home, name: str) -> str:
    proof = proof_of(home.state, name)
    assert proof is not None
    return proof.anchor.end


def test_a_short_run_does_once_a_day_what_is_due(home_dir: Path) -> None:
    home = Home(root=home_dir)
    crashed(home, "first")
    LogKeeping(home, LogSettings()).start().close()
    assert end_of(home, "first") == "repaired"
    crashed(home, "second")
    LogKeeping(home, LogSettings()).start().close()
    assert end_of(home, "second") == ""
    mark = home.state / "logs" / "keeping.lock"
    os.utime(mark, (mark.stat().st_mtime - 90_000,) * 2)
    LogKeeping(home, LogSettings()).start().close()
    assert end_of(home, "second") == "repaired"


def test_a_home_without_logs_gets_no_more_than_the_mark(home_dir: Path) -> None:
    LogKeeping(Home(root=home_dir), LogSettings()).start().close()
    assert [path.name for path in home_dir.rglob("*") if path.is_file()] == ["keeping.lock"]

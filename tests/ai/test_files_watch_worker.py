"""The files as the worker tells them: beside its turns, and not into the log."""

import itertools
import sys
import threading
import time
from pathlib import Path

from copilot.assembly.choice import Flags
from copilot.assembly.desk import Desk, Surroundings, open_desk
from copilot.projects.home import Home
from copilot.vocabulary.commands import ChooseFiles, ListFiles, Shutdown
from copilot.vocabulary.events import Event, FilesChanged, FilesListed, ProjectChanged, WorkerStopped
from copilot.vocabulary.values import FileChoice

HANG = 10.0
"""Seconds: ten times what is promised."""


def opened(home_dir: Path, base: Path) -> Desk:
    ids = itertools.count()
    around = Surroundings(
        environ={"PATH": "/usr/bin:/bin"},
        cwd=base,
        platform=sys.platform,
        clock=time.time,
        new_id=lambda: f"id{next(ids)}",
    )
    return open_desk(
        around, home=Home(root=home_dir), project="p", base_dir=base, flags=Flags(provider="rehearsal")
    )


def until(desk: Desk, kind: type[Event]) -> Event:
    while True:
        event = desk.worker.next_event(HANG)
        assert event is not None, f"no {kind.__name__}"
        if isinstance(event, kind):
            return event


def test_a_worker_lists_the_files_and_goes_on_telling_what_changes(home_dir: Path, tmp_path: Path) -> None:
    base = tmp_path / "base"
    base.mkdir()
    (base / "a.py").write_text("a = 1\n")
    desk = opened(home_dir, base)
    woken = threading.Event()
    desk.worker.on_event = woken.set
    desk.worker.start()
    desk.worker.submit(ListFiles(request_id="1", project=desk.store.project, model=desk.model))
    listed = until(desk, FilesListed)
    assert isinstance(listed, FilesListed)
    assert [state.path for state in listed.files] == ["a.py"]

    woken.clear()
    (base / "b.py").write_text("b = 1\n")
    came = until(desk, FilesChanged)
    assert isinstance(came, FilesChanged)
    assert [state.path for state in came.files] == ["b.py"]
    assert woken.is_set()

    desk.worker.submit(ChooseFiles(request_id="2", files=(FileChoice(pattern="b.py", view="summary"),)))
    until(desk, ProjectChanged)
    chosen = until(desk, FilesChanged)
    assert isinstance(chosen, FilesChanged)
    assert ("b.py", "summary") in [(state.path, state.wanted) for state in chosen.files]

    desk.worker.submit(Shutdown())
    until(desk, WorkerStopped)
    (base / "c.py").write_text("c = 1\n")
    assert desk.worker.join(HANG)
    assert desk.worker.next_event(0.5) is None
    desk.close()
    log = desk.logger.comms_path.read_text()
    assert "WorkerStopped" in log
    assert "FilesListed" not in log
    assert "FilesChanged" not in log
    assert not [thread.name for thread in threading.enumerate() if thread.name.startswith("files")]

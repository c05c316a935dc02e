"""Nothing acknowledged is lost where messages move to history files: a disk that dies at every call."""

import errno
import itertools
from contextlib import suppress
from pathlib import Path

import pytest

from copilot.projects.branching import deleted, forked
from copilot.projects.home import Home
from copilot.projects.shelving import Cut
from copilot.projects.store import Store
from copilot.storage.disk import SYSTEM_DISK, Disk
from copilot.vocabulary.errors import StorageError
from copilot.vocabulary.frozen import replace
from copilot.vocabulary.messages import Message, Text
from odd_disks import BROKEN, FULL, CountingDisk, Died, DyingDisk, FailingDisk, PowerCutDisk

CUT = Cut(most_messages=3, left_messages=2, file_messages=2)
NUMBER = 6


def opened(home: Home, disk: Disk = SYSTEM_DISK) -> Store:
    return Store.open(
        home, "demo", clock=lambda: 0.0, new_id=lambda: "never", base_dir=Path("/"), cut=CUT, disk=disk
    )


def said(number: int) -> Message:
    parent = f"m{number - 1}" if number > 1 else None
    return Message(id=f"m{number}", parent=parent, role="user", parts=(Text(text=f"words {number}"),), at=0.0)


def play(home: Home, disk: CountingDisk, acknowledged: list[str]) -> None:
    """Messages that move out, a branch that is left, and the next start, which drops what is on none."""
    store = opened(home, disk)
    try:
        for number in range(1, NUMBER + 1):
            store.keep_message("main", said(number))
            acknowledged.append(f"m{number}")
            store.flush()
        branches = deleted(forked(store.project.discussion, "other", "m3"), "main")
        store.change(replace(store.project, discussion=branches))
        acknowledged.append("left")
        store.close()
    finally:
        store._held.release()
    store = opened(home, disk)
    try:
        store.close()
    finally:
        store._held.release()


def seen(home: Home) -> tuple[str, ...]:
    """What the next start finds on the active branch; nothing else may be in the folder by then."""
    with opened(home) as store:
        assert store.notices == ()
        path = store.project.discussion.path(store.project.discussion.active)
        assert [message.text for message in path] == [f"words {n}" for n in range(1, len(path) + 1)]
        assert {message.id for message in path} == {m.id for m in store.project.discussion.messages}
        history = store._file.history
        assert history is not None
        named = {name for file in history.named for name in (file.file, f"{Path(file.file).stem}.index")}
    there = {path.name for path in home.projects.iterdir()}
    assert there == {"demo.lock", "demo.toml", *(["demo_history"] if named else [])}
    assert {path.name for path in (home.projects / "demo_history").glob("*")} == named
    return tuple(message.id for message in path)


def states() -> list[tuple[str, ...]]:
    """The active branch after each number of steps."""
    found = [tuple(f"m{number}" for number in range(1, some + 1)) for some in range(NUMBER + 1)]
    return [*found, ("m1", "m2", "m3")]


class PowerCutBelow(PowerCutDisk):
    """Also knows the folder of the history: it is there after a power cut where the one above was synced."""

    def __init__(self, at: int) -> None:
        super().__init__(at)
        self._folders: set[Path] = set()

    def sync_folder(self, folder: Path) -> None:
        super().sync_folder(folder)
        self._folders |= {path for path in folder.iterdir() if path.is_dir()}

    def leave(self, source: Path, target: Path) -> None:
        super().leave(source, target)
        for folder in self._folders:
            if folder.parent == source:
                super().leave(folder, target / folder.name)


def test_dying_at_any_call_loses_nothing_acknowledged(tmp_path: Path) -> None:
    """Killed processes and power cuts, at every call that moving messages out and dropping them makes."""
    whole = CountingDisk()
    play(Home(root=tmp_path / "whole"), whole, [])
    total = len(whole.calls)
    assert whole.calls.count("unlink") > 3
    assert total > 100
    for at, kind in itertools.product(range(1, total + 1), (DyingDisk, PowerCutBelow)):
        root = tmp_path / f"{kind.__name__}-{at}"
        home, disk = Home(root=root / "live"), kind(at)
        acknowledged: list[str] = []
        with pytest.raises(Died):
            play(home, disk, acknowledged)
        if isinstance(disk, PowerCutBelow):
            left = Home(root=root / "left")
            disk.leave(home.projects, left.projects)
            home = left
        found = seen(home)
        done = len(acknowledged)
        assert found in states()[done : done + 2], (at, kind, acknowledged, found)


@pytest.mark.parametrize("code", [FULL, BROKEN, errno.EACCES])
def test_a_disk_that_takes_no_history_file_loses_nothing(tmp_path: Path, code: int) -> None:
    """The project file cannot shrink then; all of it stays in the journal until there is room."""
    home = Home(root=tmp_path / "home")
    disk = FailingDisk(code, lambda _number, _name: False)
    store = opened(home, disk)
    for number in range(1, 4):
        store.keep_message("main", said(number))
    store.flush()
    store.keep_message("main", said(4))
    first = len(disk.calls)
    for fails in range(1, 15):
        disk.fails = lambda number, _name, at=first + fails: number == at
        first = len(disk.calls)
        with suppress(StorageError):
            store.flush()
    disk.fails = lambda _number, _name: False
    store.close()
    assert seen(home) == ("m1", "m2", "m3", "m4")

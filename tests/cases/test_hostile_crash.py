"""Area `crash` of the hostile cases: power cuts, failing disks, jumping clocks, folders that cannot sync."""

import errno
import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hostile import case

from copilot.projects.config import flush_settings
from copilot.projects.home import Home
from copilot.projects.settings import Settings
from copilot.projects.store import Store
from copilot.storage.append import AppendLog
from copilot.storage.atomic import write_atomic
from copilot.storage.disk import SYSTEM_DISK, Disk, write_all
from copilot.vocabulary.errors import StorageError
from copilot.vocabulary.messages import Message, Text
from odd_disks import BROKEN, CountingDisk, FailingDisk, PowerCutDisk, SlowDisk


def opened(home: Home, disk: Disk = SYSTEM_DISK, clock: Callable[[], float] = lambda: 0.0) -> Store:
    return Store.open(home, "demo", clock=clock, new_id=lambda: "new", base_dir=Path("/"), disk=disk)


def said(number: int, at: float = 0.0) -> Message:
    parent = f"m{number - 1}" if number > 1 else None
    return Message(id=f"m{number}", parent=parent, role="user", parts=(Text(text=f"word {number}"),), at=at)


def texts(home: Home) -> list[str]:
    with opened(home) as store:
        assert store.notices == ()
        return [message.text for message in store.project.discussion.path("main")]


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="needs /proc")
@pytest.mark.parametrize("flushed", [False, True])
def test_what_was_acknowledged_outlives_a_power_cut(tmp_path: Path, flushed: bool) -> None:
    assert "acknowledged save" in case("crash-002")
    home, disk = Home(root=tmp_path / "live"), PowerCutDisk()
    store = opened(home, disk)
    for number in range(1, 4):
        store.keep_message("main", said(number))
    if flushed:
        store.flush()
    left = Home(root=tmp_path / "left")
    disk.leave(home.projects, left.projects)  # the store is still open: nothing was closed in order
    assert texts(left) == ["word 1", "word 2", "word 3"]
    store.close()


def test_a_tail_of_nuls_is_cut_and_nothing_is_glued_to_it(tmp_path: Path) -> None:
    assert "NUL bytes" in case("crash-004")
    home = Home(root=tmp_path)
    store = opened(home)
    store.keep_message("main", said(1))
    journal = home.projects / "demo.journal"
    kept = journal.read_bytes()
    store._held.release()
    journal.write_bytes(kept + b"\0" * 4096)
    with opened(home) as store:
        store.keep_message("main", said(2))
        assert b"\0" not in journal.read_bytes()
    assert texts(home) == ["word 1", "word 2"]


def test_trouble_of_the_disk_is_told_and_nothing_is_lost(tmp_path: Path) -> None:
    assert case("crash-006") == "EIO/EINTR/short write"
    home, failing = Home(root=tmp_path), FailingDisk(BROKEN, lambda _, name: False)
    with opened(home, failing) as store:
        store.keep_message("main", said(1))
        for call in ("write", "sync"):
            failing.fails = lambda _, name, call=call: name == call
            store.keep_message("main", said(2))  # work goes on in memory
            assert re.search(r"writing to .*demo\.journal failed", str(store.trouble))
            assert not store.retry()
        failing.fails = lambda _, name: False
        assert store.retry()
        assert store.trouble is None
    assert texts(home) == ["word 1", "word 2"]

    short = SlowDisk()
    write_atomic(tmp_path / "short", b"0123456789", disk=short)
    assert (tmp_path / "short").read_bytes() == b"0123456789"
    assert short.calls.count("write") == 4


def test_a_call_that_was_interrupted_is_made_again(tmp_path: Path) -> None:
    """Python calls again by itself (PEP 475), unless a handler raises: then nothing is half there."""
    assert "EINTR" in case("crash-006")
    path = tmp_path / "a"
    path.write_bytes(b"old")
    failing = FailingDisk(errno.EINTR, lambda _, name: name == "write")
    with pytest.raises(StorageError):
        write_atomic(path, b"new", disk=failing)
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["a"]


class HeldTarget(CountingDisk):
    """Windows, where a scanner holds the target for the first `times` tries to rename over it."""

    def __init__(self, times: int) -> None:
        super().__init__("win32")
        self._left = times

    def replace(self, source: Path, target: Path) -> None:
        self.calls.append("replace")
        if self._left:
            self._left -= 1
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        source.replace(target)


def test_a_held_target_is_waited_for_and_never_written_in_place(tmp_path: Path) -> None:
    assert "PermissionError" in case("crash-008")
    path = tmp_path / "a.toml"
    path.write_bytes(b"old")
    for_a_while = HeldTarget(6)
    write_atomic(path, b"new", disk=for_a_while)
    assert path.read_bytes() == b"new"
    waited = sum(float(call.split()[1]) for call in for_a_while.calls if call.startswith("pause"))
    assert 1.5 < waited < 5

    for_good = HeldTarget(1000)
    with pytest.raises(StorageError, match="permission denied"):
        write_atomic(path, b"newer", disk=for_good)
    assert path.read_bytes() == b"new"
    assert [p.name for p in tmp_path.iterdir()] == ["a.toml"]
    assert for_good.calls.count("open") == 1  # the temporary file: the target was never opened


def test_a_clock_that_jumps_back_changes_no_order(tmp_path: Path) -> None:
    assert "jumps back" in case("crash-010")
    home, year = Home(root=tmp_path), 365 * 86_400.0
    store = opened(home)
    for number, at in ((1, 2 * year), (2, year), (3, 0.0)):
        store.keep_message("main", said(number, at))
    store._held.release()  # a kill: the journal alone has them
    assert texts(home) == ["word 1", "word 2", "word 3"]
    with opened(home, clock=lambda: -year) as store:
        store.keep_message("main", said(4, -year))
    assert texts(home) == ["word 1", "word 2", "word 3", "word 4"]


class NoFolderSync(Disk):
    """A share or a FAT: a folder can be opened, and refuses to be synced."""

    def sync_opened_folder(self, fd: int) -> None:
        raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))


def test_a_folder_that_cannot_be_synced_keeps_nobody_from_saving(tmp_path: Path) -> None:
    assert "no fsync of directories" in case("crash-012")
    home, disk = Home(root=tmp_path / "home"), NoFolderSync()
    with opened(home, disk) as store:
        store.keep_message("main", said(1))
        store.flush()
    assert texts(home) == ["word 1"]
    flush_settings(home, Settings(), disk=disk)
    log = AppendLog(tmp_path / "log", disk=disk)
    log.append(b"one")
    log.close()
    fd = disk.open(tmp_path / "plain", os.O_WRONLY | os.O_CREAT, 0o600)
    write_all(disk, fd, b"x")
    disk.close(fd)
    # The limit is stated where a person reads of the files.
    told = " ".join((Path(__file__).parents[2] / "docs" / "files.md").read_text(encoding="utf-8").split())
    assert "network share" in told
    assert "the rename itself may be lost in a power cut" in told

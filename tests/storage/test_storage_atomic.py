"""A whole file is the old version or the new one, whatever happens."""

import errno
import os
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from copilot.storage.append import AppendLog
from copilot.storage.aside import set_aside
from copilot.storage.atomic import sweep_folder, sweep_temps, write_atomic, write_new
from copilot.storage.disk import Disk
from copilot.vocabulary.errors import StorageError
from odd_disks import (
    BROKEN,
    FULL,
    READ_ONLY,
    CountingDisk,
    Died,
    DyingDisk,
    FailingDisk,
    PowerCutDisk,
    SlowDisk,
)

RECIPE = ["open", "write", "sync", "replace", "sync_folder"]


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_write_follows_the_measured_recipe(tmp_path: Path) -> None:
    disk = CountingDisk()
    write_atomic(tmp_path / "a.toml", b"new", disk=disk)
    assert disk.calls == RECIPE
    assert (tmp_path / "a.toml").read_bytes() == b"new"
    assert names(tmp_path) == ["a.toml"]


@pytest.mark.skipif(sys.platform == "win32", reason="modes of POSIX")
def test_the_mode_is_ours_whatever_was_there(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_bytes(b"old")
    path.chmod(0o644)
    write_atomic(path, b"new")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    write_atomic(path, b"new", mode=0o700)
    assert stat.S_IMODE(path.stat().st_mode) == 0o700


def test_short_writes_are_gone_on_with(tmp_path: Path) -> None:
    disk = SlowDisk()
    write_atomic(tmp_path / "a", b"0123456789", disk=disk)
    assert (tmp_path / "a").read_bytes() == b"0123456789"
    assert disk.calls.count("write") == 4


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (FULL, "the disk is full"),
        (errno.EDQUOT, "the disk is full"),
        (READ_ONLY, "the disk is read-only"),
        (errno.EACCES, "permission denied"),
        (BROKEN, os.strerror(errno.EIO)),
    ],
)
@pytest.mark.parametrize("call", ["open", "write", "sync", "replace"])
def test_an_error_leaves_the_old_version_and_nothing_else(
    tmp_path: Path, code: int, said: str, call: str
) -> None:
    path = tmp_path / "a.toml"
    path.write_bytes(b"old")
    with pytest.raises(StorageError) as caught:
        write_atomic(path, b"new version", disk=FailingDisk(code, lambda _, name: name == call))
    assert str(caught.value) == f"writing {path} failed: {said}"
    assert caught.value.hint
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["a.toml"]


def test_an_error_of_the_last_step_is_told_too(tmp_path: Path) -> None:
    with pytest.raises(StorageError):
        write_atomic(tmp_path / "a", b"x", disk=FailingDisk(BROKEN, lambda _, name: name == "sync_folder"))
    assert names(tmp_path) == ["a"]


@pytest.mark.parametrize("at", range(1, len(RECIPE) + 1))
def test_dying_at_any_call_leaves_one_whole_version(tmp_path: Path, at: int) -> None:
    path = tmp_path / "a.toml"
    path.write_bytes(b"the old version")
    with pytest.raises(Died):
        write_atomic(path, b"the new version, which is longer", disk=DyingDisk(at))
    assert path.read_bytes() in (b"the old version", b"the new version, which is longer")
    sweep_temps(path)
    assert names(tmp_path) == ["a.toml"]


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="needs /proc")
@pytest.mark.parametrize("at", range(1, 2 * len(RECIPE) + 2))
def test_a_power_cut_at_any_call_leaves_one_whole_version(tmp_path: Path, at: int) -> None:
    source = tmp_path / "live"
    source.mkdir()
    disk = PowerCutDisk(at)
    acknowledged: list[bytes] = [b""]
    try:
        for version in (b"first", b"second, longer"):
            write_atomic(source / "a", version, disk=disk)
            acknowledged.append(version)
    except Died:
        pass
    disk.leave(source, tmp_path / "left")
    left = tmp_path / "left" / "a"
    found = left.read_bytes() if left.exists() else b""
    versions = [b"", b"first", b"second, longer"]
    assert versions.index(found) >= versions.index(acknowledged[-1])


def test_windows_tries_again_while_a_scanner_holds_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"old")
    held = iter([True, True, True, False])
    disk = FailingDisk(errno.EACCES, lambda _, name: name == "replace" and next(held), platform="win32")
    write_atomic(path, b"new", disk=disk)
    assert disk.calls == [
        "open", "write", "sync",
        "replace", "pause 0.05", "replace", "pause 0.1", "replace", "pause 0.2", "replace",
        "sync_folder",
    ]  # fmt: skip
    assert path.read_bytes() == b"new"


def test_windows_gives_up_after_some_seconds_and_never_writes_in_place(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"old")
    disk = FailingDisk(errno.EACCES, lambda _, name: name == "replace", platform="win32")
    with pytest.raises(StorageError):
        write_atomic(path, b"new", disk=disk)
    waited = sum(float(call.split()[1]) for call in disk.calls if call.startswith("pause"))
    assert 2 < waited < 10
    assert path.read_bytes() == b"old"


def test_a_folder_that_cannot_be_synced_is_no_error(tmp_path: Path) -> None:
    """FAT and some network shares: `/proc` refuses it in the same way."""
    if Path("/proc/self").is_dir():
        Disk("linux").sync_folder(Path("/proc/self"))
    Disk("win32").sync_folder(tmp_path / "not even there")


def test_temps_of_other_files_are_left_alone(tmp_path: Path) -> None:
    with pytest.raises(Died):
        write_atomic(tmp_path / "other.toml", b"x", disk=DyingDisk(3))
    (leftover,) = tmp_path.iterdir()
    assert sweep_temps(tmp_path / "a.toml") == 0
    assert names(tmp_path) == [leftover.name]
    assert sweep_temps(tmp_path / "other.toml") == 1
    assert names(tmp_path) == []
    assert sweep_temps(tmp_path / "missing" / "a") == 0


def test_what_is_being_written_is_swept_by_nobody(tmp_path: Path) -> None:
    """Whoever sweeps in the middle of a write takes what a kill left, and nothing else."""
    with pytest.raises(Died):
        write_atomic(tmp_path / "a", b"x", disk=DyingDisk(3))
    swept: list[int] = []

    def pieces() -> Iterator[bytes]:
        yield b"one "
        swept.append(sweep_folder(tmp_path))
        assert len(names(tmp_path)) == 1
        yield b"two"

    write_atomic(tmp_path / "a", pieces())
    assert swept == [1]
    assert sweep_folder(tmp_path) == 0
    assert (tmp_path / "a").read_bytes() == b"one two"
    assert names(tmp_path) == ["a"]


def test_on_windows_only_what_is_old_is_swept(tmp_path: Path) -> None:
    for number in (1, 2):
        with pytest.raises(Died):
            write_atomic(tmp_path / f"{number}", b"x", disk=DyingDisk(3))
    os.utime(next(tmp_path.iterdir()), (0, 0))
    assert sweep_folder(tmp_path, disk=Disk("win32")) == 1
    assert len(names(tmp_path)) == 1


class SweptAtOnce(CountingDisk):
    """Where somebody sweeps between the making of a temporary file and its claim, once."""

    def claim(self, fd: int) -> bool:
        if self.calls.count("open") == 1:
            Path(f"/proc/self/fd/{fd}").readlink().unlink()
        return super().claim(fd)


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="needs /proc")
def test_a_file_that_was_swept_before_it_was_claimed_is_made_again(tmp_path: Path) -> None:
    write_atomic(tmp_path / "a", b"new", disk=SweptAtOnce())
    assert (tmp_path / "a").read_bytes() == b"new"
    assert names(tmp_path) == ["a"]


class NoLinks(CountingDisk):
    """A FAT: it has no hard links."""

    def link(self, source: Path, target: Path) -> None:
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))


@pytest.mark.parametrize("disk", [CountingDisk(), NoLinks()])
def test_a_new_file_takes_the_first_free_name_and_overwrites_none(tmp_path: Path, disk: Disk) -> None:
    (tmp_path / "1").write_bytes(b"there")
    (tmp_path / "2").symlink_to("nowhere")
    made = write_new((tmp_path / f"{number}" for number in range(1, 9)), b"new", disk=disk)
    assert made == tmp_path / "3"
    assert ((tmp_path / "1").read_bytes(), made.read_bytes()) == (b"there", b"new")
    assert names(tmp_path) == ["1", "2", "3"]


def test_a_new_file_that_was_refused_is_not_there(tmp_path: Path) -> None:
    for call in ("open", "write", "sync", "sync_folder"):
        with pytest.raises(StorageError):
            write_new(
                [tmp_path / "a"], b"new", disk=FailingDisk(BROKEN, lambda _, name, call=call: name == call)
            )
        assert names(tmp_path) == []


def test_the_longest_name_can_be_written(tmp_path: Path) -> None:
    write_atomic(tmp_path / ("n" * 255), b"x")
    assert names(tmp_path) == ["n" * 255]


@pytest.mark.skipif(sys.platform == "win32", reason="links")
def test_a_link_is_replaced_not_followed(tmp_path: Path) -> None:
    (tmp_path / "target").write_bytes(b"untouched")
    (tmp_path / "link").symlink_to("target")
    write_atomic(tmp_path / "link", b"new")
    assert (tmp_path / "target").read_bytes() == b"untouched"
    assert not (tmp_path / "link").is_symlink()


def run_child(code: str, *arguments: Path) -> str:
    """What a process of its own prints. It imports first, so that it may then give up being root."""
    prelude = (
        "import hashlib, os, resource, signal, sys\n"
        "from pathlib import Path\n"
        "from copilot.storage.atomic import write_atomic\n"
        "from copilot.storage.append import AppendLog\n"
        "from copilot.vocabulary.errors import StorageError\n"
        "def tell(work):\n"
        "    try:\n"
        "        work()\n"
        "    except StorageError as error:\n"
        "        print(error, '|', error.hint)\n"
        "    else:\n"
        "        print('done')\n"
    )
    command = [sys.executable, "-c", prelude + code, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user can reach (pytest's own belong to whoever runs it)."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o777)
    yield folder
    shutil.rmtree(folder)


@pytest.mark.skipif(sys.platform == "win32", reason="folder modes of POSIX")
def test_a_folder_without_write_permission_as_an_ordinary_user(open_folder: Path) -> None:
    closed = open_folder / "closed"
    closed.mkdir()
    closed.chmod(0o555)
    code = (
        "if os.geteuid() == 0:\n"
        "    os.setegid(65534); os.seteuid(65534)\n"
        "tell(lambda: write_atomic(Path(sys.argv[1]), b'x'))\n"
    )
    said = run_child(code, closed / "a")
    assert said == (
        f"writing {closed / 'a'} failed: permission denied"
        f" | Make {closed} writable for you, or use another home (--home).\n"
    )
    assert names(closed) == []


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() != 0, reason="only root may write anywhere")
def test_a_folder_without_write_permission_as_root(tmp_path: Path) -> None:
    tmp_path.chmod(0o555)
    write_atomic(tmp_path / "a", b"x")
    assert names(tmp_path) == ["a"]


@pytest.mark.skipif(sys.platform == "win32", reason="resource limits")
def test_a_real_limit_on_file_sizes(tmp_path: Path) -> None:
    """The system itself refuses the bytes, in a child process with RLIMIT_FSIZE."""
    path, log = tmp_path / "a.toml", tmp_path / "log"
    path.write_bytes(b"old")
    log.write_bytes(b"one\n")
    code = (
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "tell(lambda: write_atomic(Path(sys.argv[1]), b'x' * 5000))\n"
        "log = AppendLog(Path(sys.argv[2]))\n"
        "tell(lambda: log.append(b'x' * 5000))\n"
        "tell(lambda: log.append(b'two'))\n"
    )
    why = "failed: the file would be larger than allowed | Raise the limit on file sizes (ulimit -f)."
    assert run_child(code, path, log) == f"writing {path} {why}\nwriting to {log} {why}\ndone\n"
    assert (path.read_bytes(), log.read_bytes()) == (b"old", b"one\ntwo\n")
    assert names(tmp_path) == ["a.toml", "log"]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A real file system of 64 KiB, where this user may make one."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = sys.platform == "linux" and shutil.which("mount") is not None
    command = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)]
    if not mounted or subprocess.run(command, capture_output=True).returncode != 0:
        pytest.skip("this user cannot mount a tmpfs")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_real_full_disk(small_disk: Path) -> None:
    path = small_disk / "a.toml"
    write_atomic(path, b"old")
    with pytest.raises(StorageError, match="the disk is full"):
        write_atomic(path, b"x" * 100_000)
    assert path.read_bytes() == b"old"
    log = AppendLog(small_disk / "log")
    log.append(b"one")
    with pytest.raises(StorageError, match="the disk is full"):
        log.append(b"x" * 100_000)
    log.append(b"two")
    log.close()
    assert names(small_disk) == ["a.toml", "log"]
    assert (small_disk / "log").read_bytes() == b"one\ntwo\n"


def test_setting_aside_keeps_every_byte_and_takes_a_free_name(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    for number, content in enumerate((b"one\xff\0", b"two"), start=1):
        path.write_bytes(content)
        aside = set_aside(path)
        assert aside == tmp_path / f"a.toml.broken-{number}"
        assert aside.read_bytes() == content
        assert not path.exists()


def test_what_cannot_be_set_aside_stays(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_bytes(b"x")
    with pytest.raises(StorageError, match="setting aside"):
        set_aside(path, disk=FailingDisk(READ_ONLY, lambda _, name: name == "replace"))
    assert path.read_bytes() == b"x"

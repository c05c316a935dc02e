"""Disks for tests: one that fails, one that dies at its n-th call, one that can lose its power."""

import errno
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from copilot.storage.disk import Disk


class Died(BaseException):
    """The process is gone: no handler of ours may run after it."""


class CountingDisk(Disk):
    """Counts the calls; `before` sees each one's number (from 1) and name, and may raise."""

    def __init__(self, platform: str = "linux") -> None:
        super().__init__(platform)
        self.calls: list[str] = []

    def before(self, number: int, name: str) -> None:
        """For subclasses."""

    def _count(self, name: str) -> None:
        self.calls.append(name)
        self.before(len(self.calls), name)

    def open(self, path: Path, flags: int, mode: int) -> int:
        self._count("open")
        return super().open(path, flags, mode)

    def write(self, fd: int, data: memoryview) -> int:
        self._count("write")
        return super().write(fd, data)

    def sync(self, fd: int) -> None:
        self._count("sync")
        super().sync(fd)

    def truncate(self, fd: int, length: int) -> None:
        self._count("truncate")
        super().truncate(fd, length)

    def replace(self, source: Path, target: Path) -> None:
        self._count("replace")
        super().replace(source, target)

    def unlink(self, path: Path) -> None:
        self._count("unlink")
        super().unlink(path)

    def sync_folder(self, folder: Path) -> None:
        self._count("sync_folder")
        super().sync_folder(folder)

    def pause(self, seconds: float) -> None:
        self.calls.append(f"pause {seconds}")


class FailingDisk(CountingDisk):
    """Raises `code` on every call that `fails(number, name)` says; a failing write first writes half."""

    def __init__(self, code: int, fails: Callable[[int, str], bool], platform: str = "linux") -> None:
        super().__init__(platform)
        self._code = code
        self.fails = fails

    def before(self, number: int, name: str) -> None:
        if self.fails(number, name):
            raise OSError(self._code, os.strerror(self._code))

    def write(self, fd: int, data: memoryview) -> int:
        try:
            return super().write(fd, data)
        except OSError:
            os.write(fd, data[: len(data) // 2])
            raise


class DyingDisk(CountingDisk):
    """Dies at call number `at` and stays dead; a write it dies in leaves half of its bytes."""

    def __init__(self, at: int) -> None:
        super().__init__()
        self._at = at

    def before(self, number: int, name: str) -> None:
        if number >= self._at:
            raise Died

    def write(self, fd: int, data: memoryview) -> int:
        dying = len(self.calls) + 1 == self._at
        try:
            return super().write(fd, data)
        except Died:
            if dying:
                os.write(fd, data[: len(data) // 2])
            raise


class SlowDisk(CountingDisk):
    """Takes at most three bytes a call."""

    def write(self, fd: int, data: memoryview) -> int:
        return super().write(fd, data[:3])


class PowerCutDisk(DyingDisk):
    """Knows what a power cut would leave: bytes that were synced, under names whose folder was synced.

    Stricter than the file systems we know, which also sync a new file's name with its bytes.
    """

    def __init__(self, at: int = 1_000_000) -> None:
        super().__init__(at)
        self._synced: dict[int, bytes] = {}
        self._inode_of: dict[int, int] = {}
        self._names: dict[Path, int] = {}
        self._gone: list[int] = []

    def open(self, path: Path, flags: int, mode: int) -> int:
        fd = super().open(path, flags, mode)
        self._inode_of[fd] = os.fstat(fd).st_ino
        return fd

    def sync(self, fd: int) -> None:
        super().sync(fd)
        self._synced[self._inode_of[fd]] = Path(f"/proc/self/fd/{fd}").read_bytes()

    def sync_folder(self, folder: Path) -> None:
        super().sync_folder(folder)
        self._names = {name: inode for name, inode in self._names.items() if name.parent != folder}
        self._names |= {path: path.stat().st_ino for path in folder.iterdir() if path.is_file()}

    def replace(self, source: Path, target: Path) -> None:
        self._hold(target)
        super().replace(source, target)

    def unlink(self, path: Path) -> None:
        self._hold(path)
        super().unlink(path)

    def _hold(self, path: Path) -> None:
        """Keep the inode of what goes from being given to another file: until its folder is synced, the name
        may come back with what it had."""
        with suppress(OSError):
            self._gone.append(os.open(path, os.O_RDONLY))

    def leave(self, source: Path, target: Path) -> None:
        """Write to `target` what is left of the folder `source`."""
        while self._gone:
            os.close(self._gone.pop())
        target.mkdir(parents=True)
        for path, inode in self._names.items():
            if path.parent == source:
                (target / path.name).write_bytes(self._synced.get(inode, b""))


FULL = errno.ENOSPC
READ_ONLY = errno.EROFS
BROKEN = errno.EIO

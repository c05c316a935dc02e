"""The few calls to the operating system that saving makes, as one object.

Everything in this room takes a `Disk`, so that tests hand in one that is full, fails, or dies at its n-th
call.
"""

import errno
import os
import sys
import time
from pathlib import Path

from copilot.vocabulary.errors import StorageError

_UNSUPPORTED = frozenset({errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EACCES})


class Disk:
    """The real disk. `platform` is a value of `sys.platform`; all methods raise OSError."""

    def __init__(self, platform: str = sys.platform) -> None:
        self.platform = platform

    def open(self, path: Path, flags: int, mode: int) -> int:
        """Open without following a link at the last name; the descriptor is not inherited by children."""
        binary = getattr(os, "O_BINARY", 0)
        return os.open(path, flags | getattr(os, "O_NOFOLLOW", 0) | binary, mode)

    def write(self, fd: int, data: memoryview) -> int:
        """Write some of `data`; how much."""
        return os.write(fd, data)

    def sync(self, fd: int) -> None:
        """Return when the file's bytes are on the medium, not only with the system."""
        if sys.platform == "darwin":
            import fcntl

            fcntl.fcntl(fd, fcntl.F_FULLFSYNC)  # fsync leaves the bytes in the drive's own cache there
        else:
            os.fsync(fd)

    def truncate(self, fd: int, length: int) -> None:
        """Cut the file to `length` bytes."""
        os.ftruncate(fd, length)

    def close(self, fd: int) -> None:
        """Close the descriptor."""
        os.close(fd)

    def claim(self, fd: int) -> bool:
        """Mark an opened file as being written until it is closed; whether it was nobody else's.

        Windows needs no mark: nobody removes a file there that is open. Some network shares take none.
        """
        if sys.platform == "win32":
            return True
        import fcntl

        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def replace(self, source: Path, target: Path) -> None:
        """Rename over what is there."""
        source.replace(target)

    def link(self, source: Path, target: Path) -> None:
        """Give a file a second name, which nothing may have."""
        target.hardlink_to(source)

    def unlink(self, path: Path) -> None:
        """Remove one file."""
        path.unlink()

    def sync_folder(self, folder: Path) -> None:
        """Return when the folder's names are on the medium.

        Windows has no such call, FAT and some network shares refuse it: there a rename may come late after
        a power cut, but the file is one of the two versions, whole.
        """
        if self.platform == "win32":
            return
        try:
            fd = os.open(folder, os.O_RDONLY | getattr(os, "O_DIRECTORY", 0))
            try:
                self.sync_opened_folder(fd)
            finally:
                os.close(fd)
        except OSError as error:
            if error.errno not in _UNSUPPORTED:
                raise

    def sync_opened_folder(self, fd: int) -> None:
        """The call itself."""
        os.fsync(fd)

    def pause(self, seconds: float) -> None:
        """Wait before trying again."""
        time.sleep(seconds)


SYSTEM_DISK = Disk()


def write_all(disk: Disk, fd: int, data: bytes) -> None:
    """Write every byte, however small the pieces that the system takes. Raises OSError."""
    rest = memoryview(data)
    while rest:
        written = disk.write(fd, rest)
        if written <= 0:
            raise OSError(errno.EIO, "the system took no bytes")
        rest = rest[written:]


def make_folder(folder: Path) -> None:
    """Make a folder and those it lies in where they are missing, for this user only. Raises StorageError."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise storage_error("making the folder", folder, error) from error


def rename(path: Path, to: Path, *, disk: Disk = SYSTEM_DISK) -> None:
    """Give a file another name in its folder, so that no power cut takes it back. Raises StorageError."""
    try:
        disk.replace(path, to)
        disk.sync_folder(to.parent)
    except OSError as error:
        raise storage_error("renaming", path, error) from error


def remove(path: Path, *, disk: Disk = SYSTEM_DISK) -> None:
    """Remove a file, so that no power cut brings it back; one that is gone is gone. Raises StorageError."""
    try:
        disk.unlink(path)
        disk.sync_folder(path.parent)
    except FileNotFoundError:
        return
    except OSError as error:
        raise storage_error("removing", path, error) from error


def storage_error(doing: str, path: Path, error: OSError) -> StorageError:
    """The error a person sees: what could not be done, to which file, why, and what to do next."""
    match error.errno:
        case errno.ENOSPC | errno.EDQUOT:
            why, hint = "the disk is full", "Free some space and try again; what is open stays in memory."
        case errno.EFBIG:
            why, hint = "the file would be larger than allowed", "Raise the limit on file sizes (ulimit -f)."
        case errno.EROFS:
            why, hint = "the disk is read-only", "Use another home (--home), or mount the disk for writing."
        case errno.EACCES | errno.EPERM:
            why, hint = (
                "permission denied",
                f"Make {path.parent} writable for you, or use another home (--home).",
            )
        case errno.ENOENT | errno.ENOTDIR:
            why, hint = "its folder is not there", f"Bring {path.parent} back."
        case errno.ENAMETOOLONG:
            why, hint = "its name is too long", "Choose a shorter name."
        case _:
            why, hint = error.strerror or str(error), "Check the disk; what is open stays in memory."
    return StorageError(f"{doing} {path} failed: {why}", hint)

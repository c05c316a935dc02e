"""One folder, held: every operation names a plain entry of it, and no link is ever followed.

`HandleFolder` works relative to a directory handle, so that a folder which is swapped for a link after it was
looked at changes nothing: the handle still means the folder, and what is opened in it is held to be an entry
of it (`beneath`). `PathFolder` is for systems without such handles (Windows): it checks where a path really
leads right before, and for reads also after, it is opened.
"""

import contextlib
import errno
import os
import stat
import sys
import time
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Protocol

from copilot.storage.atomic import write_atomic
from copilot.vocabulary.errors import OutsideProjectError
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.patterns import late
from copilot.workspace.beneath import open_entry
from copilot.workspace.names import shown

_FLAGS = getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOFOLLOW", 0)
_ENTER = _FLAGS | getattr(os, "O_DIRECTORY", 0)
_READ = (
    os.O_RDONLY
    | _FLAGS
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_NOCTTY", 0)
    | getattr(os, "O_BINARY", 0)
)
_HOLD = getattr(os, "O_PATH", os.O_RDONLY)
"""How a folder is held: O_PATH needs no permission to list it."""

_TEMPORARY = late(r"\.copilot-(?:[0-9a-f]{12}-)?[0-9a-f]{16}\.tmp")
"""The names of temporary files: ours, and those of `write_atomic`."""
_LEFT_SECONDS = 3600.0
"""How old a temporary file is that nobody writes any more."""

LINK_TAGS = (0xA000_000C, 0xA000_0003)
"""Windows: reparse tags of a symbolic link and of a mount point (junction)."""

HANDLES = {os.open, os.stat, os.readlink, os.mkdir, os.unlink, os.rename} <= os.supports_dir_fd
"""True where the system can work relative to a directory handle."""


@frozen
class Found:
    """One entry of a folder as `lstat` sees it."""

    name: str
    info: os.stat_result


class Folder(Protocol):
    """What the boundary needs of a folder. All names are single entries; all errors are OSError."""

    def enter(self, name: str) -> "Folder": ...
    def look(self, name: str) -> os.stat_result | None: ...
    def link(self, name: str) -> str: ...
    def true_name(self, name: str) -> str: ...
    def make(self, name: str) -> None: ...
    def scan(self) -> Sequence[Found]: ...
    def open(self, name: str) -> int: ...
    def remove(self, name: str) -> None: ...
    def replace(
        self, name: str, data: bytes, old: os.stat_result | None, *, unchanged: Callable[[], bool] = ...
    ) -> None: ...
    def close(self) -> None: ...


def is_link(info: os.stat_result) -> bool:
    """True for a symbolic link, and for a junction on Windows."""
    return stat.S_ISLNK(info.st_mode) or getattr(info, "st_reparse_tag", 0) in LINK_TAGS


def open_root(base_dir: Path, *, handles: bool = HANDLES) -> Folder:
    """Hold the base directory. Links on the way to it are the person's own and are followed."""
    if handles:
        return HandleFolder(os.open(base_dir, _HOLD | os.O_CLOEXEC | os.O_DIRECTORY))
    real = os.path.realpath(base_dir, strict=True)
    return PathFolder(root=real, path=real)


@frozen(kw_only=False)
class HandleFolder:
    """A folder held by a descriptor."""

    fd: int

    def enter(self, name: str) -> "HandleFolder":
        """Hold a folder in this one; OSError where it is a link or no folder."""
        return HandleFolder(open_entry(name, _HOLD | _ENTER, dir_fd=self.fd))

    def look(self, name: str) -> os.stat_result | None:
        """What the entry is, links not followed; None where there is none."""
        try:
            return os.stat(name, dir_fd=self.fd, follow_symlinks=False)
        except FileNotFoundError:
            return None

    def link(self, name: str) -> str:
        """Where a link points."""
        return os.readlink(name, dir_fd=self.fd)

    def true_name(self, name: str) -> str:
        """The name as it stands on the disk, where another spelling of it means the same entry."""
        return true_spelling(self, name)

    def make(self, name: str) -> None:
        """Make a folder; one that is there already is fine."""
        with contextlib.suppress(FileExistsError):
            os.mkdir(name, dir_fd=self.fd)

    def scan(self) -> Sequence[Found]:
        """All entries, in no order; one that vanishes meanwhile, or that may not be seen, is left out."""
        listing = os.open(".", os.O_RDONLY | _ENTER, dir_fd=self.fd)
        try:
            with os.scandir(listing) as entries:
                return _found(entries)
        finally:
            os.close(listing)

    def open(self, name: str) -> int:
        """A descriptor for reading that never blocks, whatever the entry is."""
        return open_entry(name, _READ, dir_fd=self.fd)

    def remove(self, name: str) -> None:
        """Remove a file."""
        os.unlink(name, dir_fd=self.fd)
        self._sync()

    def replace(
        self,
        name: str,
        data: bytes,
        old: os.stat_result | None,
        *,
        unchanged: Callable[[], bool] = lambda: True,
    ) -> None:
        """Put a new file in the place of `name` (`old`: what is there, whose mode and owner it gets).

        The new bytes are on disk before the name changes hands; a link or a hard link at `name` is replaced,
        never written through. `unchanged` is asked last of all. Raises FileExistsError where it says no, and
        for something that is there where nothing was.
        """
        temp = f".copilot-{os.urandom(8).hex()}.tmp"
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _FLAGS
        fd = open_entry(temp, flags, mode=0o666 if old is None else 0o600, dir_fd=self.fd)
        try:
            try:
                _write(fd, data)
                if old is not None:
                    with contextlib.suppress(PermissionError):  # somebody else's file: it becomes ours
                        os.fchown(fd, old.st_uid, old.st_gid)
                    os.fchmod(fd, stat.S_IMODE(old.st_mode) & 0o777)
                os.fsync(fd)
            finally:
                os.close(fd)
            if not unchanged():
                raise _exists(name)
            if old is not None or not self._link(temp, name):
                os.rename(temp, name, src_dir_fd=self.fd, dst_dir_fd=self.fd)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(temp, dir_fd=self.fd)
            raise
        self._sync()
        self._sweep()

    def close(self) -> None:
        """Let go."""
        os.close(self.fd)

    def _link(self, temp: str, name: str) -> bool:
        """Give a new file its name, which nothing may have; False where the disk has no hard links."""
        try:
            os.link(temp, name, src_dir_fd=self.fd, dst_dir_fd=self.fd, follow_symlinks=False)
        except FileExistsError:
            raise
        except OSError:
            return False
        os.unlink(temp, dir_fd=self.fd)
        return True

    def _sweep(self) -> None:
        with contextlib.suppress(OSError):
            listing = os.open(".", os.O_RDONLY | _ENTER, dir_fd=self.fd)
            try:
                for name in _left(os.listdir(listing), self.look):  # noqa: PTH208  # a descriptor
                    os.unlink(name, dir_fd=self.fd)
            finally:
                os.close(listing)

    def _sync(self) -> None:
        with contextlib.suppress(OSError):  # some file systems cannot; the data itself is on disk
            listing = os.open(".", os.O_RDONLY | _ENTER, dir_fd=self.fd)
            try:
                os.fsync(listing)
            finally:
                os.close(listing)


@frozen
class PathFolder:
    """A folder held by its path. `root` is the real path of the base directory."""

    root: str
    path: str

    def enter(self, name: str) -> "PathFolder":
        """A folder in this one; OSError where it is a link or no folder."""
        info = os.lstat(self._at(name))
        if is_link(info) or not stat.S_ISDIR(info.st_mode):
            raise NotADirectoryError(20, "Not a directory", name)
        return PathFolder(root=self.root, path=self._real(name))

    def look(self, name: str) -> os.stat_result | None:
        """What the entry is, links not followed; None where there is none."""
        try:
            return os.lstat(self._at(name))
        except FileNotFoundError:
            return None

    def link(self, name: str) -> str:
        """Where a link points."""
        return str(Path(self._at(name)).readlink()).removeprefix("\\\\?\\")

    def true_name(self, name: str) -> str:
        """The long name in its true case: `PROGRA~1` on Windows is another spelling."""
        return os.path.basename(self._real(name))  # noqa: PTH119

    def make(self, name: str) -> None:
        """Make a folder; one that is there already is fine."""
        with contextlib.suppress(FileExistsError):
            Path(self._at(name)).mkdir()

    def scan(self) -> Sequence[Found]:
        """All entries, in no order; one that vanishes meanwhile, or that may not be seen, is left out."""
        self._real("")
        with os.scandir(self.path) as entries:
            return _found(entries)

    def open(self, name: str) -> int:
        """A descriptor for reading; closed again, unread, where the path turned out to lead elsewhere."""
        fd = os.open(self._real(name), _READ)
        try:
            if not os.path.samestat(os.fstat(fd), os.lstat(self._real(name))):
                raise OSError(5, "It changed while it was opened", name)
        except BaseException:
            os.close(fd)
            raise
        return fd

    def remove(self, name: str) -> None:
        """Remove a file."""
        Path(self._real(name)).unlink()

    def replace(
        self,
        name: str,
        data: bytes,
        old: os.stat_result | None,
        *,
        unchanged: Callable[[], bool] = lambda: True,
    ) -> None:
        """Put a new file in the place of `name`, with the mode of `old`, what is there. Raises as above."""
        self._real("")
        if not unchanged():
            raise _exists(name)
        mode = 0o644 if old is None else stat.S_IMODE(old.st_mode) & 0o777
        write_atomic(Path(self._at(name)), data, mode=mode)
        with contextlib.suppress(OSError):
            for left in _left(os.listdir(self.path), self.look):  # noqa: PTH208  # names alone
                Path(self._at(left)).unlink()

    def close(self) -> None:
        """Nothing is held."""

    def _at(self, name: str) -> str:
        return os.path.join(self.path, name)  # noqa: PTH118  # a name may begin with what pathlib drops

    def _real(self, name: str) -> str:
        """The entry's real path: long names, true case. Raises OutsideProjectError outside the root."""
        at = self._at(name) if name else self.path
        real = os.path.realpath(at)
        inside = os.path.normcase(os.path.join(self.root, ""))  # noqa: PTH118  # ends in one separator
        if not os.path.normcase(os.path.join(real, "")).startswith(inside):  # noqa: PTH118
            raise OutsideProjectError(f"{shown(name or '.')} leads outside the base directory.")
        return real


def _left(names: Iterable[str], look: Callable[[str], os.stat_result | None]) -> Iterator[str]:
    """What killed writes left in a folder; what a living one writes to is never so old."""
    before = time.time() - _LEFT_SECONDS
    for name in names:
        info = look(name) if _TEMPORARY.fullmatch(name) else None
        if info is not None and info.st_mtime < before and stat.S_ISREG(info.st_mode):
            yield name


def true_spelling(folder: Folder, name: str) -> str:
    """The name of an entry as its folder lists it, on a disk where several spellings mean the same one."""
    info, other = folder.look(name), other_spelling(name)
    twin = None if info is None or other == name else folder.look(other)
    if info is None or twin is None or not os.path.samestat(info, twin):
        return name
    entries = folder.scan()
    same = [entry.name for entry in entries if os.path.samestat(entry.info, info)]
    return name if name in same or not same else same[0]


def other_spelling(name: str) -> str:
    """Another name that a disk may take for the same: other case, else another normal form."""
    swapped = name.swapcase()
    if swapped != name:
        return swapped
    composed = unicodedata.normalize("NFC", name)
    return composed if composed != name else unicodedata.normalize("NFD", name)


def _exists(name: str) -> FileExistsError:
    return FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), name)


def _write(fd: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(fd, rest) :]


def _found(entries: Iterator[os.DirEntry[str]]) -> Sequence[Found]:
    """Raises PermissionError where every single entry may only be listed and not be looked at."""
    found: list[Found] = []
    refused: PermissionError | None = None
    for entry in entries:
        try:
            # DirEntry's own stat lacks fields on Windows
            info = os.lstat(entry.path) if sys.platform == "win32" else entry.stat(follow_symlinks=False)
        except PermissionError as error:
            refused = error
        except OSError:
            continue  # gone meanwhile
        else:
            found.append(Found(name=entry.name, info=info))
    if refused is not None and not found:
        raise refused
    return found

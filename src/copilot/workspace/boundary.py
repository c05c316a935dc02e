"""The boundary: every path that a model names is resolved here and held inside the base directory.

A path is first judged by its text (`names`), then walked entry by entry from the base directory, each folder
held while the next one is looked up (`folders`). Links are read and followed by this walk alone, as long as
they stay inside; the system is never asked to follow one. What is found at the end is read, listed or
replaced relative to the folder that is held, so that nothing swapped meanwhile leads outside.
"""

import errno
import os
import stat
import sys
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Literal

from copilot.vocabulary.errors import ForbiddenPathError, StorageError, ToolError
from copilot.vocabulary.frozen import field, frozen
from copilot.workspace.folders import HANDLES, Folder, is_link, open_root
from copilot.workspace.names import Asked, joined, parse, shown
from copilot.workspace.place import Place, Walk, no_such_file, require_file, require_place_for_file

Kind = Literal["file", "folder", "link", "other"]

MAX_FILE_BYTES = 20_000_000
"""Larger files are not read whole; a script can look at a part of them."""


@frozen
class Entry:
    """One entry of a folder. `path` is relative to the base directory, with forward slashes."""

    path: str
    kind: Kind
    size: int
    mtime_ns: int
    ctime_ns: int = 0

    @property
    def name(self) -> str:
        """The last part of its path."""
        return self.path.rpartition("/")[2]


@frozen
class FileBytes:
    """A regular file as it was read. `path` is its real path below the base directory, links resolved."""

    path: str
    data: bytes
    size: int
    mtime_ns: int
    mode: int
    links: int

    @property
    def sha256(self) -> str:
        """Of the bytes, in hexadecimal."""
        import hashlib  # with OpenSSL: a run with nothing new to read has no use for it

        return hashlib.sha256(self.data).hexdigest()


@frozen(kw_only=False)
class Boundary:
    """The base directory as the tools may use it.

    Every method takes a path as a model wrote it and raises OutsideProjectError where it leads outside,
    ForbiddenPathError where it must not be used this way, and ToolError for what the disk says.
    """

    base_dir: Path
    platform: str = field(default=sys.platform, kw_only=True)
    handles: bool = field(default=HANDLES, kw_only=True)
    _known_bases: list[str] = field(default_factory=list[str], init=False, repr=False, compare=False)

    def plain(self, path: str) -> str:
        """The path below the base directory by its text alone; another than `resolve` where a link is."""
        kept: list[str] = []
        for part in self._parsed(path).parts:
            if part == "..":
                kept.pop()
            else:
                kept.append(part)
        return joined(kept)

    def pattern(self, pattern: str) -> str:
        """A glob as it stands below the base directory. Raises like a path that leads outside."""
        # a glob may hold what no Windows name does, so that only the rules of everywhere are asked
        slashes = pattern.replace("\\", "/") if self.platform == "win32" else pattern
        return joined(parse(slashes, bases=self._bases(), platform="").parts)

    def resolve(self, path: str) -> str:
        """The real path below the base directory, links resolved; the entry itself need not exist."""
        with self._walked(path) as place:
            return joined(place.real)

    def stat(self, path: str) -> Entry | None:
        """What is there, links followed; None where there is nothing."""
        with self._walked(path) as place:
            return None if place.info is None else _entry(place.real, place.info)

    def list(self, path: str) -> tuple[Entry, ...]:
        """The entries of a folder, sorted by name; links are not followed."""
        with self._walked(path) as place, _entered(place) as folder:
            entries = (_entry((*place.real, one.name), one.info) for one in folder.scan())
            return tuple(sorted(entries, key=lambda entry: entry.name))

    def kinds(self, path: str, names: Iterable[str]) -> dict[str, Kind]:
        """Which of these single names a folder has, and what they are; links are not followed."""
        with self._walked(path) as place, _entered(place) as folder:
            return {name: kind_of(info) for name in names if (info := folder.look(name)) is not None}

    def read_bytes(self, path: str, *, at_most: int = MAX_FILE_BYTES) -> FileBytes:
        """A regular file, whole. A folder, pipe, socket or device is refused without being opened."""
        with self._walked(path) as place:
            require_file(place)
            fd = place.folder.open(place.name)
            try:
                info = os.fstat(fd)
                if not stat.S_ISREG(info.st_mode):  # swapped since it was looked at
                    raise ForbiddenPathError(f"{shown(path)} is not a regular file.")
                if info.st_size > at_most:
                    raise _too_large(path, info.st_size, at_most)
                data = _read(fd, at_most + 1)
            finally:
                os.close(fd)
            if len(data) > at_most:
                raise _too_large(path, len(data), at_most)
            return FileBytes(
                path=joined(place.real),
                data=data,
                size=info.st_size,
                mtime_ns=info.st_mtime_ns,
                mode=stat.S_IMODE(info.st_mode),
                links=info.st_nlink,
            )

    def check_writable(self, path: str) -> str:
        """The real path of a file that may be written or made; its parents may be missing."""
        with self._walked(path) as place:
            require_place_for_file(place)
            return joined(place.real)

    def write_bytes(self, path: str, data: bytes, *, expected: str | None) -> None:
        """Replace the file `path`, or make it with its parents where `expected` is None.

        `path` must be a real path, as `check_writable` gave it, and `expected` the sha256 of the bytes there.
        Raises ForbiddenPathError where either is no longer so. A hard link is broken, not written through.
        """
        with self._walked(path) as place:
            require_place_for_file(place)
            if joined(place.real) != path or _hash_now(place) != expected:
                raise _changed(path)
            folder = place.folder
            held: list[Folder] = []
            try:
                for name in place.missing:
                    folder.make(name)
                    folder = folder.enter(name)
                    held.append(folder)
                folder.replace(place.name, data, place.info, unchanged=lambda: _hash_now(place) == expected)
            except FileExistsError:
                raise _changed(path) from None
            finally:
                for one in held:
                    one.close()

    def remove(self, path: str) -> None:
        """Remove the regular file that a path leads to."""
        with self._walked(path) as place:
            require_file(place)
            place.folder.remove(place.name)

    def _bases(self) -> tuple[str, ...]:
        """The names of the base directory. They only shorten a path that begins with one; what holds a path
        inside is the walk, so they are asked for once."""
        if not self._known_bases:
            self._known_bases[:] = (str(self.base_dir), os.path.realpath(self.base_dir))
        return tuple(self._known_bases)

    def _parsed(self, path: str) -> Asked:
        relative = self.platform != "win32" and path[:1] != "/" and self.base_dir.is_absolute()
        return _asked(path, () if relative else self._bases(), self.platform)

    @contextmanager
    def _walked(self, path: str) -> Generator[Place]:
        asked = self._parsed(path)
        held: list[Folder] = []
        try:
            try:
                held.append(open_root(self.base_dir, handles=self.handles))
            except OSError as error:
                raise ToolError(
                    f"the base directory {self.base_dir} cannot be opened: {error.strerror}"
                ) from error
            yield Walk(
                asked=asked,
                base_dir=self.base_dir,
                bases=self._bases,
                platform=self.platform,
                held=held,
            ).end()
        except OSError as error:
            raise _trouble(path, error) from error
        except StorageError as error:
            reason = error.__cause__  # its own words are about our home, not about a project
            if not isinstance(reason, OSError):
                raise ToolError(str(error)) from error
            raise _trouble(path, reason) from error
        finally:
            for folder in held:
                folder.close()


@lru_cache(128)
def _asked(path: str, bases: tuple[str, ...], platform: str) -> Asked:
    """The path split; a tool asks several times for the same one."""
    return parse(path, bases=bases, platform=platform)


@contextmanager
def _entered(place: Place) -> Generator[Folder]:
    """The folder at the end of a walk, held."""
    if place.info is None:
        raise no_such_file(place)
    if not stat.S_ISDIR(place.info.st_mode):
        raise ForbiddenPathError(f"{shown(place.asked.text)} is not a folder.")
    if not place.real:
        yield place.folder
        return
    folder = place.folder.enter(place.name)
    try:
        yield folder
    finally:
        folder.close()


def kind_of(info: os.stat_result) -> Kind:
    """What an entry is, links not followed."""
    if is_link(info):
        return "link"
    mode = info.st_mode
    if stat.S_ISREG(mode):
        return "file"
    return "folder" if stat.S_ISDIR(mode) else "other"


def _entry(real: tuple[str, ...], info: os.stat_result) -> Entry:
    return Entry(
        path=joined(real),
        kind=kind_of(info),
        size=info.st_size,
        mtime_ns=info.st_mtime_ns,
        ctime_ns=info.st_ctime_ns,
    )


def _changed(path: str) -> ForbiddenPathError:
    return ForbiddenPathError(
        f"{shown(path)} changed on disk after the change was proposed; nothing was written.",
        "Read it again and propose the change anew.",
    )


def _hash_now(place: Place) -> str | None:
    import hashlib

    if place.missing:
        return None
    try:
        fd = place.folder.open(place.name)
    except FileNotFoundError:
        return None
    try:
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            return ""
        return hashlib.sha256(_read(fd, MAX_FILE_BYTES + 1)).hexdigest()
    finally:
        os.close(fd)


def _read(fd: int, at_most: int) -> bytes:
    pieces: list[bytes] = []
    left = at_most
    while left and (piece := os.read(fd, min(left, 1 << 20))):
        pieces.append(piece)
        left -= len(piece)
    return b"".join(pieces)


def _too_large(path: str, size: int, at_most: int) -> ForbiddenPathError:
    return ForbiddenPathError(
        f"{shown(path)} has {size:,} bytes; files above {at_most:,} bytes are not read whole.",
        "A script can look at a part of it.",
    )


_SAYINGS = {
    errno.ENOENT: "it is not there (or not any more)",
    errno.EACCES: "permission denied",
    errno.EPERM: "permission denied",
    errno.ENOTDIR: "a part of the path is not a folder (or not any more)",
    errno.ELOOP: "a part of it became a link while it was used",
    errno.ENAMETOOLONG: "the name is too long",
    errno.ENOSPC: "the disk is full",
    errno.EROFS: "the disk is read-only",
    errno.ENXIO: "it is not a regular file",
    errno.EXDEV: "it leads outside the base directory",
}


def _trouble(path: str, error: OSError) -> ToolError:
    saying = _SAYINGS.get(error.errno or 0) or error.strerror or "the system gave no reason"
    return ToolError(f"{shown(path)} cannot be used: {saying}.")

"""The base directory as it is watched: its folders, what tells a changed file, what concerns nobody."""

import contextlib
import os
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

from copilot.workspace.folders import is_link
from copilot.workspace.ignore import NEVER_WALKED
from copilot.workspace.names import shown

Changes = frozenset[str]
EVERYTHING: Changes = frozenset({"."})
"""Anything may have changed: watching began, the base directory came or went, or much changed at once."""

MANY = 1_000
"""More changed paths at once are told as EVERYTHING."""
_EXCLUDE = ".git/info/exclude"
_REMOTE = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "ncpfs", "afs", "9p", "virtiofs", "vboxsf", "vmhgfs", "drvfs"}
    | {"fuse.sshfs", "fuse.vmhgfs-fuse", "fuse.rclone", "fuse.s3fs", "fuse.gcsfuse", "fuse.davfs"}
)
"""Kinds of file systems, as Linux names them in `mountinfo`, on which others change files untold."""
_MOUNTS = Path("/proc/self/mountinfo")

Identity = tuple[int, int]


class UnwatchableError(Exception):
    """The system does not watch this tree: why, and what a person can do."""

    def __init__(self, reason: str, remedy: str = "") -> None:
        super().__init__(reason)
        self.remedy = remedy


class Tree:
    """The base directory while it is the same folder; `over` is True once it is not, or all is to end."""

    def __init__(self, base_dir: Path, here: Identity, stop: threading.Event) -> None:
        self.root = os.path.realpath(base_dir)
        self.stop = stop
        self._base_dir = base_dir
        self._here = here

    @property
    def device(self) -> int:
        """The number of the file system that holds it, as `stat` gives it."""
        return self._here[0]

    @property
    def over(self) -> bool:
        """Whether to leave this tree alone."""
        return self.stop.is_set() or identity(self._base_dir) != self._here

    def folders(self) -> list[str]:
        """The folders to watch. Raises UnwatchableError where a name in them is no text.

        The library neither takes such a name nor goes on once it met one, be it in a file's being opened.
        """
        found: list[str] = []
        for folder, entries in self._scanned():
            found.append(folder)
            for entry in entries:
                if not entry.name.isascii() and not _is_text(entry.name):
                    raise UnwatchableError(f"the name of {shown(entry.path)} is no text", "Rename it")
        git = Path(self.root, _EXCLUDE).parent
        if found and os.access(git, os.R_OK):
            found.append(str(git))
        return found

    def stamps(self) -> dict[str, tuple[int, ...]]:
        """What tells a changed entry from the one before, for each path."""
        found: dict[str, tuple[int, ...]] = {}
        for _folder, entries in self._scanned():
            for entry in entries:
                with contextlib.suppress(OSError):
                    info = entry.stat(follow_symlinks=False)
                    size = 0 if stat.S_ISDIR(info.st_mode) else info.st_size
                    found[entry.path] = (info.st_mode, info.st_ino, size, info.st_mtime_ns)
        return found

    def _scanned(self) -> Iterator[tuple[str, list[os.DirEntry[str]]]]:
        """Each readable folder that a walk could enter, with its entries, whatever the ignore files say."""
        waiting = [self.root]
        while waiting and not self.stop.is_set():
            folder = waiting.pop()
            try:
                with os.scandir(folder) as found:
                    entries = [entry for entry in found if entry.name not in NEVER_WALKED]
            except OSError:
                continue
            yield folder, entries
            waiting += [entry.path for entry in entries if _is_folder(entry)]

    def changes(self, paths: set[str]) -> Changes:
        """Absolute paths as they are told: those that concern nobody are taken out."""
        found: set[str] = set()
        for path in paths:
            below = os.path.relpath(path, self.root).replace(os.sep, "/")
            if not _is_left_out(below):
                found.add(below)
        return EVERYTHING if len(found) > MANY else frozenset(found)


def remote_kind(mountinfo: str, device: int) -> str:
    """Which network file system this device is; empty for any other. `mountinfo`: see `mounts`."""
    number = f"{os.major(device)}:{os.minor(device)}"
    for line in mountinfo.splitlines():
        place, _, kinds = line.partition(" - ")
        if place.split()[2:3] == [number] and (kind := kinds.split(" ")[0]) in _REMOTE:
            return kind
    return ""


def mounts() -> str:
    """Linux' list of what is mounted (proc(5)); empty elsewhere."""
    try:
        return _MOUNTS.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def identity(base_dir: Path) -> Identity | None:
    """Which folder it is now; None where there is none."""
    try:
        info = base_dir.stat()
    except OSError:
        return None
    return (info.st_dev, info.st_ino) if stat.S_ISDIR(info.st_mode) else None


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir(follow_symlinks=False) and not is_link(entry.stat(follow_symlinks=False))
    except OSError:
        return False


def _is_text(path: str) -> bool:
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_left_out(path: str) -> bool:
    """What no walk enters, and the temporary files of our own writes (their last step is a rename)."""
    if path == _EXCLUDE:
        return False
    parts = path.split("/")
    ours = parts[-1].startswith(".copilot-") and parts[-1].endswith(".tmp")
    return ours or not NEVER_WALKED.isdisjoint(parts)

"""What lies in a folder, entry by entry, and how two such listings differ. Links are never followed."""

import hashlib
import os
import stat
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path
from typing import Literal

from copilot.vocabulary.errors import ToolError, TurnCancelledError
from copilot.vocabulary.frozen import frozen

Kind = Literal["file", "folder", "link", "fifo", "other"]

MOST_ENTRIES = 500_000
"""A larger project is not previewed: to list it would take longer than to run most scripts."""
_LOOK = 2_000


@frozen
class Entry:
    """One file, folder or link. `state` changes whenever its content does, or it is another file by now."""

    kind: Kind
    mode: int
    size: int
    mtime_ns: int
    state: tuple[int, ...]
    file: tuple[int, int]
    links: int
    target: str = ""

    @property
    def same_as(self) -> tuple[object, ...]:
        """Equal for two looks at what nobody changed between them."""
        return (self.kind, self.mode, self.target, self.state if self.kind != "folder" else ())


Manifest = Mapping[str, Entry]
"""By path below the folder, parts joined by slashes; bytes that are no UTF-8 are surrogates."""


def scan(
    root: Path, *, left_out: Collection[str] = (), cancelled: Callable[[], bool] = lambda: False
) -> dict[str, Entry]:
    """Everything below `root`, but for the paths `left_out` and what is below them.

    Raises ToolError where it is too much or cannot be read, TurnCancelledError.
    """
    found: dict[str, Entry] = {}
    todo = [""]
    while todo:
        folder = todo.pop()
        try:
            with os.scandir(root / folder) as entries:
                for one in entries:
                    path = f"{folder}/{one.name}" if folder else one.name
                    if path in left_out:
                        continue
                    entry = entry_of(one.path, one.stat(follow_symlinks=False))
                    found[path] = entry
                    if entry.kind == "folder":
                        todo.append(path)
        except FileNotFoundError:
            continue  # gone meanwhile: then it is not there
        except OSError as error:
            raise ToolError(f"{root / folder} cannot be read: {error.strerror or error}") from error
        if len(found) > MOST_ENTRIES:
            raise ToolError(f"the project has more than {MOST_ENTRIES:,} files; it cannot be previewed")
        if len(todo) % _LOOK == 0 and cancelled():
            raise TurnCancelledError("stopped while the project was listed")
    return found


def entry_of(path: str, found: os.stat_result) -> Entry:
    """The entry of a path whose `lstat` is `found`."""
    kind = kind_of(found.st_mode)
    return Entry(
        kind=kind,
        mode=stat.S_IMODE(found.st_mode),
        size=found.st_size,
        mtime_ns=found.st_mtime_ns,
        state=(found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino),
        file=(found.st_dev, found.st_ino),
        links=found.st_nlink,
        target=os.readlink(path) if kind == "link" else "",  # noqa: PTH115  # exactly as it stands
    )


def kind_of(mode: int) -> Kind:
    """The kind that a mode tells."""
    if stat.S_ISREG(mode):
        return "file"
    if stat.S_ISDIR(mode):
        return "folder"
    if stat.S_ISLNK(mode):
        return "link"
    return "fifo" if stat.S_ISFIFO(mode) else "other"


def below(paths: Iterable[str], folder: str) -> list[str]:
    """Those of the paths that lie in a folder, at any depth."""
    return [path for path in paths if path.startswith(f"{folder}/")]


def hash_of(path: Path) -> str:
    """The sha256 of a file's bytes, "" where it is no regular file. Raises OSError."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    flags |= getattr(os, "O_NONBLOCK", 0)
    handle = os.open(path, flags)
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            return ""
        return hashlib.file_digest(file, "sha256").hexdigest()


def shared_files(listing: Manifest) -> list[list[str]]:
    """Groups of paths that are hard links of one file within the folder."""
    groups: dict[tuple[int, int], list[str]] = {}
    for path, entry in listing.items():
        if entry.kind == "file" and entry.links > 1:
            groups.setdefault(entry.file, []).append(path)
    return [group for group in groups.values() if len(group) > 1]


def after_overlay(before: Manifest, upper: Path) -> tuple[dict[str, Entry], set[str]]:
    """The view after a run whose overlay has this upper folder, and which paths to look at.

    A character device 0:0 there is a deletion; a folder marked `user.overlay.opaque` hides what was below.
    """
    after, looked_at = dict(before), set[str]()
    for path, entry in sorted(scan(upper).items()):
        real = upper / path
        gone = entry.kind == "other" and _is_whiteout(real)
        if path in before and (gone or entry.kind != "folder" or _is_opaque(real)):
            for inner in below(before, path) if before[path].kind == "folder" else ():
                after.pop(inner, None)
                looked_at.add(inner)
        looked_at.add(path)
        if gone:
            after.pop(path, None)
        else:
            after[path] = entry
    return after, looked_at


def after_copy(copied: Manifest, now: Manifest) -> set[str]:
    """The paths where a copy is not any more as it was when it was made."""
    return {
        path
        for path in copied.keys() | now.keys()
        if path not in copied or path not in now or copied[path].same_as != now[path].same_as
    }


def _is_whiteout(path: Path) -> bool:
    found = path.lstat()
    return stat.S_ISCHR(found.st_mode) and found.st_rdev == 0


def _is_opaque(path: Path) -> bool:
    try:
        return os.getxattr(path, "user.overlay.opaque", follow_symlinks=False) == b"y"
    except (OSError, AttributeError):
        return False

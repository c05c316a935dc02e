"""Takes a snapshot: walks the base directory, reads what changed since it was last read, keeps it.

Each folder is held open while it is looked at, and no link is followed. What a file holds is known from its
stat (permission bits, size, times, inode) as long as that is the same; a file that was written moments before
it was read is read again the next time, as one more write may fall into the same tick of the clock.
"""

import errno
import hashlib
import json
import os
import stat
import time
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import cast

from copilot.vocabulary.errors import OutsideProjectError, StorageError, TurnCancelledError
from copilot.vocabulary.frozen import field, frozen, mutable
from copilot.vocabulary.patterns import late
from copilot.workspace.boundary import Boundary
from copilot.workspace.folders import Folder, Found, is_link, open_root
from copilot.workspace.ignore import NEVER_WALKED, Layers, ignored, layers_of
from copilot.workspace.names import MAX_DEPTH, shown
from copilot.workspace.snapshots.nodes import UNKEPT, Bounds, Row, encode_tree, unkept
from copilot.workspace.snapshots.store import SnapshotStore

HISTORIES = frozenset({".git", ".hg", ".svn", ".jj"})
"""Folders of version control. They are never looked into: half of one put back would break it."""
_HISTORY_MARKS = ("HEAD", "packed-refs", "logs/HEAD", "refs/heads", "config", "hooks", "dirstate", "wc.db")
TEMPORARY = late(r"\.copilot-[0-9a-f]{16}\.tmp")
"""What a killed write of ours leaves behind."""
_RACY_NS = 2_000_000_000
"""FAT has no finer clock."""
_MOST_SAID = 50

Stamp = tuple[int, int, int, int, int]
"""Mode, size, modification time, inode, change time (nanoseconds)."""
Fact = tuple[Stamp, str]
"""A stamp, and the ident it stands for."""
Facts = dict[str, dict[str, Fact]]
"""Of each folder (its path, empty for the base directory) what is known of its files."""


@frozen
class Taken:
    """A snapshot: the ident of its tree, how many things it has, how much was read for it (bytes)."""

    root: str
    files: int
    read_bytes: int
    seconds: float
    left_out: tuple[str, ...]


class Known:
    """What is known of files between snapshots. Of one program; it is read from the store when it is old."""

    def __init__(self) -> None:
        self.facts: Facts = {}
        self.generation = -1

    def fresh(self, store: SnapshotStore) -> Facts:
        """The facts, from the store where contents were dropped from it since."""
        generation = store.generation
        if generation != self.generation:
            self.facts = {}
            for folder, text in store.run("SELECT folder, facts FROM facts"):
                found = cast("dict[str, list[int | str]]", json.loads(text))
                self.facts[os.fsdecode(folder)] = {
                    name: (cast("Stamp", tuple(fact[:-1])), cast("str", fact[-1]))
                    for name, fact in found.items()
                }
            self.generation = generation
        return self.facts


@mutable(kw_only=True)
class Taker:
    """One walk. `own` are paths of this program's own files below the base directory. What holds one of the
    `keys`, as it is or as other formats spell it, is not kept: a key is nowhere it need not be."""

    store: SnapshotStore
    base_dir: Path
    known: Known
    bounds: Bounds
    cancelled: Callable[[], bool]
    own: frozenset[str] = frozenset()
    keys: Collection[str] = ()
    _forms: Sequence[bytes] = field(default=(), init=False)
    _facts: Facts = field(default_factory=dict[str, dict[str, Fact]], init=False)
    _changed: Facts = field(default_factory=dict[str, dict[str, Fact]], init=False)
    _seen: set[str] = field(default_factory=set[str], init=False)
    _said: list[str] = field(default_factory=list[str], init=False)
    _files: int = field(default=0, init=False)
    _total: int = field(default=0, init=False)
    _read: int = field(default=0, init=False)
    _ignored_files: int = field(default=0, init=False)
    _ignored_total: int = field(default=0, init=False)
    _device: int = field(default=0, init=False)
    _boundary: Boundary | None = field(default=None, init=False)

    def take(self) -> Taken:
        """Raises StorageError, TurnCancelledError."""
        from copilot.vocabulary.key_forms import forms_of  # with base64 and urllib: no start needs them

        began = time.monotonic()
        self._forms = [form.encode("utf-8", "replace") for form in forms_of(self.keys)]
        self._facts = self.known.fresh(self.store)
        self._boundary = Boundary(self.base_dir)
        try:
            root = open_root(self.base_dir)
            self._device = self.base_dir.stat().st_dev
        except OSError as error:
            raise StorageError(f"{self.base_dir} cannot be looked at: {error.strerror}") from error
        try:
            with self.store.change():
                ident = self._folder(root, root.scan(), "", (), hidden=False, depth=0)
                self._remember()
                if self.store.root != ident:  # a transaction without a change waits for no disk
                    self.store.root = ident
        except OSError as error:
            raise StorageError(f"{self.base_dir} cannot be looked at: {error.strerror}") from error
        except BaseException:
            self.known.generation = -1  # nothing of this was kept
            raise
        finally:
            root.close()
        said = self._said[:_MOST_SAID]
        if len(self._said) > _MOST_SAID:
            said.append(f"and {len(self._said) - _MOST_SAID:,} more")
        seconds = time.monotonic() - began
        return Taken(
            root=ident, files=self._files, read_bytes=self._read, seconds=seconds, left_out=tuple(said)
        )

    def _remember(self) -> None:
        for folder, facts in self._changed.items():
            self._facts[folder] = facts
        rows = [
            (
                os.fsencode(folder),
                json.dumps({name: (*stamp, ident) for name, (stamp, ident) in facts.items()}),
            )
            for folder, facts in self._changed.items()
        ]
        self.store.many("INSERT OR REPLACE INTO facts VALUES (?, ?)", rows)
        for folder in self._facts.keys() - self._seen:
            del self._facts[folder]
            self.store.run("DELETE FROM facts WHERE folder = ?", (os.fsencode(folder),))

    def _folder(
        self, folder: Folder, found: Sequence[Found], path: str, layers: Layers, *, hidden: bool, depth: int
    ) -> str:
        """Keep a folder that is held; the ident of its tree."""
        if self.cancelled():
            raise TurnCancelledError("stopped while a snapshot was taken")
        prefix = f"{path}/" if path else ""
        if not hidden and self._boundary is not None:
            names = [one.name for one in found if not stat.S_ISDIR(one.info.st_mode)]
            layers += layers_of(self._boundary, prefix, names)
        known = self._facts.get(path, {})
        facts: dict[str, Fact] = {}
        rows: list[Row] = []
        for one in found:
            info, name = one.info, one.name
            if stat.S_ISREG(info.st_mode) and not is_link(info):
                if (name[0] == "." and TEMPORARY.fullmatch(name)) or (self.own and prefix + name in self.own):
                    continue
                stamp = (info.st_mode, info.st_size, info.st_mtime_ns, info.st_ino, info.st_ctime_ns)
                fact = known.get(name)
                if fact is not None and fact[0] == stamp:
                    ident = fact[1]
                    self._count(stamp[1], ident, hidden)
                    if ident[0] == UNKEPT:
                        self._say(prefix + name, "is not kept (too large, unreadable, or with a key in it)")
                    facts[name] = fact
                else:
                    stamp, ident, racy = self._file(folder, one, prefix, layers, hidden=hidden)
                    if not racy:
                        facts[name] = (stamp, ident)
                rows.append((name, "file", stat.S_IMODE(stamp[0]), ident, stamp[1]))
            elif (row := self._other(folder, one, prefix, layers, hidden=hidden, depth=depth)) is not None:
                rows.append(row)
        self._files += len(rows)
        self._seen.add(path)
        if facts != known:
            self._changed[path] = facts
        return self.store.put(encode_tree(rows))

    def _other(
        self, folder: Folder, one: Found, prefix: str, layers: Layers, *, hidden: bool, depth: int
    ) -> Row | None:
        """The row of what is no file; None for our own."""
        path, info = prefix + one.name, one.info
        mode = stat.S_IMODE(info.st_mode)
        if path in self.own:
            return None
        try:
            if is_link(info):
                return (one.name, "link", 0o777, folder.link(one.name), 0)
            if stat.S_ISDIR(info.st_mode):
                return self._below(folder, one, path, layers, hidden=hidden, depth=depth)
        except (OSError, OutsideProjectError) as error:
            self._say(path, getattr(error, "strerror", "") or str(error))
            return (one.name, "closed", mode, "", 0)
        self._say(path, "is a pipe, a socket or a device")
        return (one.name, "other", mode, "", 0)

    def _below(
        self, folder: Folder, one: Found, path: str, layers: Layers, *, hidden: bool, depth: int
    ) -> Row:
        """The row of a folder, looked into unless that is too much."""
        mode = stat.S_IMODE(one.info.st_mode)
        child = folder.enter(one.name)
        try:
            if one.name in HISTORIES:
                return (one.name, "closed", mode, _history_mark(child), 0)
            why = ""
            if one.info.st_dev != self._device:
                why = "is another file system"
            elif depth >= MAX_DEPTH:
                why = "lies too deep to be looked into"
            below = hidden or one.name in NEVER_WALKED or bool(layers and ignored(layers, path, folder=True))
            if not why and below and not hidden and _more_than(child, self.bounds.ignored_folder):
                why = f"is ignored and holds more than {self.bounds.ignored_folder:,} things"
            if why:
                self._say(path, why)
                return (one.name, "closed", mode, "", 0)
            tree = self._folder(child, child.scan(), path, layers, hidden=below, depth=depth + 1)
            return (one.name, "folder", mode, tree, 0)
        finally:
            child.close()

    def _file(
        self, folder: Folder, one: Found, prefix: str, layers: Layers, *, hidden: bool
    ) -> tuple[Stamp, str, bool]:
        """A file that is not known yet: its stamp, its ident, and whether it may change unseen."""
        path, info = prefix + one.name, one.info
        stamp = (info.st_mode, info.st_size, info.st_mtime_ns, info.st_ino, info.st_ctime_ns)
        hidden = hidden or one.name in NEVER_WALKED or bool(layers and ignored(layers, path, folder=False))
        why = self._too_much(info.st_size, hidden=hidden)
        if not why:
            try:
                stamp, data = _read(folder, one.name, self.bounds.file)
            except OSError as error:
                why = "grew while it was read" if error.errno == errno.EFBIG else error.strerror or str(error)
            else:
                self._read += len(data)
                if any(form in data for form in self._forms):
                    self._say(path, "holds one of your keys")
                    return stamp, unkept(info), False
                ident = self.store.put(data, hashlib.sha256(data).hexdigest())
                self._count(len(data), ident, hidden)
                return stamp, ident, max(stamp[2], stamp[4]) > time.time_ns() - _RACY_NS
        self._say(path, why)
        return stamp, unkept(info), False

    def _too_much(self, size: int, *, hidden: bool) -> str:
        """Why a file is not kept; empty where it is."""
        bounds = self.bounds
        if size > (bounds.ignored_file if hidden else bounds.file):
            return f"is larger than {(bounds.ignored_file if hidden else bounds.file) // 1_000_000:,} MB"
        if self._files > bounds.entries or self._total + size > bounds.total:
            return "came after as much as one snapshot keeps"
        too_many = self._ignored_files >= bounds.ignored_files
        if hidden and (too_many or self._ignored_total + size > bounds.ignored_total):
            return "is ignored, and came after as much as is kept of what is"
        return ""

    def _count(self, size: int, ident: str, hidden: bool) -> None:
        if ident[:1] != UNKEPT:
            self._total += size
            if hidden:
                self._ignored_files += 1
                self._ignored_total += size

    def _say(self, path: str, why: str) -> None:
        self._said.append(f"{shown(path)}: {why}")


def _read(folder: Folder, name: str, at_most: int) -> tuple[Stamp, bytes]:
    """A file whole, and the stamp it had right before it was read. Raises OSError."""
    fd = folder.open(name)
    try:
        info = os.fstat(fd)
        if not stat.S_ISREG(info.st_mode):
            raise OSError(errno.EINVAL, "is no file any more")
        pieces: list[bytes] = []
        left = at_most + 1
        while left > 0 and (piece := os.read(fd, min(max(info.st_size + 1, 65_536), left))):
            pieces.append(piece)
            left -= len(piece)
        if left <= 0:
            raise OSError(errno.EFBIG, "")
    finally:
        os.close(fd)
    data = pieces[0] if len(pieces) == 1 else b"".join(pieces)
    return (info.st_mode, len(data), info.st_mtime_ns, info.st_ino, info.st_ctime_ns), data


def _more_than(folder: Folder, most: int) -> bool:
    """Whether a folder holds more things than that, in all its folders."""
    return _count_to(folder, most) > most


def _count_to(folder: Folder, most: int) -> int:
    """How many things a folder holds in all its folders; above `most` the count ends."""
    found = folder.scan()
    count = len(found)
    for one in found:
        if count > most:
            break
        if stat.S_ISDIR(one.info.st_mode) and not is_link(one.info):
            try:
                child = folder.enter(one.name)
            except (OSError, OutsideProjectError):
                continue
            try:
                count += _count_to(child, most - count)
            except OSError:
                continue
            finally:
                child.close()
    return count


def _history_mark(folder: Folder) -> str:
    """Something that changes with the history: the stats of what a commit, a reset or a new hook touches."""
    marks: list[object] = []
    for name in _HISTORY_MARKS:
        at, held = folder, list[Folder]()
        try:
            *above, last = name.split("/")
            for part in above:
                at = at.enter(part)
                held.append(at)
            info = at.look(last)
            marks.append(None if info is None else (info.st_size, info.st_mtime_ns, info.st_ino))
        except OSError:
            marks.append(None)
        finally:
            for one in held:
                one.close()
    return hashlib.sha256(repr(marks).encode()).hexdigest()

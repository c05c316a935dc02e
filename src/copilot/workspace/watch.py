"""What changes on disk below the base directory, told as it happens.

Only folders that a walk could enter are watched, each by itself where the system wants one watch a folder
(Linux), else the whole tree by one watch. Watching recursively would, on Linux, follow every link: a link to
`/usr` took 7 s and 15,000 watches. Folders made later are found by walking again, so that a burst which
overflows the system's queue loses none.

Network file systems tell changes of this machine alone, or none: those that Linux names are walked every 2 s
instead. Elsewhere, and for one that is not in the list, only `watch(polling=True)` helps.
"""

import contextlib
import os
import stat
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from copilot.workspace.folders import is_link
from copilot.workspace.ignore import NEVER_WALKED
from copilot.workspace.names import shown

if TYPE_CHECKING:
    from watchfiles._rust_notify import RustNotify

Changes = frozenset[str]
EVERYTHING: Changes = frozenset({"."})
"""Anything may have changed: watching began, the base directory came or went, or much changed at once."""

MANY = 1_000
"""More changed paths at once are told as EVERYTHING."""
_STEP_MS = 50
_DEBOUNCE_MS = 300
"""Changes are told once nothing new came for one step, and at the latest after this time."""
_LOOK_SECONDS = 1.0
"""How often the base directory itself is looked at: a system need not tell that it went or came."""
_MISSING_SECONDS = 0.5
_AGAIN_SECONDS = 0.2
_MOST_TRIES = 50
_POLL_SECONDS = 2.0
_POLL_SHARE = 10
"""A polling walk waits this many times as long as it took, where that is longer."""
_EXCLUDE = ".git/info/exclude"
_DELETED = 3
"""`watchfiles.Change.deleted`; that class comes with a library of which nothing else is needed."""

_LIMITS = "On Linux, raise fs.inotify.max_user_watches or fs.inotify.max_user_instances"

_REMOTE = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "ncpfs", "afs", "9p", "virtiofs", "vboxsf", "vmhgfs", "drvfs"}
    | {"fuse.sshfs", "fuse.vmhgfs-fuse", "fuse.rclone", "fuse.s3fs", "fuse.gcsfuse", "fuse.davfs"}
)
"""Kinds of file systems, as Linux names them in `mountinfo`, on which others change files untold."""
_MOUNTS = Path("/proc/self/mountinfo")

_Identity = tuple[int, int]


class _UnwatchableError(Exception):
    """The system does not watch this tree: why, and what a person can do."""

    def __init__(self, reason: str, remedy: str = "") -> None:
        super().__init__(reason)
        self.remedy = remedy


def watch(
    base_dir: Path,
    stop: threading.Event,
    on_change: Callable[[Changes], None],
    *,
    on_trouble: Callable[[str], None] = lambda _text: None,
    polling: bool = False,
) -> None:
    """Call `on_change` with the paths that changed, relative and with forward slashes, until `stop` is set.

    A folder that came or went stands for all that is in it. `on_change` is called from this thread, which is
    not the main one: 50 to 100 ms after a change and at most 400 ms, and with EVERYTHING once watching has
    begun, so that who lists after that misses nothing. A base directory that is missing is waited for. Where
    the system cannot watch (its limit of watches is reached), `on_trouble` is told once in a person's words
    and the tree is walked every 2 s instead, as with `polling`.
    """
    while not stop.is_set():
        here = _identity(base_dir)
        if here is None:
            stop.wait(_MISSING_SECONDS)
            continue
        tree = _Tree(base_dir, here, stop)
        try:
            (_poll if polling else _listen)(tree, on_change)
        except _UnwatchableError as error:
            polling = True
            on_trouble(
                f"The system cannot watch {base_dir} for changes ({error}); it is looked through every"
                f" {_POLL_SECONDS:g} s instead."
                + (f" {error.remedy}, then open the project again." if error.remedy else "")
            )


class _Tree:
    """The base directory while it is the same folder; `over` is True once it is not, or all is to end."""

    def __init__(self, base_dir: Path, here: _Identity, stop: threading.Event) -> None:
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
        return self.stop.is_set() or _identity(self._base_dir) != self._here

    def folders(self) -> list[str]:
        """The folders to watch. Raises _UnwatchableError where a name in them is no text.

        The library neither takes such a name nor goes on once it met one, be it in a file's being opened.
        """
        found: list[str] = []
        for folder, entries in self._scanned():
            found.append(folder)
            for entry in entries:
                if not entry.name.isascii() and not _is_text(entry.name):
                    raise _UnwatchableError(f"the name of {shown(entry.path)} is no text", "Rename it")
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


def _listen(tree: _Tree, on_change: Callable[[Changes], None]) -> None:
    """Tell what the system tells, until the tree is over. Raises _UnwatchableError."""
    news = EVERYTHING
    one_each = sys.platform == "linux"
    failed = 0
    if one_each and (kind := remote_kind(_mounts(), tree.device)):
        raise _UnwatchableError(f"it lies on {kind}, which does not tell what others change")
    while not tree.over:
        began = time.monotonic()
        folders = tree.folders()
        notify = _armed(folders if one_each else [tree.root], recursive=not one_each) if folders else None
        if notify is None:  # not to be read, or a folder went meanwhile
            failed += bool(folders)
            if failed > _MOST_TRIES:
                raise _UnwatchableError("permission denied", "Find out who forbids it")
            tree.stop.wait(_AGAIN_SECONDS)
            continue
        with notify:
            failed = 0
            on_change(news)
            cost = time.monotonic() - began
            # a folder that was made between the walk and the watch of its parent is not watched yet
            news = EVERYTHING
            if not one_each or tree.folders() == folders:
                news = _until_folders_change(notify, tree, on_change, one_each=one_each)
        tree.stop.wait(2 * cost)  # somebody may be making folders all the time
    if not tree.stop.is_set():
        on_change(EVERYTHING)


def _armed(folders: list[str], *, recursive: bool) -> "RustNotify | None":
    """Watch these folders; None where one of them is not there, or not to be read, any more.

    Raises _UnwatchableError. The library's own way to leave out what is not to be read also keeps quiet about
    the limit of watches (measured with 1.3), so that it is not used.
    """
    from watchfiles._rust_notify import RustNotify  # 60 ms, with an asynchronous library that it needs

    try:
        return RustNotify(folders, False, False, 0, recursive, False)
    except (FileNotFoundError, PermissionError):
        return None
    except (OSError, RuntimeError) as error:
        raise _UnwatchableError(str(error).split(" about ")[0].rstrip("."), _LIMITS) from error


def _until_folders_change(
    notify: "RustNotify", tree: _Tree, on_change: Callable[[Changes], None], *, one_each: bool
) -> Changes:
    """Tell changes until the folders have to be walked again; returns what is not told by then."""
    while not tree.over:
        try:
            said = notify.watch(_DEBOUNCE_MS, _STEP_MS, int(_LOOK_SECONDS * 1000), tree.stop)
        except RuntimeError:  # a name that is no text came, or the watch broke: begin anew
            tree.stop.wait(_AGAIN_SECONDS)
            return EVERYTHING
        if isinstance(said, str):
            continue
        news = tree.changes({path for _kind, path in said})
        if (_DELETED, tree.root) in said or (one_each and _may_hold_folders(said, tree, news)):
            return news
        if news:
            on_change(news)
    return EVERYTHING


def _may_hold_folders(said: set[tuple[int, str]], tree: _Tree, news: Changes) -> bool:
    """Whether a folder is among what was made or may be: in a burst the system drops what is too much."""
    if news == EVERYTHING or len(said) > MANY:
        return True
    paths = (Path(tree.root, path) for path in news)
    return any(path.is_dir() and not path.is_symlink() for path in paths)


def _poll(tree: _Tree, on_change: Callable[[Changes], None]) -> None:
    """Walk the tree again and again and tell what differs, until it is over."""
    seen = tree.stamps()
    on_change(EVERYTHING)
    took = 0.0
    while not tree.stop.wait(max(_POLL_SECONDS, _POLL_SHARE * took)) and not tree.over:
        began = time.monotonic()
        now = tree.stamps()
        took = time.monotonic() - began
        if tree.stop.is_set():
            return
        if changes := tree.changes({path for path, _stamp in seen.items() ^ now.items()}):
            on_change(changes)
        seen = now
    if not tree.stop.is_set():
        on_change(EVERYTHING)


def remote_kind(mounts: str, device: int) -> str:
    """Which network file system this device is; empty for any other. `mounts` is the text of `mountinfo`."""
    number = f"{os.major(device)}:{os.minor(device)}"
    for line in mounts.splitlines():
        place, _, kinds = line.partition(" - ")
        if place.split()[2:3] == [number] and (kind := kinds.split(" ")[0]) in _REMOTE:
            return kind
    return ""


def _mounts() -> str:
    try:
        return _MOUNTS.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _identity(base_dir: Path) -> _Identity | None:
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

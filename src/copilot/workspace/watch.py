"""What changes on disk below the base directory, told as it happens.

Only folders that a walk could enter are watched, each by itself where the system wants one watch a folder
(Linux), else the whole tree by one watch. Watching recursively would, on Linux, follow every link: a link to
`/usr` took 7 s and 15,000 watches. Folders made later are found by walking again, so that a burst which
overflows the system's queue loses none.

Network file systems tell changes of this machine alone, or none: those that Linux names are walked every 2 s
instead. Elsewhere, and for one that is not in the list, only `watch(polling=True)` helps.
"""

import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from copilot.workspace.watched_tree import (
    EVERYTHING,
    MANY,
    Changes,
    Tree,
    UnwatchableError,
    identity,
    mounts,
    remote_kind,
)

if TYPE_CHECKING:
    from watchfiles._rust_notify import RustNotify

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
_DELETED = 3
"""`watchfiles.Change.deleted`; that class comes with a library of which nothing else is needed."""

_LIMITS = "On Linux, raise fs.inotify.max_user_watches or fs.inotify.max_user_instances"


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
        here = identity(base_dir)
        if here is None:
            stop.wait(_MISSING_SECONDS)
            continue
        tree = Tree(base_dir, here, stop)
        try:
            (_poll if polling else _listen)(tree, on_change)
        except UnwatchableError as error:
            polling = True
            on_trouble(
                f"The system cannot watch {base_dir} for changes ({error}); it is looked through every"
                f" {_POLL_SECONDS:g} s instead."
                + (f" {error.remedy}, then open the project again." if error.remedy else "")
            )


def _listen(tree: Tree, on_change: Callable[[Changes], None]) -> None:
    """Tell what the system tells, until the tree is over. Raises UnwatchableError."""
    news = EVERYTHING
    one_each = sys.platform == "linux"
    failed = 0
    if one_each and (kind := remote_kind(mounts(), tree.device)):
        raise UnwatchableError(f"it lies on {kind}, which does not tell what others change")
    while not tree.over:
        began = time.monotonic()
        folders = tree.folders()
        notify = _armed(folders if one_each else [tree.root], recursive=not one_each) if folders else None
        if notify is None:  # not to be read, or a folder went meanwhile
            failed += bool(folders)
            if failed > _MOST_TRIES:
                raise UnwatchableError("permission denied", "Find out who forbids it")
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

    Raises UnwatchableError. The library's own way to leave out what is not to be read also keeps quiet about
    the limit of watches (measured with 1.3), so that it is not used.
    """
    from watchfiles._rust_notify import RustNotify  # 60 ms, with an asynchronous library that it needs

    try:
        return RustNotify(folders, False, False, 0, recursive, False)
    except (FileNotFoundError, PermissionError):
        return None
    except (OSError, RuntimeError) as error:
        raise UnwatchableError(str(error).split(" about ")[0].rstrip("."), _LIMITS) from error


def _until_folders_change(
    notify: "RustNotify", tree: Tree, on_change: Callable[[Changes], None], *, one_each: bool
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


def _may_hold_folders(said: set[tuple[int, str]], tree: Tree, news: Changes) -> bool:
    """Whether a folder is among what was made or may be: in a burst the system drops what is too much."""
    if news == EVERYTHING or len(said) > MANY:
        return True
    paths = (Path(tree.root, path) for path in news)
    return any(path.is_dir() and not path.is_symlink() for path in paths)


def _poll(tree: Tree, on_change: Callable[[Changes], None]) -> None:
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

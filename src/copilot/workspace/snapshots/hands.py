"""Puts a plan into effect: each path is looked at once more right before it is touched; no link is followed.

Doing a plan twice does what doing it once does, so that one which was cut short by a kill can be finished.
"""

import contextlib
import errno
import hashlib
import os
import stat
import sys
from collections.abc import Callable, Generator, Sequence
from pathlib import Path

from copilot.vocabulary.errors import OutsideProjectError, StorageError
from copilot.vocabulary.frozen import frozen
from copilot.workspace.folders import Folder, HandleFolder, PathFolder, is_link, open_root
from copilot.workspace.snapshots.nodes import Node, unkept
from copilot.workspace.snapshots.planning import Contradiction, Plan, Step
from copilot.workspace.snapshots.store import SnapshotStore
from copilot.workspace.snapshots.taking import TEMPORARY

_FLAGS = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
_SYNCED_ONE_BY_ONE = 64
"""Files; more are synced all at once at the end, which takes less time."""


@frozen
class Applied:
    """Paths that were touched, and what could not be done."""

    touched: tuple[str, ...]
    failed: tuple[Contradiction, ...]


class Hands:
    """Of one base directory."""

    def __init__(self, store: SnapshotStore, base_dir: Path) -> None:
        self._store = store
        self._base_dir = base_dir
        self._sync = True

    def apply(self, plan: Plan) -> Applied:
        """Do what the plan says. What cannot be done is said, and the rest is done all the same.

        Raises StorageError where the base directory is not there.
        """
        touched: list[str] = []
        failed: list[Contradiction] = []
        self._sync = len(plan.steps) <= _SYNCED_ONE_BY_ONE
        for steps, work in self._phases(plan.steps):
            for step in steps:
                try:
                    if work(step):
                        touched.append(step.path)
                except (OSError, OutsideProjectError, StorageError) as error:
                    why = getattr(error, "strerror", None) or str(error)
                    failed.append(Contradiction(step.path, "", f"it could not be changed: {why}"))
        if not self._sync and hasattr(os, "sync"):
            os.sync()
        return Applied(touched=tuple(dict.fromkeys(touched)), failed=tuple(failed))

    def sweep(self, plan: Plan) -> None:
        """Remove what a killed `apply` of this plan left half written."""
        for path in {step.path.rpartition("/")[0] for step in plan.steps}:
            with contextlib.suppress(OSError, OutsideProjectError), self._held(path) as folder:
                for found in folder.scan():
                    if TEMPORARY.fullmatch(found.name) and stat.S_ISREG(found.info.st_mode):
                        _at(folder, os.unlink, found.name)

    def _phases(self, steps: Sequence[Step]) -> list[tuple[list[Step], Callable[[Step], bool]]]:
        """What goes, before what comes; a folder after what is in it goes, and before what is in it comes."""
        down = sorted(steps, key=lambda step: step.path.split("/"))
        gone = [step for step in reversed(down) if step.want is None or not _like(step.expect, step.want)]
        gone = [step for step in gone if step.expect is not None]
        folders = [step for step in down if step.want is not None and step.want.kind == "folder"]
        things = [step for step in down if step.want is not None and step.want.kind != "folder"]
        return [
            (gone, self._remove),
            (folders, self._make_folder),
            (things, self._put),
            (list(reversed(folders)), self._folder_mode),
        ]

    def _remove(self, step: Step) -> bool:
        """Take away what the plan expects there; what is something else by now stays."""
        with self._parent(step.path) as (folder, name):
            if folder is None:
                return False
            now = _now(folder, name, step.expect)
            if step.expect is not None and step.expect.kind == "folder":
                if now is None or now.kind != "folder":
                    return False
                return _remove_folder(folder, name)
            if now is None or step.expect is None:
                return False
            if now.content != step.expect.content:
                if step.want is not None and now.content == step.want.content:
                    return False
                raise OSError(errno.EBUSY, "it was changed just now")
            _at(folder, os.unlink, name)
            return True

    def _make_folder(self, step: Step) -> bool:
        with self._parent(step.path) as (folder, name):
            if folder is None:
                raise OSError(errno.ENOTDIR, "what it lies in is no folder any more")
            if folder.look(name) is not None:
                return False
            folder.make(name)
            return True

    def _folder_mode(self, step: Step) -> bool:
        """Last, as a folder may lose the right to be written into; a new one has the usual mode till then."""
        with self._parent(step.path) as (folder, name):
            info = folder.look(name) if folder is not None else None
            if folder is None or info is None or step.want is None or not stat.S_ISDIR(info.st_mode):
                return False
            if stat.S_IMODE(info.st_mode) == step.want.mode:
                return False
            _chmod(folder, name, step.want.mode)
            return True

    def _put(self, step: Step) -> bool:
        """Put a file or a link where nothing, or what the plan expects, is."""
        want = step.want
        if want is None:
            return False
        with self._parent(step.path) as (folder, name):
            if folder is None:
                raise OSError(errno.ENOTDIR, "what it lies in is no folder any more")
            now = _now(folder, name, step.expect)
            if now is not None and (now.content, now.mode) == (want.content, want.mode):
                return False
            known = now is None or (step.expect is not None and now.content == step.expect.content)
            if not known and (now is None or now.content != want.content):
                raise OSError(errno.EBUSY, "it was changed just now")
            if want.kind == "link":
                _replace_link(folder, name, want.ident, there=now is not None)
            elif now is not None and now.content == want.content:
                _chmod(folder, name, want.mode)
            else:
                self._write(folder, name, want)
            return True

    def _write(self, folder: Folder, name: str, want: Node) -> None:
        data = self._store.get(want.ident)
        temp = f".copilot-{os.urandom(8).hex()}.tmp"
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _FLAGS
        fd = _open(folder, temp, flags)
        try:
            try:
                rest = memoryview(data)
                while rest:
                    rest = rest[os.write(fd, rest) :]
                if hasattr(os, "fchmod"):
                    os.fchmod(fd, want.mode & 0o777)
                if self._sync:
                    os.fsync(fd)
            finally:
                os.close(fd)
            _rename(folder, temp, name)
        except BaseException:
            with contextlib.suppress(OSError):
                _at(folder, os.unlink, temp)
            raise
        if not hasattr(os, "fchmod"):
            _chmod(folder, name, want.mode)

    @contextlib.contextmanager
    def _parent(self, path: str) -> Generator[tuple[Folder | None, str]]:
        """The folder that a path lies in, held and made writable meanwhile, and its last name."""
        above, _, name = path.rpartition("/")
        with contextlib.ExitStack() as held:
            try:
                folder = held.enter_context(self._held(above))
            except FileNotFoundError:
                yield None, name
                return
            except NotADirectoryError:
                yield None, name
                return
            held.enter_context(_writable(folder))
            yield folder, name

    @contextlib.contextmanager
    def _held(self, path: str) -> Generator[Folder]:
        """A folder below the base directory, held. Raises OSError where there is none, or a link."""
        folders: list[Folder] = []
        try:
            folders.append(open_root(self._base_dir))
            for part in filter(None, path.split("/")):
                if part in (".", ".."):
                    raise OSError(errno.EINVAL, "it is no path below the base directory")
                folders.append(folders[-1].enter(part))
            yield folders[-1]
        finally:
            for folder in reversed(folders):
                folder.close()


def _now(folder: Folder, name: str, expect: Node | None) -> Node | None:
    """What is there, read afresh (where it is expected to be a file that was kept); None for nothing."""
    info = folder.look(name)
    if info is None:
        return None
    mode = stat.S_IMODE(info.st_mode)
    if is_link(info):
        return Node("link", 0o777, folder.link(name), 0)
    if stat.S_ISDIR(info.st_mode):
        return Node("folder", mode, "", 0)
    if not stat.S_ISREG(info.st_mode):
        return Node("other", mode, "", 0)
    ident = unkept(info)
    if expect is None or expect.ident != ident:
        fd = folder.open(name)
        try:
            with os.fdopen(fd, "rb", closefd=False) as file:
                ident = hashlib.file_digest(file, "sha256").hexdigest()
        finally:
            os.close(fd)
    return Node("file", mode, ident, info.st_size)


def _like(one: Node | None, other: Node | None) -> bool:
    """Whether one can be put over the other."""
    if one is None or other is None:
        return False
    return (one.kind == "folder") == (other.kind == "folder")


def _remove_folder(folder: Folder, name: str) -> bool:
    """False where something is still in it: the person's, which stays."""
    try:
        _at(folder, os.rmdir, name)
    except OSError as error:
        if error.errno in (errno.ENOTEMPTY, errno.EEXIST):
            return False
        raise
    return True


@contextlib.contextmanager
def _writable(folder: Folder) -> Generator[None]:
    """A folder that its owner may not write into can be written into meanwhile."""
    mode = _own_mode(folder)
    if mode & 0o300 == 0o300:
        yield
        return
    _chmod(folder, ".", mode | 0o700)
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            _chmod(folder, ".", mode)


def _own_mode(folder: Folder) -> int:
    match folder:
        case HandleFolder(fd=fd):
            return stat.S_IMODE(os.fstat(fd).st_mode)
        case _:
            return 0o700


def _where(folder: Folder, name: str) -> str:
    """The path of an entry, on systems without directory handles."""
    assert isinstance(folder, PathFolder), "a folder is held by a handle or by its path"
    return os.path.join(folder.path, name)  # noqa: PTH118  # a name may begin with what pathlib drops


def _at(folder: Folder, work: Callable[..., None], name: str) -> None:
    if isinstance(folder, HandleFolder):
        work(name, dir_fd=folder.fd)
    else:
        path = _where(folder, name)
        if work is os.unlink:
            with contextlib.suppress(OSError):
                os.chmod(path, 0o600)  # noqa: PTH101  # Windows removes no read-only file
        work(path)


def _open(folder: Folder, name: str, flags: int) -> int:
    if isinstance(folder, HandleFolder):
        return os.open(name, flags | os.O_CLOEXEC, 0o600, dir_fd=folder.fd)
    return os.open(_where(folder, name), flags, 0o600)


def _rename(folder: Folder, name: str, to: str) -> None:
    if isinstance(folder, HandleFolder):
        os.replace(name, to, src_dir_fd=folder.fd, dst_dir_fd=folder.fd)
    else:
        os.replace(_where(folder, name), _where(folder, to))  # noqa: PTH105


def _replace_link(folder: Folder, name: str, target: str, *, there: bool) -> None:
    if there:
        _at(folder, os.unlink, name)
    if isinstance(folder, HandleFolder):
        os.symlink(target, name, dir_fd=folder.fd)
    else:
        os.symlink(target, _where(folder, name))  # noqa: PTH211


def _chmod(folder: Folder, name: str, mode: int) -> None:
    """Of an entry that was just looked at and is no link."""
    if not isinstance(folder, HandleFolder):
        os.chmod(_where(folder, name), mode)  # noqa: PTH101
        return
    if name == ".":
        os.chmod(name, mode, dir_fd=folder.fd)
        return
    flags = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        fd = os.open(name, os.O_RDONLY | flags, dir_fd=folder.fd)
    except PermissionError:  # one that may not be read may still get another mode
        if sys.platform != "linux":
            os.chmod(name, mode, dir_fd=folder.fd, follow_symlinks=False)
            return
        fd = os.open(name, os.O_PATH | flags, dir_fd=folder.fd)
    try:
        if is_link(os.fstat(fd)):
            raise OSError(errno.ELOOP, "it is a link by now")
        os.chmod(f"/proc/self/fd/{fd}" if sys.platform == "linux" else fd, mode)  # noqa: PTH101
    finally:
        os.close(fd)

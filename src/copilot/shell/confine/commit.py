"""Puts what was previewed into the project: exactly those bytes, all of them or none.

New files are copied beside their places first and hashed on the way; then each step is one rename, and what
it replaces is kept until all are done. Whatever fails is taken back in reverse. Every step goes through
handles of real folders, so that a link put in their way meanwhile is refused and never followed. A kill in
the middle leaves `.copilot-apply-<id>` with a journal in the project; `take_back_left` undoes that.
"""

import contextlib
import hashlib
import json
import os
import shutil
import stat
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

from copilot.shell.confine.changes import Step, shown
from copilot.shell.confine.manifest import Entry, Manifest, hash_of
from copilot.vocabulary.errors import StorageError, ToolError
from copilot.vocabulary.frozen import field, frozen, mutable, replace

FOLDER = ".copilot-apply-"
_JOURNAL = "journal.jsonl"
_HANDLES = os.open in os.supports_dir_fd and hasattr(os, "O_NOFOLLOW")


def changed_meanwhile(before: Manifest, now: Manifest, steps: Sequence[Step], root: Path) -> list[str]:
    """The paths that are not as they were when the preview began.

    That is all of the project but what lies in `.git`, which other programs touch without being asked; of
    that, what the preview touches.
    """
    touched = {step.path for step in steps}
    found = {
        path
        for path in before.keys() | now.keys()
        if (path in touched or not path.startswith(".git/"))
        and (path not in before or path not in now or before[path].same_as != now[path].same_as)
    }
    for step in steps:
        if step.path not in found and step.old_hash and hash_of(root / step.path) != step.old_hash:
            found.add(step.path)
    return sorted(found)


def commit(root: Path, new: Path, steps: Sequence[Step], name: str) -> None:
    """Do the steps to `root`, whose new files lie in `new`. `name` is that of the preview.

    Raises ToolError where a file in `new` is not the one that was shown, StorageError where the disk fails;
    the project is then as it was.
    """
    with _Work.begun(root, name) as work:
        try:
            staged = _stage(new, steps, work)
            for step in _in_order(steps):
                _do(step, staged.get(step.path, ""), work)
        except BaseException as error:
            work.take_back()
            if isinstance(error, OSError):
                raise StorageError(
                    f"the previewed changes could not be made: {error.strerror or error}",
                    "The project is as it was before.",
                ) from error
            raise


def take_back_left(root: Path) -> list[str]:
    """Undo what a killed commit left half done. Returns a sentence for each. Raises OSError."""
    told: list[str] = []
    for folder in sorted(root.glob(f"{FOLDER}*")):
        if folder.is_symlink() or not (folder / _JOURNAL).is_file():
            continue
        work = _Work(root=root, folder=folder.name)
        for line in (folder / _JOURNAL).read_text("utf-8").splitlines():
            with contextlib.suppress(ValueError):  # torn by the kill: that step was not begun
                work.done.append(_Done(**json.loads(line)))
        work.take_back()
        shutil.rmtree(folder)
        told.append("A program was killed while it applied a preview; the project is again as it was before.")
    return told


@frozen
class _Done:
    """A step to be taken back: what came to `path` goes, what was kept under `kept` comes back."""

    path: str
    kept: str = ""
    folder: bool = False
    made: bool = False
    mode: int = -1


@mutable(kw_only=True)
class _Work:
    root: Path
    folder: str
    done: list[_Done] = field(default_factory=list[_Done])
    kept: int = 0

    @classmethod
    @contextmanager
    def begun(cls, root: Path, name: str) -> Generator["_Work"]:
        """With a folder of its own in the project, gone at the end."""
        folder = root / f"{FOLDER}{name}"
        try:
            folder.mkdir(mode=0o700)
        except OSError as error:
            raise StorageError(
                f"nothing can be written to {root}: {error.strerror}", "Nothing was changed."
            ) from error
        try:
            yield cls(root=root, folder=folder.name)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def note(self, done: _Done) -> None:
        """Write down a step before it is made."""
        line = json.dumps({name: getattr(done, name) for name in ("path", "kept", "folder", "made", "mode")})
        with (self.root / self.folder / _JOURNAL).open("a", encoding="utf-8") as journal:
            journal.write(f"{line}\n")
            journal.flush()
            os.fsync(journal.fileno())
        self.done.append(done)

    def new_name(self, kind: str) -> str:
        """A name in the folder that is not taken."""
        self.kept += 1
        return f"{self.folder}/{kind}{self.kept}"

    def take_back(self) -> None:
        """Undo what was done, the last first. What cannot be undone is left; nothing of it is lost."""
        for one in reversed(self.done):
            with contextlib.suppress(OSError), _at(self.root, one.path) as (name, at):
                self._take_back(one, name, at)
        self.done.clear()

    def _take_back(self, one: _Done, name: str, at: int | None) -> None:
        if one.folder and one.made:
            os.rmdir(name, dir_fd=at)
        elif one.folder:
            os.mkdir(name, one.mode, dir_fd=at)
        elif one.kept:
            with _at(self.root, one.kept) as (kept, kept_at):
                os.replace(kept, name, src_dir_fd=kept_at, dst_dir_fd=at)
        elif one.made:
            os.unlink(name, dir_fd=at)
        if one.mode >= 0 and (not one.made or one.folder is False):
            with contextlib.suppress(OSError):
                _chmod(name, one.mode, at)


@contextmanager
def _at(root: Path, path: str) -> Generator[tuple[str, int | None]]:
    """A path as a name and a handle of its real folder; where the system has no such handles, as a path."""
    *folders, name = path.split("/")
    if not _HANDLES:
        yield str(root.joinpath(*folders, name)), None
        return
    handle = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for folder in folders:
            inner = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=handle)
            os.close(handle)
            handle = inner
        yield name, handle
    finally:
        os.close(handle)


def _stage(new: Path, steps: Sequence[Step], work: _Work) -> dict[str, str]:
    """Copy every new file into the project's file system; the names by path. Hard links stay such."""
    staged: dict[str, str] = {}
    shared: dict[tuple[int, int], str] = {}
    for step in steps:
        if step.after is None or step.after.kind != "file":
            continue
        name = work.new_name("new")
        target = work.root / name
        if step.after.links > 1 and step.after.file in shared:
            os.link(work.root / shared[step.after.file], target)
        else:
            digest = _copied(new / step.path, target)
            if digest != step.new_hash:
                raise ToolError(
                    f"{shown(step.path)} in the preview is not any more what was shown; nothing was changed."
                )
            target.chmod(step.after.mode)
            os.utime(target, ns=(step.after.mtime_ns, step.after.mtime_ns))
            shared[step.after.file] = name
        staged[step.path] = name
    return staged


def _copied(source: Path, target: Path) -> str:
    digest = hashlib.sha256()
    handle = os.open(source, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0))
    with os.fdopen(handle, "rb") as reading, target.open("xb") as writing:
        while data := reading.read(1 << 20):
            digest.update(data)
            writing.write(data)
        writing.flush()
        os.fsync(writing.fileno())
    return digest.hexdigest()


def _in_order(steps: Sequence[Step]) -> list[Step]:
    """What goes before what comes of another kind, folders before what is in them.

    A folder that is to be closed to its owner is so only when all in it is done.
    """
    going = [s for s in steps if s.before is not None and (s.after is None or s.replaced)]
    files = [Step(path=s.path, before=s.before, after=None) for s in going if not _folder(s.before)]
    folders = [Step(path=s.path, before=s.before, after=None) for s in going if _folder(s.before)]
    coming = [s for s in steps if s.after is not None and (s.before is None or s.replaced)]
    staying = [s for s in steps if s.before is not None and s.after is not None and not s.replaced]
    modes = [s for s in staying if _folder(s.after)]
    modes += [
        _closed(s.path, s.after)
        for s in coming
        if s.after is not None and s.after.kind == "folder" and s.after.mode & stat.S_IRWXU != stat.S_IRWXU
    ]
    return [
        *(s for s in modes if _open(s)),
        *files,
        *sorted(folders, key=lambda s: s.path, reverse=True),
        *(Step(path=s.path, before=None, after=s.after) for s in coming),
        *(s for s in staying if not _folder(s.after)),
        *sorted((s for s in modes if not _open(s)), key=lambda s: s.path, reverse=True),
    ]


def _closed(path: str, made: Entry) -> Step:
    """The step that gives a new folder its own mode, once it is filled."""
    return Step(path=path, before=replace(made, mode=made.mode | stat.S_IRWXU), after=made)


def _open(step: Step) -> bool:
    """Whether a change of a folder's mode lets its owner in, so that it comes first."""
    assert step.before is not None
    assert step.after is not None
    return step.after.mode & stat.S_IRWXU == stat.S_IRWXU and step.before.mode != step.after.mode


def _folder(entry: object) -> bool:
    return getattr(entry, "kind", "") == "folder"


def _do(step: Step, staged: str, work: _Work) -> None:
    with _at(work.root, step.path) as (name, at):
        if step.after is None:
            _remove(step, name, at, work)
        elif step.before is None:
            _create(step, staged, name, at, work)
        else:
            _change(step, staged, name, at, work)


def _remove(step: Step, name: str, at: int | None, work: _Work) -> None:
    assert step.before is not None
    if _folder(step.before):
        work.note(_Done(path=step.path, folder=True, mode=step.before.mode))
        os.rmdir(name, dir_fd=at)
        return
    kept = work.new_name("old")
    work.note(_Done(path=step.path, kept=kept))
    with _at(work.root, kept) as (kept_name, kept_at):
        os.rename(name, kept_name, src_dir_fd=at, dst_dir_fd=kept_at)


def _create(step: Step, staged: str, name: str, at: int | None, work: _Work) -> None:
    assert step.after is not None
    match step.after.kind:
        case "folder":
            work.note(_Done(path=step.path, folder=True, made=True))
            os.mkdir(name, 0o700, dir_fd=at)
            _chmod(name, step.after.mode | stat.S_IRWXU, at)
        case "link":
            _refuse_taken(name, at, step)
            work.note(_Done(path=step.path, made=True))
            os.symlink(step.after.target, name, dir_fd=at)
        case "file":
            _refuse_taken(name, at, step)
            work.note(_Done(path=step.path, made=True))
            with _at(work.root, staged) as (new, new_at):
                os.replace(new, name, src_dir_fd=new_at, dst_dir_fd=at)
        case "fifo":
            _refuse_taken(name, at, step)
            work.note(_Done(path=step.path, made=True))
            os.mkfifo(name, step.after.mode, dir_fd=at)
        case "other":
            pass


def _change(step: Step, staged: str, name: str, at: int | None, work: _Work) -> None:
    assert step.before is not None
    assert step.after is not None
    if _folder(step.after):
        work.note(_Done(path=step.path, mode=step.before.mode))
        _chmod(name, step.after.mode, at)
        return
    kept = work.new_name("old")
    with _at(work.root, kept) as (kept_name, kept_at):
        # the old file gets a second name, so that there is no moment without one
        _keep(name, at, kept_name, kept_at)
    work.note(_Done(path=step.path, kept=kept))
    if step.after.kind == "link":
        staged = work.new_name("new")
        with _at(work.root, staged) as (new, new_at):
            os.symlink(step.after.target, new, dir_fd=new_at)
    with _at(work.root, staged) as (new, new_at):
        os.replace(new, name, src_dir_fd=new_at, dst_dir_fd=at)


def _keep(name: str, at: int | None, kept: str, kept_at: int | None) -> None:
    try:
        os.link(name, kept, src_dir_fd=at, dst_dir_fd=kept_at, follow_symlinks=False)
    except OSError:
        os.rename(name, kept, src_dir_fd=at, dst_dir_fd=kept_at)  # a file system without hard links


def _refuse_taken(name: str, at: int | None, step: Step) -> None:
    with contextlib.suppress(FileNotFoundError):
        os.stat(name, dir_fd=at, follow_symlinks=False)
        raise ToolError(f"{shown(step.path)} is there since; nothing was changed.")


def _chmod(name: str, mode: int, at: int | None) -> None:
    change: Callable[..., None] = os.chmod
    if at is None:
        change(name, mode)
        return
    handle = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=at)
    try:
        os.fchmod(handle, mode)
    finally:
        os.close(handle)

"""Puts what was previewed into the project: exactly those bytes, all of them or none.

New files are copied beside their places first and hashed on the way; then each step is one rename, and what
it replaces is kept until all are done. Whatever fails is taken back in reverse. Every step goes through
handles of real folders, so that a link put in their way meanwhile is refused and never followed. What a kill
in the middle leaves is undone by `work.take_back_left`.
"""

import contextlib
import hashlib
import os
import stat
from collections.abc import Sequence
from pathlib import Path

from copilot.shell.confine.changes import Step, shown
from copilot.shell.confine.manifest import Entry, Manifest, hash_of
from copilot.shell.confine.work import PIPE, Done, Work, chmod, link_stamp, opened_at, stamp
from copilot.vocabulary.errors import StorageError, ToolError
from copilot.vocabulary.frozen import replace
from copilot.vocabulary.text import sentences


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


def commit(root: Path, new: Path, steps: Sequence[Step], journals: Path) -> None:
    """Do the steps to `root`, whose new files lie in `new`; what is done is written down in `journals`.

    Raises ToolError where a file in `new` is not the one that was shown, StorageError where the disk fails;
    the project is then as it was.
    """
    with Work.begun(root, journals) as work:
        try:
            staged = _stage(new, steps, work)
            for step in _in_order(steps):
                _do(step, staged.get(step.path, ""), work)
        except BaseException as error:
            work.take_back()
            if isinstance(error, OSError):
                raise StorageError(
                    f"the previewed changes could not be made: {error.strerror or error}",
                    sentences("The project is as it was before.", *work.said),
                ) from error
            raise


def _stage(new: Path, steps: Sequence[Step], work: Work) -> dict[str, str]:
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


def _do(step: Step, staged: str, work: Work) -> None:
    with opened_at(work.root, step.path) as (name, at):
        if step.after is None:
            _remove(step, name, at, work)
        elif step.before is None:
            _create(step, staged, name, at, work)
        else:
            _change(step, staged, name, at, work)


def _remove(step: Step, name: str, at: int | None, work: Work) -> None:
    assert step.before is not None
    if _folder(step.before):
        work.note(Done(path=step.path, folder=True, mode=step.before.mode))
        os.rmdir(name, dir_fd=at)
        return
    kept = work.new_name("old")
    work.note(Done(path=step.path, kept=kept))
    with opened_at(work.root, kept) as (kept_name, kept_at):
        os.rename(name, kept_name, src_dir_fd=at, dst_dir_fd=kept_at)


def _create(step: Step, staged: str, name: str, at: int | None, work: Work) -> None:
    assert step.after is not None
    match step.after.kind:
        case "folder":
            work.note(Done(path=step.path, folder=True, made=True))
            os.mkdir(name, 0o700, dir_fd=at)
            chmod(name, step.after.mode | stat.S_IRWXU, at)
        case "link":
            _refuse_taken(name, at, step)
            work.note(Done(path=step.path, made=True, put=link_stamp(step.after.target)))
            os.symlink(step.after.target, name, dir_fd=at)
        case "file":
            _refuse_taken(name, at, step)
            with opened_at(work.root, staged) as (new, new_at):
                work.note(Done(path=step.path, made=True, put=stamp(new, new_at)))
                os.replace(new, name, src_dir_fd=new_at, dst_dir_fd=at)
        case "fifo":
            _refuse_taken(name, at, step)
            work.note(Done(path=step.path, made=True, put=PIPE))
            os.mkfifo(name, step.after.mode, dir_fd=at)
        case "other":
            pass


def _change(step: Step, staged: str, name: str, at: int | None, work: Work) -> None:
    assert step.before is not None
    assert step.after is not None
    if _folder(step.after):
        work.note(Done(path=step.path, mode=step.before.mode))
        chmod(name, step.after.mode, at)
        return
    if step.after.kind == "link":
        staged = work.new_name("new")
        with opened_at(work.root, staged) as (new, new_at):
            os.symlink(step.after.target, new, dir_fd=new_at)
    kept = work.new_name("old")
    with opened_at(work.root, staged) as (new, new_at), opened_at(work.root, kept) as (old, old_at):
        work.note(Done(path=step.path, kept=kept, put=stamp(new, new_at)))
        _keep(name, at, old, old_at)  # a second name, so that there is no moment without the file
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

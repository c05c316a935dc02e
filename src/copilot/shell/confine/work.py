"""The steps of a commit, each written down before it is made, so that they can be taken back after a kill.

The journal lies among our own files and never in the project: what merely lies in a project must not tell us
what to move or to remove. The old versions wait in a folder of the project, as only there a rename is one
step. Where the person changed something after a kill theirs stays, and the old version is put beside it.
"""

import contextlib
import hashlib
import json
import os
import shutil
import stat
import uuid
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

from copilot.shell.confine.changes import shown
from copilot.storage.locks import hold
from copilot.vocabulary.errors import LockedError, StorageError
from copilot.vocabulary.frozen import field, frozen, mutable

FOLDER = ".copilot-apply-"
_HANDLES = os.open in os.supports_dir_fd and hasattr(os, "O_NOFOLLOW")
_FINISHED = "finished"
PIPE = f"other:{stat.S_IFIFO:o}"
"""The stamp of a named pipe."""


@frozen
class Done:
    """A step to be taken back: what came to `path` goes, what was kept under `kept` comes back.

    `put` is the stamp of what came: something else there by then is the person's.
    """

    path: str
    kept: str = ""
    folder: bool = False
    made: bool = False
    mode: int = -1
    put: str = ""


@mutable(kw_only=True)
class Work:
    """Of one commit to `root`: old and new versions in its folder `folder`, the steps in `journal`."""

    root: Path
    folder: str
    journal: Path
    done: list[Done] = field(default_factory=list[Done])
    said: list[str] = field(default_factory=list[str])
    stuck: bool = False
    kept: int = 0

    @classmethod
    @contextmanager
    def begun(cls, root: Path, journals: Path) -> Generator["Work"]:
        """With a folder of its own in the project, gone at the end. Raises StorageError."""
        name = uuid.uuid4().hex[:16]
        journal = journals / f"{_prefix(root)}{name}.jsonl"
        work = cls(root=root, folder=f"{FOLDER}{name}", journal=journal)
        try:
            journals.mkdir(mode=0o700, parents=True, exist_ok=True)
            with hold(journal.with_suffix(".lock")):
                try:
                    work.write({"root": str(root), "folder": work.folder})
                    (root / work.folder).mkdir(mode=0o700)
                    yield work
                finally:
                    work.end()
        except OSError as error:
            raise StorageError(
                f"nothing can be written to {root}: {error.strerror}", "Nothing was changed."
            ) from error

    def note(self, done: Done) -> None:
        """Write down a step before it is made."""
        names = ("path", "kept", "folder", "made", "mode", "put")
        self.write({name: getattr(done, name) for name in names})
        self.done.append(done)

    def write(self, line: dict[str, object]) -> None:
        """A line of the journal, on the disk. Raises OSError."""
        handle = os.open(self.journal, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as journal:
            journal.write(f"{json.dumps(line)}\n")
            journal.flush()
            os.fsync(journal.fileno())

    def end(self) -> None:
        """All is done, or taken back: then the old versions go. What could not be taken back stays."""
        if self.stuck:
            return
        with contextlib.suppress(OSError):
            self.write({_FINISHED: True})
        shutil.rmtree(self.root / self.folder, ignore_errors=True)
        for path in (self.journal, self.journal.with_suffix(".lock")):
            with contextlib.suppress(OSError):  # Windows removes nothing that is open; it is finished
                path.unlink()

    def new_name(self, kind: str) -> str:
        """A name in the folder that is not taken."""
        self.kept += 1
        return f"{self.folder}/{kind}{self.kept}"

    def take_back(self) -> None:
        """Undo what was done, the last first. An old version that cannot go back to its place is put beside
        it, and `said` says so."""
        for one in reversed(self.done):
            try:
                with opened_at(self.root, one.path) as (name, where):
                    self._take_back(one, name, where)
            except OSError:
                if one.kept and os.path.lexists(self.root / one.kept):
                    self.stuck = True
                    words = f"{shown(one.path)} could not be brought back; what it was is kept in"
                    self.said.append(f"{words} {shown(one.kept)}.")
        self.done.clear()

    def _take_back(self, one: Done, name: str, where: int | None) -> None:
        if one.folder and one.made:
            os.rmdir(name, dir_fd=where)
        elif one.folder:
            os.mkdir(name, one.mode, dir_fd=where)
        elif one.kept:
            self._bring_back(one, name, where)
        elif one.made and stamp(name, where) == one.put:
            os.unlink(name, dir_fd=where)
        if one.mode >= 0 and (not one.made or one.folder is False):
            with contextlib.suppress(OSError):
                chmod(name, one.mode, where)

    def _bring_back(self, one: Done, name: str, where: int | None) -> None:
        with opened_at(self.root, one.kept) as (kept, kept_at):
            now, old = stamp(name, where), stamp(kept, kept_at)
            if not old:
                return  # the kill came before it was taken away
            if now not in ("", one.put, old):
                name = _free(name, where)
                beside = os.path.basename(name)  # noqa: PTH119  # a path where there are no handles
                words = f"{shown(one.path)} was changed since and stays; what it was before is in"
                self.said.append(f"{words} {shown(beside)}.")
            os.replace(kept, name, src_dir_fd=kept_at, dst_dir_fd=where)


def take_back_left(root: Path, journals: Path | None) -> list[str]:
    """Undo what a killed commit left half done in `root`; sentences for the person. Raises OSError."""
    told: list[str] = []
    if journals is None:
        return told
    for journal in sorted(journals.glob(f"{_prefix(root)}*.jsonl")):
        with contextlib.suppress(LockedError), hold(journal.with_suffix(".lock")):
            work, finished = _read(root, journal)
            if work is None:
                continue
            if not finished:
                work.take_back()
                told.append("A program was killed while it applied a preview; what it did was taken back.")
                told += work.said
            work.end()
    return told


def _read(root: Path, journal: Path) -> tuple[Work | None, bool]:
    """What a journal holds, and whether its commit came to its end; None where that is over and gone."""
    lines: list[dict[str, object]] = []
    with contextlib.suppress(FileNotFoundError):
        for line in journal.read_text("utf-8").splitlines():
            with contextlib.suppress(ValueError):  # torn by the kill: that step was not begun
                lines.append(json.loads(line))
    if not lines:
        journal.unlink(missing_ok=True)
        return None, True
    work = Work(root=root, folder=str(lines[0]["folder"]), journal=journal)
    finished = _FINISHED in lines[-1]
    work.done += [Done(**line) for line in lines[1:] if _FINISHED not in line]  # type: ignore[arg-type]
    return work, finished


def _prefix(root: Path) -> str:
    return f"apply-{hashlib.sha256(os.fsencode(root)).hexdigest()[:32]}-"


def _free(name: str, where: int | None) -> str:
    """A name beside `name` that nothing has: `notes.before-preview.txt`."""
    stem, dot, ending = name.rpartition(".")
    stem, ending = (stem, dot + ending) if stem and os.sep not in ending else (name, "")
    number = 0
    while stamp(found := f"{stem}.before-preview{f'-{number}' if number else ''}{ending}", where):
        number += 1
    return found


def stamp(name: str, where: int | None) -> str:
    """What is there, so that a change of it shows; "" for nothing. The same after a rename."""
    try:
        found = os.stat(name, dir_fd=where, follow_symlinks=False)
        if stat.S_ISLNK(found.st_mode):
            return link_stamp(os.readlink(name, dir_fd=where))
    except OSError:
        return ""
    if stat.S_ISREG(found.st_mode):
        return f"file:{found.st_ino}:{found.st_size}:{found.st_mtime_ns}"
    return f"other:{stat.S_IFMT(found.st_mode):o}"


def link_stamp(target: str) -> str:
    """The stamp of a link to `target`."""
    return f"link:{target}"


@contextmanager
def opened_at(root: Path, path: str) -> Generator[tuple[str, int | None]]:
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


def chmod(name: str, mode: int, where: int | None) -> None:
    """Change a mode, of what is no link. Raises OSError."""
    change: Callable[..., None] = os.chmod
    if where is None:
        change(name, mode)
        return
    handle = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=where)
    try:
        os.fchmod(handle, mode)
    finally:
        os.close(handle)

"""Removing history files that no project file needs any more, and never one that might be needed."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from glob import escape
from pathlib import Path

from copilot.projects.history import History
from copilot.projects.history_file import HistoryFile, Memory, mend, opened
from copilot.projects.history_index import INDEX, SUFFIX
from copilot.projects.project_file import ProjectFile
from copilot.storage.aside import set_aside
from copilot.storage.atomic import sweep_folder
from copilot.storage.disk import SYSTEM_DISK, Disk
from copilot.vocabulary.errors import StorageError
from copilot.vocabulary.messages import Discussion


def discard(file: ProjectFile, before: ProjectFile, project: Path, disk: Disk = SYSTEM_DISK) -> None:
    """Remove the files that the project named `before` and names no more. What cannot be removed stays."""
    if file.history is None or before.history is None or file.history.files == before.history.files:
        return
    kept = set(file.history.named)
    for one in before.history.sound:
        if one.named not in kept:
            _remove(one, project, disk)
    with suppress(OSError):
        disk.sync_folder(file.history.folder)  # else a power cut brings back what no file names as dropped
        file.history.folder.rmdir()


def mend_all(file: ProjectFile, disk: Disk = SYSTEM_DISK) -> None:
    """Write the indexes that were found damaged when they were looked at. What cannot be written stays."""
    with suppress(StorageError):
        for one in file.history.sound if file.history is not None else ():
            mend(one, disk)


def tidy(
    history: History, discussion: Discussion, dropped: Sequence[str], project: Path, disk: Disk
) -> tuple[str, ...]:
    """Put in order what a killed program left in the folder; what to tell the person.

    A file that the project does not name is removed where it repeats messages of the project and no others
    (its `discussion`), or the project names it as one that was `dropped`; any other is set aside.
    """
    told: list[str] = []
    sweep_folder(history.folder, disk=disk)
    with suppress(OSError, StorageError):
        names = {named.file for named in history.named}
        stems = {Path(name).stem for name in names}
        there = sorted(history.folder.iterdir())
        indexed = {path.stem for path in there if path.suffix == INDEX}
        for file in history.sound:
            if file.path.stem not in indexed:
                file.load()
            mend(file, disk)
        for path in there:
            if path.suffix == INDEX and not _is_there(path, stems):
                disk.unlink(path)
            elif path.suffix == SUFFIX and path.name not in names:
                told += _left(path, discussion, dropped, project, disk)
        history.folder.rmdir()
    return tuple(told)


def _is_there(index: Path, stems: Collection[str]) -> bool:
    return index.stem in stems or index.with_suffix(SUFFIX).exists()


def _left(
    path: Path, discussion: Discussion, dropped: Sequence[str], project: Path, disk: Disk
) -> Iterator[str]:
    """Remove a file that the project does not name, or set it aside."""
    if _mentioned(path, project):
        return
    try:
        file = opened(path, None, Memory())
        known = path.name in dropped or _repeats(file, discussion)
    except StorageError:
        file, known = None, False
    if file is not None and known:
        _remove(file, project, disk)
        return
    aside = set_aside(path, "left", disk=disk)
    yield f"{path} is not named by {project.name}. It was kept as {aside.name}."


def _repeats(file: HistoryFile, discussion: Discussion) -> bool:
    """Whether the discussion has all messages of a file, word for word."""
    find = discussion.messages.find
    return all(find(name) == file.message(place) for place, name in enumerate(file.ids))


def _remove(file: HistoryFile, project: Path, disk: Disk) -> None:
    """Remove a file, unless an older version of the project file names it; a damaged one is set aside."""
    if _mentioned(file.path, project):
        return
    with suppress(OSError, StorageError):
        if file.trouble or not file.sound:
            set_aside(file.path, disk=disk)
        else:
            disk.unlink(file.path)
        disk.unlink(file.path.with_suffix(INDEX))


def _mentioned(path: Path, project: Path) -> bool:
    """Whether a project file that was set aside names it, or may."""
    for other in project.parent.glob(f"{escape(project.name)}.*"):
        try:
            if path.stem.encode() in other.read_bytes():
                return True
        except OSError:
            return True
    return False

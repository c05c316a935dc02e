"""The projects of a home as a person meets them: lately used, put away, brought back, doubled.

A project that is put away lies in `projects/archive/` as it was, with its history, attachments and prompts.
"""

import shutil
from contextlib import suppress
from pathlib import Path

from copilot.projects import project_file, project_manager
from copilot.projects.home import Home
from copilot.projects.moving import FOLDERS, archive_of, move
from copilot.projects.opening import salvaged_base_dir
from copilot.projects.peeking import peek
from copilot.projects.project_file import DEFAULT_LIMITS, ProjectFile
from copilot.storage.atomic import write_atomic
from copilot.storage.disk import storage_error
from copilot.storage.locks import hold
from copilot.vocabulary.errors import ProjectError
from copilot.vocabulary.frozen import frozen, replace
from copilot.vocabulary.values import Limits


@frozen
class Listed:
    """A project of the home. `base_dir` is "" where its file does not say; `used` are UTC seconds."""

    name: str
    base_dir: str
    used: float
    archived: bool = False


def catalog(home: Home) -> tuple[Listed, ...]:
    """All projects, the last used first, then those that were put away. Raises StorageError."""
    there = _listed(home, archived=False)
    return (*there, *_listed(Home(root=archive_of(home).parent), archived=True))


def archive(home: Home, name: str) -> None:
    """Put a project away. Raises LockedError where it is open, ProjectError, StorageError."""
    with hold(project_manager.path_of(home, name).with_suffix(".lock")):
        move(home.projects, archive_of(home), name)


def restore(home: Home, name: str) -> None:
    """Bring a project back that was put away. Raises ProjectError where its name is taken, StorageError."""
    with hold(project_manager.path_of(home, name).with_suffix(".lock")):
        move(archive_of(home), home.projects, name)


def clone(home: Home, name: str, to: str, *, limits: Limits = DEFAULT_LIMITS) -> None:
    """Make a project `to` that is what `name` is now: files, prompts, discussion, history, attachments.

    `name` may be open meanwhile; its newest message is perhaps not in the copy. Raises ProjectError where
    there is a `to` already or no `name`, StorageError.
    """
    path, target = project_manager.path_of(home, name), project_manager.path_of(home, to)
    file = peek(path, limits=limits).file
    with hold(target.with_suffix(".lock")):
        if target.exists():
            raise ProjectError(f"there is a project named {to} already", "Choose another name.")
        for ending in FOLDERS:
            folder = path.with_name(f"{name}{ending}")
            try:
                if folder.is_dir():
                    shutil.copytree(folder, target.with_name(f"{to}{ending}"), dirs_exist_ok=True)
            except OSError as error:
                raise storage_error("copying", folder, error) from error
        write_atomic(target, project_file.write(_renamed(file, to), limits=limits).encode())


def _renamed(file: ProjectFile, name: str) -> ProjectFile:
    """What is known of the project, under another name; its history lies in copies of the files, or in the
    project file where they do not say all of it."""
    history = file.history
    fits = history is not None and history.behind(file.project.discussion.messages) is not None
    return ProjectFile(project=replace(file.project, name=name), history=history if fits else None)


def _listed(home: Home, *, archived: bool) -> tuple[Listed, ...]:
    found: list[Listed] = []
    for name in project_manager.list_projects(home):
        path = project_manager.path_of(home, name)
        base_dir = salvaged_base_dir(path)
        with suppress(OSError):
            used = max(path.stat().st_mtime, _changed(path.with_suffix(".journal")))
            said = str(base_dir) if base_dir is not None else ""
            found.append(Listed(name=name, base_dir=said, used=used, archived=archived))
    return tuple(sorted(found, key=lambda one: -one.used))


def _changed(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0

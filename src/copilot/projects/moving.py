"""Moving a project between the home and its archive: several files, the project file last.

A program that is killed meanwhile leaves some of them in either place. The project is where its file is, and
whoever takes it up next has the rest brought back to it. Only for the holder of the project's lock.
"""

from pathlib import Path

from copilot.projects.home import Home
from copilot.storage.aside import set_aside
from copilot.storage.disk import SYSTEM_DISK, make_folder, storage_error
from copilot.vocabulary.errors import ProjectError

FOLDERS = ("_history", "_attachments", "_prompts")
"""What lies beside a project's file in folders of its own, by how their names end."""

_FILE = ".toml"
_BESIDE = (*reversed(FOLDERS), ".queue", ".journal")


def archive_of(home: Home) -> Path:
    """Where projects are that were put away."""
    return home.projects / "archive" / "projects"


def move(source: Path, target: Path, name: str) -> None:
    """Move a project from one folder to another. What lies there under its name without a project is kept
    beside it. Raises ProjectError where there is none here, or one there already, and StorageError."""
    take_back(source, target, name)
    if not (source / f"{name}{_FILE}").exists():
        raise ProjectError(f"there is no project named {name} here", "Look at the list of projects.")
    if (target / f"{name}{_FILE}").exists():
        raise ProjectError(f"there is a project named {name} there already", "Rename one of the two.")
    make_folder(target)
    try:
        for ending in (*_BESIDE, _FILE):
            if (path := source / f"{name}{ending}").exists():
                if (target / path.name).exists():
                    set_aside(target / path.name, "left")
                path.replace(target / path.name)
        for folder in (target, source):
            SYSTEM_DISK.sync_folder(folder)
    except OSError as error:
        raise storage_error("moving", source / f"{name}{_FILE}", error) from error


def take_back(here: Path, there: Path, name: str) -> None:
    """Bring a project together again whose move between two folders was cut off. Raises StorageError."""
    for home, away in ((here, there), (there, here)):
        if not (home / f"{name}{_FILE}").exists() or (away / f"{name}{_FILE}").exists():
            continue
        for ending in _BESIDE:
            left, place = away / f"{name}{ending}", home / f"{name}{ending}"
            try:
                if left.exists() and not place.exists():
                    left.replace(place)
            except OSError as error:
                raise storage_error("moving", left, error) from error

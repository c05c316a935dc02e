"""Which project is opened: by name, by base directory, or the one that was open last."""

import hashlib
import re
from pathlib import Path

from copilot.projects.config import Settings
from copilot.projects.home import Home
from copilot.projects.opening import salvaged_base_dir
from copilot.projects.project_manager import list_projects, load, path_of
from copilot.vocabulary.errors import CopilotError, ProjectError

_NAME_BYTES = 50
"""Of a folder's name in that of its project, where the whole does not fit."""


def project_name(home: Home, settings: Settings, name: str, base_dir: Path | None, cwd: Path) -> str:
    """The name of the project to open or make.

    Without a name: the project that has this base directory, else a new one named after the folder. With
    neither: the project that was open last, else the one of the current folder. Raises ProjectError for a
    name that cannot be a file's.
    """
    if name:
        path_of(home, name)
        return name
    known = list_projects(home)
    if base_dir is None and settings.project in known:
        return settings.project
    folder = (base_dir or cwd).resolve()
    for candidate in known:
        if _base_dir_of(home, candidate) == str(folder):
            return candidate
    return _free_name(home, folder, known)


def _free_name(home: Home, folder: Path, known: tuple[str, ...]) -> str:
    """The folder's own name; with a few digits of its path's hash where that is taken or fits no file."""
    plain = re.sub(r"[^\w.-]+", "-", folder.name).strip("-.") or "project"
    short = plain.encode()[:_NAME_BYTES].decode(errors="ignore")
    try:
        path_of(home, plain)
        if plain not in known:
            return plain
    except (
        ProjectError
    ):  # too long, or a name of Windows' own; it is a folder's, so nobody can just change it
        short = f"project-{short}"
    return f"{short}-{hashlib.sha256(str(folder).encode()).hexdigest()[:6]}"


def _base_dir_of(home: Home, name: str) -> str:
    """Where a project works; of a broken file what it still says, so that opening it tells what is broken."""
    path = path_of(home, name)
    try:
        return load(path).base_dir
    except CopilotError:
        return str(salvaged_base_dir(path) or "")

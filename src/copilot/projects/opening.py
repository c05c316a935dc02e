"""Reading a project's files as the last run left them. What cannot be used is set aside, and work goes on.

Only for the holder of the project's lock.
"""

import contextlib
import re
import tomllib
from pathlib import Path
from typing import cast

from copilot.projects import project_manager
from copilot.projects.discussion import Checked
from copilot.projects.history import History, folder_of
from copilot.projects.history_tidying import tidy
from copilot.projects.journal import Numbered, decode_line, fold
from copilot.projects.project_file import ProjectFile
from copilot.storage.append import AppendLog
from copilot.storage.aside import free_name, set_aside
from copilot.storage.atomic import write_atomic
from copilot.storage.disk import Disk, storage_error
from copilot.vocabulary.errors import CopilotError, ProjectError
from copilot.vocabulary.frozen import frozen, replace
from copilot.vocabulary.patterns import late
from copilot.vocabulary.values import Limits, Project

_BASE_DIR = late(r"""^\s*base_dir\s*=\s*(?:"[^"\n]*"|'[^'\n]*')\s*$""", re.MULTILINE)


@frozen
class Opened:
    """A project with its journal folded in. `written` are the bytes of its file, empty where there is none.

    `seq` is the number of the last journal line; `changed` is True where the file does not hold all of it.
    `checked` knows what of the discussion was seen to be whole.
    """

    file: ProjectFile
    written: bytes
    journal: AppendLog
    seq: int
    changed: bool
    notices: tuple[str, ...]
    checked: Checked


def open_files(path: Path, *, base_dir: Path | None, limits: Limits, disk: Disk) -> Opened:
    """Read the project at `path` and its journal. Raises ProjectError, StorageError."""
    file, written, notices = _open_project(path, base_dir, limits, disk)
    history = file.history or History(folder_of(path))
    checked = file.checked
    journal, lines, damaged = _open_journal(path.with_suffix(".journal"), file, checked, disk)
    project = fold(file.project, lines)
    notices += tidy(history, project.discussion, file.dropped, path, disk)
    if base_dir is not None:
        project = replace(project, base_dir=project_manager.base_text(base_dir))
    return Opened(
        file=replace(file, project=project, history=history, dropped=()),
        written=written,
        journal=journal,
        seq=max((file.revision, *(line.seq for line in lines))),
        changed=project != file.project or not written or bool(damaged),
        notices=notices + damaged,
        checked=checked,
    )


def _open_project(
    path: Path, base_dir: Path | None, limits: Limits, disk: Disk
) -> tuple[ProjectFile, bytes, tuple[str, ...]]:
    """The file, its bytes, and notices: as it is, or a new project where there is none or a broken one."""
    if not path.exists():
        return _begun(path, base_dir, limits, f"there is no project {path.stem} yet"), b"", ()
    try:
        data = path.read_bytes()
        file = project_manager.load_bytes(data, path, limits=limits)
    except (ProjectError, OSError) as error:
        broken = error if isinstance(error, CopilotError) else storage_error("reading", path, error)
        file = _begun(path, base_dir or salvaged_base_dir(path), limits, str(broken))
        aside = set_aside(path, disk=disk)
        with contextlib.suppress(FileNotFoundError):
            if path.with_suffix(".journal").stat().st_size:
                set_aside(path.with_suffix(".journal"), disk=disk)
        told = f"{broken}. It was set aside as {aside.name}, and a new project begins. {broken.hint}"
        return file, b"", (told.strip(),)
    return file, data, file.notices


def _begun(path: Path, base_dir: Path | None, limits: Limits, why: str) -> ProjectFile:
    """A new project. Raises ProjectError, before anything is touched, where nobody says where it works."""
    if base_dir is None:
        raise ProjectError(why, "Give the folder to work in (--base-dir) to begin a new project.")
    base_text = project_manager.base_text(base_dir)
    return ProjectFile(project=Project(name=path.stem, base_dir=base_text, limits=limits))


def salvaged_base_dir(path: Path) -> Path | None:
    """The base directory that a broken file still names; None where it names none."""
    try:
        match = _BASE_DIR.search(path.read_text(encoding="utf-8", errors="replace"))
        return Path(cast(str, tomllib.loads(match[0])["base_dir"])) if match else None
    except (OSError, ValueError):
        return None


def _open_journal(
    path: Path, file: ProjectFile, checked: Checked, disk: Disk
) -> tuple[AppendLog, tuple[Numbered, ...], tuple[str, ...]]:
    """The journal, the lines of it that the file does not hold yet, and notices.

    Every line was synced before the next one was written, so only the last can be torn, and nobody was shown
    what it says. A damaged line before others is something else: then the journal is kept as it was.
    """
    try:
        original = path.read_bytes()
    except OSError:
        original = b""
    journal = AppendLog(path, disk=disk)
    read = [decode_line(line) for line in journal.lines]
    whole = tuple(line for line in read if line is not None)
    upto = read.index(None) if None in read else len(read)
    lines = next(
        some
        for some in (whole, whole[:upto], ())
        if checked.flaw(fold(file.project, _after(file, some)).discussion) is None
    )
    new = _after(file, lines)
    if len(lines) == len(read):
        return journal, new, ()
    aside = free_name(path, "broken")
    write_atomic(aside, original, disk=disk)
    lost = len(read) - len(lines)
    told = f"{path.name}: {lost} of {len(read)} lines cannot be used. It was kept as {aside.name} as it was."
    return journal, new, (told,)


def _after(file: ProjectFile, lines: tuple[Numbered, ...]) -> tuple[Numbered, ...]:
    """The lines that came after the file was written."""
    return tuple(line for line in lines if line.seq > file.revision)

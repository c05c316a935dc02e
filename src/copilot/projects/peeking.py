"""Looking at a project as it is on the disk now, perhaps while another program has it open."""

from pathlib import Path

from copilot.projects import project_manager
from copilot.projects.journal import decode_line, fold
from copilot.projects.project_file import DEFAULT_LIMITS, ProjectFile
from copilot.storage.disk import storage_error
from copilot.vocabulary.frozen import frozen, replace
from copilot.vocabulary.values import Limits, Project


@frozen
class Peeked:
    """A project file with its journal folded in. `journal` are the journal's bytes, as they were then."""

    file: ProjectFile
    journal: bytes

    @property
    def project(self) -> Project:
        """The project."""
        return self.file.project


def peek(path: Path, *, limits: Limits = DEFAULT_LIMITS) -> Peeked:
    """Read the project at `path`; its newest message may be missing. Raises ProjectError, StorageError."""
    found = _peeked(path, limits)
    lost = found.file.history is not None and found.file.history.lost
    return _peeked(path, limits) if lost else found  # who has it open may just have written its history anew


def _peeked(path: Path, limits: Limits) -> Peeked:
    try:
        # In this order: the file is written first and the journal emptied then.
        journal = _bytes(path.with_suffix(".journal"))
        file = project_manager.load_bytes(path.read_bytes(), path, limits=limits)
    except OSError as error:
        raise storage_error("reading", path, error) from error
    lines = [line for line in map(decode_line, journal.splitlines()) if line is not None]
    project = fold(file.project, (line for line in lines if line.seq > file.revision))
    return Peeked(file=replace(file, project=project), journal=journal)


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""

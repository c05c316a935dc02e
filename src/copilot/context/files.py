"""How the context reads the base directory: through the boundary, past no ignore rule, no secret."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from copilot.context.markdown import path_line
from copilot.vocabulary.errors import ToolError
from copilot.workspace.boundary import Boundary
from copilot.workspace.ignore import hidden_by
from copilot.workspace.names import shown
from copilot.workspace.secrets import secret_reason
from copilot.workspace.walking import walk


class NotShownError(Exception):
    """A chosen file cannot be shown; the text says why."""


@dataclass(frozen=True, slots=True)
class Folder:
    """The base directory as the context sees it. Paths are relative, with forward slashes."""

    base_dir: Path

    def walk(self) -> Iterator[str]:
        """Every file that no ignore rule takes out. Links to folders are not entered."""
        boundary = Boundary(self.base_dir)
        for entry in walk(self.base_dir):
            if entry.kind == "folder" or (entry.kind == "link" and _is_folder(boundary, entry.path)):
                continue
            yield entry.path

    def stamp(self, path: str) -> tuple[int, int]:
        """Size in bytes and modification time in nanoseconds; zeros where there is nothing to see."""
        try:
            entry = Boundary(self.base_dir).stat(path)
        except ToolError:
            entry = None
        return (0, 0) if entry is None else (entry.size, entry.mtime_ns)

    def read(self, path: str, at_most: int) -> bytes:
        """The bytes of a file. Raises NotShownError for what is too large, unreadable, secret or no file."""
        try:
            found = Boundary(self.base_dir).read_bytes(path, at_most=at_most)
        except ToolError as error:
            raise NotShownError(_without_path(path, error)) from error
        if reason := secret_reason(found.path, found.data):
            raise NotShownError(f"{reason}; not read into the context")
        if found.path != path and (hiding := hidden_by(Boundary(self.base_dir), found.path)):
            raise NotShownError(f"it is a link to {path_line(found.path)}, which {path_line(hiding)} hides")
        return found.data

    def refusal(self, path: str) -> str:
        """Why a path that was named, and is not in the walk, gives no file; empty where it gives one.

        What only git ignores may be named; what an ignore file for assistants hides may not.
        """
        boundary = Boundary(self.base_dir)
        try:
            entry = boundary.stat(path)
            if entry is None:
                return "no such file"
            if hiding := hidden_by(boundary, entry.path):
                return f"{path_line(hiding)} hides it"
        except ToolError as error:
            return _without_path(path, error)
        return "no file in it can be shown" if entry.kind == "folder" else ""


def _is_folder(boundary: Boundary, path: str) -> bool:
    try:
        entry = boundary.stat(path)
    except ToolError:
        return False
    return entry is not None and entry.kind == "folder"


def _without_path(path: str, error: ToolError) -> str:
    return str(error).removeprefix(f"{shown(path)} ").rstrip(".")

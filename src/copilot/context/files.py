"""How the context sees the base directory: through the boundary, past no ignore rule, no secret."""

from collections.abc import Iterator
from pathlib import Path

from copilot.context.making import without_path
from copilot.context.markdown import path_line
from copilot.vocabulary.errors import ToolError
from copilot.vocabulary.frozen import frozen, replace
from copilot.workspace.boundary import Boundary, Entry
from copilot.workspace.ignore import hidden_by
from copilot.workspace.secrets import secret_reason
from copilot.workspace.walking import Trouble, walk


@frozen(kw_only=False)
class Folder:
    """The base directory. Paths are relative, with forward slashes.

    `excludes` is git's ignore file for all projects of the person. `left_out` are folders that this program
    itself writes, where its home lies in the base directory: each ends in a slash.
    """

    base_dir: Path
    excludes: Path | None = None
    left_out: tuple[str, ...] = ()

    def walk(self, trouble: Trouble) -> Iterator[Entry]:
        """Every file that no ignore rule takes out. Links to folders are not entered.

        A link to a file comes with the size and times of the file, but for one that must not be shown: that
        may change without the file. `trouble` hears of each folder that cannot be read.
        """
        boundary = Boundary(self.base_dir)
        for entry in walk(self.base_dir, excludes=self.excludes, trouble=trouble):
            if entry.kind == "folder" or (self.left_out and entry.path.startswith(self.left_out)):
                continue
            if entry.kind != "link":
                yield entry
                continue
            target = _stat(boundary, entry.path)
            if target is None or _refused(boundary, target):
                yield entry
            elif target.kind != "folder":
                yield replace(target, path=entry.path)

    def stamp(self, path: str) -> tuple[int, int]:
        """Size in bytes and modification time in nanoseconds; zeros where there is nothing to see."""
        entry = _stat(Boundary(self.base_dir), path)
        return (0, 0) if entry is None else (entry.size, entry.mtime_ns)

    def named(self, path: str) -> Entry | str:
        """A file that was named and is not in the walk; or why it gives nothing.

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
            return without_path(path, error)
        return "no file in it can be shown" if entry.kind == "folder" else replace(entry, path=path)


def _stat(boundary: Boundary, path: str) -> Entry | None:
    try:
        return boundary.stat(path)
    except ToolError:
        return None


def _refused(boundary: Boundary, target: Entry) -> bool:
    try:
        return bool(secret_reason(target.path) or hidden_by(boundary, target.path))
    except ToolError:
        return True

"""Reading many files of one project one after the other, the folders in between held open.

For paths that a walk gave. Like the boundary it follows no link: what became one since is refused. Any other
path, one that leads through a link, and a system without directory handles are left to the boundary.
"""

import os
import stat
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from copilot.vocabulary.errors import ToolError
from copilot.workspace.boundary import Boundary, FileBytes
from copilot.workspace.folders import HANDLES, Folder, open_root
from copilot.workspace.names import shown

_NOT_NAMES = frozenset({"", ".", ".."})
Stamp = tuple[int, int, int]
"""Size in bytes, modification time and change time in nanoseconds."""


class TreeReader:
    """A context manager. Not for several threads at once."""

    def __init__(self, base_dir: Path) -> None:
        self._boundary = Boundary(base_dir)
        self._names: list[str] = []
        self._held: list[Folder] = []

    def __enter__(self) -> "TreeReader":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._leave(0)

    def read(self, path: str, at_most: int) -> tuple[FileBytes, Stamp]:
        """A regular file, whole, and its stamp. Raises ToolError as the boundary does."""
        if HANDLES:
            with suppress(OSError):
                return self._read_held(path, at_most)
        found = self._boundary.read_bytes(path, at_most=at_most)
        entry = self._boundary.stat(path)
        changed = entry.ctime_ns if entry is not None and entry.mtime_ns == found.mtime_ns else 0
        return found, (found.size, found.mtime_ns, changed)

    def _read_held(self, path: str, at_most: int) -> tuple[FileBytes, Stamp]:
        """Raises OSError for whatever the boundary should look at: it says what is wrong."""
        *folders, name = parts = path.split("/")
        if not _NOT_NAMES.isdisjoint(parts):  # `..` of a held folder leads out
            raise OSError
        folder = self._enter(folders)
        seen = folder.look(name)
        if seen is None or not stat.S_ISREG(seen.st_mode):  # opening a pipe or a device does something
            raise OSError
        fd = folder.open(name)
        try:
            info = os.fstat(fd)
            if not stat.S_ISREG(info.st_mode) or info.st_size > at_most:
                raise OSError
            data = os.read(fd, info.st_size + 1)
            while len(data) <= at_most and (more := os.read(fd, at_most + 1 - len(data))):
                data += more
        finally:
            os.close(fd)
        if len(data) > at_most:
            raise ToolError(f"{shown(path)} grew while it was read.")
        found = FileBytes(
            path=path,
            data=data,
            size=info.st_size,
            mtime_ns=info.st_mtime_ns,
            mode=stat.S_IMODE(info.st_mode),
            links=info.st_nlink,
        )
        return found, (info.st_size, info.st_mtime_ns, info.st_ctime_ns)

    def _enter(self, folders: list[str]) -> Folder:
        if not self._held:
            self._held.append(open_root(self._boundary.base_dir))
        same = 0
        for held, wanted in zip(self._names, folders, strict=False):
            if held != wanted:
                break
            same += 1
        self._leave(same + 1)
        for name in folders[same:]:
            self._held.append(self._held[-1].enter(name))
            self._names.append(name)
        return self._held[-1]

    def _leave(self, kept: int) -> None:
        while len(self._held) > kept:
            self._held.pop().close()
        del self._names[max(kept - 1, 0) :]

"""A file of lines that only grows: each line is either whole on the disk or not there.

A writer that was killed, or a disk that filled up, leaves at most one torn last line. It is cut off when the
file is opened again and before the next line is written, so that nothing is ever glued to it.
"""

import contextlib
import os
from pathlib import Path

from copilot.storage.disk import SYSTEM_DISK, Disk, storage_error, write_all


class AppendLog:
    """One file of lines. For one writer at a time: the caller holds a lock, or a name nobody else has.

    `lines` is what the file held when it was opened; `trimmed` counts the bytes of the torn tail that was
    cut. Everything raises StorageError.
    """

    def __init__(self, path: Path, *, mode: int = 0o600, disk: Disk = SYSTEM_DISK) -> None:
        self._path = path
        self._disk = disk
        try:
            self._fd = disk.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, mode)
        except OSError as error:
            raise storage_error("opening", path, error) from error
        try:
            content = path.read_bytes()
            whole = _whole(content)
            self.lines = tuple(whole.split(b"\n")[:-1])
            self.trimmed = len(content) - len(whole)
            self._end = len(whole)
            self._clean = not self.trimmed
            self._repair()
            disk.sync_folder(
                path.parent
            )  # a line is worth nothing in a file that has no name after a power cut
        except OSError as error:
            self.close()
            raise storage_error("opening", path, error) from error

    @property
    def size(self) -> int:
        """Bytes of whole lines."""
        return self._end

    def append(self, line: bytes, sync: bool = True) -> None:
        """Write one line (given without its line end); with `sync` it survives a power cut on return.

        After an error the line is not in the file, and the next call may succeed.
        """
        if b"\n" in line:
            raise ValueError("a line holds no line end")
        self.append_block(line + b"\n", sync)

    def append_block(self, block: bytes, sync: bool = True) -> None:
        """Write whole lines at once, the last line end included."""
        if not block.endswith(b"\n"):
            raise ValueError("a block ends with a line end")
        try:
            self._repair()
            self._clean = False
            write_all(self._disk, self._fd, block)
            if sync:
                self._disk.sync(self._fd)
        except OSError as error:
            with contextlib.suppress(OSError):
                self._repair()
            raise storage_error("writing to", self._path, error) from error
        self._end += len(block)
        self._clean = True

    def sync(self) -> None:
        """Have every line on the medium."""
        try:
            self._repair()
            self._disk.sync(self._fd)
        except OSError as error:
            raise storage_error("writing to", self._path, error) from error

    def empty(self) -> None:
        """Drop every line, on the medium too."""
        try:
            self._disk.truncate(self._fd, 0)
            self._end = 0
            self._disk.sync(self._fd)
            self._clean = True
        except OSError as error:
            raise storage_error("emptying", self._path, error) from error

    def close(self) -> None:
        """Close the file; a second call does nothing."""
        if self._fd >= 0:
            fd, self._fd = self._fd, -1
            with contextlib.suppress(OSError):
                self._disk.close(fd)

    def _repair(self) -> None:
        """Cut off whatever follows the last whole line."""
        if not self._clean:
            self._disk.truncate(self._fd, self._end)
            self._clean = True


def _whole(content: bytes) -> bytes:
    """The content up to the last line end that ends a line of bytes, without a tail of NULs.

    After a power cut a file may be longer than what was written to it, with NULs in the new part.
    """
    end = content.rfind(b"\n") + 1
    while end and b"\0" in content[content.rfind(b"\n", 0, end - 1) + 1 : end]:
        end = content.rfind(b"\n", 0, end - 1) + 1
    return content[:end]

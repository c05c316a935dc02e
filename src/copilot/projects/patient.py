"""The journal while the disk takes nothing: lines wait in memory, in their order, until it takes them."""

import os
from pathlib import Path

from copilot.storage.append import AppendLog
from copilot.vocabulary.errors import StorageError


class PatientJournal:
    """One journal. `trouble` is why lines wait, None while none do. For the holder of the store's lock."""

    def __init__(self, log: AppendLog) -> None:
        self._log = log
        self._waiting: list[bytes] = []
        self.trouble: StorageError | None = None

    @property
    def size(self) -> int:
        """Bytes on the disk."""
        return self._log.size

    def append(self, line: bytes, *, patient: bool) -> None:
        """Put a line on the disk, behind those that wait.

        With `patient` it waits with them where the disk does not take it; without, that raises StorageError,
        and the line is nowhere.
        """
        try:
            self._write((*self._waiting, line))
        except StorageError as error:
            if not patient:
                raise
            self._waiting.append(line)
            self.trouble = error

    def retry(self) -> bool:
        """Try again what waits; whether nothing waits any more."""
        if self._waiting:
            try:
                self._write(tuple(self._waiting))
            except StorageError as error:
                self.trouble = error
                return False
        return True

    def empty(self) -> None:
        """Forget all lines: the project's file holds what they say. Raises StorageError."""
        self._settled()
        if self._log.size:
            self._log.empty()

    def rescue(self, name: str) -> Path | None:
        """What waits, in a file of the system's folder for temporary files; None where that fails, too."""
        import tempfile  # with three ways to pack files: no start needs it

        try:
            fd, path = tempfile.mkstemp(prefix=f"copilot-unsaved-{name}-", suffix=".journal")
            with os.fdopen(fd, "wb") as file:
                file.writelines(line + b"\n" for line in self._waiting)
        except OSError:
            return None
        return Path(path)

    def close(self) -> None:
        """Close the file."""
        self._log.close()

    def _write(self, lines: tuple[bytes, ...]) -> None:
        self._log.append_block(b"".join(line + b"\n" for line in lines))
        self._settled()

    def _settled(self) -> None:
        self._waiting.clear()
        self.trouble = None

"""The journal while the disk takes nothing: lines wait in memory, in their order, until it takes them."""

import os
import threading
from pathlib import Path

from copilot.storage.append import AppendLog
from copilot.vocabulary.errors import StorageError


class PatientJournal:
    """One journal. `trouble` is why lines wait, None while none do. For the holder of the store's lock.

    `sync` is for any thread: nobody who shows something has to wait for that lock.
    """

    def __init__(self, log: AppendLog) -> None:
        self._log = log
        self._guard = threading.Lock()
        self._waiting: list[bytes] = []
        self._unsynced: list[bytes] = []
        """Lines that the system has; nobody knows whether the medium does."""
        self.trouble: StorageError | None = None

    @property
    def size(self) -> int:
        """Bytes on the disk."""
        return self._log.size

    def append(self, line: bytes, *, patient: bool, sync: bool = True) -> None:
        """Put a line on the disk, behind those that wait; without `sync`, it is on the medium after `sync`.

        With `patient` it waits with them where the disk does not take it; without, that raises StorageError,
        and the line is nowhere.
        """
        with self._guard:
            try:
                self._write((*self._waiting, line), sync=sync)
            except StorageError as error:
                self._wait(error)
                if not patient:
                    raise
                self._waiting.append(line)
                self.trouble = error

    def sync(self) -> None:
        """Have on the medium what was put down without; where that fails, it waits."""
        if not self._unsynced:
            return
        with self._guard:
            try:
                self._log.sync()
                self._unsynced.clear()
            except StorageError as error:
                self._wait(error)

    def retry(self) -> bool:
        """Try again what waits; whether nothing waits any more."""
        with self._guard:
            if self._waiting:
                try:
                    self._write(tuple(self._waiting))
                except StorageError as error:
                    self.trouble = error
                    return False
            return True

    def empty(self) -> None:
        """Forget all lines: the project's file holds what they say. Raises StorageError."""
        with self._guard:
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
        with self._guard:
            self._unsynced.clear()
            self._log.close()

    def _write(self, lines: tuple[bytes, ...], *, sync: bool = True) -> None:
        sync = sync or bool(self._waiting)
        self._log.append_block(b"".join([line + b"\n" for line in lines]), sync)
        if sync:
            self._settled()
        else:
            self._unsynced += lines

    def _wait(self, error: StorageError) -> None:
        """What the medium may not have is written again; folding a line twice changes nothing."""
        if self._unsynced:
            self._waiting[:0] = self._unsynced
            self._unsynced.clear()
            self.trouble = error

    def _settled(self) -> None:
        self._waiting.clear()
        self._unsynced.clear()
        self.trouble = None

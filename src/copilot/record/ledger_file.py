"""The file of the ledger: lines that several programs append, each of which reads what the others wrote."""

import contextlib
import os
from pathlib import Path

from copilot.storage.aside import free_name
from copilot.storage.atomic import sweep_temps, write_atomic
from copilot.storage.disk import Disk, make_folder, storage_error, write_all
from copilot.storage.locks import Held, hold
from copilot.vocabulary.errors import LockedError, StorageError

HEAD_BYTES = 64
"""Of a file, to know it by: another one may get the number that this one had on the disk."""

LOCK_SECONDS = 10.0
"""The lock is held for milliseconds; who waits for longer meets something broken."""


class LedgerFile:
    """Made when there is something to write. For one thread at a time; everything raises StorageError."""

    def __init__(self, path: Path, disk: Disk) -> None:
        self._path = path
        self._lock = path.with_suffix(".lock")
        self._disk = disk
        self._forget()

    @property
    def size(self) -> int:
        """Bytes of the lines that are known."""
        return self._end

    def locked(self) -> Held:
        """No other program writes as long as this is held."""
        if not self._path.parent.is_dir():
            make_folder(self._path.parent)
        try:
            return hold(self._lock, wait_seconds=LOCK_SECONDS)
        except LockedError as error:
            raise StorageError(f"the ledger {self._path} is held by another program", "Try again.") from error

    def append(self, block: bytes, *, sync: bool) -> None:
        """Write whole lines, by whoever holds the lock and knows all news; after an error none is there."""
        try:
            fd = self._disk.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
            try:
                if os.fstat(fd).st_size != self._end:  # a torn line of a writer that was killed
                    self._disk.truncate(fd, self._end)
                self._write(fd, block, sync=sync)
                state = os.fstat(fd)
                self._known, self._stamp = _identity(state), _stamp(state)
            finally:
                self._disk.close(fd)
            if sync and not self._end:
                self._disk.sync_folder(self._path.parent)
        except OSError as error:
            raise storage_error("writing to", self._path, error) from error
        self._seen(block)

    def news(self) -> tuple[bool, list[bytes]]:
        """The lines that others wrote since the last look; True where they are all that there are, since the
        file is another one, or gone."""
        anew = False
        try:
            if self._stamp is not None and _stamp(self._path.stat()) == self._stamp:
                return False, []
            with self._path.open("rb") as file:
                state = os.fstat(file.fileno())
                same = _identity(state) == self._known and file.read(len(self._head)) == self._head
                if not same or state.st_size < self._end:
                    anew = True
                    self._forget()
                    self._known = _identity(state)
                file.seek(self._end)
                new = file.read() if state.st_size > self._end else b""
        except FileNotFoundError:
            self._forget()
            return True, []
        except OSError as error:
            raise storage_error("reading", self._path, error) from error
        whole = new[: new.rfind(b"\n") + 1]
        self._seen(whole)
        self._stamp = _stamp(state)
        return anew, whole.splitlines()

    def lines(self) -> list[bytes]:
        """All whole lines that are in the file now."""
        try:
            data = self._path.read_bytes()
        except FileNotFoundError:
            return []
        except OSError as error:
            raise storage_error("reading", self._path, error) from error
        return data[: data.rfind(b"\n") + 1].splitlines()

    def replace(self, data: bytes) -> None:
        """Write the file anew; all of it is news then."""
        sweep_temps(self._path, disk=self._disk)
        write_atomic(self._path, data, disk=self._disk)
        self._forget()

    def copy_aside(self) -> None:
        """Keep a copy of the file as it is."""
        try:
            data = self._path.read_bytes()
        except OSError as error:
            raise storage_error("reading", self._path, error) from error
        write_atomic(free_name(self._path, "broken"), data, disk=self._disk)

    def _write(self, fd: int, block: bytes, *, sync: bool) -> None:
        try:
            write_all(self._disk, fd, block)
            if sync:
                self._disk.sync(fd)
        except OSError:
            with contextlib.suppress(OSError):
                self._disk.truncate(fd, self._end)
            raise

    def _seen(self, lines: bytes) -> None:
        """These follow what was known of the file."""
        self._head = self._head if self._end else lines[:HEAD_BYTES]
        self._end += len(lines)

    def _forget(self) -> None:
        self._known: tuple[int, int] | None = None
        self._stamp: tuple[int, ...] | None = None
        """Of the file when all of it was known: as long as it is the same, nobody wrote."""
        self._head = b""
        self._end = 0


def _identity(state: os.stat_result) -> tuple[int, int]:
    return state.st_dev, state.st_ino


def _stamp(state: os.stat_result) -> tuple[int, ...]:
    return *_identity(state), state.st_size, state.st_mtime_ns, state.st_ctime_ns

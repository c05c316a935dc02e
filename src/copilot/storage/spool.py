"""Texts that wait on the disk until they are asked for, in a file without a name that goes with the last one.

For a process that makes thousands of texts, in no order, and writes them at the end one by one.
"""

import os
from contextlib import suppress
from pathlib import Path

from copilot.storage.disk import storage_error
from copilot.vocabulary.frozen import frozen

_BLOCK_BYTES = 256_000
"""Written at once: one by one, the system takes longer for it than Python for all the rest."""
_LENGTH_BITS = 32
"""Of a place, which is where a text begins and how long it is."""


class Spool:
    """The file. It lies in `folder` as long as it is used; nobody else can open it."""

    def __init__(self, folder: Path) -> None:
        """Raises OSError where there can be none: on Windows, and where `folder` cannot be written to."""
        if not hasattr(os, "pread"):
            raise OSError("this system reads at no place")
        path = folder / f".copilot-{os.urandom(8).hex()}.tmp"
        self._folder = folder
        self._written = 0
        self._waiting = bytearray()
        self._full = False
        self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        path.unlink()

    def __del__(self) -> None:
        with suppress(OSError, AttributeError):
            os.close(self._fd)

    def put(self, text: str) -> "Spooled":
        """What stands for the text from now on. Where the disk is full, it waits in memory."""
        data = text.encode("utf-8", "surrogatepass")
        at = self._written + len(self._waiting)
        self._waiting += data
        if len(self._waiting) >= _BLOCK_BYTES and not self._full:
            self._write()
        return Spooled(self, at << _LENGTH_BITS | len(data))

    def get(self, place: int) -> str:
        """The text at a place. Raises StorageError."""
        at, length = place >> _LENGTH_BITS, place & ((1 << _LENGTH_BITS) - 1)
        if at >= self._written:
            at -= self._written
            return self._waiting[at : at + length].decode("utf-8", "surrogatepass")
        try:
            data = os.pread(self._fd, length, at)
            if len(data) != length:
                raise OSError("it is shorter than it was")
        except OSError as error:
            raise storage_error("reading what was put aside in", self._folder, error) from error
        return data.decode("utf-8", "surrogatepass")

    def _write(self) -> None:
        try:
            self._full = os.pwrite(self._fd, self._waiting, self._written) < len(self._waiting)
        except OSError:
            self._full = True
        if not self._full:
            self._written += len(self._waiting)
            self._waiting.clear()


@frozen(kw_only=False)
class Spooled:
    """A text in a spool; `str` gives it. Equal to the text that it is, wherever that is held."""

    spool: Spool
    place: int

    def __str__(self) -> str:
        return self.spool.get(self.place)

    def __eq__(self, other: object) -> bool:
        return str(self) == str(other) if isinstance(other, str | Spooled) else NotImplemented

    def __hash__(self) -> int:
        return hash(str(self))

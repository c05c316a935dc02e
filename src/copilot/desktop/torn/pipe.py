"""The local pipe between the window and a torn-off panel: authenticated, bounded, bytes only.

A socket in a folder that only this user can enter (a named pipe on Windows) and a key that the two sides
prove to each other that they have. Nothing here unpickles, and nothing listens on the network.
"""

import contextlib
import os
import secrets
import shutil
import sys
import tempfile
import threading
from multiprocessing.connection import Client, Listener
from pathlib import Path
from typing import Any

from copilot.vocabulary.errors import CopilotError

FRAME = 256 * 1024
"""Bytes that are handed to the system at once; a longer line goes in several."""

MOST_TO_PANEL = 1024 * 1024 * 1024
MOST_TO_WINDOW = 64 * 1024 * 1024
"""Bytes of one line. The state of the longest discussion goes to a panel, a person's words to the window."""

LONGEST_ADDRESS = 100
"""Bytes; the address of such a socket has 108 on Linux and 104 on macOS."""

_LAST, _MORE = b"\0", b"\1"


class PipeEndedError(CopilotError):
    """The other side went away, or sent what is no line."""


class Pipe:
    """One side. Lines are sent by one thread and received by another."""

    def __init__(self, connection: Any, most: int) -> None:
        self._connection = connection
        self._most = most
        self._sending = threading.Lock()

    def send(self, line: bytes) -> None:
        """Raises PipeEndedError."""
        try:
            with self._sending:
                for start in range(0, max(len(line), 1), FRAME):
                    mark = _MORE if start + FRAME < len(line) else _LAST
                    self._connection.send_bytes(mark + line[start : start + FRAME])
        except (OSError, ValueError) as error:
            raise PipeEndedError("the other side of the pipe went away") from error

    def receive(self) -> bytes:
        """The next line; waits for it. Raises PipeEndedError."""
        line = bytearray()
        while True:
            try:
                frame = self._connection.recv_bytes(FRAME + 1)
            except (OSError, EOFError, ValueError) as error:
                raise PipeEndedError("the other side of the pipe went away") from error
            if frame[:1] not in (_LAST, _MORE) or len(line) + len(frame) > self._most:
                raise PipeEndedError("what came through the pipe is no line")
            line += frame[1:]
            if frame[:1] == _LAST:
                return bytes(line)

    def close(self) -> None:
        """No more of it. For the thread that receives; a second call does nothing."""
        # Another thread must not be about to write to what then is somebody else's file.
        with self._sending, contextlib.suppress(OSError):
            self._connection.close()


def knock(address: str, key: bytes) -> Pipe:
    """The panel's side. Raises PipeEndedError where nobody is there or the key is not theirs."""
    try:
        return Pipe(Client(address, authkey=key), MOST_TO_PANEL)
    except Exception as error:  # the library raises its own kinds beside OSError and EOFError
        raise PipeEndedError(f"the window cannot be reached: {error}") from error


class Door:
    """Where one panel knocks, once. Raises OSError where there can be none."""

    def __init__(self, platform: str = sys.platform) -> None:
        self.key = secrets.token_bytes(32)
        self._folder: Path | None = None
        self._shut = threading.Event()
        if platform == "win32":
            self.address = rf"\\.\pipe\copilot-{secrets.token_hex(16)}"
            self._listener = Listener(self.address, "AF_PIPE", authkey=self.key)
            return
        self._folder = private_folder("copilot-panel-")
        self.address = str(self._folder / "panel")
        try:
            self._listener = Listener(self.address, "AF_UNIX", authkey=self.key)
        except OSError:
            self.remove()
            raise

    def open(self) -> Pipe:
        """Wait for the panel. Whoever has not the key is turned away. Raises PipeEndedError once shut."""
        try:
            while not self._shut.is_set():
                with contextlib.suppress(Exception):  # a wrong key, or somebody who went away in the middle
                    connection = self._listener.accept()
                    if not self._shut.is_set():
                        return Pipe(connection, MOST_TO_WINDOW)
                    connection.close()
            raise PipeEndedError("nobody came")
        finally:
            with contextlib.suppress(OSError):
                self._listener.close()
            self.remove()

    def shut(self) -> None:
        """From any thread: let `open` wait no longer."""
        self._shut.set()
        # Nothing else wakes a thread that waits in `accept`.
        with contextlib.suppress(Exception):
            Client(self.address).close()

    def remove(self) -> None:
        """Take its folder away; `open` does it itself."""
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)


def private_folder(prefix: str) -> Path:
    """A new folder for this user only, whose name leaves room for that of a socket. Raises OSError."""
    for base in (None, "/tmp"):
        folder = Path(tempfile.mkdtemp(prefix=prefix, dir=base))
        if len(os.fsencode(folder)) < LONGEST_ADDRESS - len("/panel"):
            return folder
        folder.rmdir()
    raise OSError("the folder for temporary files has too long a name for a socket")

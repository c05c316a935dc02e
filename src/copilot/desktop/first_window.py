"""One window per project: a second start raises the first window in place of opening another.

The window writes where it can be reached, and a key to prove that one may, to `state/windows/<project>.json`,
which only this user can read. What comes through the socket is one known word; nothing else is understood.
"""

import contextlib
import json
import secrets
import shutil
import sys
import tempfile
import threading
from collections.abc import Callable
from multiprocessing.connection import Client, Listener
from pathlib import Path
from typing import cast

from copilot.projects.home import Home
from copilot.storage.atomic import write_atomic
from copilot.vocabulary.errors import StorageError

RAISE = b"raise"
RAISED = b"raised"
ANSWER_SECONDS = 5.0
PAUSE_SECONDS = 0.1
"""After a call that failed, so that one that fails at once cannot keep a core busy."""


class Bell:
    """The first window's side. `rung` is called from a thread of its own; it must only leave a note."""

    def __init__(
        self, home: Home, project: str, rung: Callable[[], None], platform: str = sys.platform
    ) -> None:
        self._place = _place(home, project)
        self._rung = rung
        self._folder: Path | None = None
        self._listener: Listener | None = None
        self._key = secrets.token_bytes(32)
        self._platform = platform
        self._pause = threading.Event()

    def hang(self) -> bool:
        """Listen from now on; False where this system gives no socket: then nobody is raised."""
        try:
            if self._platform == "win32":
                address, family = rf"\\.\pipe\copilot-{secrets.token_hex(16)}", "AF_PIPE"
            else:
                self._folder = Path(tempfile.mkdtemp(prefix="copilot-"))
                address, family = str(self._folder / "bell"), "AF_UNIX"
            self._listener = Listener(address, family, authkey=self._key)
            self._place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            told = {"address": address, "key": self._key.hex()}
            write_atomic(self._place, json.dumps(told).encode())
        except (OSError, StorageError):
            self.take_down()
            return False
        threading.Thread(target=self._listen, name="bell", daemon=True).start()
        return True

    def take_down(self) -> None:
        """Nobody can ring any more; a second call does nothing."""
        listener, self._listener = self._listener, None
        if listener is not None:
            with contextlib.suppress(OSError):
                listener.close()
            with contextlib.suppress(OSError):
                self._place.unlink()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _listen(self) -> None:
        while (listener := self._listener) is not None:
            try:
                self._answer(listener)
            except Exception:  # a wrong key, or somebody who went away in the middle
                self._pause.wait(PAUSE_SECONDS)

    def _answer(self, listener: Listener) -> None:
        with listener.accept() as connection:
            if connection.poll(ANSWER_SECONDS) and connection.recv_bytes(len(RAISE)) == RAISE:
                self._rung()
                connection.send_bytes(RAISED)


def ring(home: Home, project: str) -> bool:
    """Have the first window come to the front; False where none answers."""
    try:
        told = cast(object, json.loads(_place(home, project).read_bytes()))
        if not isinstance(told, dict):
            return False
        facts = cast(dict[str, object], told)
        with Client(str(facts["address"]), authkey=bytes.fromhex(str(facts["key"]))) as connection:
            connection.send_bytes(RAISE)
            return connection.poll(ANSWER_SECONDS) and connection.recv_bytes(len(RAISED)) == RAISED
    except Exception:  # the library raises its own kinds beside OSError, EOFError and ValueError
        return False


def _place(home: Home, project: str) -> Path:
    return home.state / "windows" / f"{project}.json"

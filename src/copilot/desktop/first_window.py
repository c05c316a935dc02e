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

from copilot.desktop.torn.pipe import private_folder
from copilot.projects.home import Home
from copilot.storage.atomic import write_atomic
from copilot.vocabulary.errors import StorageError

RAISE = b"raise"
RAISED = b"raised"
ANSWER_SECONDS = 5.0
_FOLDER, _SOCKET = "copilot-bell-", "bell"

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
                self._folder = private_folder(_FOLDER)
                address, family = str(self._folder / _SOCKET), "AF_UNIX"
            self._listener = Listener(address, family, authkey=self._key)
            self._place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            told = {"address": address, "key": self._key.hex()}
            _sweep(self._place)
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
            with contextlib.suppress(Exception):  # nothing else wakes the thread that waits in `accept`
                Client(str(listener.address)).close()
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
    told = _told(_place(home, project))
    if told is None:
        return False
    try:
        with Client(told["address"], authkey=bytes.fromhex(told["key"])) as connection:
            connection.send_bytes(RAISE)
            return connection.poll(ANSWER_SECONDS) and connection.recv_bytes(len(RAISED)) == RAISED
    except Exception:  # the library raises its own kinds beside OSError, EOFError and ValueError
        return False


def _sweep(place: Path) -> None:
    """Remove the folder of a window that was killed: whoever has the project knows that it is gone."""
    told = _told(place)
    folder = Path(told["address"]).parent if told is not None else Path()
    there = folder.parent in (Path(tempfile.gettempdir()), Path("/tmp"))
    if there and folder.name.startswith(_FOLDER) and not folder.is_symlink():
        with contextlib.suppress(OSError):
            (folder / _SOCKET).unlink(missing_ok=True)
            folder.rmdir()  # and nothing else: what it holds beside the socket is not ours


def _told(place: Path) -> dict[str, str] | None:
    """What a window said of itself; None where it said nothing that can be used."""
    try:
        told = cast(object, json.loads(place.read_bytes()))
    except (OSError, ValueError, RecursionError):
        return None
    if not isinstance(told, dict):
        return None
    facts = cast(dict[str, object], told)
    address, key = facts.get("address"), facts.get("key")
    if not isinstance(address, str) or not isinstance(key, str):
        return None
    return {"address": address, "key": key}


def _place(home: Home, project: str) -> Path:
    return home.state / "windows" / f"{project}.json"

"""`state/gemini_caches.json`: which sessions may have left caches at Gemini, for the next one to remove them.

A session announces itself before it makes its first cache and holds a lock of its own for as long as it
lives; the system lets go of that when the process dies. So a session is dead exactly when its lock is free,
whatever became of its process number. The file is written whole, under a lock, by any number of processes.
"""

import contextlib
import hashlib
import json
import secrets
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any, cast

from copilot.storage.atomic import write_atomic
from copilot.storage.disk import make_folder
from copilot.storage.locks import Held, hold
from copilot.vocabulary.errors import LockedError
from copilot.vocabulary.frozen import frozen

WAIT_SECONDS = 5.0
"""For another process that is changing the file."""


@frozen
class Left:
    """What a dead session may have left: names known, at `base_url`; its mark finds those not yet known."""

    session: str
    base_url: str
    names: tuple[str, ...]


class CacheRegister:
    """One session's way to the file. All methods read or write disks and raise StorageError.

    `clock` gives UTC seconds. Nothing is made before `announce`.
    """

    def __init__(self, state: Path, clock: Callable[[], float]) -> None:
        self.session = secrets.token_hex(6)
        self.home = hashlib.sha256(str(state.absolute()).encode("utf-8", "surrogatepass")).hexdigest()[:12]
        self._state = state
        self._clock = clock
        self._alive: Held | None = None

    def announce(self, base_url: str, until: float) -> None:
        """Say that this session may have caches at `base_url` until then, before it makes any."""
        if self._alive is None:
            make_folder(self._locks)
            self._alive = hold(self._lock_of(self.session))
        with self._changing() as sessions:
            own = sessions.setdefault(self.session, {"base_url": base_url, "names": []})
            own["until"] = max(until, own.get("until", 0.0))

    def keep(self, name: str) -> None:
        """Write down a cache of this session, which is announced."""
        with self._changing() as sessions:
            sessions[self.session]["names"].append(name)

    def drop(self, name: str) -> None:
        """Take off a cache that is gone."""
        with self._changing() as sessions:
            own = sessions.get(self.session, {"names": []})
            own["names"] = [kept for kept in own["names"] if kept != name]

    def leave(self, *, clean: bool) -> None:
        """The session ends. It is forgotten where it left nothing, which only `clean` says for certain."""
        if self._alive is None:
            return
        with self._changing() as sessions:
            if clean and not sessions.get(self.session, {}).get("names"):
                sessions.pop(self.session, None)
        self._alive.release()
        self._alive = None
        self._unlink(self.session)

    def dead(self, base_url: str) -> tuple[Left, ...]:
        """Sessions that died and whose caches may still be there; those long over are forgotten."""
        if not self._file.exists():
            return ()
        found: list[Left] = []
        with self._changing() as sessions:
            for session, told in list(sessions.items()):
                if session == self.session or not self._is_dead(session):
                    continue
                if told.get("until", 0.0) < self._clock():
                    del sessions[session]
                    self._unlink(session)
                elif told.get("base_url") == base_url:
                    found.append(Left(session=session, base_url=base_url, names=tuple(told["names"])))
        return tuple(found)

    def forget(self, session: str) -> None:
        """A dead session's caches are gone."""
        with self._changing() as sessions:
            sessions.pop(session, None)
        self._unlink(session)

    @property
    def _file(self) -> Path:
        return self._state / "gemini_caches.json"

    @property
    def _locks(self) -> Path:
        return self._state / "locks"

    def _lock_of(self, session: str) -> Path:
        return self._locks / f"gemini-{session}.lock"

    def _is_dead(self, session: str) -> bool:
        try:
            hold(self._lock_of(session)).release()
        except LockedError:
            return False
        return True

    def _unlink(self, session: str) -> None:
        with contextlib.suppress(OSError):  # nobody else will ever use this name
            self._lock_of(session).unlink()

    @contextlib.contextmanager
    def _changing(self) -> Generator[dict[str, dict[str, Any]]]:
        """The sessions, to be changed in place; they are written where they were."""
        with hold(self._locks / "gemini_caches.lock", wait_seconds=WAIT_SECONDS):
            sessions = self._read()
            before = json.dumps(sessions)
            yield sessions
            after = json.dumps({"sessions": sessions}, indent=1)
            if json.dumps(sessions) != before:
                write_atomic(self._file, after.encode())

    def _read(self) -> dict[str, dict[str, Any]]:
        """What is not as we write it is left out: the caches behind it end by themselves within an hour."""
        try:
            told: Any = json.loads(self._file.read_bytes())
            sessions = cast(dict[str, dict[str, Any]], told["sessions"])
            return {session: one for session, one in sessions.items() if _is_sound(session, one)}
        except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
            return {}


def _is_sound(session: str, one: Any) -> bool:
    told = cast(dict[str, Any], one) if isinstance(one, dict) else {}
    names: Any = told.get("names")
    return (
        session.isalnum()
        and isinstance(told.get("base_url"), str)
        and isinstance(told.get("until"), int | float)
        and isinstance(names, list)
        and all(isinstance(name, str) for name in cast(list[object], names))
    )

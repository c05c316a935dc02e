"""Answers that were paid for, kept in an SQLite file in the home, by the hash of what was asked.

An answer is on the medium before it counts: a run that is killed asks for nothing twice. Several programs may
use the file at once. What no run asked for in `KEPT_DAYS` goes. Every method raises StorageError.
"""

import json
import sqlite3
import threading
from collections.abc import Callable, Collection, Generator, Iterable, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType

from copilot.storage.aside import free_name
from copilot.vocabulary.errors import StorageError
from copilot.vocabulary.frozen import frozen

KEPT_DAYS = 400
_WAIT_SECONDS = 10.0
_DAY = 86_400
_FORMAT = 1
_AT_ONCE = 500
_MARKED = "?"
_TABLES = """
CREATE TABLE IF NOT EXISTS answers (
    key TEXT PRIMARY KEY, text TEXT NOT NULL, used INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS batches (
    service TEXT NOT NULL, id TEXT NOT NULL, place TEXT NOT NULL, names TEXT NOT NULL, sent REAL NOT NULL,
    PRIMARY KEY (service, id));
"""


@frozen
class SentBatch:
    """A batch on its way: its id, its entry in the ledger, and the keys of its questions by their names.

    Until the service has said an id, `marker` stands for it. `sent` in UTC seconds.
    """

    id: str
    place: str
    names: Mapping[str, str]
    sent: float = 0.0

    @property
    def marker(self) -> str:
        """By what it can be found, "" where its id is known."""
        return self.id.removeprefix(_MARKED) if self.id.startswith(_MARKED) else ""


def marked(marker: str) -> str:
    """What stands for the id of a batch that is being sent."""
    return f"{_MARKED}{marker}"


class Store:
    """A context manager; any thread may call it. `clock` gives UTC seconds."""

    def __init__(self, path: Path, clock: Callable[[], float]) -> None:
        self._path = path
        self._clock = clock
        self._lock = threading.Lock()
        self._used: set[str] = set()
        self._db = self._opened()

    def __enter__(self) -> "Store":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._lock, suppress(sqlite3.Error):  # it only says when they were of use last
            if self._used:
                with self._db:
                    rows = ((self._day, key) for key in self._used)
                    self._db.executemany("UPDATE answers SET used = ? WHERE key = ?", rows)
            self._db.close()

    def get(self, key: str) -> str | None:
        """What was answered to this."""
        with self._using() as db:
            row = db.execute("SELECT text, used FROM answers WHERE key = ?", (key,)).fetchone()
            if row is None:
                return None
            if row[1] != self._day:
                self._used.add(key)
            return str(row[0])

    def known(self, keys: Collection[str]) -> frozenset[str]:
        """Those of the keys that have an answer."""
        found: set[str] = set()
        asked = list(keys)
        with self._using() as db:
            for at in range(0, len(asked), _AT_ONCE):
                some = asked[at : at + _AT_ONCE]
                marks = ",".join("?" * len(some))
                found.update(
                    row[0] for row in db.execute(f"SELECT key FROM answers WHERE key IN ({marks})", some)
                )
        return frozenset(found)

    def keep(self, answers: Iterable[tuple[str, str]]) -> None:
        """Put down answers by key, all or none; they are on the medium when this returns."""
        with self._using() as db, db:
            db.executemany(
                "INSERT OR REPLACE INTO answers VALUES (?, ?, ?)",
                ((key, text, self._day) for key, text in answers),
            )

    def batches(self, service: str) -> tuple[SentBatch, ...]:
        """The batches of a service that nobody has collected yet, in the order in which they were sent."""
        with self._using() as db:
            rows = db.execute(
                "SELECT id, place, names, sent FROM batches WHERE service = ? ORDER BY sent, id", (service,)
            ).fetchall()
        return tuple(
            SentBatch(id=id_, place=place, names=json.loads(names), sent=sent)
            for id_, place, names, sent in rows
        )

    def keep_batch(self, service: str, batch: SentBatch) -> None:
        """Put down a batch that is sent next; its id is that of `marked`."""
        with self._using() as db, db:
            db.execute(
                "INSERT OR REPLACE INTO batches VALUES (?, ?, ?, ?, ?)",
                (service, batch.id, batch.place, json.dumps(dict(batch.names)), self._clock()),
            )

    def name_batch(self, service: str, before: str, id_: str) -> None:
        """The service said the id of a batch."""
        with self._using() as db, db:
            db.execute("UPDATE batches SET id = ? WHERE service = ? AND id = ?", (id_, service, before))

    def forget_batch(self, service: str, id_: str) -> None:
        """A batch was collected."""
        with self._using() as db, db:
            db.execute("DELETE FROM batches WHERE service = ? AND id = ?", (service, id_))

    @property
    def _day(self) -> int:
        return int(self._clock() // _DAY)

    @contextmanager
    def _using(self) -> "Generator[sqlite3.Connection]":
        with self._lock:
            try:
                yield self._db
            except sqlite3.Error as error:
                raise self._trouble(error) from error

    def _opened(self) -> sqlite3.Connection:
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            for attempt in (1, 2):
                try:
                    return self._prepared()
                except sqlite3.DatabaseError as error:
                    if attempt == 2 or isinstance(error, sqlite3.OperationalError):
                        raise
                    self._aside()
            raise AssertionError("unreachable")
        except (sqlite3.Error, OSError) as error:
            raise self._trouble(error) from error

    def _aside(self) -> None:
        """Never overwritten: perhaps it can be saved."""
        self._path.replace(free_name(self._path, "broken"))
        for ending in ("-wal", "-shm"):
            with suppress(OSError):
                Path(f"{self._path}{ending}").unlink()

    def _prepared(self) -> sqlite3.Connection:
        self._path.touch(mode=0o600)
        db = sqlite3.connect(self._path, timeout=_WAIT_SECONDS, check_same_thread=False)
        try:
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA synchronous = FULL")
            if db.execute("PRAGMA user_version").fetchone()[0] not in (0, _FORMAT):
                raise sqlite3.OperationalError("another version of this program made it")
            with db:
                for statement in _TABLES.split(";"):
                    db.execute(statement)
                db.execute("DELETE FROM answers WHERE used < ?", (self._day - KEPT_DAYS,))
                db.execute(f"PRAGMA user_version = {_FORMAT}")
        except BaseException:
            with suppress(sqlite3.Error):
                db.close()
            raise
        return db

    def _trouble(self, error: Exception) -> StorageError:
        return StorageError(
            f"the results in {self._path} cannot be used: {error}",
            "Nothing that was paid for can be kept without it: make room, or close what holds it.",
        )

"""The SQLite file of the search index: its tables, opening it, and setting aside what cannot be used."""

import sqlite3
import zlib
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from typing import cast

from copilot.storage.aside import set_aside
from copilot.storage.disk import make_folder, storage_error
from copilot.vocabulary.errors import StorageError
from copilot.vocabulary.search_values import SearchKind

VERSION = 1
_WAIT_SECONDS = 5.0
_PACKED_FROM = 512
"""Bytes from which a text is packed: shorter ones hardly become smaller."""
_BESIDE = ("-wal", "-shm", "-journal")

_TABLES = """
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE projects (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE sources (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, project INTEGER NOT NULL,
    rank INTEGER NOT NULL, archived INTEGER NOT NULL, stamp TEXT NOT NULL);
CREATE TABLE texts (id INTEGER PRIMARY KEY, source INTEGER NOT NULL, ref TEXT NOT NULL, kind TEXT NOT NULL,
    at REAL NOT NULL, branch TEXT NOT NULL, message TEXT NOT NULL, title TEXT NOT NULL, call TEXT NOT NULL,
    path TEXT NOT NULL, digest INTEGER NOT NULL, body BLOB NOT NULL);
CREATE UNIQUE INDEX texts_of ON texts (source, ref);
CREATE INDEX texts_call ON texts (call) WHERE call != '';
CREATE INDEX texts_digest ON texts (digest) WHERE kind = 'script';
CREATE VIRTUAL TABLE words USING {module} (body, tags, content='', columnsize=0, prefix='3',
    tokenize='unicode61 remove_diacritics 2');
"""
_NAMES = ("words", "texts", "sources", "projects", "facts")

Row = tuple[int, int, str, SearchKind, float, str, str, str, str, str, int, str | bytes]
"""A row of `texts`, in the order of its columns."""


class NewerError(sqlite3.DatabaseError):
    """A newer version of this program wrote the file."""


def opened(path: Path, module: str) -> tuple[sqlite3.Connection, tuple[str, ...]]:
    """The file, ready for use, and what a person should know of it. Raises StorageError."""
    make_folder(path.parent)
    try:
        return _connected(path, module), ()
    except sqlite3.DatabaseError as error:
        if not is_spoilt(error):
            raise trouble(path, "opening", error, module) from error
        return _begun_anew(path, module, error)
    except OSError as error:
        raise storage_error("opening", path, error) from error


def is_spoilt(error: Exception) -> bool:
    """Whether what is in the file is wrong; else it is busy, full or read-only."""
    if isinstance(error, sqlite3.OperationalError):
        return "decode" in str(error) or "malformed" in str(error)
    return isinstance(error, sqlite3.DatabaseError)


def aside(path: Path) -> Path:
    """Set the file aside, with what SQLite keeps beside it; its new name. Raises StorageError."""
    kept = set_aside(path)
    for ending in _BESIDE:
        with suppress(OSError):
            path.with_name(f"{path.name}{ending}").unlink(missing_ok=True)
    return kept


def make_tables(db: sqlite3.Connection, module: str) -> None:
    """All tables, empty. In a transaction of the caller's."""
    for name in _NAMES:
        db.execute(f"DROP TABLE IF EXISTS {name}")
    for statement in filter(str.strip, _TABLES.format(module=module).split(";")):
        db.execute(statement)
    db.execute(f"PRAGMA user_version = {VERSION}")


def trouble(path: Path, doing: str, error: Exception, module: str) -> StorageError:
    """What is told of an error of SQLite's."""
    if f"no such module: {module}" in str(error):
        return StorageError(
            f"this Python's SQLite ({sqlite3.sqlite_version}) has no FTS5, which the search needs",
            "Use a Python whose SQLite was built with FTS5; those of python.org and of uv are.",
        )
    hint = "Free some space, or close other programs that use this home."
    return StorageError(f"{doing} the search index in {path} failed: {error}", hint)


def packed(text: str) -> str | bytes:
    """A text as it is kept."""
    data = text.encode("utf-8", "replace")
    return text if len(data) < _PACKED_FROM else zlib.compress(data, 1)


def unpacked(body: str | bytes) -> str:
    """The text that was kept."""
    return body if isinstance(body, str) else zlib.decompress(body).decode()


def digest_of(text: str) -> int:
    """64 bits by which a text is known again."""
    data = blake2b(text.encode("utf-8", "replace"), digest_size=8).digest()
    return int.from_bytes(data, "big", signed=True)


def _connected(path: Path, module: str) -> sqlite3.Connection:
    path.touch(mode=0o600)
    # Each statement is a transaction of its own, unless BEGIN says otherwise.
    db = sqlite3.connect(path, timeout=_WAIT_SECONDS, isolation_level=None, check_same_thread=False)
    try:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = NORMAL")
        db.execute("PRAGMA cache_size = -32000")
        version = _version(db)
        if version > VERSION:
            raise NewerError(f"a newer version of this program wrote it ({version})")
        if version < VERSION:
            db.execute("BEGIN IMMEDIATE")
            if _version(db) < VERSION:
                make_tables(db, module)
            db.execute("COMMIT")
        db.execute("SELECT count(*) FROM sources JOIN projects ON projects.id = project").fetchone()
        db.execute("SELECT rowid FROM words WHERE words MATCH 'copilot' LIMIT 1").fetchone()
    except BaseException:
        db.close()
        raise
    return db


def _version(db: sqlite3.Connection) -> int:
    return int(cast("tuple[int]", db.execute("PRAGMA user_version").fetchone())[0])


def _begun_anew(
    path: Path, module: str, error: sqlite3.DatabaseError
) -> tuple[sqlite3.Connection, tuple[str, ...]]:
    kept = aside(path)
    told = f"{path.name} could not be used ({error}): it is {kept.name} now, and the index is made anew."
    try:
        return _connected(path, module), (told,)
    except sqlite3.Error as again:
        raise trouble(path, "opening", again, module) from again

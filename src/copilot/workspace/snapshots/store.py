"""The one file that holds a base directory's snapshots: contents, trees, what stats meant, and the runs.

SQLite, because it survives being killed at any point and is shared by processes; a change is one transaction.
"""

import ast
import contextlib
import hashlib
import json
import os
import sqlite3
import zlib
from collections.abc import Generator, Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

from copilot.storage.aside import set_aside
from copilot.vocabulary.errors import StorageError
from copilot.workspace.snapshots.nodes import ReadTree, Tree, decode_tree

_SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE objects (sha BLOB PRIMARY KEY, packed INTEGER NOT NULL, data BLOB NOT NULL);
CREATE TABLE facts (folder BLOB PRIMARY KEY, facts TEXT NOT NULL);
CREATE TABLE runs (
    id INTEGER PRIMARY KEY AUTOINCREMENT, call_id TEXT NOT NULL, project TEXT NOT NULL, branch TEXT NOT NULL,
    act TEXT NOT NULL, words TEXT NOT NULL, of TEXT NOT NULL, begun REAL NOT NULL, state TEXT NOT NULL,
    before TEXT NOT NULL, after TEXT NOT NULL, told TEXT NOT NULL
);
CREATE TABLE pending (run INTEGER PRIMARY KEY, plan TEXT NOT NULL);
"""
_VERSION = 1
_PACK_FROM = 512
"""Bytes from which text is packed; less gains nothing."""
_LOOKED_AT = 8_192
_WAIT_SECONDS = 60.0
_TREES_KEPT = 20_000


def glance(path: Path) -> tuple[str, int, float | None]:
    """The base directory of a store, its runs, when the newest began; "", 0 and None where it cannot be read.

    Nothing is changed, and nobody waited for.
    """
    base_dir, runs, used = "", 0, None
    with (
        contextlib.suppress(sqlite3.Error, ValueError, SyntaxError),
        contextlib.closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=0.2)) as db,
    ):
        row = db.execute("SELECT value FROM meta WHERE key = 'base_dir'").fetchone()
        base_dir = str(ast.literal_eval(row[0])) if row else ""
        runs, used = db.execute("SELECT count(*), max(begun) FROM runs").fetchone()
    return base_dir, runs, used


class SnapshotStore:
    """Opened for one piece of work and closed again; one thread. Every method raises StorageError."""

    def __init__(self, path: Path, base_dir: str) -> None:
        self.path = path
        self.notices: tuple[str, ...] = ()
        self._base_dir = base_dir
        self._db = self._open()
        self.tree: ReadTree = lru_cache(maxsize=_TREES_KEPT)(self._tree)

    def close(self) -> None:
        """Let go of the file."""
        with contextlib.suppress(sqlite3.Error):
            self._db.close()

    def __enter__(self) -> "SnapshotStore":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextlib.contextmanager
    def change(self) -> Generator[None]:
        """All that is done inside is kept at its end, or nothing of it."""
        self.run("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            with contextlib.suppress(sqlite3.Error):
                self._db.execute("ROLLBACK")
            raise
        self.run("COMMIT")

    def run(self, sql: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """The rows that a statement gives."""
        try:
            return cast("list[tuple[Any, ...]]", self._db.execute(sql, cast("Any", values)).fetchall())
        except sqlite3.Error as error:
            raise self._trouble("using", error) from error

    def many(self, sql: str, rows: Iterable[Sequence[object]]) -> None:
        """One statement for many rows."""
        try:
            self._db.executemany(sql, cast("Any", rows))
        except sqlite3.Error as error:
            raise self._trouble("using", error) from error

    def put(self, data: bytes, sha: str = "") -> str:
        """Keep a content; its SHA-256."""
        sha = sha or hashlib.sha256(data).hexdigest()
        key = bytes.fromhex(sha)
        if not self.run("SELECT 1 FROM objects WHERE sha = ?", (key,)):
            packed = len(data) >= _PACK_FROM and b"\0" not in data[:_LOOKED_AT]
            kept = zlib.compress(data, 1) if packed else data
            packed = packed and len(kept) < len(data)
            self.run("INSERT INTO objects VALUES (?, ?, ?)", (key, int(packed), kept if packed else data))
        return sha

    def get(self, sha: str) -> bytes:
        """A content; it is what was kept, or StorageError."""
        rows = self.run("SELECT packed, data FROM objects WHERE sha = ?", (bytes.fromhex(sha),))
        try:
            data = cast("bytes", zlib.decompress(rows[0][1]) if rows[0][0] else rows[0][1])
        except (IndexError, zlib.error):
            data = b""
        if hashlib.sha256(data).hexdigest() != sha:
            raise StorageError(
                f"{self.path} no longer holds what was kept as {sha[:12]}", "It cannot be brought back."
            )
        return data

    def _tree(self, ident: str) -> Tree:
        return decode_tree(self.get(ident)) if ident else {}

    @property
    def size(self) -> int:
        """Bytes in use."""
        pages, free, each = (
            int(self.run(f"PRAGMA {name}")[0][0]) for name in ("page_count", "freelist_count", "page_size")
        )
        return (pages - free) * each

    @property
    def generation(self) -> int:
        """How often contents were dropped: what was known of them before is to be read again."""
        rows = self.run("SELECT value FROM meta WHERE key = 'generation'")
        return int(rows[0][0]) if rows else 0

    @property
    def root(self) -> str:
        """The tree of the newest snapshot: its contents stay, as they are what is known of files."""
        rows = self.run("SELECT value FROM meta WHERE key = 'root'")
        return str(rows[0][0]) if rows else ""

    @root.setter
    def root(self, ident: str) -> None:
        self.run("INSERT OR REPLACE INTO meta VALUES ('root', ?)", (ident,))

    def sweep(self, roots: Iterable[str]) -> None:
        """Drop every content that none of the trees needs, and what is known of dropped ones."""
        live: set[str] = set()
        waiting = [root for root in roots if root]
        while waiting:
            ident = waiting.pop()
            if ident in live:
                continue
            live.add(ident)
            for node in self.tree(ident).values():
                if node.kind == "folder":
                    waiting.append(node.ident)
                elif node.kind == "file" and node.kept:
                    live.add(node.ident)
        with self.change():
            self.run("CREATE TEMP TABLE live (sha BLOB PRIMARY KEY)")
            self.many("INSERT INTO live VALUES (?)", ((bytes.fromhex(sha),) for sha in live))
            self.run("DELETE FROM objects WHERE sha NOT IN (SELECT sha FROM live)")
            self.run("DROP TABLE live")
            for folder, text in self.run("SELECT folder, facts FROM facts"):
                facts = cast("dict[str, list[Any]]", json.loads(text))
                kept = {name: fact for name, fact in facts.items() if fact[-1][:1] == "?" or fact[-1] in live}
                if len(kept) != len(facts):
                    self.run("UPDATE facts SET facts = ? WHERE folder = ?", (json.dumps(kept), folder))
            values = ("generation", str(self.generation + 1))
            self.run("INSERT OR REPLACE INTO meta VALUES (?, ?)", values)
        with contextlib.suppress(sqlite3.Error):  # the file stays larger than it need be
            self._db.executescript("PRAGMA incremental_vacuum")  # a single step frees a single page

    def _open(self) -> sqlite3.Connection:
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            return self._connect()
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):  # locked, full, not writable: nothing is broken
                raise self._trouble("opening", error) from error
            aside = set_aside(self.path)
            journal = self.path.with_name(f"{self.path.name}-journal")
            if journal.exists():
                set_aside(journal)
            self.notices = (f"{self.path} could not be read and is {aside.name} now: earlier runs are lost.",)
        except OSError as error:
            raise StorageError(f"making {self.path.parent} failed: {error.strerror}") from error
        try:
            return self._connect()
        except sqlite3.Error as error:
            raise self._trouble("opening", error) from error

    def _connect(self) -> sqlite3.Connection:
        if not self.path.exists():
            os.close(os.open(self.path, os.O_CREAT | os.O_RDWR | getattr(os, "O_NOFOLLOW", 0), 0o600))
        db = sqlite3.connect(self.path, timeout=_WAIT_SECONDS, isolation_level=None, check_same_thread=False)
        try:
            db.execute("PRAGMA auto_vacuum = INCREMENTAL")
            db.execute("PRAGMA synchronous = FULL")
            db.execute("PRAGMA cache_size = -16000")
            version = int(db.execute("PRAGMA user_version").fetchone()[0])
            if version == 0:
                db.execute("BEGIN IMMEDIATE")
                if int(db.execute("PRAGMA user_version").fetchone()[0]) == 0:
                    for statement in filter(str.strip, _SCHEMA.split(";")):
                        db.execute(statement)
                    db.execute("INSERT INTO meta VALUES ('base_dir', ?)", (ascii(self._base_dir),))
                    db.execute(f"PRAGMA user_version = {_VERSION}")
                db.execute("COMMIT")
            elif version != _VERSION:
                raise sqlite3.DatabaseError(f"it is of version {version}")
        except BaseException:
            db.close()
            raise
        return db

    def _trouble(self, doing: str, error: sqlite3.Error) -> StorageError:
        hint = "Free some space, or close other programs that use this home."
        return StorageError(f"{doing} the snapshots in {self.path} failed: {error}", hint)

"""What was made of files, kept in an SQLite file: a run with nothing changed reads no file's content.

Two questions are answered: what a file at a path gives while its stamp (size and times) is the same, and what
equal bytes under an equal kind of name give, wherever they lie. Several processes may use the file at once.
It is only a cache: another version of the summariser throws it away, trouble with it costs time and nothing
else, and it may be deleted whenever the program is closed.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import cast

try:  # the package loads `datetime` besides, for adapters that nobody here has use for
    import _sqlite3 as sqlite3
except ImportError:
    import sqlite3

from copilot.context.making import Kept, Made, item_of
from copilot.vocabulary.values import FileItem, View
from copilot.workspace.tree_reader import Stamp

UNSETTLED_NS = 2_000_000_000
"""A file this young when it was read may change again with the same stamp: FAT keeps times of two seconds."""
KEPT_DAYS = 30
"""Days after which what no run asked for is dropped."""
_WAIT_SECONDS = 2.0
_PAGES_KILOBYTES = 1_000
"""Of the database kept in memory while 10,000 files are written; with twice as much it is as fast."""
_FEW = 500
"""Files up to which each is asked for by itself."""
_DAY = 86_400
_LISTS, _NAMES = "\x1e", "\x1f"
"""Between what a file defines and what it imports, and between names: no source has these in a name."""

_TABLES = """
CREATE TABLE about (version TEXT NOT NULL, pruned INTEGER NOT NULL);
CREATE TABLE bases (id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE, used INTEGER NOT NULL);
CREATE TABLE made (
    id INTEGER PRIMARY KEY, sha256 TEXT NOT NULL, kind TEXT NOT NULL, view TEXT NOT NULL, note TEXT NOT NULL,
    names TEXT NOT NULL, used INTEGER NOT NULL, body TEXT NOT NULL, UNIQUE (sha256, kind, view));
CREATE TABLE files (
    base INTEGER NOT NULL, path TEXT NOT NULL, view TEXT NOT NULL, size INTEGER NOT NULL,
    mtime INTEGER NOT NULL, ctime INTEGER NOT NULL, pieces REAL NOT NULL, made INTEGER NOT NULL,
    used INTEGER NOT NULL, PRIMARY KEY (base, path, view)) WITHOUT ROWID;
"""
_FIND = """
SELECT path, files.view, size, mtime, ctime, pieces, sha256, note, body, {names}
FROM files JOIN made ON made.id = files.made WHERE base = ?
"""

Names = tuple[tuple[str, ...], tuple[str, ...]]
"""What a file defines, and what it imports."""
_NO_NAMES: Names = ((), ())

Row = tuple[str, View, int, int, int, float, str, str, str, str]


class Cache:
    """A context manager over the cache file; without a path, or where it cannot be used, it knows nothing.

    For one thread at a time. `trouble` says what went wrong, "" as long as all is well.
    """

    def __init__(self, path: Path | None, version: str, base_dir: Path, now: float) -> None:
        self.trouble = ""
        self._version = version
        self._now = now
        self._path = path
        self._base = 0
        self._first_today = False
        self._db: sqlite3.Connection | None = None
        if path is not None and _is_text(str(base_dir)):
            self._open(path, str(base_dir))

    def __enter__(self) -> "Cache":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._db is not None:
            self._db.close()
            self._db = None

    @property
    def empty(self) -> bool:
        """Whether nothing is known of any content."""
        try:
            return self._db is None or self._db.execute("SELECT id FROM made LIMIT 1").fetchone() is None
        except sqlite3.Error as error:
            self._give_up(error)
            return True

    def files(
        self, wanted: Mapping[str, tuple[View, Stamp]], *, names: bool = False
    ) -> Iterator[tuple[FileItem, Names]]:
        """The files that are as they were, and what they define and import where `names` are asked for."""
        found: list[tuple[str, View]] = []
        try:
            for path, view, size, mtime, ctime, pieces, sha256, note, body, told in self._rows(wanted, names):
                asked = wanted.get(path)
                stamp = size, mtime, ctime
                if asked is None or asked[0] != view or asked[1] != stamp:
                    continue
                sha256 = "" if ":" in sha256 else sha256
                one = item_of(path, view, stamp, pieces, sha256, note, body)
                yield one, _names(told) if names else _NO_NAMES
                if self._first_today:
                    found.append((path, view))
            if self._first_today:
                self._mark(found)
        except (sqlite3.Error, ValueError, TypeError) as error:
            self._give_up(error)

    def content(self, sha256: str, kind: str, view: View) -> Made | None:
        """What these bytes gave under this kind of name."""
        if self._db is None:
            return None
        query = "SELECT note, body, names FROM made WHERE sha256 = ? AND kind = ? AND view = ?"
        try:
            row = cast(
                "tuple[str, str, str] | None", self._db.execute(query, (sha256, kind, view)).fetchone()
            )
            if row is None:
                return None
            note, body, names = row
            defines, imports = _names(names)
        except (sqlite3.Error, ValueError, TypeError) as error:
            self._give_up(error)
            return None
        return Made(sha256=sha256, view=view, body=body, note=note, defines=defines, imports=imports)

    def keep(self, found: Iterable[Kept]) -> None:
        """Remember what files gave, all or nothing. What may be otherwise next time is left out."""
        if self._db is None:
            return
        settled = self._now * 1e9 - UNSETTLED_NS
        lasting = [one for one in found if self._may_keep(one, settled)]
        if not lasting:
            return
        try:
            with self._db:
                self._db.execute("BEGIN IMMEDIATE")
                if self._db.execute("SELECT version FROM about").fetchone() != (self._version,):
                    raise sqlite3.OperationalError("another version of this program uses it")
                for one in lasting:
                    self._keep_one(self._db, one)
        except sqlite3.Error as error:
            self._give_up(error)

    def _may_keep(self, one: Kept, settled: float) -> bool:
        return one.lasting and min(one.stamp) >= 0 and max(one.stamp[1:]) <= settled and _is_text(one.path)

    def _keep_one(self, db: sqlite3.Connection, one: Kept) -> None:
        made = one.made
        # what cannot be shown has no content: it is known by its place alone
        sha256 = made.sha256 or f"{self._base}:{one.path}"
        names = _LISTS.join((_NAMES.join(made.defines), _NAMES.join(made.imports)))
        made_id = db.execute(
            "INSERT INTO made (sha256, kind, view, note, names, used, body)"
            " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (sha256, kind, view)"
            " DO UPDATE SET note = excluded.note, used = excluded.used RETURNING id",
            (sha256, one.kind, made.view, made.note, names, self._day, made.body),
        ).fetchone()[0]
        db.execute(
            "INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (self._base, one.path, made.view, *one.stamp, one.pieces, made_id, self._day),
        )

    def _mark(self, used: Iterable[tuple[str, str]]) -> None:
        """These files were asked for today."""
        self._first_today = False
        if self._db is not None:
            with self._db:
                self._db.executemany(
                    "UPDATE files SET used = ? WHERE base = ? AND path = ? AND view = ?",
                    ((self._day, self._base, path, view) for path, view in used),
                )

    @property
    def _day(self) -> int:
        return int(self._now // _DAY)

    def _open(self, path: Path, base_dir: str) -> None:
        for attempt in (1, 2):
            try:
                path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                path.touch(mode=0o600)
                self._db = sqlite3.connect(path, timeout=_WAIT_SECONDS)
                self._prepare(base_dir)
            except (sqlite3.DatabaseError, OSError) as error:
                self._give_up(error)
                if attempt == 2 or not _is_spoilt(error):
                    return  # busy, full or read-only: others may be using it
            else:
                self.trouble = ""
                return

    def _prepare(self, base_dir: str) -> None:
        db = self._db
        assert db is not None
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = NORMAL")
        db.execute(f"PRAGMA cache_size = -{_PAGES_KILOBYTES}")
        day = self._day
        with suppress(sqlite3.OperationalError):  # no tables yet, or another version's
            row = db.execute(
                "SELECT version, pruned, id, used FROM about, bases WHERE path = ?", (base_dir,)
            ).fetchone()
            if row is not None and row[0] == self._version and row[1] == row[3] == day:
                self._base = int(row[2])
                return
        with db:
            db.execute("BEGIN IMMEDIATE")
            about: tuple[str, int] | None = None
            with suppress(sqlite3.OperationalError):
                about = db.execute("SELECT version, pruned FROM about").fetchone()
            if about is None or about[0] != self._version:
                for table in ("about", "bases", "files", "made"):
                    db.execute(f"DROP TABLE IF EXISTS {table}")
                for statement in _TABLES.split(";"):
                    db.execute(statement)
            elif about[1] != day:
                self._prune(db, day)
            db.execute("DELETE FROM about")
            db.execute("INSERT INTO about VALUES (?, ?)", (self._version, day))
            self._base = db.execute(
                "INSERT INTO bases (path, used) VALUES (?, ?)"
                " ON CONFLICT (path) DO UPDATE SET used = excluded.used RETURNING id",
                (base_dir, day),
            ).fetchone()[0]
        self._first_today = True

    def _prune(self, db: sqlite3.Connection, day: int) -> None:
        old = day - KEPT_DAYS
        db.execute("DELETE FROM bases WHERE used < ?", (old,))
        db.execute("DELETE FROM files WHERE used < ? OR base NOT IN (SELECT id FROM bases)", (old,))
        db.execute("DELETE FROM made WHERE used < ? AND id NOT IN (SELECT made FROM files)", (old,))

    def _rows(self, wanted: Mapping[str, object], names: bool) -> Iterator[Row]:
        if self._db is None:
            return
        find = _FIND.format(names="names" if names else "''")
        if len(wanted) > _FEW:
            yield from self._db.execute(find, (self._base,))
            return
        for path in filter(_is_text, wanted):
            yield from self._db.execute(f"{find} AND path = ?", (self._base, path))

    def _give_up(self, error: Exception) -> None:
        """Go on without a cache. A spoilt file goes, so that the next run begins a new one."""
        self.trouble = f"the cache of summaries cannot be used: {error}"
        if self._db is not None:
            with suppress(sqlite3.Error):
                self._db.close()
            self._db = None
        if self._path is not None and _is_spoilt(error):
            for name in (self._path, Path(f"{self._path}-wal"), Path(f"{self._path}-shm")):
                with suppress(OSError):
                    name.unlink()


def _is_spoilt(error: Exception) -> bool:
    """Whether what is in the file is wrong; else it is busy, full or read-only."""
    if isinstance(error, sqlite3.OperationalError):
        return "decode" in str(error)
    return not isinstance(error, OSError)


def _is_text(name: str) -> bool:
    """False for a name with bytes that are no text: SQLite takes none."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _names(text: str) -> Names:
    defines, _, imports = text.partition(_LISTS)
    return tuple(filter(None, defines.split(_NAMES))), tuple(filter(None, imports.split(_NAMES)))

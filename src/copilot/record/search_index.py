"""The index of everything said and done: one SQLite file with FTS5 that may be thrown away at any time.

It knows sources (a project, the calls of a session, its scripts) by name, each with a stamp of what was read
of it, and the texts of each. Several programs may read it; one at a time writes, and holds `writing`.
"""

import sqlite3
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar, cast

from copilot.record import search_file
from copilot.record.search_file import Row, digest_of, packed, unpacked
from copilot.record.search_words import Term, indexed, query_of, snippet, terms_of
from copilot.storage.locks import Held, hold
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.search_values import SearchAsked, SearchFound, SearchHit, SearchKind

SLICE = 500
"""Texts that are written in one transaction: what a stop or a kill loses at the most."""
LONGEST = 1_000_000
"""Characters of a text that are indexed; what is behind them is not found."""

_SECOND_BITS = 12
"""Of a text's number: it begins with the text's second, or with a later one where that has 4,096 already."""
_LAST_SECOND = (1 << 40) - 1

_BENEATH = "ref >= ? AND ref < ?"
UNDER = "\x1f"
"""In a `ref`, between a thing and what is beneath it."""

T = TypeVar("T")


@frozen
class Source:
    """Where texts come from. Of two that hold the same text the one of the lower `rank` is shown.

    Of one that is known already, only the name counts.
    """

    name: str
    project: str
    rank: int = 0
    archived: bool = False


@frozen
class SearchText:
    """One text, keys already taken out. `ref` names it within its source; `call` is a tool call's id."""

    ref: str
    kind: SearchKind
    at: float
    text: str
    title: str = ""
    branch: str = ""
    message: str = ""
    call: str = ""
    path: str = ""


Said = tuple[str, float, str, str, str, str, str]
There = dict[str, tuple[int, int, Said]]
"""The texts of a source by `ref`: number, digest, and what else is said of each."""


class SearchIndex:
    """One connection: for one thread at a time, but for `interrupt`. Everything raises StorageError.

    `notices` say what was set aside. `module` is what FTS5 is called.
    """

    def __init__(self, path: Path, *, module: str = "fts5") -> None:
        self._path = path
        self._module = module
        self._overflow: dict[int, int] = {}
        self._db, self.notices = search_file.opened(path, module)

    def close(self) -> None:
        """Let go of the file."""
        with suppress(sqlite3.Error):
            self._db.close()

    def interrupt(self) -> None:
        """From any thread: end the search that is under way. It finds nothing."""
        with suppress(sqlite3.Error):
            self._db.interrupt()

    def writing(self, wait_seconds: float = 0.0) -> Held:
        """Be the one that writes. Raises LockedError where another one is."""
        return hold(self._path.with_suffix(".lock"), wait_seconds=wait_seconds)

    def stamps(self) -> Mapping[str, str]:
        """What was last read of each source; "" where that was not to the end."""
        with self._guarded("reading"):
            return dict(self._db.execute("SELECT name, stamp FROM sources"))

    def branch_of(self, name: str, beneath: str) -> str | None:
        """The branch of the texts of a source whose `ref` is beneath this; None where there is none."""
        with self._guarded("reading"):
            asked = "SELECT branch FROM texts WHERE source = (SELECT id FROM sources WHERE name = ?)"
            row = self._db.execute(f"{asked} AND {_BENEATH} LIMIT 1", (name, *_range(beneath))).fetchone()
            return None if row is None else str(row[0])

    def fact(self, name: str) -> str:
        """A fact about the whole index, "" where there is none."""
        with self._guarded("reading"):
            row = self._db.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
            return "" if row is None else str(row[0])

    def set_fact(self, name: str, value: str) -> None:
        """Remember one."""
        with self._guarded("writing"), self._change():
            self._db.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, value))

    def empty(self) -> None:
        """Forget everything, also on the disk."""
        with self._guarded("emptying"):
            with self._change():
                search_file.make_tables(self._db, self._module)
            self._overflow.clear()
            self._db.execute("VACUUM")
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def put(
        self,
        source: Source,
        texts: Iterable[SearchText],
        stamp: str,
        *,
        beneath: Sequence[str] | None = None,
        stopped: Callable[[], bool] = lambda: False,
    ) -> bool:
        """Make `texts` those of the source: what is the same stays, what is gone goes; False if stopped.

        With `beneath` the texts are only what is beneath these, and no others go. Whatever ends this, what
        was written by then is whole; the stamp is written last.
        """
        with self._guarded("writing"):
            number, project = self._source(source)
            there = self._there(number, beneath)
            for some in _slices(texts):
                if stopped():
                    return False
                with self._change():
                    for text in some:
                        self._put_one(number, project, text, there)
            if not self._drop_all([one[0] for one in there.values()], stopped):
                return False
            with self._change():
                self._db.execute("UPDATE sources SET stamp = ? WHERE id = ?", (stamp, number))
            return True

    def forget(self, names: Iterable[str]) -> None:
        """Forget sources with all their texts."""
        with self._guarded("writing"):
            for name in names:
                for (number,) in self._db.execute(
                    "SELECT id FROM sources WHERE name = ?", (name,)
                ).fetchall():
                    ids = self._db.execute("SELECT id FROM texts WHERE source = ?", (number,)).fetchall()
                    self._drop_all([one for (one,) in ids], lambda: False)
                    self._db.execute("DELETE FROM sources WHERE id = ?", (number,))

    def find(self, asked: SearchAsked) -> SearchFound:
        """The places, the newest first. A text that several sources hold is found once."""
        terms = terms_of(asked.words)
        if all(term.absent for term in terms):
            return SearchFound(trouble="Type a word with letters or digits." if asked.words.strip() else "")
        with self._guarded("searching"), _interruptible():
            marks = [f"k{asked.kind}"] if asked.kind else []
            if asked.project is not None:
                marks.append(f"p{self._project(asked.project)}")
            rows = self._rows(query_of(terms, "body", "tags", marks), asked)
            hits = [self._hit(row, terms) for row in rows[: asked.limit]]
            return SearchFound(hits=tuple(hits), more=len(rows) > asked.limit)
        return SearchFound()  # interrupted

    @property
    def size(self) -> int:
        """Texts in it."""
        with self._guarded("reading"):
            return int(self._db.execute("SELECT count(*) FROM texts").fetchone()[0])

    def _rows(self, query: str, asked: SearchAsked) -> list[Row]:
        """Up to one more than asked for."""
        since = min(_LAST_SECOND, max(0, int(asked.since))) << _SECOND_BITS
        numbers = self._db.execute(
            "SELECT rowid FROM words WHERE words MATCH ? AND rowid >= ? ORDER BY rowid DESC", (query, since)
        )
        rows: list[Row] = []
        for (number,) in numbers:
            row = self._db.execute("SELECT * FROM texts WHERE id = ?", (number,)).fetchone()
            if row is not None and row[4] >= asked.since and not self._told_better(row):
                rows.append(cast(Row, row))
                if len(rows) > asked.limit:
                    break
        numbers.close()
        return rows

    def _told_better(self, row: Row) -> bool:
        """Whether a better source has the same: a project the result of the call, or the very script."""
        _, source, _, kind, _, _, _, _, call, _, digest, _ = row
        asked: list[tuple[str, str | int]] = [("call = ? AND call != ''", call)] if call else []
        asked += [("digest = ? AND kind = 'script'", digest)] if kind == "script" else []
        for where, value in asked:
            better = self._db.execute(
                f"SELECT 1 FROM texts JOIN sources ON sources.id = source WHERE {where} AND kind = ?"
                " AND rank < (SELECT rank FROM sources WHERE id = ?) LIMIT 1",
                (value, kind, source),
            )
            if better.fetchone() is not None:
                return True
        return False

    def _hit(self, row: Row, terms: Sequence[Term]) -> SearchHit:
        _, source, _, kind, at, branch, message, title, _, path, _, body = row
        project, archived = self._db.execute(
            "SELECT projects.name, archived FROM sources JOIN projects ON projects.id = project"
            " WHERE sources.id = ?",
            (source,),
        ).fetchone()
        line, lit = snippet(unpacked(body), terms)
        return SearchHit(
            kind=kind,
            project=project,
            branch=branch,
            message=message,
            title=title,
            at=at,
            snippet=line,
            lit=lit,
            path=path,
            archived=bool(archived),
        )

    def _project(self, name: str) -> int:
        """The number of a project's name, 0 where nothing of it is known."""
        row = self._db.execute("SELECT id FROM projects WHERE name = ?", (name,)).fetchone()
        return 0 if row is None else int(row[0])

    def _source(self, source: Source) -> tuple[int, int]:
        """The numbers of the source, whose stamp is "" from now on, and of its project."""
        with self._change():
            self._db.execute("INSERT OR IGNORE INTO projects (name) VALUES (?)", (source.project,))
            project = self._project(source.project)
            row = self._db.execute(
                "INSERT INTO sources (name, project, rank, archived, stamp) VALUES (?, ?, ?, ?, '')"
                " ON CONFLICT (name) DO UPDATE SET stamp = '' RETURNING id, project",
                (source.name, project, source.rank, source.archived),
            ).fetchone()
            return int(row[0]), int(row[1])

    def _there(self, source: int, beneath: Sequence[str] | None) -> There:
        columns = "ref, id, digest, kind, at, branch, message, title, call, path"
        asked = f"SELECT {columns} FROM texts WHERE source = ?"
        if beneath is None:
            rows = self._db.execute(asked, (source,)).fetchall()
        else:
            found = [self._db.execute(f"{asked} AND {_BENEATH}", (source, *_range(one))) for one in beneath]
            rows = [row for some in found for row in some]
        return {ref: (number, digest, cast(Said, tuple(said))) for ref, number, digest, *said in rows}

    def _put_one(self, source: int, project: int, text: SearchText, there: There) -> None:
        body = text.text[:LONGEST]
        digest = digest_of(body)
        said = (text.kind, text.at, text.branch, text.message, text.title, text.call, text.path)
        before = there.pop(text.ref, None)
        if before is not None and (before[1], before[2][:2]) == (digest, said[:2]):
            if before[2] != said:
                names = "branch = ?, message = ?, title = ?, call = ?, path = ?"
                self._db.execute(f"UPDATE texts SET {names} WHERE id = ?", (*said[2:], before[0]))
            return
        if before is not None:
            self._drop(before[0])
        number = self._free_number(text.at)
        row = (number, source, text.ref, *said, digest, packed(body))
        self._db.execute("INSERT INTO texts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
        words = (number, indexed(body), f"k{text.kind} p{project}")
        self._db.execute("INSERT INTO words (rowid, body, tags) VALUES (?, ?, ?)", words)

    def _free_number(self, at: float) -> int:
        """Numbers grow with time, so that the newest are found first without looking at all others."""
        second = int(at) if 0 <= at < _LAST_SECOND else 0
        now = self._overflow.get(second, second)
        while True:
            first = now << _SECOND_BITS
            asked = "SELECT max(id) FROM texts WHERE id >= ? AND id < ?"
            (last,) = self._db.execute(asked, (first, first + (1 << _SECOND_BITS))).fetchone()
            if last is None or last + 1 < first + (1 << _SECOND_BITS):
                return first if last is None else int(last) + 1
            now += 1
            self._overflow[second] = now

    def _drop_all(self, numbers: Sequence[int], stopped: Callable[[], bool]) -> bool:
        for some in _slices(numbers):
            if stopped():
                return False
            with self._change():
                for number in some:
                    self._drop(number)
        return True

    def _drop(self, number: int) -> None:
        """FTS5 without contents of its own wants to be told what it indexed."""
        asked = "SELECT kind, body, project FROM texts JOIN sources ON sources.id = source WHERE texts.id = ?"
        kind, body, project = self._db.execute(asked, (number,)).fetchone()
        words = (number, indexed(unpacked(body)), f"k{kind} p{project}")
        self._db.execute("INSERT INTO words (words, rowid, body, tags) VALUES ('delete', ?, ?, ?)", words)
        self._db.execute("DELETE FROM texts WHERE id = ?", (number,))

    @contextmanager
    def _change(self) -> Generator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            with suppress(sqlite3.Error):
                self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    @contextmanager
    def _guarded(self, doing: str) -> Generator[None]:
        """What SQLite says as a StorageError; a file whose inside is wrong is set aside for the next time."""
        try:
            yield
        except sqlite3.Error as error:
            if search_file.is_spoilt(error):
                self.close()
                search_file.aside(self._path)
            raise search_file.trouble(self._path, doing, error, self._module) from error


@contextmanager
def _interruptible() -> Generator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:
        if "interrupted" not in str(error):
            raise


def _range(beneath: str) -> tuple[str, str]:
    return f"{beneath}{UNDER}", f"{beneath}{chr(ord(UNDER) + 1)}"


def _slices(all_: Iterable[T]) -> Iterable[list[T]]:
    some: list[T] = []
    for one in all_:
        some.append(one)
        if len(some) == SLICE:
            yield some
            some = []
    if some:
        yield some

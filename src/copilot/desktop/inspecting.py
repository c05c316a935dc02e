"""What the log inspector lists: the records of a log that were asked for, in a few words, and each whole.

No Dear PyGui here. The log is read by one other thread (`read`, `detail`); the main thread only looks.
"""

import bisect
import time
from array import array
from pathlib import Path
from typing import Literal

from copilot.desktop import text
from copilot.desktop.event_words import Level, log_row
from copilot.desktop.proving import Proven, proven
from copilot.projects.home import Home
from copilot.record.log_index import Entry as Entry
from copilot.record.log_index import LogIndex
from copilot.record.log_wires import exchange_of, text_of
from copilot.record.replay_steps import is_error
from copilot.vocabulary import events as e
from copilot.vocabulary.errors import CopilotError
from copilot.vocabulary.frozen import frozen

LogKind = Literal["all", "event", "wire", "error"]

MOST_WORDS = 5_000
"""Rows of which the words are remembered."""

MOST_TEXT = 2_000_000
"""Characters of a record that are shown; the log has all of them."""

_AT_ONCE = 200
_SESSIONS, _BEGINNING = 30, 50
"""Sessions, and records of each, that are looked at for the one that has a project open."""

_MAYBE_WRONG = ("TurnFailed", "CommandFailed", "Notice", "ToolFinished", "WorkerStopped")


@frozen
class Sought:
    """Which records are listed: those of a kind that have these words."""

    kind: LogKind = "all"
    words: str = ""


class Found:
    """The numbers of the records that were found so far; grows while the log is read."""

    def __init__(self, sought: Sought) -> None:
        self.sought = sought
        self.numbers = array("L")
        self.looked = 0


@frozen(kw_only=False)
class RowWords:
    """A record in a line."""

    level: Level
    words: str


@frozen
class Detail:
    """A record whole, and what went over the wire with it: texts, empty where there is nothing."""

    number: int
    seq: int
    at: float
    kind: str
    name: str
    record: str
    request: str = ""
    response: str = ""
    wrong: str = ""


class Inspecting:
    """One session's log."""

    def __init__(self, index: LogIndex) -> None:
        self.index = index
        self.found = Found(Sought())
        self._sought = Sought()
        self._words: dict[int, RowWords] = {}
        self._wanted: dict[int, None] = {}
        self.version = 0
        """Counts up when rows got their words, or it is known whether they are as written."""
        self.proven: Proven | None = None
        self.left = False
        """Whether nobody looks at this log any more."""

    @property
    def wants(self) -> bool:
        """Whether rows in view have no words yet."""
        return bool(self._wanted)

    def row_of(self, number: int) -> int:
        """Where a record stands among those found, or the one before it; -1 where none is before it."""
        return bisect.bisect_right(self.found.numbers, number) - 1

    def wrong(self, number: int) -> str:
        """Why a record is not as it was written, as far as that is known."""
        return self.proven.wrong.get(self.index.line(number), "") if self.proven is not None else ""

    def prove(self, state: Path) -> Proven | None:
        """Look whether all is as it was written; takes as long as the log is. None where it was left."""
        return proven(self.index.logs, state, self.index.session, lambda: self.left)

    def known(self, found: Proven) -> None:
        """It was found out."""
        self.proven = found
        self.version += 1

    def ask(self, sought: Sought) -> None:
        """List these from now on, as they are found."""
        self._sought = sought

    def row(self, number: int) -> RowWords | None:
        """A record in a line; None until it was read, which is asked for by this."""
        known = self._words.get(number)
        if known is None:
            self._wanted[number] = None
        return known

    def read(self, seconds: float) -> bool:
        """Read for about so long: rows that are in view first; True where there is more. StorageError."""
        until = time.monotonic() + seconds
        if self.found.sought != self._sought:
            self.found = Found(self._sought)
        while time.monotonic() < until:
            if self._wanted:
                self._read_rows()
            elif not self._look() and not self.index.grow():
                return False
        return True

    def detail(self, number: int) -> Detail | None:
        """A record whole; None where it cannot be read. Raises StorageError."""
        record = self.index.record(number)
        if record is None:
            return None
        wire = exchange_of(self.index, number)
        return Detail(
            number=number,
            seq=record.seq,
            at=record.at,
            kind=record.kind,
            name=record.name or self.index.entry(number).name,
            record=text.bounded(text_of(record), MOST_TEXT),
            request=self._text(wire.request),
            response=self._text(wire.response),
            wrong=record.wrong or self.wrong(number),
        )

    def _text(self, number: int | None) -> str:
        record = self.index.record(number) if number is not None else None
        return text.bounded(text_of(record), MOST_TEXT) if record is not None else ""

    def _look(self) -> bool:
        """Look at a few records more for those that were asked for; False where there are none to look at."""
        found, end = self.found, len(self.index)
        if found.looked >= end or self._sought != found.sought:
            return self._sought != found.sought and self._begin()
        upto = min(end, found.looked + _AT_ONCE)
        numbers = [n for n in range(found.looked, upto) if self._is(n, found.sought.kind)]
        if found.sought.words and numbers:
            kinds = set(numbers)
            matching = self.index.matching(found.sought.words, numbers[0], numbers[-1] + 1)
            numbers = [number for number in matching if number in kinds]
        found.numbers.extend(numbers)
        found.looked = upto
        return True

    def _begin(self) -> bool:
        self.found = Found(self._sought)
        return True

    def _is(self, number: int, kind: LogKind) -> bool:
        if kind == "all":
            return True
        entry = self.index.entry(number)
        if kind != "error":
            return entry.kind == kind
        if entry.kind == "repair":
            return True
        if entry.name not in _MAYBE_WRONG:
            return False
        record = self.index.record(number)
        return record is not None and is_error(record.event())

    def _read_rows(self) -> None:
        for number in list(self._wanted)[:_AT_ONCE]:
            self._words[number] = self._row(number)
            del self._wanted[number]
        while len(self._words) > MOST_WORDS:
            del self._words[next(iter(self._words))]
        self.version += 1

    def _row(self, number: int) -> RowWords:
        record = self.index.record(number)
        if record is None:
            return RowWords("warning", "it cannot be read")
        if record.wrong:
            return RowWords("warning", text.one_line(record.wrong, 400))
        wire = record.wire()
        if wire is not None:
            status = f"{wire.status}  " if wire.direction == "response" else ""
            level: Level = "warning" if wire.status >= 400 else "info"
            return RowWords(level, text.one_line(f"{status}{wire.method} {wire.url}", 400))
        event = record.event()
        match event:
            case e.TextDelta(text=said) | e.ThinkingDelta(text=said) | e.ToolOutput(text=said):
                return RowWords("info", text.one_line(said, 400))
            case e.MessageKept(branch=branch, message=message):
                return RowWords("info", f"{message.role} on {text.one_line(branch, 60)}")
            case None:
                return RowWords("info", text.one_line(str(record.body), 400))
            case _:
                row = log_row(event)
                level = "error" if is_error(event) else row.level if row is not None else "info"
                return RowWords(level, row.text if row is not None else "")


class LogShelf:
    """The logs of a home."""

    def __init__(self, home: Home) -> None:
        self._home = home

    def open(self, session: str) -> Inspecting:
        """A session's log, which need not be there yet."""
        return Inspecting(LogIndex(self._home.logs, session))

    def prove(self, one: Inspecting) -> Proven | None:
        """Whether a log is as it was written; None where nobody looks at it any more."""
        return one.prove(self._home.state)

    def session_of(self, project: str) -> str:
        """The session that has this project open, else the newest that had; "" where none is to be read."""
        try:
            return session_of(self._home, project)
        except CopilotError:
            return ""


def session_of(home: Home, project: str) -> str:
    """The session that has this project open, else the newest that had; "" for none. Raises StorageError."""
    from copilot.record.anchors import is_running
    from copilot.record.log_files import sessions_in

    newest = list(reversed(sessions_in(home.logs)))[:_SESSIONS]
    running = [one for one in newest if is_running(home.state, one)]
    return next((one for one in (*running, *newest) if _opened(home.logs, one) == project), "")


def _opened(logs: Path, session: str) -> str:
    """Which project a session opened, by what its log begins with."""
    index = LogIndex(logs, session)
    try:
        index.grow()
        for number in range(min(len(index), _BEGINNING)):
            if index.entry(number).name == "ProjectOpened":
                record = index.record(number)
                event = record.event() if record is not None else None
                return event.project.name if isinstance(event, e.ProjectOpened) else ""
    finally:
        index.close()
    return ""

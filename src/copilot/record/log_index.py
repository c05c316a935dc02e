"""Where each record of a log stands, so that any of them is read by itself: a log may be larger than memory.

The index grows in slices, and with a log that is still written to. It proves nothing (`log_check` does).
"""

import json
import threading
from array import array
from bisect import bisect_left
from collections.abc import Iterator
from pathlib import Path
from typing import cast

from copilot.record.log_files import Line, Part, parts_of
from copilot.record.whole_records import Kind, Record, WholeRecords
from copilot.storage.disk import storage_error
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.patterns import late

SLICE = 2**19
"""Bytes that are looked through at once: some 10 ms (measured)."""

_LONGEST = 2**30
"""Bytes of a line that is still taken to be one."""

_HEAD = 400
_START = late(
    rb'\{"seq":(\d{1,15}),"at":([-+.\deE]{1,32}),"kind":"(event|wire|repair|piece)",'
    rb'(?:"event":\{"event":"(\w{1,64})"|"name":"(\w{1,64})"'
    rb'|"wire":\{"provider":"[^"]{0,100}","direction":"(\w{1,16})")?'
)


@frozen
class Entry:
    """What a line's first bytes say. `name` is the event's, or a wire record's direction."""

    seq: int
    at: float
    kind: Kind
    name: str


class LogIndex:
    """Of one session's log. `grow` until it says False; numbers count its records from 0.

    Any thread may ask; records are read one at a time. Close it in the end.
    """

    def __init__(self, logs: Path, session: str) -> None:
        self.session = session
        self.logs = logs
        self._lock = threading.Lock()
        self._records = WholeRecords(lambda _line, _seq, _words: None)
        self._parts: dict[int, Part] = {}
        self._part, self._from, self._line = 1, 0, 0
        """Where to look next: the part's number, the byte, the line before."""
        self._names: list[tuple[Kind, str]] = []
        self._codes: dict[tuple[bytes, bytes], int] = {}
        self._seqs, self._times, self._kinds = array("Q"), array("d"), array("H")
        self._places, self._sizes = array("Q"), array("Q")
        self._lines, self._files = array("L"), array("H")

    def __len__(self) -> int:
        return len(self._files)  # appended to last

    def close(self) -> None:
        """Let go of the files."""
        with self._lock:
            self._records.close()

    def grow(self) -> bool:
        """Look through a slice more; False where nothing new was there. Raises StorageError."""
        with self._lock:
            part = self._part_now()
            if part is None:
                return False
            try:
                data = self._slice(part)
            except (OSError, EOFError) as error:
                if isinstance(error, OSError):
                    raise storage_error("reading", part.path, error) from error
                data = b""
            if not data:
                return self._next_part(part)
            self._take(part, data)
            return True

    def entry(self, number: int) -> Entry:
        """What is known of a record without reading it. Raises IndexError."""
        kind, name = self._names[self._kinds[number]]
        return Entry(seq=self._seqs[number], at=self._times[number], kind=kind, name=name)

    def at(self, number: int) -> float:
        """When it was written, in UTC seconds."""
        return self._times[number]

    def size(self, number: int) -> int:
        """Bytes of its line."""
        return self._sizes[number]

    def line(self, number: int) -> tuple[int, int]:
        """The part of the log that its line is in, and the line's number there, both from 1."""
        return self._files[number], self._lines[number]

    def place(self, seq: int) -> int:
        """The record whose number in the session is `seq`, or the first after it; `len` where none is."""
        return bisect_left(self._seqs, seq, hi=len(self))

    def record(self, number: int) -> Record | None:
        """The whole record; None where it cannot be read. Raises StorageError."""
        with self._lock:
            return self._records.record(self._read(number), self._seqs[number])

    def matching(self, words: str, start: int, end: int) -> Iterator[int]:
        """The records from `start` up to `end` that have these words, in any case. Raises StorageError."""
        wanted = json.dumps(words, ensure_ascii=False)[1:-1].casefold()
        for number in range(start, end):
            with self._lock:
                line = self._read(number)
                data = line.data.decode("utf-8", "replace")
                if '"pieces":[' in data[:4_000]:
                    record = self._records.record(line, self._seqs[number])
                    data = json.dumps(record.body if record else {}, ensure_ascii=False)
            if wanted in data.casefold():
                yield number

    def _read(self, number: int) -> Line:
        part = self._parts[self._files[number]]
        at, size = self._places[number], self._sizes[number]
        try:
            file = self._records.file(part)
            file.seek(at)
            return Line(part=part, number=self._lines[number], at=at, data=file.read(size))
        except OSError as error:
            raise storage_error("reading", part.path, error) from error

    def _part_now(self) -> Part | None:
        if self._part not in self._parts:
            self._parts |= {part.number: part for part in parts_of(self.logs, self.session)}
        if self._part not in self._parts and self._parts and not self._from:
            self._part = min((n for n in self._parts if n >= self._part), default=self._part)
        return self._parts.get(self._part)

    def _next_part(self, part: Part) -> bool:
        """Go on in the next part, where there is one by now."""
        later = [one.number for one in parts_of(self.logs, self.session) if one.number > part.number]
        if not later:
            return False
        if data := self._slice(part):  # written since, before there was a next part
            self._take(part, data)
        else:
            self._part, self._from, self._line = min(later), 0, 0
        return True

    def _slice(self, part: Part) -> bytes:
        """Whole lines from where the last slice ended; nothing where there are none."""
        file = self._records.file(part)
        file.seek(self._from)
        data = file.read(SLICE)
        while data and b"\n" not in data and len(data) < _LONGEST:
            more = file.read(len(data))
            if not more:
                return b""
            data += more
        return data[: data.rfind(b"\n") + 1]

    def _take(self, part: Part, data: bytes) -> None:
        begin = 0
        while begin < len(data):
            end = data.index(b"\n", begin)
            self._line += 1
            found = _START.match(data, begin, min(end, begin + _HEAD))
            if found is not None:
                kind, name = found[3], found[4] or found[5] or found[6] or b""
                if kind == b"piece":
                    head = data[begin : min(end, begin + _HEAD)]
                    line = Line(part=part, number=self._line, at=self._from + begin, data=head)
                    self._records.note_piece(line, end - begin)
                else:
                    self._add(part, found[1], found[2], kind, name, (self._from + begin, end - begin))
            begin = end + 1
        self._from += len(data)

    def _add(
        self, part: Part, seq: bytes, at: bytes, kind: bytes, name: bytes, place: tuple[int, int]
    ) -> None:
        code = self._codes.get((kind, name))
        if code is None:
            code = self._codes[kind, name] = len(self._names)
            self._names.append((cast(Kind, kind.decode()), name.decode()))
        try:
            when = float(at)
        except ValueError:
            return
        self._seqs.append(int(seq))
        self._times.append(when)
        self._kinds.append(code)
        self._places.append(place[0])
        self._sizes.append(place[1])
        self._lines.append(self._line)
        self._files.append(part.number)

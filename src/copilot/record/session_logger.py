"""The session's two logs: everything for replay and proof, and the tool calls for reading.

`logs/comms_<session>.log` holds one JSON object a line: `seq`, `at`, `kind` ("event" or "wire") and under
that name the event or the wire record (`comms_log` numbers and chains them, `log_reader` gives them back).
`logs/toolcalls_<session>.log` is Markdown. This is the one place where logs are written, so this is where
keys are taken out.
"""

import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, cast

from copilot.record.log_entries import Entry
from copilot.record.pieces import LONG
from copilot.record.tool_call_page import CallRecord, page
from copilot.storage.append import AppendLog
from copilot.storage.disk import SYSTEM_DISK, Disk, make_folder
from copilot.storage.redaction import RedactingStream, Redactor
from copilot.vocabulary.codec import encode_event, event_text, json_text
from copilot.vocabulary.errors import StorageError
from copilot.vocabulary.events import (
    ApprovalRequested,
    ApprovalResolved,
    Event,
    TextDelta,
    ThinkingDelta,
    ToolCallRequested,
    ToolFinished,
    ToolOutput,
    ToolStarted,
    TurnCancelled,
    TurnEvent,
    TurnFailed,
    TurnFinished,
    WorkerStopped,
)
from copilot.vocabulary.frozen import names_of, replace
from copilot.vocabulary.messages import JsonValue
from copilot.vocabulary.values import WireRecord

if TYPE_CHECKING:
    from copilot.record.comms_log import CommsLog

_SYNCED = (
    ApprovalRequested,
    ApprovalResolved,
    ToolStarted,
    ToolFinished,
    TurnFinished,
    TurnCancelled,
    TurnFailed,
    WorkerStopped,
)
"""What is on the medium before it is shown or done; the rest is with the system and survives a kill.

Calls that needed no approval, since they only read, are of the rest: their results are in the journal.
"""

_WIRE_FIELDS = names_of(WireRecord)

PART_BYTES = 64 * 2**20
"""The size from which a log goes on in its next part."""


Delta = TextDelta | ThinkingDelta | ToolOutput


class SessionLogger:
    """Writes both logs; from any thread. The files are made when there is something to write.

    A disk that takes nothing must not end a turn: the first trouble is in `trouble` (else ""), what cannot
    be written is left out, and the numbers `seq` show the gap.
    """

    def __init__(
        self,
        logs: Path,
        session: str,
        redactor: Redactor,
        clock: Callable[[], float],
        *,
        state: Path,
        part_bytes: int = PART_BYTES,
        disk: Disk = SYSTEM_DISK,
    ) -> None:
        self.trouble = ""
        self.logs, self.state = logs, state
        self.comms_path = logs / f"comms_{session}.log"
        self.session = session
        self._redactor = redactor
        self._clock = clock
        self._disk = disk
        self._lock = threading.Lock()
        self._part_bytes = part_bytes
        self._comms: CommsLog | None = None
        self._calls_file: AppendLog | None = None
        self._calls_part = 0
        self._pages = 0
        self._calls: dict[tuple[str, str, str], CallRecord] = {}
        self._waiting: list[tuple[Event, str] | Entry] = []
        """What is to be written next, events with their JSON."""
        self._sync = False
        """Whether it is to be on the medium then."""
        self._ended: list[CallRecord] = []
        """Calls whose pages are to be written."""
        self._deltas = _Deltas(redactor)
        self._closed = False

    def event(self, event: Event, *, more: bool = False) -> None:
        """Log an event; approvals, starts and ends of approved tools and ends of turns are synced.

        With `more` it may wait for what is logged next, or for `flush`, and goes into the file with that.
        """
        with self._lock:
            for passed in self._deltas.passed(event):
                self._take(passed)
            self._note_call(event)
            if not more:
                self._write_all()

    def flush(self) -> None:
        """Write what waits."""
        with self._lock:
            self._write_all()

    def wire(self, record: WireRecord) -> None:
        """Log one body on the wire, behind all that waits. A request is in the file on return."""
        with self._lock:
            told: dict[str, JsonValue] = {name: getattr(record, name) for name in _WIRE_FIELDS}
            # The other fields are words of ours, numbers and a hash.
            told |= {name: self._redactor.again(getattr(record, name)) for name in ("method", "url")}
            whole = self._redactor.text(record.body)
            long = whole if len(whole) >= LONG else ""
            if long:
                del told["body"]
            else:
                told["body"] = whole
            body = f'"wire":{json_text(told)}'
            self._waiting.append(Entry(kind="wire", at=self._clock(), body=body, long=long))
            if record.direction == "request":
                self._write_lines()

    def close(self) -> None:
        """Write what is held back, and every call that got no result; a second call does nothing."""
        with self._lock:
            for held in self._deltas.rest():
                self._take(held)
            self._ended += self._calls.values()
            self._calls.clear()
            self._write_all()
            with self._troubled():
                comms, self._comms = self._comms, None
                if comms is not None:
                    comms.close()
            if self._calls_file is not None:
                self._calls_file.close()
            self._closed = True

    def _take(self, event: Event) -> None:
        self._sync = self._sync or (isinstance(event, _SYNCED) and not self._only_reads(event))
        self._waiting.append((event, event_text(event)))

    def _only_reads(self, event: Event) -> bool:
        """Whether an event is the start or the end of a call that nobody had to approve."""
        if not isinstance(event, ToolStarted | ToolFinished):
            return False
        record = self._calls.get(_key(event, event.call_id))
        return record is not None and not record.approvals

    def _write_all(self) -> None:
        self._write_lines()
        ended, self._ended = self._ended, []
        for record in ended:
            self._write_page(record)

    def _write_lines(self) -> None:
        """Write the lines that wait, at once."""
        waiting, self._waiting = self._waiting, []
        sync, self._sync = self._sync, False
        if self._closed or not waiting:
            return
        texts = [one[1] for one in waiting if isinstance(one, tuple)]
        clean = self._redactor.surely_clean("\n".join(texts))
        with self._troubled():
            if self._comms is None:
                self._comms = self._opened()
            entries = [one if isinstance(one, Entry) else self._entry(*one, clean=clean) for one in waiting]
            self._comms.write(entries, sync=sync)

    def _entry(self, event: Event, text: str, *, clean: bool) -> Entry:
        if not clean and not self._redactor.surely_clean(text):
            text = json_text(_redacted(encode_event(event), self._redactor))
        if len(text) < LONG:
            return Entry(kind="event", at=event.at, body=f'"event":{text}')
        return Entry(kind="event", at=event.at, body=f'"name":"{type(event).__name__}"', long=text)

    def _opened(self) -> "CommsLog":
        from copilot.record.comms_log import CommsLog  # with OpenSSL: a start that logs nothing needs none

        make_folder(self.logs)
        return CommsLog(
            self.logs,
            self.state,
            self.session,
            self._clock,
            part_bytes=self._part_bytes,
            disk=self._disk,
        )

    def _note_call(self, event: Event) -> None:
        """Gather what belongs to one call; its page is written when it has a result."""
        match event:
            case ToolCallRequested():
                arguments = cast(dict[str, JsonValue], _redacted(dict(event.arguments), self._redactor))
                requested = replace(event, arguments=arguments)
                self._calls[_key(event, event.call_id)] = CallRecord(requested=requested)
            case ApprovalResolved():
                if record := self._calls.get(_key(event, event.call_id)):
                    record.approvals.append(event)
            case ToolStarted():
                if record := self._calls.get(_key(event, event.call_id)):
                    record.started = event
            case ToolFinished():
                if record := self._calls.pop(_key(event, event.call_id), None):
                    record.finished = event
                    self._ended.append(record)
            case _:
                pass

    def _write_page(self, record: CallRecord) -> None:
        self._pages += 1
        text = page(record, self._pages)
        if self._pages == 1:
            text = f"# Tool calls of session {self.session}\n\n{text}"
        if self._closed:
            return
        with self._troubled():
            self._calls_with_room().append_block(self._redactor.text(text).encode(), sync=False)

    def _calls_with_room(self) -> AppendLog:
        """The file that the next page goes to: the one that is open, or the next part where that is full."""
        from copilot.record.log_files import calls_path  # a start that calls no tool needs none

        while self._calls_file is None or self._calls_file.size >= self._part_bytes:
            make_folder(self.logs)
            path = calls_path(self.logs, self.session, self._calls_part + 1)
            after = AppendLog(path, disk=self._disk)
            if self._calls_file is not None:
                self._calls_file.close()
            self._calls_file, self._calls_part = after, self._calls_part + 1
        return self._calls_file

    @contextmanager
    def _troubled(self) -> Generator[None]:
        """Whatever the disk does not take is left out, and told once."""
        try:
            yield
        except StorageError as error:
            self.trouble = self.trouble or f"The log is not complete: {error}. {error.hint}".strip()


class _Deltas:
    """Takes keys out of text that comes in pieces, each a delta of its own.

    Pieces pass one for one, save where one ends in what may be the beginning of a key: then that end comes
    with the next piece of the same text, or in a piece of its own before the turn's next event.
    """

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self._open: dict[tuple[str, ...], tuple[RedactingStream, Delta]] = {}

    def passed(self, event: Event) -> Iterable[Event]:
        """What to log for an event."""
        if isinstance(event, Delta):
            return self._fed(event)
        if not self._open or not isinstance(event, TurnEvent):
            return (event,)
        return (*self._flushed((event.worker, event.turn_id)), event)

    def _fed(self, event: Delta) -> Iterable[Event]:
        key = _delta_key(event)
        stream = self._open[key][0] if key in self._open else self._redactor.stream()
        self._open[key] = (stream, event)
        text = stream.feed(event.text)
        return (replace(event, text=text),) if text or not event.text else ()

    def rest(self) -> Iterator[Event]:
        """What is still held back."""
        yield from self._flushed(())

    def _flushed(self, start: tuple[str, ...]) -> Iterator[Event]:
        for key in [key for key in self._open if key[: len(start)] == start]:
            stream, last = self._open.pop(key)
            if text := stream.flush():
                yield replace(last, text=text)


def _delta_key(event: Delta) -> tuple[str, ...]:
    call = (event.call_id, event.stream) if isinstance(event, ToolOutput) else ()
    return (event.worker, event.turn_id, type(event).__name__, *call)


def _key(event: TurnEvent, call_id: str) -> tuple[str, str, str]:
    return event.worker, event.turn_id, call_id


def _redacted(value: JsonValue, redactor: Redactor, name: str = "") -> JsonValue:
    """The value with every text in it redacted; `name` is the field that it stands under."""
    if isinstance(value, str):
        return redactor.named(name, value)
    if isinstance(value, list):
        return [_redacted(item, redactor, name) for item in value]
    if isinstance(value, dict):
        return {redactor.text(key): _redacted(item, redactor, key) for key, item in value.items()}
    return value

"""One file of older messages: `projects/<name>_history/<SHA-256>.jsonl`, a JSON object a line.

It is named by the hash of its bytes and never changed. Beside it lies `<SHA-256>.index`, so that opening a
project reads no message: two lines, each a checksum, a space and a JSON object. The first has what opening
needs, the second what following a branch and reading single messages need. It is made anew from the messages
where it is gone or damaged.
"""

import json
import os
import threading
import zlib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, cast

from copilot.projects.tables import Named
from copilot.storage.atomic import write_atomic
from copilot.storage.disk import SYSTEM_DISK, Disk, storage_error
from copilot.vocabulary.errors import CopilotError, StorageError
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.messages import Message, Role, Text
from copilot.vocabulary.shelved import whole
from copilot.vocabulary.text import clean

SUFFIX: Final = ".jsonl"
INDEX: Final = ".index"
VERSION = 1
MEMORY_BYTES = 256_000_000
"""Of files whose messages are in memory; those that were looked at longest ago are forgotten first."""


class Memory:
    """What was read of a project's files. One lock for all of them, held while a message is read."""

    def __init__(self, most_bytes: int = MEMORY_BYTES) -> None:
        self.lock = threading.RLock()
        self._most = most_bytes
        self._bytes = 0
        self._files: dict[HistoryFile, int] = {}

    def used(self, file: "HistoryFile") -> None:
        """A message of this file was looked at."""
        size = self._files.pop(file, None)
        if size is None:
            size = file.size
            self._bytes += size
        self._files[file] = size
        while self._bytes > self._most and len(self._files) > 1:
            oldest = next(iter(self._files))
            self._bytes -= self._files.pop(oldest)
            oldest.forget()


@frozen
class _Head:
    """The first line of an index. `columns` are the bytes of the second, with its end; `parents` those of
    messages that do not follow the one before them, by the place of each; `leaves` are messages that none in
    the file follows; `after` as in `Named`."""

    size: int
    columns: int
    after: str | None
    ids: list[str]
    parents: dict[str, str | None]
    leaves: list[str]


@frozen
class _Columns:
    """The second line: of each message, in their order."""

    roles: list[Role]
    at: list[float]
    lengths: list[int]
    crc32: list[int]


class HistoryFile:
    """A shelf: the messages of one file. Any thread."""

    def __init__(self, path: Path, head: _Head, columns: _Columns | None, memory: Memory) -> None:
        self.path = path
        self.ids: Sequence[str] = head.ids
        self.parents: Sequence[str | None] = _parents(head)
        self.leaves, self.size = head.leaves, head.size
        inside = set(self.ids) if len(head.parents) > 1 else set[str]()
        self.needs = [one for one in head.parents.values() if one is not None and one not in inside]
        """Ids of messages that lie before the file."""
        self.named = Named(file=path.name, messages=len(head.ids), last=head.ids[-1], after=head.after)
        """As the project file names it."""
        self.unindexed: tuple[_Head, _Columns] | None = None
        """What `mend` writes."""
        self._memory = memory
        self._told = columns
        self._starts: list[int] = []
        self._data: bytes | None = None
        self._read: dict[int, Message] = {}

    @property
    def trouble(self) -> str:
        """Why not all of its messages can be read, as far as its size tells; "" where it is as it was."""
        try:
            size = self.path.stat().st_size
        except OSError as error:
            return str(storage_error("reading", self.path, error))
        return f"{self.path} is damaged: it has {size} bytes, not {self.size}" if size != self.size else ""

    def role(self, place: int) -> Role:
        """Whose message it is."""
        return self._columns().roles[place]

    def at(self, place: int) -> float:
        """When it was kept, in UTC seconds."""
        return self._columns().at[place]

    def message(self, place: int) -> Message:
        """The whole of it; what cannot be read any more says so itself."""
        with self._memory.lock:
            self._memory.used(self)
            found = self._read.get(place)
            if found is None:
                found = self._read[place] = self._decoded(place)
            return found

    def forget(self) -> None:
        """Let go of what was read. For the holder of the memory's lock."""
        self._data = None
        self._read.clear()

    def remember(self, messages: Sequence[Message]) -> None:
        """Take over what is in memory already, so that it need not be read again."""
        with self._memory.lock:
            self._memory.used(self)
            self._read.update(enumerate(map(whole, messages)))

    def line(self, place: int) -> bytes | None:
        """The bytes of a message, without the line's end; None where they are gone or not those any more."""
        with self._memory.lock:
            if self._data is None:
                with suppress(OSError):
                    self._data = self.path.read_bytes()
            columns, start = self._columns(), self._starts[place]
            line = (self._data or b"")[start : start + columns.lengths[place]]
            return line if zlib.crc32(line) == columns.crc32[place] else None

    @property
    def unread(self) -> bool:
        """Whether nobody looked at its messages yet, or they are forgotten."""
        return not self._read

    @property
    def sound(self) -> bool:
        """Whether every message in it can be read."""
        return all(self.line(place) is not None for place in range(len(self.ids)))

    def _columns(self) -> _Columns:
        with self._memory.lock:
            if self._told is None:
                self._told = self._read_columns()
            if not self._starts:
                starts = [0]
                for length in self._told.lengths:
                    starts.append(starts[-1] + length + 1)
                self._starts = starts
            return self._told

    def _read_columns(self) -> _Columns:
        """The second line of the index; where it cannot be read, what the messages themselves say."""
        with suppress(OSError, ValueError, TypeError):
            data = self.path.with_suffix(INDEX).read_bytes()
            return _Columns(**_object(_checked(data.split(b"\n")[1])))
        with suppress(StorageError):
            file = _reindexed(self.path, len(self.ids), self._memory)
            if list(file.ids) == list(self.ids):
                return file._columns()
        number = len(self.ids)
        return _Columns(roles=["user"] * number, at=[0.0] * number, lengths=[0] * number, crc32=[1] * number)

    def _decoded(self, place: int) -> Message:
        line = self.line(place)
        if line is not None:
            with suppress(ValueError, TypeError, CopilotError):
                return _message(line)
        return self._unreadable(place)

    def _unreadable(self, place: int) -> Message:
        """What stands for a message whose bytes are damaged; a tool's results say nothing then."""
        role = self.role(place)
        told = f"[This message cannot be read any more: line {place + 1} of {self.path} is damaged.]"
        return Message(
            id=self.ids[place],
            parent=self.parents[place],
            role=role,
            parts=() if role == "tool" else (Text(text=told),),
            at=self.at(place),
        )


def encoded(message: Message) -> bytes:
    """The line of a message, without its end."""
    from copilot.vocabulary.codec import to_json  # with every command and event: most starts write nothing

    return clean(json.dumps(to_json(message), ensure_ascii=False)).encode()


def written(folder: Path, messages: Sequence[Message], memory: Memory, disk: Disk) -> HistoryFile:
    """Write a file of messages, and its index; both survive a power cut on return.

    Raises StorageError; also where a line would not give its message again.
    """
    from hashlib import sha256  # with OpenSSL: opening needs none

    lines = [encoded(message) for message in messages]
    if any(encoded(_message(line)) != line for line in lines):
        raise StorageError(f"messages in {folder} cannot be read back", "Please report this.")
    data = b"".join(line + b"\n" for line in lines)
    head, columns = _facts(messages, lines)
    path = folder / f"{sha256(data).hexdigest()}{SUFFIX}"
    write_atomic(path, data, disk=disk)
    _write_index(path, head, columns, disk)
    file = HistoryFile(path, head, columns, memory)
    file.remember(messages)
    return file


def opened(path: Path, messages: int | None, memory: Memory) -> HistoryFile:
    """The file at `path`, which has so many messages (None: any number). With an index none of them is read,
    and those that cannot be read any more are there and say so themselves.

    Raises StorageError where neither the index nor the messages can be read.
    """
    with suppress(OSError, ValueError, TypeError, KeyError):
        with path.with_suffix(INDEX).open("rb") as index:
            head = _head(_object(_checked(index.readline().removesuffix(b"\n"))))
            whole_index = os.fstat(index.fileno()).st_size == index.tell() + head.columns
        if whole_index and messages in (None, len(head.ids)):
            return HistoryFile(path, head, None, memory)
    return _reindexed(path, messages, memory)


def mend(file: HistoryFile, disk: Disk = SYSTEM_DISK) -> None:
    """Write the index of a file where there was none to be used. Raises StorageError."""
    if file.unindexed is not None:
        _write_index(file.path, *file.unindexed, disk)
        file.unindexed = None


def _reindexed(path: Path, messages: int | None, memory: Memory) -> HistoryFile:
    """The file by its messages alone."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise storage_error("reading", path, error) from error
    lines = data.split(b"\n")[:-1]
    try:
        read = [_message(line) for line in lines]
    except (ValueError, TypeError, CopilotError) as error:
        raise StorageError(f"{path} is damaged: {error}") from error
    if messages not in (None, len(read)) or not read:
        raise StorageError(f"{path} is damaged: it has {len(read)} messages, not {messages or 'some'}")
    head, columns = _facts(read, lines)
    file = HistoryFile(path, head, columns, memory)
    file.unindexed = head, columns
    return file


def _facts(messages: Sequence[Message], lines: Sequence[bytes]) -> tuple[_Head, _Columns]:
    places = {message.id: place for place, message in enumerate(messages)}
    parents = [message.parent for message in messages]
    after = messages[-1].parent
    while after in places:
        after = parents[places[after]]
    ids = [message.id for message in messages]
    odd = {
        str(at): one
        for at, (one, usual) in enumerate(zip(parents, (None, *ids), strict=False))
        if one != usual
    }
    head = _Head(
        size=sum(len(line) + 1 for line in lines),
        columns=0,
        after=after,
        ids=ids,
        parents=odd,
        leaves=list(places.keys() - set(parents)),
    )
    columns = _Columns(
        roles=[message.role for message in messages],
        at=[message.at for message in messages],
        lengths=[len(line) for line in lines],
        crc32=[zlib.crc32(line) for line in lines],
    )
    return head, columns


def _write_index(path: Path, head: _Head, columns: _Columns, disk: Disk) -> None:
    second = _line(
        {"roles": columns.roles, "at": columns.at, "lengths": columns.lengths, "crc32": columns.crc32}
    )
    first = _line(
        {
            "version": VERSION,
            "size": head.size,
            "columns": len(second),
            "after": head.after,
            "parents": head.parents,
            "leaves": head.leaves,
            "ids": head.ids,
        }
    )
    write_atomic(path.with_suffix(INDEX), first + second, disk=disk)


def _line(told: Mapping[str, object]) -> bytes:
    line = json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()
    return b"%08x %s\n" % (zlib.crc32(line), line)


def _parents(head: _Head) -> list[str | None]:
    found: list[str | None] = [None, *head.ids[:-1]]
    for place, parent in head.parents.items():
        found[int(place)] = parent
    return found


def _checked(line: bytes) -> bytes:
    """The JSON of a line. Raises ValueError where its checksum does not fit."""
    checksum, _, data = line.partition(b" ")
    if checksum != b"%08x" % zlib.crc32(data):
        raise ValueError("the checksum does not fit")
    return data


def _head(said: dict[str, Any]) -> _Head:
    if said.pop("version") != VERSION:
        raise ValueError("another version wrote it")
    return _Head(**said)


def _object(data: bytes) -> dict[str, Any]:
    return cast("dict[str, Any]", json.loads(data))


def _message(line: bytes) -> Message:
    from copilot.vocabulary.codec import from_json

    return cast(Message, from_json(json.loads(line), Message))

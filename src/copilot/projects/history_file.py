"""One file of older messages: `projects/<name>_history/<SHA-256>.jsonl`, a JSON object a line.

It is named by the hash of its bytes and never changed. What the project file says of it is enough to open a
project; its index, beside it, is enough to find a message. That is made anew from the messages where it is
gone or damaged.
"""

import json
import threading
import zlib
from bisect import bisect_right
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import cast

from copilot.projects.history_index import (
    SUFFIX,
    Columns,
    Head,
    facts_from,
    facts_of,
    named_by,
    parents_in,
    read_columns,
    read_head,
    unknown_head,
    write_index,
)
from copilot.projects.tables import Named
from copilot.storage.atomic import write_atomic
from copilot.storage.disk import SYSTEM_DISK, Disk, storage_error
from copilot.vocabulary.errors import CopilotError, StorageError
from copilot.vocabulary.messages import Message, Role, Text
from copilot.vocabulary.shelved import shelved, whole
from copilot.vocabulary.text import clean

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


class HistoryFile:
    """A shelf: the messages of one file, as the project file names it. Any thread.

    Of what the project file says of it nothing is looked up: of a straight one that is where it begins and
    ends. Its index is read when somebody asks for an id or a message.
    """

    def __init__(
        self,
        path: Path,
        named: Named,
        memory: Memory,
        head: Head | None = None,
        columns: Columns | None = None,
    ) -> None:
        self.path = path
        self.named = named
        self.unindexed: tuple[Head, Columns] | None = None
        """What `mend` writes."""
        self._memory = memory
        self._head = head
        self._told = columns
        self._places: dict[str, int] | None = None
        self._begins: list[int] | None = None
        self._made: list[Message] | None = None
        self._starts: list[int] = []
        self._data: bytes | None = None
        self._read: dict[int, Message] = {}

    @property
    def count(self) -> int:
        """How many messages are in it."""
        return self.named.messages

    @property
    def last(self) -> str:
        """The id of the last."""
        return self.named.last

    @property
    def size(self) -> int:
        """In bytes."""
        return self.named.size

    @property
    def ids(self) -> Sequence[str]:
        """The ids of its messages."""
        return self._facts().ids

    @property
    def parents(self) -> Sequence[str | None]:
        """The ids of the messages before them."""
        return parents_in(self._facts())

    @property
    def leaves(self) -> Sequence[str]:
        """Ids of messages that none in the file follows."""
        return (self.last,) if self.named.straight else self._facts().leaves

    @property
    def needs(self) -> Sequence[str]:
        """Ids of messages that lie before the file."""
        if self.named.straight:
            return () if self.named.after is None else (self.named.after,)
        return [one for one in self._facts().parents.values() if one is not None and self.place(one) is None]

    @property
    def messages(self) -> Sequence[Message]:
        """All of them, none read; made when they are first looked at."""
        if self._made is None:
            with self._memory.lock:
                self._made = self._made or shelved(self)
        return self._made

    def place(self, name: str) -> int | None:
        """Where the message with this id stands."""
        if name == self.last:
            return self.count - 1
        if self._places is None:
            self._places = {one: at for at, one in enumerate(self.ids)}
        return self._places.get(name)

    def begin(self, place: int) -> int:
        """The first of those that end at a place, each of them following the one before it."""
        if self.named.straight:
            return 0
        if self._begins is None:
            self._begins = sorted({0, *map(int, self._facts().parents)})
        return self._begins[bisect_right(self._begins, place) - 1]

    def parent(self, place: int) -> str | None:
        """The id of the message that the one at a place follows."""
        if self.named.straight and place == 0:
            return self.named.after
        head = self._facts()
        usual = head.ids[place - 1] if place else None
        return head.parents.get(str(place), usual)

    def load(self) -> None:
        """Read the index. Raises StorageError where neither that nor the messages can be read."""
        with self._memory.lock:
            if self._head is not None:
                return
            found = opened(self.path, self.count, self._memory)
            if found.last != self.last:
                raise StorageError(f"{self.path} is damaged: it does not end as the project says")
            self._head, self._told, self.unindexed = found._head, found._told, found.unindexed

    def _facts(self) -> Head:
        with self._memory.lock:
            try:
                self.load()
            except StorageError:
                self._head = unknown_head(self.named)
            assert self._head is not None
            return self._head

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
        return self.columns().roles[place]

    def at(self, place: int) -> float:
        """When it was kept, in UTC seconds."""
        return self.columns().at[place]

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
            columns, start = self.columns(), self._starts[place]
            line = (self._data or b"")[start : start + columns.lengths[place]]
            return line if zlib.crc32(line) == columns.crc32[place] else None

    @property
    def unread(self) -> bool:
        """Whether nobody looked at its messages yet, or they are forgotten."""
        return not self._read

    @property
    def sound(self) -> bool:
        """Whether every message in it can be read."""
        return all(self.line(place) is not None for place in range(self.count))

    def columns(self) -> Columns:
        """What of each message can be known without reading it."""
        with self._memory.lock:
            if self._told is None:
                self._told = self._read_columns()
            if not self._starts:
                starts = [0]
                for length in self._told.lengths:
                    starts.append(starts[-1] + length + 1)
                self._starts = starts
            return self._told

    def _read_columns(self) -> Columns:
        """The second line of the index; where it cannot be read, what the messages themselves say."""
        with suppress(OSError, ValueError, TypeError):
            return read_columns(self.path)
        with suppress(StorageError):
            file = _reindexed(self.path, self.count, self._memory)
            if list(file.ids) == list(self.ids):
                return file.columns()
        number = self.count
        return Columns(roles=["user"] * number, at=[0.0] * number, lengths=[0] * number, crc32=[1] * number)

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
            parent=self.parent(place),
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
    lines = [encoded(message) for message in messages]
    if any(encoded(_message(line)) != line for line in lines):
        raise StorageError(f"messages in {folder} cannot be read back", "Please report this.")
    file = stored(folder, lines, *facts_of(messages, lines), memory, disk)
    file.remember(messages)
    return file


def joined(files: Sequence[HistoryFile], memory: Memory, disk: Disk) -> HistoryFile:
    """Write one file with the messages of some that lie in one folder, byte for byte, and its index.

    Raises StorageError; also where one of the messages cannot be read.
    """
    lines: list[bytes] = []
    for file in files:
        found = [file.line(place) for place in range(file.count)]
        if any(line is None for line in found) or file.trouble:
            raise StorageError(f"{file.path} is damaged")
        lines += [line for line in found if line is not None]
    facts = facts_from(
        [one for file in files for one in file.ids],
        [one for file in files for one in file.parents],
        [role for file in files for role in file.columns().roles],
        [at for file in files for at in file.columns().at],
        lines,
    )
    return stored(files[0].path.parent, lines, *facts, memory, disk)


def stored(
    folder: Path, lines: Sequence[bytes], head: Head, columns: Columns, memory: Memory, disk: Disk
) -> HistoryFile:
    """Write a file of these lines, and its index; both survive a power cut on return. Raises StorageError."""
    from hashlib import sha256  # with OpenSSL: opening needs none

    data = b"".join([line + b"\n" for line in lines])
    path = folder / f"{sha256(data).hexdigest()}{SUFFIX}"
    write_atomic(path, data, disk=disk)
    write_index(path, head, columns, disk)
    return HistoryFile(path, named_by(path, head), memory, head, columns)


def opened(path: Path, messages: int | None, memory: Memory) -> HistoryFile:
    """The file at `path`, which has so many messages (None: any number). With an index none of them is read,
    and those that cannot be read any more are there and say so themselves.

    Raises StorageError where neither the index nor the messages can be read.
    """
    with suppress(OSError, ValueError, TypeError, KeyError):
        head = read_head(path, messages)
        return HistoryFile(path, named_by(path, head), memory, head)
    return _reindexed(path, messages, memory)


def mend(file: HistoryFile, disk: Disk = SYSTEM_DISK) -> None:
    """Write the index of a file where there was none to be used. Raises StorageError."""
    if file.unindexed is not None:
        write_index(file.path, *file.unindexed, disk)
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
    head, columns = facts_of(read, lines)
    file = HistoryFile(path, named_by(path, head), memory, head, columns)
    file.unindexed = head, columns
    return file


def _message(line: bytes) -> Message:
    from copilot.vocabulary.codec import from_json

    return cast(Message, from_json(json.loads(line), Message))

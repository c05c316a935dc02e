"""The index of a history file: what can be known of its messages without reading one.

Two lines, each a checksum, a space and a JSON object. The first has what finding messages needs, the second
what following a branch and reading single ones need.
"""

import json
import os
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, cast

from copilot.projects.tables import Named
from copilot.storage.atomic import write_atomic
from copilot.storage.disk import Disk
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.messages import Message, Role

SUFFIX: Final = ".jsonl"
INDEX: Final = ".index"
VERSION = 1


@frozen
class Head:
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
class Columns:
    """The second line: of each message, in their order."""

    roles: list[Role]
    at: list[float]
    lengths: list[int]
    crc32: list[int]


def facts_of(messages: Sequence[Message], lines: Sequence[bytes]) -> tuple[Head, Columns]:
    """What the index of a file with these messages says; `lines` are theirs, without ends."""
    return facts_from(
        [message.id for message in messages],
        [message.parent for message in messages],
        [message.role for message in messages],
        [message.at for message in messages],
        lines,
    )


def facts_from(
    ids: list[str],
    parents: list[str | None],
    roles: list[Role],
    at: list[float],
    lines: Sequence[bytes],
) -> tuple[Head, Columns]:
    """The same, of messages by what is asked of them."""
    places = {name: place for place, name in enumerate(ids)}
    after = parents[-1]
    while after in places:
        after = parents[places[after]]
    odd = {
        str(place): one
        for place, (one, usual) in enumerate(zip(parents, (None, *ids), strict=False))
        if one != usual
    }
    lengths, followed = list(map(len, lines)), set(parents)
    head = Head(
        size=sum(lengths) + len(lengths),
        columns=0,
        after=after,
        ids=ids,
        parents=odd,
        leaves=[one for one in ids if one not in followed],
    )
    return head, Columns(roles=roles, at=at, lengths=lengths, crc32=list(map(zlib.crc32, lines)))


def named_by(path: Path, head: Head) -> Named:
    """The file as a project file names it."""
    return Named(
        file=path.name,
        messages=len(head.ids),
        last=head.ids[-1],
        after=head.after,
        straight=head.parents.keys() <= {"0"},
        size=head.size,
    )


def unknown_head(named: Named) -> Head:
    """What stands for an index that is gone, with the messages: none of them can be read."""
    stem = named.file[:16]
    return Head(
        size=named.size,
        columns=0,
        after=named.after,
        ids=[*(f"{stem}-{at}" for at in range(1, named.messages)), named.last],
        parents={} if named.after is None else {"0": named.after},
        leaves=[named.last],
    )


def read_head(path: Path, messages: int | None) -> Head:
    """The first line of the index of the file at `path`, which has so many messages (None: any number).

    Raises OSError, ValueError, TypeError and KeyError where it is gone or damaged, or its second line is cut.
    """
    with path.with_suffix(INDEX).open("rb") as index:
        head = _head(_object(_checked(index.readline().removesuffix(b"\n"))))
        whole = os.fstat(index.fileno()).st_size == index.tell() + head.columns
    if not whole or messages not in (None, len(head.ids)):
        raise ValueError("it is another's index")
    return head


def read_columns(path: Path) -> Columns:
    """The second line. Raises OSError, ValueError and TypeError."""
    _, _, rest = path.with_suffix(INDEX).read_bytes().partition(b"\n")
    return Columns(**_object(_checked(rest.partition(b"\n")[0])))


def write_index(path: Path, head: Head, columns: Columns, disk: Disk) -> None:
    """Write both lines; they survive a power cut on return. Raises StorageError."""
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


def parents_in(head: Head) -> list[str | None]:
    """The ids of the messages before each."""
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


def _head(said: dict[str, Any]) -> Head:
    if said.pop("version") != VERSION:
        raise ValueError("another version wrote it")
    return Head(**said)


def _object(data: bytes) -> dict[str, Any]:
    return cast("dict[str, Any]", json.loads(data))

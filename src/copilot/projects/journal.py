"""What happened to a project since its file was written, one line each, and folding the lines into it.

A line is a checksum, a space and a JSON object: its number `seq`, its `kind`, and the message, change or
event itself. Lines are ordered by `seq`, never by time: clocks jump. Folding a line twice changes nothing,
since messages have ids and a change says the whole of what it changes.
"""

import json
import zlib
from collections.abc import Iterable
from typing import assert_never, cast

from copilot.projects.discussion import kept
from copilot.vocabulary.codec import JsonObject, decode_event, encode_event, from_json, json_text
from copilot.vocabulary.errors import CopilotError, StorageError
from copilot.vocabulary.events import Event
from copilot.vocabulary.frozen import frozen, replace
from copilot.vocabulary.messages import Copied, Message, with_added
from copilot.vocabulary.text import clean
from copilot.vocabulary.values import Project

_OUR_MISTAKE = "This is a mistake in the program; please report it."


@frozen
class MessageEntry:
    """A message that is now the tip of `branch`."""

    branch: str
    message: Message


@frozen
class ChangeEntry:
    """The project as it is now, without its messages, but for those that are new."""

    project: Project
    added: tuple[Message | Copied, ...] = ()


@frozen
class EventEntry:
    """An approval: it changes no project, but must survive."""

    event: Event


Entry = MessageEntry | ChangeEntry | EventEntry


@frozen
class Numbered:
    """An entry with its number."""

    seq: int
    entry: Entry


def settle(numbered: Numbered) -> tuple[bytes, Numbered]:
    """The line (without its end) and what reading it gives: the entry as the disk will hold it.

    Lone surrogates become "?", since no file of ours can hold them. Raises StorageError for a value that is
    not JSON.
    """
    body = {"seq": numbered.seq, **_fields(numbered.entry)}
    try:
        text = clean(json_text(body))
    except (TypeError, ValueError) as error:
        raise StorageError(f"a journal line cannot be written: {error}", _OUR_MISTAKE) from error
    read = _read(text)
    if read is None:
        raise StorageError("a journal line cannot be read back", _OUR_MISTAKE)
    data = text.encode()
    return b"%08x %s" % (zlib.crc32(data), data), read


def decode_line(line: bytes) -> Numbered | None:
    """The entry, or None for a line that is damaged or from another version."""
    checksum, _, data = line.partition(b" ")
    return _read(data) if checksum == b"%08x" % zlib.crc32(data) else None


def _read(data: str | bytes) -> Numbered | None:
    """What a line says behind its checksum."""
    try:
        body = cast(JsonObject, json.loads(data))
        return Numbered(seq=cast(int, body["seq"]), entry=_entry(body))
    except (ValueError, KeyError, TypeError, CopilotError):
        return None


def fold(project: Project, entries: Iterable[Numbered]) -> Project:
    """The project after the entries, in the order of their numbers."""
    for numbered in sorted(entries, key=lambda n: n.seq):
        project = apply(project, numbered.entry)
    return project


def apply(project: Project, entry: Entry) -> Project:
    """The project after one entry."""
    match entry:
        case MessageEntry(branch=branch, message=message):
            return replace(project, discussion=kept(project.discussion, branch, message))
        case ChangeEntry(project=changed, added=added):
            messages = with_added(project.discussion.messages, added)
            return replace(changed, discussion=replace(changed.discussion, messages=messages))
        case EventEntry():
            return project
        case _:
            assert_never(entry)


def _fields(entry: Entry) -> dict[str, object]:
    match entry:
        case MessageEntry(branch=branch, message=message):
            return {"kind": "message", "branch": branch, "message": message}
        case ChangeEntry(project=project, added=added):
            bare = replace(project, discussion=replace(project.discussion, messages=()))
            if added:
                return {"kind": "rewrite", "project": bare, "added": added}
            return {"kind": "change", "project": bare}
        case EventEntry(event=event):
            return {"kind": "event", "event": encode_event(event)}
        case _:
            assert_never(entry)


def _entry(body: JsonObject) -> Entry:
    match body["kind"]:
        case "message":
            message = cast(Message, from_json(body["message"], Message))
            return MessageEntry(branch=cast(str, from_json(body["branch"], str)), message=message)
        case "change":
            return ChangeEntry(project=cast(Project, from_json(body["project"], Project)))
        case "rewrite":
            read = from_json(body["added"], tuple[Message | Copied, ...])
            added = cast(tuple[Message | Copied, ...], read)
            return ChangeEntry(project=cast(Project, from_json(body["project"], Project)), added=added)
        case "event":
            return EventEntry(event=decode_event(cast(JsonObject, body["event"])))
        case kind:
            raise CopilotError(f"unknown kind {kind!r}")

"""What of a message is looked for: what was said, each call's script or text, each result."""

from collections.abc import Iterator, Mapping
from typing import cast

from copilot.record.search_index import UNDER, SearchText
from copilot.vocabulary.messages import (
    Attachment,
    FileRefresh,
    JsonValue,
    Message,
    Opaque,
    Summary,
    Text,
    Thinking,
    ToolCall,
    ToolResult,
)
from copilot.vocabulary.search_values import SearchKind


def texts_of(message: Message, branch: str) -> Iterator[SearchText]:
    """A message's texts. What it tells of chosen files is left out: those are files, and change with them."""
    for number, part in enumerate(message.parts):
        found = _of_part(message, part)
        if found is None or not found[1]:
            continue
        kind, text, title, call = found
        yield SearchText(
            ref=f"{message.id}{UNDER}{number}",
            kind=kind,
            at=message.at,
            text=text,
            title=title,
            branch=branch,
            message=message.id,
            call=call,
        )


def argument_text(arguments: Mapping[str, JsonValue]) -> str:
    """Every text in a call's arguments, those of several lines as they are."""
    return "\n".join(_texts(cast(JsonValue, dict(arguments))))


def _of_part(message: Message, part: object) -> tuple[SearchKind, str, str, str] | None:
    """Kind, text, title, and the call it belongs to."""
    match part:
        case Text(text=text):
            return "message", text, message.speaker, ""
        case Thinking(text=text):
            return "message", text, f"{message.speaker}, thinking", ""
        case Summary(text=text):
            return "message", text, "Summary", ""
        case Attachment(name=name):
            return "message", name, "Attachment", ""
        case ToolCall():
            return "script", part.raw or argument_text(part.arguments), part.name, part.call_id
        case ToolResult():
            return "result", part.output, part.name, part.call_id
        case FileRefresh() | Opaque():
            return None
        case _:
            raise AssertionError(f"no part of a message: {type(part).__name__}")


def _texts(value: JsonValue) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)

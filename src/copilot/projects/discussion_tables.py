"""A discussion as TOML tables and back.

Arguments of a tool call are a table, so that a script in them can be read; where TOML cannot say them (it has
no null) they are JSON in `arguments_json`. `provider_data` is always JSON: it is nobody's to read.
"""

import json
import re
from collections.abc import Mapping
from typing import Any, Literal, assert_never, cast, get_args

from copilot.projects.validation import (
    flag,
    json_object,
    json_table,
    list_of,
    number,
    one_of,
    refused,
    some_text,
    table,
    text,
    whole,
)
from copilot.vocabulary.frozen import field, frozen
from copilot.vocabulary.messages import (
    Attachment,
    Branch,
    Discussion,
    FileRefresh,
    JsonValue,
    MediaType,
    Message,
    Opaque,
    Part,
    ProviderData,
    ResultStatus,
    Role,
    Summary,
    Text,
    Thinking,
    ToolCall,
    ToolResult,
)

PartType = Literal[
    "text", "thinking", "tool_call", "tool_result", "file_refresh", "opaque", "summary", "attachment"
]


@frozen
class PartTable:
    """One `[[discussion.messages.parts]]`; which fields count depends on `type`."""

    type: PartType
    kind: str = ""
    text: str = ""
    call_id: str = ""
    name: str = ""
    arguments: Mapping[str, JsonValue] = field(default_factory=dict[str, JsonValue])
    arguments_json: Mapping[str, JsonValue] | None = None
    raw: str | None = None
    output: str = ""
    covers: tuple[str, ...] = ()
    status: ResultStatus = "ok"
    media_type: MediaType = "image/png"
    size: int = 0
    sha256: str = ""
    width: int = 0
    height: int = 0
    pages: int = 0
    provider_data: Mapping[str, JsonValue] | None = None


def _sha256(value: object) -> str:
    if (found := text(value)) and re.fullmatch("[0-9a-f]{64}", found) is None:
        raise refused("it is no SHA-256: 64 hexadecimal digits")
    return found


def _part(**said: Any) -> Part:
    """What a part's table stands for."""
    one = PartTable(**said)
    data = one.provider_data
    match one.type:
        case "text":
            return Text(text=one.text, provider_data=data)
        case "thinking":
            return Thinking(text=one.text, provider_data=data)
        case "tool_call":
            return ToolCall(
                call_id=one.call_id,
                name=one.name,
                arguments=one.arguments if one.arguments_json is None else one.arguments_json,
                raw=one.raw,
                provider_data=data,
            )
        case "tool_result":
            return ToolResult(call_id=one.call_id, name=one.name, output=one.output, status=one.status)
        case "file_refresh":
            return FileRefresh(text=one.text)
        case "summary":
            return Summary(text=one.text, covers=one.covers)
        case "opaque":
            return Opaque(kind=one.kind, provider_data=data)
        case "attachment":
            return Attachment(
                name=one.name,
                media_type=one.media_type,
                size=one.size,
                sha256=one.sha256,
                width=one.width,
                height=one.height,
                pages=one.pages,
            )
        case _:
            assert_never(one.type)


def _message(
    id: str, role: Role, parent: str | None = None, parts: tuple[Part, ...] = (), at: float = 0.0, **rest: Any
) -> Message:
    return Message(id=id, parent=parent, role=role, parts=parts, at=at, **rest)


_part_table = table(
    _part,
    {
        "type": one_of(get_args(PartType)),
        "kind": text,
        "text": text,
        "call_id": text,
        "name": text,
        "arguments": json_table,
        "arguments_json": json_object,
        "raw": text,
        "output": text,
        "covers": list_of(text),
        "status": one_of(get_args(ResultStatus)),
        "media_type": one_of(get_args(MediaType)),
        "size": whole(0),
        "sha256": _sha256,
        "width": whole(0),
        "height": whole(0),
        "pages": whole(0),
        "provider_data": json_object,
    },
    ("type",),
)

_message_table = table(
    _message,
    {
        "id": some_text,
        "parent": text,
        "role": one_of(get_args(Role)),
        "at": number,
        "provider": text,
        "model": text,
        "partial": flag,
        "assistant": text,
        "parts": list_of(_part_table),
    },
    ("id", "role"),
)

discussion_table = table(
    Discussion,
    {
        "active": text,
        "held": list_of(text),
        "branches": list_of(table(Branch, {"name": some_text, "tip": text}, ("name",)), at_least=1),
        "messages": list_of(_message_table),
    },
)
"""`[discussion]`."""


def from_discussion(discussion: Discussion) -> dict[str, Any]:
    """The tables, ready for writing."""
    held = {"held": list(discussion.held)} if discussion.held else {}
    return {
        "active": discussion.active,
        **held,
        "branches": [_some(name=branch.name, tip=branch.tip) for branch in discussion.branches],
        "messages": [_from_message(message) for message in discussion.messages],
    }


def _from_message(message: Message) -> dict[str, Any]:
    return _some(
        id=message.id,
        parent=message.parent,
        role=message.role,
        at=message.at,
        provider=message.provider or None,
        model=message.model or None,
        partial=message.partial or None,
        assistant=message.assistant or None,
        parts=[_from_part(part) for part in message.parts],
    )


def _from_part(part: Part) -> dict[str, Any]:
    match part:
        case Text(text=text, provider_data=data):
            return _some(type="text", text=text, provider_data=_json(data))
        case Thinking(text=text, provider_data=data):
            return _some(type="thinking", text=text, provider_data=_json(data))
        case ToolCall():
            plain = _is_toml(part.arguments)
            return _some(
                type="tool_call",
                call_id=part.call_id,
                name=part.name,
                arguments_json=None if plain else _json(part.arguments),
                raw=part.raw,
                provider_data=_json(part.provider_data),
                arguments=dict(part.arguments) if plain and part.arguments else None,
            )
        case ToolResult():
            return _some(
                type="tool_result",
                call_id=part.call_id,
                name=part.name,
                status=part.status,
                output=part.output,
            )
        case FileRefresh(text=text):
            return _some(type="file_refresh", text=text)
        case Summary(text=text, covers=covers):
            return _some(type="summary", text=text, covers=list(covers))
        case Opaque(kind=kind, provider_data=data):
            return _some(type="opaque", kind=kind, provider_data=_json(data))
        case Attachment():
            return _some(
                type="attachment",
                name=part.name,
                media_type=part.media_type,
                size=part.size,
                sha256=part.sha256,
                width=part.width or None,
                height=part.height or None,
                pages=part.pages or None,
            )
        case _:
            assert_never(part)


def _some(**fields: object) -> dict[str, Any]:
    return {key: value for key, value in fields.items() if value is not None}


def _json(data: ProviderData | None) -> str | None:
    return None if data is None else json.dumps(data, ensure_ascii=False)


def _is_toml(value: JsonValue | Mapping[str, JsonValue]) -> bool:
    """Whether TOML can say it: it has no null."""
    if isinstance(value, Mapping):
        items = cast(Mapping[str, JsonValue], value)
        return all(_is_toml(item) for item in items.values())
    if isinstance(value, list):
        return all(_is_toml(item) for item in value)
    return value is not None

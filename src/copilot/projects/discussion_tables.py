"""A discussion as TOML tables and back.

Arguments of a tool call are a table, so that a script in them can be read; where TOML cannot say them (it has
no null) they are JSON in `arguments_json`. `provider_data` is always JSON: it is nobody's to read.
"""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, assert_never, cast

from copilot.vocabulary.messages import (
    Attachment,
    Branch,
    Discussion,
    FileRefresh,
    JsonValue,
    Message,
    Opaque,
    Part,
    ProviderData,
    Summary,
    Text,
    Thinking,
    ToolCall,
    ToolResult,
)

if TYPE_CHECKING:
    from copilot.projects.tables import DiscussionTable, MessageTable, PartTable


def to_discussion(table: "DiscussionTable") -> Discussion:
    """The value that checked tables stand for."""
    return Discussion(
        messages=tuple(_to_message(message) for message in table.messages),
        branches=tuple(Branch(name=branch.name, tip=branch.tip) for branch in table.branches),
        active=table.active,
        held=tuple(table.held),
    )


def _to_message(table: "MessageTable") -> Message:
    return Message(
        id=table.id,
        parent=table.parent,
        role=table.role,
        parts=tuple(_to_part(part) for part in table.parts),
        at=table.at,
        provider=table.provider,
        model=table.model,
        partial=table.partial,
    )


def _to_part(table: "PartTable") -> Part:
    data = table.provider_data
    match table.type:
        case "text":
            return Text(text=table.text, provider_data=data)
        case "thinking":
            return Thinking(text=table.text, provider_data=data)
        case "tool_call":
            return ToolCall(
                call_id=table.call_id,
                name=table.name,
                arguments=table.arguments if table.arguments_json is None else table.arguments_json,
                raw=table.raw,
                provider_data=data,
            )
        case "tool_result":
            return ToolResult(
                call_id=table.call_id, name=table.name, output=table.output, status=table.status
            )
        case "file_refresh":
            return FileRefresh(text=table.text)
        case "summary":
            return Summary(text=table.text, covers=tuple(table.covers))
        case "opaque":
            return Opaque(kind=table.kind, provider_data=data)
        case "attachment":
            return Attachment(
                name=table.name,
                media_type=table.media_type,
                size=table.size,
                sha256=table.sha256,
                width=table.width,
                height=table.height,
                pages=table.pages,
            )
        case _:
            assert_never(table.type)


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

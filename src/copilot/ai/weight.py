"""What messages weigh: everything of them that a provider is sent, names, ids and JSON included."""

import json
from collections.abc import Callable, Sequence
from typing import assert_never

from copilot.vocabulary.messages import (
    Attachment,
    FileRefresh,
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
from copilot.vocabulary.values import ToolSpec

Estimate = Callable[[str], int]
"""Tokens of a text."""

MESSAGE_TOKENS = 4
"""What a service adds to each message: its role and the marks around it (3 or 4 in OpenAI's cookbook)."""

CHARACTERS_A_TOKEN = 4
"""Of data that is sent word for word and is no text: signatures, encrypted reasoning (base64)."""


def bulk(message: Message) -> str:
    """The characters of a message that a provider is sent, near enough to count them."""
    return "\n".join(part_bulk(part) for part in message.parts)


def part_bulk(part: Part) -> str:
    """The same of one part."""
    match part:
        case Text(text=text) | Thinking(text=text) | FileRefresh(text=text):
            return text
        case Summary():
            return part.told
        case ToolCall():
            given = json.dumps(dict(part.arguments), ensure_ascii=False, separators=(",", ":"), default=str)
            return f"{part.call_id} {part.name} {given}"
        case ToolResult():
            return f"{part.call_id} {part.name} {part.status}\n{part.output}"
        case Opaque() | Attachment():
            return ""
        case _:
            assert_never(part)


def weigh(message: Message, estimate: Estimate, model: str) -> int:
    """Estimated tokens of a message in a request to `model`."""
    return MESSAGE_TOKENS + sum(weigh_part(part, message, estimate, model) for part in message.parts)


def weigh_part(part: Part, message: Message, estimate: Estimate, model: str) -> int:
    """Estimated tokens of one part of `message`. What another model thought is not sent to this one."""
    own = message.model == model
    if isinstance(part, Thinking | Opaque) and not own:
        return 0
    tokens = estimate(part_bulk(part))
    if own and isinstance(part, Text | Thinking | ToolCall | Opaque):
        tokens += _opaque_characters(part.provider_data) // CHARACTERS_A_TOKEN
    return tokens


def weigh_tools(tools: Sequence[ToolSpec], estimate: Estimate) -> int:
    """Estimated tokens of the tools' definitions."""
    return sum(
        estimate(f"{tool.name}\n{tool.description}\n{json.dumps(dict(tool.parameters), ensure_ascii=False)}")
        for tool in tools
    )


def _opaque_characters(data: ProviderData | None) -> int:
    return len(json.dumps(dict(data), ensure_ascii=False, default=str)) if data else 0

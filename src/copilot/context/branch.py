"""A branch as Markdown, for a person to read: the third section of a written context. Never sent so."""

from collections.abc import Iterable
from typing import assert_never

from copilot.context.markdown import fenced
from copilot.vocabulary.messages import (
    Attachment,
    FileRefresh,
    Message,
    Opaque,
    Part,
    Summary,
    Text,
    Thinking,
    ToolCall,
    ToolResult,
)
from copilot.vocabulary.text import clean


def branch_markdown(messages: Iterable[Message]) -> str:
    """Every message under a heading of its own, tool calls and results in fences."""
    told = "".join(map(message_markdown, messages))
    return f"\n# Branch\n{told}" if told else "\n# Branch\n\nNo messages yet.\n"


def message_markdown(message: Message) -> str:
    """One message under its heading."""
    by = f" ({message.model})" if message.model else ""
    partial = ", stopped before its end" if message.partial else ""
    return f"\n## {message.role.capitalize()}{by}{partial}\n" + "".join(map(_part, message.parts))


def _part(part: Part) -> str:
    match part:
        case Text(text=text):
            return f"\n{clean(text).rstrip()}\n"
        case Thinking(text=text):
            return f"\nThinking:\n\n{fenced(clean(text))}" if text else ""
        case ToolCall(name=name, arguments=arguments, raw=raw):
            from json import dumps  # most branches that are written here are empty

            asked = dumps(dict(arguments), ensure_ascii=False, indent=1) if raw is None else raw
            return f"\nCalls `{name}`:\n\n{fenced(clean(asked), 'json')}"
        case ToolResult(name=name, output=output, status=status):
            return f"\nResult of `{name}` ({status}):\n\n{fenced(clean(output))}"
        case FileRefresh(text=text):
            return f"\n{clean(text).rstrip()}\n"
        case Summary(text=text, covers=covers):
            number = f"{len(covers)} earlier message{'s' if len(covers) != 1 else ''}"
            return f"\nSummary, sent in place of {number}:\n\n{clean(text).rstrip()}\n"
        case Attachment():
            return f"\nAttached: {clean(part.told)}, SHA-256 {part.sha256}\n"
        case Opaque(kind=kind):
            return f"\n[{clean(kind)}: a piece of the answer that this program does not know]\n"
        case _:
            assert_never(part)

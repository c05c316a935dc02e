"""A request to a Chat Completions server: what of a branch is sent, and in which order."""

from typing import assert_never, cast

from copilot.providers.attached import filled, held
from copilot.providers.base import Request
from copilot.providers.parts import Json, compact, in_words, offered, sent_id
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
from copilot.vocabulary.text import clean
from copilot.vocabulary.values import ToolSpec


def payload_of(request: Request, model: str, tools: list[Json]) -> Json:
    """The body but for what tells how to answer: equal requests give equal ones."""
    # The output limit is left to the server: one that has a small window refuses a large number.
    messages: list[Json] = []
    if request.system.strip():
        messages.append({"role": "system", "content": clean(request.system)})
    for message in in_words(request.messages, offered(request.tools)):
        _add(messages, message)
    payload: Json = {"model": model, "messages": cast(JsonValue, filled(messages, request))}
    if tools:
        payload["tools"] = cast(JsonValue, tools)
    return payload


def tools_of(specs: tuple[ToolSpec, ...]) -> list[Json]:
    """The tools as these servers take them."""
    return [
        {
            "type": "function",
            "function": {
                "name": spec.name,
                "description": spec.description,
                "parameters": dict(spec.parameters),
            },
        }
        for spec in specs
    ]


def _add(messages: list[Json], message: Message) -> None:
    """Append the message; neighbours of one role become one, for templates that want roles to take turns."""
    if message.role == "assistant":
        _add_reply(messages, message)
        return
    for part in message.parts:
        match part:
            case Text():
                _add_text(messages, "user", clean(part.text))
            case Summary():
                _add_text(messages, "user", clean(part.told))
            case ToolResult():
                told: Json = {"role": "tool", "tool_call_id": sent_id(part.call_id)}
                messages.append({**told, "content": clean(part.output)})
            case FileRefresh():
                # Beside the results: a user message between tool and assistant breaks some templates.
                role = "tool" if messages and messages[-1]["role"] == "tool" else "user"
                _add_text(messages, role, clean(part.text))
            case Attachment():
                _add_attached(messages, part)
            case Thinking() | ToolCall() | Opaque():
                pass  # a model's own, never in these messages
            case _:
                assert_never(part)


def _add_text(messages: list[Json], role: str, text: str) -> None:
    if not text.strip():
        return
    if not messages or messages[-1]["role"] != role:
        messages.append({"role": role, "content": text})
    elif isinstance(blocks := messages[-1]["content"], list):
        blocks.append({"type": "text", "text": text})
    else:
        messages[-1]["content"] = f"{blocks or ''}\n\n{text}".lstrip("\n")


def _add_attached(messages: list[Json], part: Attachment) -> None:
    """A message with an attachment is a list of blocks; all others stay plain text."""
    block: Json = {"type": "image_url", "image_url": {"url": held(part, url=True)}}
    if part.media_type == "application/pdf":
        block = {"type": "file", "file": {"filename": clean(part.name), "file_data": held(part, url=True)}}
    if not messages or messages[-1]["role"] != "user":
        messages.append({"role": "user", "content": [block]})
    elif isinstance(blocks := messages[-1]["content"], list):
        blocks.append(block)
    else:
        messages[-1]["content"] = [{"type": "text", "text": blocks}, block]


def _add_reply(messages: list[Json], message: Message) -> None:
    _add_text(messages, "assistant", clean(message.text))
    calls: list[Json] = [
        {
            "id": sent_id(call.call_id),
            "type": "function",
            "function": {"name": call.name, "arguments": compact(call.arguments)},
        }
        for call in message.calls
    ]
    if not calls:
        return
    if not messages or messages[-1]["role"] != "assistant":
        messages.append({"role": "assistant", "content": None})
    cast(list[Json], messages[-1].setdefault("tool_calls", [])).extend(calls)

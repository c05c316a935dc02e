"""A request to OpenAI's Responses API: what of a branch is sent, and in which order.

Every request carries the whole branch, reasoning in encrypted form included.
"""

import re
from collections.abc import Sequence
from typing import assert_never, cast

from copilot.providers.attached import filled, held
from copilot.providers.base import Request
from copilot.providers.parts import Json, compact, in_words, offered, own_data, sent_id
from copilot.vocabulary.messages import (
    Attachment,
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
from copilot.vocabulary.text import clean
from copilot.vocabulary.values import ToolSpec

NAME = "openai"

_REASONS_NOT = re.compile(r"gpt-[34]|chatgpt")
"""Names that refuse to be asked for encrypted reasoning."""


def payload_of(request: Request, tools: list[Json]) -> Json:
    """The body but for what tells how to answer: equal requests give equal ones."""
    items: list[Json] = []
    model = request.model.model
    for message in in_words(request.messages, offered(request.tools)):
        _add(items, message, model)
    payload: Json = {"model": model, "input": cast(JsonValue, filled(items, request)), "store": False}
    if request.system.strip():
        payload["instructions"] = clean(request.system)
    if tools:
        payload["tools"] = cast(JsonValue, tools)
    if not _REASONS_NOT.match(request.model.model):
        payload["include"] = ["reasoning.encrypted_content"]
    if request.cache_key:
        payload["prompt_cache_key"] = request.cache_key
    return payload


def tools_of(specs: tuple[ToolSpec, ...]) -> list[Json]:
    """The tools as the service takes them."""
    return [
        {
            "type": "function",
            "name": spec.name,
            "description": spec.description,
            "parameters": dict(spec.parameters),
            "strict": False,  # strict schemas know no optional arguments
        }
        for spec in specs
    ]


def _add(items: list[Json], message: Message, model: str) -> None:
    """Append the message's items; what a user says twice in a row is one message."""
    thought = False
    for number, part in enumerate(message.parts):
        match part:
            case Text() if message.role == "assistant":
                if part.text.strip():
                    items.append(_said(part, own_data(message, part, NAME, model), thought))
            case Text() | FileRefresh() | Summary() | Attachment():
                _add_user(items, part)
            case Thinking() | Opaque():
                echoed = _echo(items, part, own_data(message, part, NAME, model), message.parts[number + 1 :])
                thought |= echoed and isinstance(part, Thinking)
            case ToolCall():
                items.append(_called(part, own_data(message, part, NAME, model), thought))
            case ToolResult():
                output = {"type": "function_call_output", "output": clean(part.output)}
                items.append({**output, "call_id": sent_id(part.call_id)})
            case _:
                assert_never(part)


def _echo(
    items: list[Json], part: Thinking | Opaque, data: ProviderData | None, after: Sequence[Part]
) -> bool:
    """Send back word for word what only this service can read; False where it stays out."""
    if not data:
        return False
    # Reasoning must be followed by what it led to.
    led = any(isinstance(later, (Text, ToolCall, Opaque)) for later in after)
    if isinstance(part, Thinking) and not (data.get("encrypted_content") and led):
        return False
    items.append(dict(data))
    return True


def _add_user(items: list[Json], part: Text | FileRefresh | Summary | Attachment) -> None:
    if not isinstance(part, Attachment):
        text = clean(part.told if isinstance(part, Summary) else part.text)
        block: Json = {"type": "input_text", "text": text}
        if not text.strip():
            return
    elif part.media_type == "application/pdf":
        block = {"type": "input_file", "filename": clean(part.name), "file_data": held(part, url=True)}
    else:
        block = {"type": "input_image", "image_url": held(part, url=True), "detail": "auto"}
    if items and items[-1].get("role") == "user":
        cast(list[Json], items[-1]["content"]).append(block)
    else:
        items.append({"type": "message", "role": "user", "content": [block]})


def _said(part: Text, data: ProviderData | None, thought: bool) -> Json:
    shell = {key: value for key in ("id", "phase") if data and (value := data.get(key))}
    if not thought:
        # An id ties the item to reasoning that is not sent with it: the service would miss it.
        shell.pop("id", None)
    if "id" not in shell:
        return {"type": "message", "role": "assistant", "content": clean(part.text), **shell}
    content: Json = {"type": "output_text", "text": part.text, "annotations": []}
    return {"type": "message", "role": "assistant", "status": "completed", "content": [content], **shell}


def _called(part: ToolCall, data: ProviderData | None, thought: bool) -> Json:
    # Words that are no JSON stay out: a server that parses them would refuse the branch for ever.
    given = compact(part.arguments)
    call: Json = {"type": "function_call", "call_id": sent_id(part.call_id), "name": part.name}
    call["arguments"] = str((data or {}).get("arguments") or given)
    if thought and data and data.get("id"):
        call["id"] = data["id"]
    return call

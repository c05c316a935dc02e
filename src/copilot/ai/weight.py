"""What messages weigh: everything of them that a provider is sent, names, ids and JSON included."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, assert_never

from copilot.tokens.attachments import attachment_tokens
from copilot.vocabulary.frozen import frozen
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
from copilot.vocabulary.values import ModelChoice, ToolSpec

if TYPE_CHECKING:
    from copilot.ai.growing import Prepared
    from copilot.ai.request import Prefix

Estimate = Callable[[str], int]
"""Tokens of a text."""

MESSAGE_TOKENS = 4
"""What a service adds to each message: its role and the marks around it (3 or 4 in OpenAI's cookbook)."""

_written = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=str).encode

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
            return f"{part.call_id} {part.name} {_written(dict(part.arguments))}"
        case ToolResult():
            return f"{part.call_id} {part.name} {part.status}\n{part.output}"
        case Opaque() | Attachment():
            return ""
        case _:
            assert_never(part)


def weigh(message: Message, estimate: Estimate, model: str) -> int:
    """Estimated tokens of a message in a request to `model`, without those of its attachments."""
    return _fixed(message, model) + sum(map(estimate, _counted(message, model)))


class Weights:
    """Weighs the messages of one model's requests, attachments included.

    A branch is weighed again at every round. What of a message is counted is looked up once, by its id and
    as long as it stays equal; the estimate itself is asked every time, since it learns from each reply.
    """

    def __init__(self, model: ModelChoice, estimate: Estimate) -> None:
        self._model = model
        self._estimate = estimate
        self._known: dict[str, _Looked] = {}
        self.prefix: Prefix | None = None
        """What stands before the messages in the last request."""
        self.prepared: Prepared | None = None
        """What the turn's last request had (see `growing`); None where it had attachments."""
        self._characters: tuple[tuple[Message, ...], int] = ((), 0)

    def __call__(self, message: Message) -> int:
        """Estimated tokens."""
        looked = self._looked(message)
        tokens, estimate = looked.fixed, self._estimate
        for text in looked.texts:
            tokens += estimate(text)
        return tokens

    def characters(self, messages: tuple[Message, ...]) -> int:
        """How many characters `bulk` has of all of them. Those of last time are not counted again."""
        known, count = self._characters
        if messages[: len(known)] != known:
            known, count = (), 0
        count += sum(self._looked(message).characters for message in messages[len(known) :])
        self._characters = (messages, count)
        return count

    def _looked(self, message: Message) -> "_Looked":
        known = self._known.get(message.id)
        if known is not None and (known.message is message or known.message == message):
            return known
        model = self._model
        attached = sum(attachment_tokens(part, model.provider) for part in message.attachments)
        texts = _counted(message, model.model)
        whole = len(texts) == len(message.parts)
        made = self._known[message.id] = _Looked(
            message=message,
            texts=texts,
            fixed=_fixed(message, model.model) + attached,
            characters=len("\n".join(texts)) if whole else len(bulk(message)),
        )
        return made


@frozen
class _Looked:
    """The texts of a message that are estimated, the tokens beside them, and all its characters."""

    message: Message
    texts: tuple[str, ...]
    fixed: int
    characters: int


def _counted(message: Message, model: str) -> tuple[str, ...]:
    """The texts of a message that a request to `model` holds: not what another model thought."""
    own = message.model == model
    return tuple(part_bulk(part) for part in message.parts if own or not isinstance(part, Thinking | Opaque))


def _fixed(message: Message, model: str) -> int:
    """The tokens beside the texts: of the marks around a message, and of what is sent word for word."""
    if message.model != model:
        return MESSAGE_TOKENS
    return MESSAGE_TOKENS + sum(
        _opaque_characters(part.provider_data) // CHARACTERS_A_TOKEN
        for part in message.parts
        if isinstance(part, Text | Thinking | ToolCall | Opaque)
    )


def told_of(tool: ToolSpec) -> str:
    """The characters of a tool's definition, near enough to count them."""
    return f"{tool.name}\n{tool.description}\n{json.dumps(dict(tool.parameters), ensure_ascii=False)}"


def _opaque_characters(data: ProviderData | None) -> int:
    return len(json.dumps(dict(data), ensure_ascii=False, default=str)) if data else 0

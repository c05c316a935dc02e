"""What a model said, without keys of ours."""

import json
from collections.abc import Collection

from copilot.providers.base import Done
from copilot.vocabulary.frozen import replace
from copilot.vocabulary.messages import Opaque, Part, Text, Thinking, ToolCall
from copilot.vocabulary.text import clean, without_keys

_written = json.JSONEncoder(ensure_ascii=False).encode


def said(done: Done, keys: Collection[str]) -> tuple[Part, ...]:
    """The reply's parts. Calls stand only where the model stopped to have them run; keys of ours never do."""
    return tuple(
        _keyless(part, keys) for part in done.parts if done.stop == "tools" or not isinstance(part, ToolCall)
    )


def _keyless(part: Part, keys: Collection[str]) -> Part:
    """The part without keys. A call that holds one loses its arguments, so that it is refused, not run."""
    match part:
        case Text() | Thinking():
            text = without_keys(clean(part.text), keys)
            return part if text == part.text else replace(part, text=text, provider_data=None)
        case ToolCall():
            words = part.raw or _written(dict(part.arguments))
            kept = without_keys(words, keys)
            return part if kept == words else replace(part, arguments={}, raw=kept, provider_data=None)
        case Opaque():
            words = _written(dict(part.provider_data or {}))
            return part if words == without_keys(words, keys) else replace(part, provider_data=None)
        case _:
            return part

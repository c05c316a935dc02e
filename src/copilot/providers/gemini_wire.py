"""A Gemini request as its SDK sends it: for the one that leaves before the SDK is loaded, and for all others.

Only what can be said with certainty: for a request with any field that is not known here there is no such
form, and the SDK makes it. Names are as the SDK (3.4) writes them, which leaves some of ours as they are.
"""

import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from typing import Any

_PARTS = {"text": "text", "thought": "thought", "thought_signature": "thoughtSignature"}
_CALLS = {"function_call": "functionCall", "function_response": "functionResponse"}
_IN_CALLS = ("id", "args", "name", "response")
"""In the SDK's order."""

_SETTINGS = {"max_output_tokens": "maxOutputTokens", "thinking_config": "thinkingConfig"}
NOT_SENT = frozenset({"automatic_function_calling", "automatic_continuation"})
"""What only tells the SDK what to do."""


class _UnknownError(ValueError):
    """A field that only the SDK can translate."""


def body_of(contents: list[Any], config: Mapping[str, Any]) -> bytes | None:
    """The body for the SDK's `contents` and `config`; None where it holds what is not known here."""
    try:
        body: dict[str, Any] = {"contents": [_content(one) for one in contents], **_configured(config)}
    except _UnknownError:
        return None
    return json.dumps(body).encode()  # to the byte as the SDK writes it: with spaces, escaped


def _content(content: Mapping[str, Any]) -> dict[str, Any]:
    if set(content) != {"role", "parts"}:
        raise _UnknownError
    return {"parts": [_part(part) for part in content["parts"]], "role": content["role"]}


def _part(part: Mapping[str, Any]) -> dict[str, Any]:
    sent: dict[str, Any] = {}
    for name, value in part.items():
        if name in _CALLS and value.keys() <= set(_IN_CALLS):
            sent[_CALLS[name]] = {key: value[key] for key in _IN_CALLS if key in value}
        elif name in _PARTS:
            sent[_PARTS[name]] = urlsafe_b64encode(value).decode() if isinstance(value, bytes) else value
        else:
            raise _UnknownError
    return sent


def _configured(config: Mapping[str, Any]) -> dict[str, Any]:
    sent: dict[str, Any] = {}
    settings: dict[str, Any] = {}
    for name, value in config.items():
        if name == "system_instruction" and isinstance(value, str):
            sent["systemInstruction"] = {"parts": [{"text": value}], "role": "user"}
        elif name == "tools" and all(set(tool) == {"function_declarations"} for tool in value):
            sent["tools"] = [{"functionDeclarations": tool["function_declarations"]} for tool in value]
        elif name == "cached_content":
            sent["cachedContent"] = value
        elif name in _SETTINGS:
            settings[_SETTINGS[name]] = value
        elif name not in NOT_SENT:
            raise _UnknownError
    return {**sent, "generationConfig": settings} if settings else sent

"""What all four provider files need when they turn parts into JSON and back.

Outside data ends here: arguments that are no JSON object, call ids that are missing or taken, token counts
that are no numbers.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Any, cast

from copilot.providers.base import Done, StopReason
from copilot.vocabulary.frozen import replace
from copilot.vocabulary.messages import (
    JsonValue,
    Message,
    Opaque,
    Part,
    ProviderData,
    Text,
    Thinking,
    ToolCall,
    ToolResult,
)
from copilot.vocabulary.text import clean
from copilot.vocabulary.values import ToolSpec, Usage

Json = dict[str, JsonValue]

DEEPEST = 60
"""Nesting of arguments that is still taken for an object; much more breaks whoever reads them next."""

_COMPACT = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_MOST_TOKENS = 10**9
_CALL_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")
FAILED = frozenset({"error", "rejected", "cancelled"})
"""Statuses of a tool result that a service is told of as an error."""


class _NotJsonError(ValueError):
    """NaN, Infinity or too deep."""


def arguments(raw: str) -> tuple[Json, str | None]:
    """The JSON object that a model wrote, and None; or {} and its words, where they are no such object."""
    if not raw.strip():
        return {}, None
    try:
        value = json.loads(raw, parse_constant=_refuse)
        return (checked(cast(object, value)), None) if isinstance(value, dict) else ({}, clean(raw))
    except (ValueError, RecursionError):
        return {}, clean(raw)


def checked(value: object) -> Json:
    """A parsed object, lone surrogates replaced. Raises ValueError where it is deeper than `DEEPEST`."""
    return cast(Json, _checked(value, DEEPEST))


def inside(value: object, *keys: str) -> Any:
    """What lies at `keys` in outside JSON; None where anything on the way is missing or no object."""
    for key in keys:
        value = cast(dict[str, object], value).get(key) if isinstance(value, dict) else None
    return value


def finished(
    found: Iterable[Part], messages: Sequence[Message], stop: StopReason, detail: str, usage: Usage
) -> Done:
    """The closing chunk. Calls stay only where the model stopped to have them run, each with its own id."""
    parts = _numbered(found, messages)
    calls = any(isinstance(part, ToolCall) for part in parts)
    if stop == "tools" and not calls:
        stop = "other"
    if stop != "tools":
        parts = tuple(part for part in parts if not isinstance(part, ToolCall))
    return Done(parts=parts, stop=stop, detail=detail, usage=usage)


def compact(value: object) -> str:
    """JSON without spaces: the form models write arguments in."""
    return _COMPACT.encode(value)


class InWords:
    """Tells every exchange of calls and results that may not stay as plain text, message by message.

    Its thinking, and what nobody knows, goes: it led to calls that are no longer there. `told` are the calls
    whose results are to be told so.
    """

    def __init__(self, stays: Callable[[Message], bool]) -> None:
        self.told: frozenset[str] = frozenset()
        self._stays = stays

    def of(self, message: Message) -> Message:
        """The next message; itself where it may stay."""
        if message.role == "assistant":
            asked = {part.call_id for part in message.parts if isinstance(part, ToolCall)}
            gone = bool(asked) and not self._stays(message)
            if gone or self.told:
                self.told = self.told | asked if gone else self.told - asked
            if gone:
                parts = (_in_words(p) for p in message.parts if not isinstance(p, Thinking | Opaque))
                return replace(message, parts=tuple(parts))
        elif self.told and any(result.call_id in self.told for result in message.results):
            return replace(message, parts=tuple(map(_in_words, message.parts)))
        return message


def in_words(messages: Sequence[Message], stays: Callable[[Message], bool]) -> tuple[Message, ...]:
    """The messages, with every exchange that may not stay told as plain text (see `InWords`)."""
    return tuple(map(InWords(stays).of, messages))


def offered(tools: Sequence[ToolSpec]) -> Callable[[Message], bool]:
    """Whether all calls of a message name tools of a request; services refuse a branch with others."""
    names = {tool.name for tool in tools}
    return lambda message: all(call.name in names for call in message.calls)


def sent_id(call_id: str) -> str:
    """A call id in the alphabet that every service takes; the same for a call and its result."""
    return (
        call_id if _CALL_ID.fullmatch(call_id) else f"call_{sha256(clean(call_id).encode()).hexdigest()[:24]}"
    )


def own_data(
    message: Message, part: Text | Thinking | ToolCall | Opaque, provider: str, model: str
) -> ProviderData | None:
    """The part's provider data, if the same provider and model wrote it."""
    return part.provider_data if (message.provider, message.model) == (provider, model) else None


def text_of(data: Mapping[str, JsonValue], key: str) -> str:
    """A string of provider data; empty where there is none."""
    value = data.get(key)
    return value if isinstance(value, str) else ""


def tokens(count: object) -> int:
    """A token count from outside: 0 for anything that is no sensible number."""
    return count if isinstance(count, int) and 0 <= count <= _MOST_TOKENS else 0


class ToolList:
    """One service's form of the tools, built once for each tool set, so that its bytes never change."""

    def __init__(self) -> None:
        self._specs: tuple[ToolSpec, ...] | None = None
        self._built: list[Json] = []

    def of(
        self, specs: tuple[ToolSpec, ...], build: Callable[[tuple[ToolSpec, ...]], list[Json]]
    ) -> list[Json]:
        """The list for `specs`, by `build` where they are not the ones of last time."""
        if self._specs is None or (specs is not self._specs and specs != self._specs):
            self._specs, self._built = specs, build(specs)
        return self._built


def _in_words(part: Part) -> Part:
    match part:
        case ToolCall():
            return Text(text=f"[Called {part.name} with {compact(part.arguments)}]")
        case ToolResult():
            return Text(text=f"[{part.name} answered ({part.status})]\n{part.output}")
        case _:
            return part


def _numbered(parts: Iterable[Part], messages: Sequence[Message]) -> tuple[Part, ...]:
    # Ids must be unique in the whole branch: some services number the calls of each answer from one.
    replies = [message.parts for message in messages if message.role == "assistant"]
    taken = {part.call_id for parts in replies for part in parts if isinstance(part, ToolCall)}
    found: list[Part] = []
    for part in parts:
        if isinstance(part, ToolCall):
            if not part.call_id or part.call_id in taken:
                part = replace(part, call_id=_free_id(taken))
            taken.add(part.call_id)
        found.append(part)
    return tuple(found)


def _refuse(name: str) -> JsonValue:
    raise _NotJsonError(f"{name} is not JSON")


def _checked(value: object, depth: int) -> JsonValue:
    if depth == 0:
        raise _NotJsonError("nested too deeply")
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, dict):
        items = cast(dict[str, object], value).items()
        return {clean(key): _checked(item, depth - 1) for key, item in items}
    if isinstance(value, list):
        return [_checked(item, depth - 1) for item in cast(list[object], value)]
    if isinstance(value, float) and value - value != 0:
        raise _NotJsonError("not a finite number")
    return cast(JsonValue, value)


def _free_id(taken: set[str]) -> str:
    number = len(taken) + 1
    while f"call_{number}" in taken:
        number += 1
    return f"call_{number}"

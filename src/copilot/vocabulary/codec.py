"""Frozen values to JSON objects and back: `decode_event(encode_event(e)) == e`.

An event is one object with its class name under `event`; a command has it under `command`. Inside, a
dataclass that stands where several could (a part, an approval's detail) carries its class name under `type`.
"""

import json
import sys
import types
from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Any, Literal, Union, cast, get_args, get_origin, get_type_hints

from copilot.vocabulary import commands, events
from copilot.vocabulary.commands import Command
from copilot.vocabulary.errors import CopilotError
from copilot.vocabulary.events import Event
from copilot.vocabulary.frozen import is_value, names_of
from copilot.vocabulary.message_runs import Messages
from copilot.vocabulary.messages import JsonValue, Message
from copilot.vocabulary.shelved import Shelved

JsonObject = dict[str, JsonValue]


def encode_event(event: Event) -> JsonObject:
    """One JSON object, the name first."""
    return {"event": type(event).__name__, **_fields(event)}


def decode_event(data: Mapping[str, JsonValue]) -> Event:
    """Raises CopilotError for a name or a field that this version does not know."""
    return cast(Event, _named(data, "event", _event_types()))


def encode_command(command: Command) -> JsonObject:
    """One JSON object, the name first."""
    return {"command": type(command).__name__, **_fields(command)}


def decode_command(data: Mapping[str, JsonValue]) -> Command:
    """Raises CopilotError for a name or a field that this version does not know."""
    return cast(Command, _named(data, "command", _command_types()))


def event_text(event: Event) -> str:
    """What `encode_event` gives as one line of JSON, without the objects in between."""
    return json_text({"event": type(event).__name__, **_shallow(event)})


def json_text(value: object) -> str:
    """What `to_json` gives as one line of JSON. Raises TypeError or ValueError for what is none."""
    return _ENCODER.encode(value)


def to_json(value: object) -> JsonValue:
    """Any value of the vocabulary as JSON. A dataclass becomes an object with its name under `type`."""
    if value is None or isinstance(value, (str, int, float)):
        return value
    if is_value(value) and not isinstance(value, type):
        return {"type": _type_name(type(value)), **_fields(value)}
    if isinstance(value, Mapping):
        items = cast(Mapping[str, object], value)
        return {key: to_json(item) for key, item in items.items()}
    if isinstance(value, (list, tuple, Messages)):
        return [to_json(item) for item in cast(list[object], value)]
    return cast(JsonValue, value)


def from_json(data: JsonValue, hint: Any) -> Any:
    """The value of type `hint` that `to_json` wrote. Raises CopilotError where it does not fit."""
    return _reader(hint)(data)


def _fields(value: Any) -> JsonObject:
    return {name: to_json(getattr(value, name)) for name in _names(cast(type[Any], type(value)))}


def _shallow(value: Any) -> dict[str, object]:
    """The fields of a value, as they are."""
    return {name: getattr(value, name) for name in _names(cast(type[Any], type(value)))}


def _opened(value: object) -> object:
    """One step of `to_json`, for what the encoder does not know."""
    if is_value(value) and not isinstance(value, type):
        return {"type": _type_name(type(value)), **_shallow(value)}
    if isinstance(value, Mapping):
        return dict(cast(Mapping[str, object], value))
    if isinstance(value, Messages):
        return list(value)
    raise TypeError(f"{type(value).__name__} is not JSON")


_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=_opened)


@cache
def _type_name(kind: type[object]) -> str:
    """What a value of this type is called; one that lies on a shelf as what it stands for."""
    return "Message" if issubclass(kind, Shelved) else kind.__name__


@cache
def _names(kind: type[Any]) -> tuple[str, ...]:
    """Of the fields of a value of this type: eight events are written for a round, and what is in them."""
    return names_of(kind)


def _named(data: Mapping[str, JsonValue], key: str, known: Mapping[str, type[Any]]) -> Any:
    name = data.get(key)
    if not isinstance(name, str) or name not in known:
        raise CopilotError(f"unknown {key} {name!r}", "It was written by another version of this program.")
    return _build(known[name], {k: v for k, v in data.items() if k != key})


_ALIKE = frozenset({"name", "provider", "model", "assistant"})
"""Fields with the same few words in many messages."""

Reader = Callable[[JsonValue], Any]
"""Gives the value of one type. Raises CopilotError where the JSON does not fit."""


@cache
def _reader(hint: Any) -> Reader:
    """Of one type, found out once: lines are read at every start, and each one that is kept."""
    origin, inner = get_origin(hint), get_args(hint)
    if hint is Any or hint is object or _is_json(hint):
        return lambda data: data
    if origin in (Union, types.UnionType):
        return _union(inner)
    if origin is Literal:
        return partial(_member, {member: member for member in inner}, hint)
    if origin is tuple:
        each = _reader(inner[0])
        return lambda data: tuple([each(item) for item in cast(list[JsonValue], _is(data, list))])
    if hint is Messages:
        message = _reader(Message)
        return lambda data: Messages(map(message, cast(list[JsonValue], _is(data, list))))
    if origin in (Mapping, dict):
        return _mapping
    if is_value(hint):
        return lambda data: _build(hint, cast(JsonObject, _is(data, dict)))
    if hint is float:
        return lambda data: float(cast(float, _expect(data, isinstance(data, (int, float)), hint)))
    return partial(_plain, hint)


def _member(members: dict[str, str], hint: object, data: JsonValue) -> Any:
    """The very member of a Literal of words: each message has some, and they need not be held for each."""
    found = members.get(data) if isinstance(data, str) else None
    return _expect(data, False, hint) if found is None else found


def _same(data: JsonValue) -> Any:
    """A word that many messages have, held once."""
    return sys.intern(data) if isinstance(data, str) else _expect(data, False, str)


def _mapping(data: JsonValue) -> JsonObject:
    """An object whose keys are held once: calls of one tool have the same."""
    return {sys.intern(key): item for key, item in cast(JsonObject, _is(data, dict)).items()}


def _plain(hint: type, data: JsonValue) -> JsonValue:
    return data if isinstance(data, hint) else _expect(data, False, hint)


def _union(members: tuple[Any, ...]) -> Reader:
    named = {cast(str, member.__name__): member for member in members if is_value(member)}
    others = [_reader(member) for member in members if member is not type(None) and not is_value(member)]
    optional = type(None) in members

    def read(data: JsonValue) -> Any:
        if data is None and optional:
            return None
        if isinstance(data, dict) and (target := named.get(cast(str, data.get("type")))) is not None:
            return _build(target, data)
        for other in others:
            try:
                return other(data)
            except CopilotError:
                continue
        raise CopilotError(f"no member of {' | '.join(map(str, members))} fits {type(data).__name__}")

    return read


def _build(target: type[Any], data: JsonObject) -> Any:
    readers = _readers(target)
    given: dict[str, Any] = {}
    for name, value in data.items():
        reader = readers.get(name)
        if reader is not None:
            given[name] = reader(value)
        elif name != "type":
            unknown = min(data.keys() - readers.keys() - {"type"})
            raise CopilotError(f"{target.__name__} has no field {unknown!r}")
    try:
        return target(**given)
    except TypeError as error:
        raise CopilotError(f"{target.__name__}: {error}") from error


@cache
def _readers(target: type[Any]) -> dict[str, Reader]:
    """Of the fields of a value."""
    hints = get_type_hints(target).items()
    return {name: _same if name in _ALIKE and hint is str else _reader(hint) for name, hint in hints}


def _is(data: JsonValue, kind: type) -> JsonValue:
    return _expect(data, isinstance(data, kind), kind)


def _expect(data: JsonValue, fits: bool, hint: object) -> JsonValue:
    if not fits:
        raise CopilotError(f"expected {hint}, found {type(data).__name__}")
    return data


@cache
def _is_json(hint: object) -> bool:
    return hint == JsonValue


@cache
def _event_types() -> dict[str, type[Any]]:
    return {
        name: kind
        for name, kind in vars(events).items()
        if isinstance(kind, type) and issubclass(kind, Event) and kind.__name__ not in ("Event", "TurnEvent")
    }


@cache
def _command_types() -> dict[str, type[Any]]:
    return {kind.__name__: kind for kind in get_args(commands.Command)}

"""Frozen values as bytes for the pipe, and back with every field checked: `read(write(v), kind) == v`.

JSON with a dataclass as an object that carries its name under `type`, as in `vocabulary.codec`. How a type is
read is worked out once: a discussion of 10,000 messages is read in a third of the time that the codec takes.
"""

import json
import sys
import types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any, Literal, Union, cast, get_args, get_origin, get_type_hints

from copilot.desktop.growing import Growing
from copilot.vocabulary.errors import CopilotError
from copilot.vocabulary.message_runs import Messages
from copilot.vocabulary.messages import JsonValue, Message
from copilot.vocabulary.shelved import Shelved, whole

Reader = Callable[[Any], Any]


class WireError(CopilotError):
    """What came through the pipe is no value of the kind that belongs there."""


def write(value: object) -> bytes:
    """A frozen value as bytes."""
    return json.dumps(value, default=_plain, separators=(",", ":")).encode()


def read(data: bytes, kind: Any) -> Any:
    """The value that `write` wrote; `kind` is a dataclass or a union of some. Raises WireError."""
    try:
        return _reader(kind)(json.loads(data))
    except (ValueError, RecursionError) as error:
        raise WireError(f"{type(error).__name__} in what came through the pipe") from error


def _plain(value: object) -> object:
    if isinstance(value, Growing):
        return value.text
    if isinstance(value, Messages):
        return list(value)
    if isinstance(value, Shelved):
        value = whole(value)
    if is_dataclass(value) and not isinstance(value, type):
        kind = type(value)
        return {"type": kind.__name__} | {name: getattr(value, name) for name in _names(kind)}
    if isinstance(value, Mapping):
        return dict(cast(Mapping[str, object], value))
    if isinstance(value, frozenset):
        return sorted(cast(frozenset[str], value))
    raise TypeError(f"{type(value).__name__} does not go through the pipe")


@cache
def _names(kind: type[Any]) -> tuple[str, ...]:
    """The fields that make a value what it is; one that is not compared is worked out from the others."""
    return tuple(one.name for one in fields(kind) if one.compare)


@cache
def _reader(hint: Any) -> Reader:
    """How a value of type `hint` is read."""
    origin, inside = get_origin(hint), get_args(hint)
    if hint == JsonValue or hint is object:
        return _as_it_is
    if origin in (Union, types.UnionType):
        return _union(inside)
    if origin is Literal:
        return _one_of(inside)
    if origin is tuple:
        return _each(inside[0], tuple) if inside[1:] == (...,) else _fixed(inside)
    if hint is Messages:
        return _each(Message, cast(Any, Messages))
    if origin is frozenset:
        return _each(inside[0], frozenset)
    if origin in (Mapping, dict):
        return _mapping(inside[1])
    if is_dataclass(hint):
        return _union((hint,))
    if hint is Growing:
        return _growing
    return _simple(hint)


def _as_it_is(data: object) -> object:
    return data


def _simple(kind: type[Any]) -> Reader:
    if kind is float:
        return _number
    if kind not in (str, int, bool, types.NoneType):
        raise TypeError(f"{kind} cannot be read from the pipe")

    def read_simple(data: object) -> object:
        if type(data) is not kind:
            raise _unfit(kind.__name__, data)
        return data

    return read_simple


def _number(data: object) -> float:
    if type(data) not in (int, float):
        raise _unfit("a number", data)
    return float(cast(float, data))


def _growing(data: object) -> Growing:
    if not isinstance(data, str):
        raise _unfit("a text", data)
    return Growing(data)


def _one_of(words: Sequence[object]) -> Reader:
    def read_word(data: object) -> object:
        if not any(data == word and type(data) is type(word) for word in words):
            raise _unfit(f"one of {words}", data)
        return data

    return read_word


def _each(hint: Any, make: Callable[[list[object]], object]) -> Reader:
    one = _late(hint)

    def read_each(data: object) -> object:
        return make([one(item) for item in _list(data)])

    return read_each


def _fixed(hints: Sequence[Any]) -> Reader:
    ones = tuple(map(_late, hints))

    def read_fixed(data: object) -> object:
        items = _list(data)
        if len(items) != len(ones):
            raise _unfit(f"{len(ones)} items", data)
        return tuple(one(item) for one, item in zip(ones, items, strict=True))

    return read_fixed


def _mapping(hint: Any) -> Reader:
    one = _late(hint)

    def read_mapping(data: object) -> object:
        if type(data) is not dict:
            raise _unfit("an object", data)
        return {key: one(item) for key, item in cast(dict[str, object], data).items()}

    return read_mapping


def _union(members: Sequence[Any]) -> Reader:
    """Objects go by their name; anything else is what the first member takes that fits."""
    values = {kind.__name__: _value(kind) for member in members for kind in _family(member)}
    others = tuple(
        _late(member) for member in members if not is_dataclass(member) and member is not types.NoneType
    )
    optional = types.NoneType in members

    def read_union(data: object) -> object:
        if data is None and optional:
            return None
        if type(data) is dict:
            name = cast(dict[str, object], data).get("type")
            if type(name) is str and name in values:
                return values[name](data)
        for other in others:
            try:
                return other(data)
            except WireError:
                continue
        raise _unfit(" or ".join(values) or "something else", cast(object, data))

    return read_union


def _value(kind: type[Any]) -> Reader:
    known = frozenset(_names(kind))
    readers: dict[str, Reader] = {}

    def reader_of(name: str) -> Reader:
        if name not in known:
            raise WireError(f"{kind.__name__} has no field {name!r}")
        found = readers[name] = _reader(get_type_hints(kind)[name])
        return found

    def read_value(data: dict[str, object]) -> object:
        given: dict[str, object] = {}
        for name, item in data.items():
            if name != "type":
                given[name] = (readers.get(name) or reader_of(name))(item)
        try:
            return kind(**given)
        except TypeError as error:
            raise WireError(f"{kind.__name__}: {error}") from error

    return read_value


def _family(kind: Any) -> tuple[type[Any], ...]:
    """A dataclass, or those that are derived from it; nothing for any other type."""
    if not is_dataclass(kind):
        return ()
    # A class that was made again with slots leaves its first form behind for a while: only what its module
    # holds under that name is meant.
    heirs = [heir for heir in cast(type[Any], kind).__subclasses__() if _known(heir)]
    heirs = [heir for heir in heirs if heir is not Shelved]  # it is written as the message that it stands for
    return tuple(one for heir in heirs for one in _family(heir)) or (cast(type[Any], kind),)


def _known(kind: type[Any]) -> bool:
    return getattr(sys.modules.get(kind.__module__), kind.__name__, None) is kind


def _late(hint: Any) -> Reader:
    """The reader of `hint`, worked out when it is first needed: most are not."""
    found: Reader | None = None

    def read_late(data: object) -> object:
        nonlocal found
        if found is None:
            found = _reader(hint)
        return found(data)

    return read_late


def _list(data: object) -> list[object]:
    if type(data) is not list:
        raise _unfit("a list", data)
    return cast(list[object], data)


def _unfit(wanted: str, data: object) -> WireError:
    return WireError(f"expected {wanted}, found {type(data).__name__}")

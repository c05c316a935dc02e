"""What a tool's function says of its arguments, as JSON schema and as the pydantic model that checks calls.

The schema is made by hand and the model only when a first call has to be checked: every start of the program
needs the one, few need the other, and pydantic takes longer to load than all of the tools.
"""

from collections.abc import Callable, Mapping
from functools import cached_property
from types import FunctionType, NoneType, UnionType
from typing import TYPE_CHECKING, Annotated, Any, Final, Union, cast, get_args, get_origin, get_type_hints

from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.messages import JsonValue

if TYPE_CHECKING:
    from pydantic import BaseModel

NEEDED: Final[Any] = object()
"""Stands for no default."""

_TYPES = {str: "string", int: "integer", float: "number", bool: "boolean"}
_WORDS = {
    "ge": "minimum",
    "le": "maximum",
    "min_length": ("minLength", "minItems"),
    "max_length": ("maxLength", "maxItems"),
}


@frozen
class Argument:
    """What is told of one argument: words for the model, and bounds that are checked.

    `ge` and `le` bound a number, the lengths a text's characters or a list's items.
    """

    description: str
    ge: int | None = None
    le: int | None = None
    min_length: int | None = None
    max_length: int | None = None

    def bounds(self) -> dict[str, int]:
        """Those that are set, by their names here."""
        values = {name: getattr(self, name) for name in _WORDS}
        return {name: value for name, value in values.items() if value is not None}


class Arguments:
    """The arguments of one tool. Raises TypeError for a type that not every service takes."""

    def __init__(self, name: str, function: Callable[..., str]) -> None:
        self._name = name
        hints = get_type_hints(function, include_extras=True)
        plain = cast(FunctionType, function)
        code, defaults = plain.__code__, plain.__kwdefaults__ or {}
        if code.co_argcount != 1:
            raise TypeError(f"{name} takes its context, and its arguments by name")
        names = code.co_varnames[1 : 1 + code.co_kwonlyargcount]
        self._fields = {one: (hints[one], defaults.get(one, NEEDED)) for one in names}

    def schema(self) -> dict[str, JsonValue]:
        """Plain JSON schema: no references, titles or unions. `X | None` is X: leaving it out means None."""
        properties: dict[str, JsonValue] = {
            name: _property(hint, default) for name, (hint, default) in self._fields.items()
        }
        required: list[JsonValue] = [name for name, (_, default) in self._fields.items() if default is NEEDED]
        named: dict[str, JsonValue] = {"required": required} if required else {}
        return {"additionalProperties": False, "properties": properties, **named, "type": "object"}

    @cached_property
    def model(self) -> "type[BaseModel]":
        """The model: strict, and without room for unknown arguments."""
        from pydantic import ConfigDict, Field, create_model

        fields: dict[str, Any] = {}
        for name, (hint, default) in self._fields.items():
            kind, told = _parted(hint)
            given = {} if default is NEEDED else {"default": default}
            fields[name] = (kind, Field(description=told.description, **told.bounds(), **given))
        return create_model(self._name, __config__=ConfigDict(extra="forbid", strict=True), **fields)


def _parted(hint: Any) -> tuple[Any, Argument]:
    if get_origin(hint) is Annotated:
        for told in hint.__metadata__:
            if isinstance(told, Argument):
                return hint.__origin__, told
    raise TypeError(f"{hint} says nothing of itself: write Annotated[..., Argument(description=...)]")


def _property(hint: Any, default: Any) -> dict[str, JsonValue]:
    """In alphabetical order, so that the same tools are the same bytes."""
    kind, told = _parted(hint)
    found: dict[str, JsonValue] = {"description": told.description}
    if default is not NEEDED and default is not None:
        found["default"] = default
    return dict(sorted({**found, **_type(kind), **_bounds(kind, told)}.items()))


def _type(kind: Any) -> Mapping[str, JsonValue]:
    if get_origin(kind) in (Union, UnionType):
        kinds = [one for one in get_args(kind) if one is not NoneType]
        if len(kinds) == 1:
            return _type(kinds[0])
    if get_origin(kind) is list:
        return {"items": dict(_type(get_args(kind)[0])), "type": "array"}
    if kind in _TYPES:
        return {"type": _TYPES[kind]}
    raise TypeError(f"{kind} cannot be an argument: not every service takes it")


def _bounds(kind: Any, told: Argument) -> Mapping[str, JsonValue]:
    found: dict[str, JsonValue] = {}
    for name, value in told.bounds().items():
        word = _WORDS[name]
        found[word if isinstance(word, str) else word[_type(kind)["type"] == "array"]] = value
    return found

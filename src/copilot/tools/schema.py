"""A tool from a function: schema from the signature and docstring; its calls checked by the same model.

The schema is plain JSON schema that every provider takes: no references, no titles, no unions. Checking is
strict: a number written as text, a boolean for a number, an unknown field are refused, not bent into shape.
"""

import difflib
import inspect
import re
from collections.abc import Callable, Mapping
from typing import Any, cast, get_type_hints

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model

from copilot.vocabulary.errors import ToolError
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.messages import JsonValue, ToolCall
from copilot.vocabulary.text import KEY_MARK, visible
from copilot.vocabulary.values import ToolSpec

_STRICT = ConfigDict(extra="forbid", strict=True)
_SURROGATE = re.compile("[\ud800-\udfff]")
_EXACT_FLOAT = 2**53
_SHOWN_ERRORS = 5


@frozen
class Tool:
    """What a model may call. A `gated` tool changes something and asks `ctx.approve` before it does."""

    spec: ToolSpec
    function: Callable[..., str]
    arguments: type[BaseModel]
    gated: bool


def tool(function: Callable[..., str], *, gated: bool, name: str = "", note: str = "") -> Tool:
    """Make a tool of `function(ctx, *, argument: Annotated[T, Field(description=...)] = default) -> str`.

    `name` replaces the function's own; `note` is added to the docstring for what is known only at run time.
    """
    hints = get_type_hints(function, include_extras=True)
    fields: dict[str, Any] = {}
    for parameter in list(inspect.signature(function).parameters.values())[1:]:
        required = parameter.default is inspect.Parameter.empty
        default = Field() if required else Field(default=parameter.default)
        fields[parameter.name] = (hints[parameter.name], default)
    model = create_model(name or function.__name__, __config__=_STRICT, **fields)
    spec = ToolSpec(
        name=name or function.__name__,
        description=f"{inspect.cleandoc(function.__doc__ or '')} {note}".strip(),
        parameters=cast(Mapping[str, JsonValue], _plain(model.model_json_schema())),
    )
    return Tool(spec=spec, function=function, arguments=model, gated=gated)


def validate(tool: Tool, call: ToolCall) -> dict[str, Any]:
    """The arguments of a call, checked. Raises ToolError whose message tells the model what to change."""
    if call.raw is not None and KEY_MARK in call.raw:
        raise ToolError("it holds one of the person's keys; nothing was done. Keys never go into tool calls.")
    if call.raw is not None:
        raise ToolError(f"the arguments of {tool.spec.name} are not a JSON object; nothing was done.")
    given = {key: _whole(value) for key, value in call.arguments.items()}
    try:
        checked = tool.arguments.model_validate(given)
    except ValidationError as error:
        raise ToolError(f"{tool.spec.name} was not run. {_said(error, tool)}") from error
    values = {name: getattr(checked, name) for name in type(checked).model_fields}
    for name, value in values.items():
        words = cast(list[object], value) if isinstance(value, list) else [value]
        if any(isinstance(word, str) and _SURROGATE.search(word) for word in words):
            raise ToolError(f"{tool.spec.name} was not run. {name}: it holds a lone surrogate.")
    return values


def _whole(value: JsonValue) -> JsonValue:
    """JSON does not tell 5.0 from 5, and some services send every number as a float."""
    if isinstance(value, float) and value.is_integer() and abs(value) <= _EXACT_FLOAT:
        return int(value)
    return value


def _said(error: ValidationError, tool: Tool) -> str:
    """What is wrong, in words; the values themselves are not repeated."""
    names = list(tool.arguments.model_fields)
    found = error.errors(include_url=False, include_context=False, include_input=False)
    said = [_one(str(one["type"]), one["loc"], one["msg"], names) for one in found[:_SHOWN_ERRORS]]
    if len(found) > _SHOWN_ERRORS:
        said.append(f"and {len(found) - _SHOWN_ERRORS} more.")
    return " ".join(said)


def _one(kind: str, where: tuple[int | str, ...], message: str, names: list[str]) -> str:
    field = visible(".".join(map(str, where)), keep="")[:80]
    if kind == "extra_forbidden":
        near = difflib.get_close_matches(field, names, n=1)
        hint = f"did you mean '{near[0]}'?" if near else f"there is only: {', '.join(names)}."
        return f"'{field}' is not an argument; {hint}"
    if kind == "missing":
        return f"'{field}' is missing."
    return f"'{field}': {message[:1].lower()}{message[1:]}."


def _plain(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema without titles, and `X | None` as plain X: leaving it out means None."""
    plain: dict[str, Any] = {}
    for key, value in schema.items():
        if key == "properties":
            plain[key] = {name: _plain(one) for name, one in cast(dict[str, Any], value).items()}
        elif key == "anyOf":
            kept = [one for one in cast(list[dict[str, Any]], value) if one != {"type": "null"}]
            plain.update(_plain(kept[0]))
        elif key == "items":
            plain[key] = _plain(value)
        elif key != "title" and not (key == "default" and value is None):
            plain[key] = value
    return plain

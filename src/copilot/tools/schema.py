"""A tool from a function: schema from the signature and docstring; its calls checked against the same.

Checking is strict: a number written as text, a boolean for a number, an unknown field are refused, not bent
into shape.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

from copilot.tools.argument import Arguments
from copilot.vocabulary.errors import ToolError
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.messages import JsonValue, ToolCall
from copilot.vocabulary.patterns import late
from copilot.vocabulary.text import KEY_MARK, visible
from copilot.vocabulary.values import ToolSpec

if TYPE_CHECKING:
    from pydantic import ValidationError

_SURROGATE = late("[\ud800-\udfff]")
_EXACT_FLOAT = 2**53
_SHOWN_ERRORS = 5


@frozen
class Tool:
    """What a model may call. A `gated` tool changes something and asks `ctx.approve` before it does."""

    spec: ToolSpec
    function: Callable[..., str]
    arguments: Arguments
    gated: bool


def tool(function: Callable[..., str], *, gated: bool, name: str = "", note: str = "") -> Tool:
    """Make a tool of `function(ctx, *, argument: Annotated[T, Argument(description=...)] = default) -> str`.

    `name` replaces the function's own; `note` is added to the docstring for what is known only at run time.
    """
    arguments = Arguments(name or function.__name__, function)
    spec = ToolSpec(
        name=name or function.__name__,
        description=f"{_without_margin(function.__doc__ or '')} {note}".strip(),
        parameters=arguments.schema(),
    )
    return Tool(spec=spec, function=function, arguments=arguments, gated=gated)


def _without_margin(text: str) -> str:
    """As `inspect.cleandoc`, which takes longer to load than all tools."""
    first, *others = text.expandtabs().split("\n")
    margin = min((len(line) - len(line.lstrip()) for line in others if line.strip()), default=0)
    return "\n".join([first.lstrip(), *(line[margin:] for line in others)]).strip("\n")


def validate(tool: Tool, call: ToolCall) -> dict[str, Any]:
    """The arguments of a call, checked. Raises ToolError whose message tells the model what to change."""
    refuse_raw(call)
    from pydantic import ValidationError

    given = {key: _whole(value) for key, value in call.arguments.items()}
    try:
        checked = tool.arguments.model.model_validate(given)
    except ValidationError as error:
        raise ToolError(f"{tool.spec.name} was not run. {_said(error, tool)}") from error
    values = {name: getattr(checked, name) for name in type(checked).model_fields}
    for name, value in values.items():
        words = cast(list[object], value) if isinstance(value, list) else [value]
        if any(isinstance(word, str) and _SURROGATE.search(word) for word in words):
            raise ToolError(f"{tool.spec.name} was not run. {name}: it holds a lone surrogate.")
    return values


def refuse_raw(call: ToolCall) -> None:
    """Raise ToolError where the arguments of a call are no JSON object."""
    if call.raw is not None and KEY_MARK in call.raw:
        raise ToolError("it holds one of the person's keys; nothing was done. Keys never go into tool calls.")
    if call.raw is not None:
        raise ToolError(f"the arguments of {call.name} are not a JSON object; nothing was done.")


def _whole(value: JsonValue) -> JsonValue:
    """JSON does not tell 5.0 from 5, and some services send every number as a float."""
    if isinstance(value, float) and value.is_integer() and abs(value) <= _EXACT_FLOAT:
        return int(value)
    return value


def _said(error: "ValidationError", tool: Tool) -> str:
    """What is wrong, in words; the values themselves are not repeated."""
    names = list(tool.arguments.model.model_fields)
    found = error.errors(include_url=False, include_context=False, include_input=False)
    said = [_one(str(one["type"]), one["loc"], one["msg"], names) for one in found[:_SHOWN_ERRORS]]
    if len(found) > _SHOWN_ERRORS:
        said.append(f"and {len(found) - _SHOWN_ERRORS} more.")
    return " ".join(said)


def _one(kind: str, where: tuple[int | str, ...], message: str, names: list[str]) -> str:
    field = visible(".".join(map(str, where)), keep="")[:80]
    if kind == "extra_forbidden":
        import difflib

        near = difflib.get_close_matches(field, names, n=1)
        hint = f"did you mean '{near[0]}'?" if near else f"there is only: {', '.join(names)}."
        return f"'{field}' is not an argument; {hint}"
    if kind == "missing":
        return f"'{field}' is missing."
    return f"'{field}': {message[:1].lower()}{message[1:]}."

"""Checking what a TOML file holds against a pydantic model, and saying what is wrong in a person's words."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, TypeVar, cast, get_args

from copilot.vocabulary.frozen import frozen

if TYPE_CHECKING:
    from pydantic import BaseModel
    from pydantic_core import ErrorDetails

ModelT = TypeVar("ModelT", bound="BaseModel")
Path = tuple[str | int, ...]


@frozen
class Fault:
    """One thing wrong at `path`. `unknown` means that nothing of ours has this name."""

    path: Path
    reason: str
    unknown: bool

    def __str__(self) -> str:
        return f"{dotted(self.path)}: {self.reason}" if self.path else self.reason


def check(model: type[ModelT], data: dict[str, Any]) -> ModelT | list[Fault]:
    """The value, or everything that is wrong."""
    from pydantic import ValidationError

    try:
        return model.model_validate(data)
    except ValidationError as error:
        return [_fault(model, details) for details in error.errors(include_url=False)]


def remove(data: dict[str, Any], path: Path) -> Any:
    """Take the value at `path` out of `data`; the value."""
    holder: Any = data
    for part in path[:-1]:
        holder = holder[part]
    return holder.pop(path[-1])


def dotted(path: Path) -> str:
    """The path as a person writes it: `files.paths[2].view`, counting from 1."""
    text = ""
    for part in path:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{part}"
    return text.removeprefix(".")


def did_you_mean(name: str, names: Iterable[str]) -> str:
    """The words to add to a name that is close to a known one; empty where none is."""
    close = get_close_matches(name, list(names), n=1)
    return f" (did you mean {close[0]}?)" if close and close[0] != name else ""


def _fault(model: "type[BaseModel]", details: "ErrorDetails") -> Fault:
    path = tuple(details["loc"])
    if details["type"] == "extra_forbidden":
        names = _names_at(model, path[:-1])
        return Fault(path=path, reason="unknown key" + did_you_mean(str(path[-1]), names), unknown=True)
    return Fault(path=path, reason=_reason(details), unknown=False)


def _reason(details: "ErrorDetails") -> str:
    found = details["input"]
    shown = repr(found) if isinstance(found, (str, int, float)) and len(repr(found)) <= 60 else ""
    match details["type"]:
        case "missing":
            return "it is missing"
        case "literal_error":
            expected = str(details.get("ctx", {}).get("expected", ""))
            known = [word.strip("'") for word in expected.replace(" or ", ", ").split(", ")]
            return f"{shown or 'this'} is not one of {', '.join(known)}" + did_you_mean(str(found), known)
        case "value_error":
            return details["msg"].removeprefix("Value error, ")
        case _:
            said = details["msg"][0].lower() + details["msg"][1:]
            return f"{shown}: {said}" if shown else said


def _names_at(model: "type[BaseModel]", path: Path) -> list[str]:
    """The names that the model knows at `path`."""
    here: Any = model
    for part in path:
        if isinstance(part, str) and part in here.model_fields:
            inner = _model_in(here.model_fields[part].annotation)
            if inner is None:
                return []
            here = inner
    return list(cast("type[BaseModel]", here).model_fields)


def _model_in(annotation: Any) -> "type[BaseModel] | None":
    """The model that an annotation names, inside a list or an Annotated too."""
    from pydantic import BaseModel

    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for inner in get_args(annotation):
        found = _model_in(inner)
        if found is not None:
            return found
    return None

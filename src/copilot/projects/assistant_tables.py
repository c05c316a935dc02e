"""`[assistants.NAME]` in the person's settings; an assistant that is wrong is left out."""

from typing import Any, cast

from copilot.projects import toml_text
from copilot.projects.tables import chosen_files
from copilot.projects.validation import (
    Fault,
    FaultsError,
    list_of,
    one_of,
    refused,
    some_text,
    table,
    text,
)
from copilot.vocabulary.assistants import ASSISTANT_NAME, Assistant
from copilot.vocabulary.frozen import replace
from copilot.vocabulary.patterns import late
from copilot.vocabulary.values import PROVIDER_NAMES

KEY = "assistants"
MOST_ASSISTANTS = 200
MOST_INSTRUCTIONS = 100_000
"""Characters: they are sent with every request."""

_NAME = late(ASSISTANT_NAME)


def _instructions(value: object) -> str:
    if len(text(value)) > MOST_INSTRUCTIONS:
        raise refused(f"it is longer than {MOST_INSTRUCTIONS:,} characters")
    return text(value)


def _line(value: object) -> str:
    if "\n" in text(value) or len(text(value)) > 300:
        raise refused("it is one line of at most 300 characters")
    return text(value)


def _assistant(**said: Any) -> Assistant:
    made = Assistant(name="", **said)
    if made.model and not made.provider:
        raise refused("a model needs its provider beside it", ("model",))
    return made


_table = table(
    _assistant,
    {
        "about": _line,
        "instructions": _instructions,
        "provider": one_of(PROVIDER_NAMES),
        "model": text,
        "tools": list_of(some_text),
        "files": chosen_files,
        "may_ask": list_of(some_text),
    },
)


def assistants_in(value: object) -> tuple[tuple[Assistant, ...], tuple[Fault, ...]]:
    """The assistants, and what is wrong with those that are left out."""
    if value is None:
        return (), ()
    if not isinstance(value, dict):
        return (), (Fault(path=(KEY,), reason="assistants are written as tables, each with its name"),)
    found: list[Assistant] = []
    faults: list[Fault] = []
    for name, one in cast(dict[str, object], value).items():
        try:
            found.append(_named(_table(one), name, found))
        except FaultsError as error:
            faults += [
                Fault(path=(KEY, name, *fault.path), reason=fault.reason, unknown=fault.unknown)
                for fault in error.faults
            ]
    return tuple(found), tuple(faults)


def _named(one: Assistant, name: str, before: list[Assistant]) -> Assistant:
    if _NAME.fullmatch(name) is None:
        raise refused("a name has up to 40 letters, digits, dashes and underscores, none of those at an end")
    if any(other.name.casefold() == name.casefold() for other in before):
        raise refused("another one has this name but for capitals")
    if len(before) >= MOST_ASSISTANTS:
        raise refused(f"there are more than {MOST_ASSISTANTS} assistants")
    return replace(one, name=name)


def assistant_toml(one: Assistant) -> str:
    """The assistant as an `[assistants.NAME]` table."""
    return toml_text.dumps({KEY: {one.name: values_of(one)}}).lstrip("\n")


def values_of(one: Assistant) -> dict[str, Any]:
    """What its table says."""
    plain = {name: getattr(one, name) for name in ("about", "provider", "model", "instructions")}
    values: dict[str, Any] = {name: said for name, said in plain.items() if said}
    if one.tools is not None:
        values["tools"] = list(one.tools)
    if one.files is not None:
        values["files"] = [
            choice.pattern if choice.view == "full" else {"path": choice.pattern, "view": choice.view}
            for choice in one.files
        ]
    if one.may_ask:
        values["may_ask"] = list(one.may_ask)
    return values

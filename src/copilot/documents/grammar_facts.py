"""The symbols of a file in any language that has a grammar here, from the walk that makes its outline."""

import re

from copilot.context.languages.grammar import NoOutlineError, parse
from copilot.context.languages.imports import Imports
from copilot.context.languages.items import Item
from copilot.context.languages.known import language_of
from copilot.context.languages.language import Language
from copilot.context.languages.walk import Walk
from copilot.documents.facts import Kind, Parameter, Symbol
from copilot.documents.signatures import closing, parameter, split
from copilot.vocabulary.patterns import late

_FIELD = late(r"(?P<name>[^\W\d]\w*)\s*(?::[^=]*)?(?:=.*)?;?$", re.DOTALL)
_SELF = frozenset(("self", "cls", "&self", "&mut self", "mut self", "this"))


def symbols_by_grammar(path: str, text: str) -> tuple[Symbol, ...] | None:
    """In source order; None where there is no grammar for the file or it is too hard to parse."""
    language = _language(path, text)
    if language is None:
        return None
    data = text.replace("\r\n", "\n").replace("\r", "\n").encode("utf-8", "replace")
    walk = Walk(language=language, data=data, imports=Imports(language))
    try:
        walk.run(parse(language, data))
    except NoOutlineError:
        return None
    symbols = [one for head, item in walk.found() if (one := _symbol(head, item)) is not None]
    return tuple(sorted(symbols, key=lambda one: one.line))


def _language(path: str, text: str) -> Language | None:
    if path.lower().endswith((".py", ".pyi", ".pyw")):
        from copilot.context.languages.scripting import PYTHON

        return PYTHON
    return language_of(path, text)


def _symbol(head: Item | None, item: Item) -> Symbol | None:
    name = item.called
    if not name:
        found = _FIELD.search(item.code)
        if found is None:
            return None
        name = found["name"]
    name = re.split(r"[.:#]+", name)[-1] or name
    owner = "" if head is None or not head.called else f"{head.called}."
    kind, parameters, returns = _signature(name, item)
    value = ""
    if kind == "value" and "…" not in item.code:
        value = item.code.partition("=")[2].strip().rstrip(";")
    bases = tuple(re.findall(r"\b(?:extends|implements)\s+([\w.]+)", item.code))
    return Symbol(
        name=owner + name,
        line=item.first,
        kind=kind,
        parameters=parameters,
        returns=returns,
        value=value,
        bases=bases,
    )


def _signature(name: str, item: Item) -> tuple[Kind, tuple[Parameter, ...] | None, str]:
    """What it is, by its code; parameters are None where the code does not show them all."""
    if item.mode == "type":
        return "class", None, ""
    at = re.search(rf"(?<!\w){re.escape(name)}\s*(?:<[^()]*>)?\(", item.code)
    if at is None:
        kind: Kind = "function" if item.mode in ("private", "overrides", "tests") else "value"
        return kind, None, ""
    rest = item.code[at.end() - 1 :]
    end = closing(rest)
    if end < 0 or "…" in rest:
        return "function", None, ""
    returns = re.sub(r"^\s*(?:->|:|=>)\s*", "", rest[end + 1 :]).strip()
    found: list[Parameter] = []
    for piece in split(rest[1:end]):
        if piece in _SELF or piece in ("*", "/"):
            continue
        one = parameter(piece)
        if one is None:
            return "function", None, returns
        found.append(one)
    return "function", tuple(found), returns

"""Holds what a text says against the code: which of its claims are wrong, and why.

What cannot be decided is no fault: the attribute of a base class that lies outside the project, a command, a
value. A definition (what opens an item of a list) is held to the letter, a mention in a sentence to what it
names.
"""

from collections.abc import Iterator
from typing import Literal

from copilot.documents import signatures
from copilot.documents.claims import Claim, claims
from copilot.documents.facts import WORD, Book, FileFacts, Parameter, Symbol, squeezed
from copilot.documents.names import Names, looks_like_path
from copilot.documents.signatures import Written, same_type, same_value, written
from copilot.vocabulary.frozen import frozen

Level = Literal["file", "folder"]
_RECEIVERS = ("self", "cls", "this")
"""Parameters that a signature may show or leave out."""


@frozen(kw_only=False)
class Wrong:
    """A claim that the code does not bear out, and what is wrong with it, in words without backticks."""

    claim: Claim
    why: str


class Checker:
    """Checks texts about some files of the `book`: one, or all of a folder.

    `beside` is the path of the file or folder that the text is about.
    """

    def __init__(self, book: Book, about: tuple[FileFacts, ...], beside: str, level: Level) -> None:
        self._about = about
        self._level = level
        self._beside = beside
        self._book = book
        self._names = Names(book, about, beside)

    def wrong(self, markdown: str) -> tuple[Wrong, ...]:
        """The wrong claims, in the order of the text."""
        return tuple(
            Wrong(claim, why) for claim in claims(markdown) if (why := self._why(claim)) and not why.isspace()
        )

    def _why(self, claim: Claim) -> str:
        """What is wrong; "" for nothing."""
        text = claim.text
        if claim.form == "default":
            return self._default(claim)
        if looks_like_path(text):
            if self._names.knows_path(text):
                return ""
            if text.partition(".")[0] not in self._book.symbols:
                return f"there is no file {text}"
        if claim.form == "definition" and self._level == "file":
            return self._definition(text)
        if self._verbatim(text) and len(WORD.findall(text)) > 1:
            return ""
        one = written(text)
        if one is None:
            return self._assigned(text)
        why = self._names.why_unknown(one.name, called="(" in text)
        if why or one.parameters is None:
            return why
        return self._mentioned(one)

    def _verbatim(self, text: str) -> bool:
        """Whether these very characters stand in the code."""
        piece = squeezed(text)
        return any(piece in facts.squeezed for facts in self._about)

    def _definition(self, text: str) -> str:
        """An item of a file's list: the symbol is defined there, with just this signature."""
        name, equals, value = signatures.assigned(text)
        one = written(name if equals else text)
        if one is None or not self._about[0].parsed:
            return ""
        found = self._names.defined_here(one.name)
        if not found:
            if "(" not in text and self._names.stands_here(one.name):  # an import, a parameter, a value
                return ""
            return self._nowhere(one.name)
        if equals:
            return _value_fault(one.name, value, found)
        faults = [_strict_fault(one, symbol) for symbol in found]
        return "" if "" in faults else faults[0]

    def _nowhere(self, name: str) -> str:
        near = self._names.near(name)
        return f"{self._about[0].path} defines no {name}" + (f" (it has {near})" if near else "")

    def _mentioned(self, one: Written) -> str:
        """A signature or a call in a sentence: each name that it gives must be a parameter."""
        found = self._names.symbols(one.name)
        if not found:
            return ""
        faults = [_loose_fault(one, symbol) for symbol in found]
        return "" if "" in faults else faults[0]

    def _assigned(self, text: str) -> str:
        """`NAME = value` in a sentence, where the name is a constant of what the text is about."""
        name, equals, value = signatures.assigned(text)
        one = written(name) if equals else None
        if one is None or one.parameters is not None:
            return ""
        why = self._names.why_unknown(one.name, called=False)
        if why:
            return why
        found = [
            symbol for symbol in self._names.symbols(one.name) if symbol.kind == "value" and symbol.value
        ]
        return _value_fault(one.name, value, found) if found and one.name.isupper() else ""

    def _default(self, claim: Claim) -> str:
        """What a parameter, field or constant is when nothing is given."""
        one = written(claim.name)
        if one is None:
            return ""
        known = list(self._defaults(one.name, claim.about))
        if not known:
            return ""
        if any(same_value(claim.text, value) for value in known if value):
            return ""
        if all(value == "" for value in known):
            return f"{one.name} has no default"
        told = ", ".join(sorted({value for value in known if value}))
        return f"the default of {one.name} is {told}"

    def _defaults(self, name: str, about: str) -> Iterator[str]:
        """The defaults of this name: those of the item's own definition, else all of the files'."""
        definition = written(about) if about else None
        if definition is not None:
            own = [
                parameter
                for symbol in self._names.symbols(definition.name)
                for parameter in _parameters(symbol, self._about)
                if parameter.name == name
            ]
            if own:
                yield from (parameter.default for parameter in own)
                return
        for facts in self._about:
            for symbol in facts.symbols:
                if symbol.own == name.rpartition(".")[2] and symbol.kind == "value" and symbol.value:
                    yield symbol.value
                for parameter in symbol.parameters or ():
                    if parameter.name == name:
                        yield parameter.default


def _parameters(symbol: Symbol, about: tuple[FileFacts, ...]) -> tuple[Parameter, ...]:
    """Those of a function; of a class without `__init__`, its fields."""
    if symbol.parameters is not None:
        return symbol.parameters
    return tuple(
        Parameter(name=one.own, type=one.returns, default=one.value, optional=bool(one.value))
        for facts in about
        for one in facts.symbols
        if one.owner == symbol.name and one.kind == "value"
    )


def _value_fault(name: str, value: str, found: list[Symbol]) -> str:
    known = [symbol.value for symbol in found if symbol.value]
    if not known or any(same_value(value, one) for one in known) or value.strip() in ("…", "..."):
        return ""
    return f"{name} is {known[0]}"


def _strict_fault(one: Written, symbol: Symbol) -> str:
    """What differs between a signature that is given in full and the code's."""
    if symbol.kind == "class":
        return _class_fault(one, symbol)
    if one.returns and symbol.returns and not same_type(one.returns, symbol.returns):
        return f"{symbol.own} gives {symbol.returns}, not {one.returns}"
    if symbol.kind == "value" or symbol.parameters is None or one.parameters is None:
        return "" if symbol.kind != "value" or one.parameters is None else f"{symbol.own} is no function"
    known = {p.name: p for p in symbol.parameters}
    given = [p for p in one.parameters if p.name in known or p.name not in _RECEIVERS]
    for parameter in given:
        real = known.get(parameter.name)
        if real is None:
            return f"{symbol.own} has no parameter {parameter.name}"
        if fault := _parameter_fault(parameter, real, symbol):
            return fault
    if one.open:
        return ""
    names = [p.name for p in given]
    missing = [p.name for p in symbol.parameters if p.name not in names]
    if missing:
        return f"{symbol.own} has also the parameter {missing[0]}"
    order = [p.name for p in symbol.parameters]
    return "" if names == order else f"the parameters of {symbol.own} are {', '.join(order)}"


def _parameter_fault(given: Parameter, real: Parameter, symbol: Symbol) -> str:
    if given.type and real.type and not same_type(given.type, real.type):
        return f"{real.name} of {symbol.own} is of type {real.type}, not {given.type}"
    if given.default in ("…", "...") or (given.default and real.stars):
        return ""
    if given.default and not real.optional:
        return f"{real.name} of {symbol.own} has no default"
    if given.default and real.default and not same_value(given.default, real.default):
        return f"the default of {real.name} of {symbol.own} is {real.default}, not {given.default}"
    return ""


def _class_fault(one: Written, symbol: Symbol) -> str:
    """A class with its bases, or with what it is made from."""
    if one.parameters is None:
        return ""
    bases = {base.split("[")[0].rpartition(".")[2] for base in symbol.bases}
    names = [parameter.name for parameter in one.parameters]
    if bases and all(name in bases for name in names):
        return ""
    if symbol.parameters is not None and one.keyword != "class":
        made = [parameter.name for parameter in symbol.parameters]
        unknown = next((name for name in names if name not in made), "")
        return f"{symbol.own} is made without {unknown}" if unknown else ""
    if one.keyword == "class":
        unknown = next((name for name in names if name not in bases), "")
        return f"{symbol.own} has no base {unknown}" if unknown else ""
    return ""


def _loose_fault(one: Written, symbol: Symbol) -> str:
    """What no call and no shortened signature may say."""
    if symbol.kind == "value" or symbol.parameters is None or one.parameters is None:
        return ""
    if any(p.stars for p in symbol.parameters):
        return ""
    if not one.plain:
        return _strict_fault(Written(one.name, one.parameters, one.returns, open=True), symbol)
    given = [p for p in one.parameters if p.name not in _RECEIVERS]
    if len(given) > len(symbol.parameters):
        return f"{symbol.own} takes {len(symbol.parameters)} parameters"
    known = {p.name for p in symbol.parameters}
    unknown = next((p.name for p in one.parameters if p.optional and p.name not in known), "")
    return f"{symbol.own} has no parameter {unknown}" if unknown else ""

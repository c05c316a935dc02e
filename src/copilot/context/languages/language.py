"""What the walker must know about a language: which nodes are definitions, and where a signature ends."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Kind = Literal["import", "value", "list", "function", "type", "space", "declared", "wrap", "group"]
"""What a node is.

`import`: joined with the others in one row. `value`: a constant, a variable, a field, a case; inside a type
joined to its attributes. `list`: holds values that make one row. `function`: a row. `type`: a row, its
members named after it. `space`: a row, its members named without it. `declared`: C's declarations, which are
any of these. `wrap`: stands around one definition and belongs to its signature. `group`: is looked into.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One kind of node. `only` is a regular expression its text must begin with."""

    kind: Kind
    only: str = ""
    drop: str = ""
    """A word left out of the signature."""
    upto: tuple[str, ...] = ()
    """Fields of which the last that is there ends the signature, where no body tells it."""
    name: tuple[str, ...] = ()
    """Fields that lead to the name, where they are not the language's own."""
    otherwise: "Rule | None" = None
    """What it is when `only` does not match; nothing, as a rule."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """A grammar and its table of rules."""

    title: str
    module: str
    entry: str = "language"
    rules: Mapping[str, Rule]
    bodies: frozenset[str]
    """Nodes at which a signature ends and, for types, where the members are."""
    through: frozenset[str] = frozenset()
    """Nodes inside which a body or a value is looked for."""
    callables: frozenset[str] = frozenset()
    """Values that make a constant a function or a type."""
    names: tuple[str, ...] = ("name",)
    """Fields that lead to a definition's name, and node types that are names."""
    leading: frozenset[str] = frozenset()
    """Siblings before a definition that belong to it."""
    import_words: str = ""
    """A regular expression for what is left out at the start of an import."""
    import_shape: tuple[str, str] = ("", "")
    """A pattern and what an import of that form becomes."""
    import_join: str = ""
    """Where imports name one thing each: what stands before that thing, to group by the rest."""
    join: str = "."
    join_function: str = ""
    """Between the owner and a method, where it is not `join`."""
    doc_inside: bool = False
    """The doc is the first string of the body."""
    hidden: str = ""
    """A pattern for words that the parser must not see, such as macros before a name: it reads spaces."""
    parameters_inside: str = ""
    """A node type inside the body that belongs to the signature."""


def rules(**kinds: str) -> dict[str, Rule]:
    """`function="a b"` gives the node types `a` and `b` that kind."""
    found: dict[str, Rule] = {}
    for kind, types in kinds.items():
        name: Kind = kind.rstrip("_")  # pyright: ignore[reportAssignmentType]
        found.update(dict.fromkeys(types.split(), Rule(kind=name)))
    return found


def types(text: str) -> frozenset[str]:
    """A set of node types, from words."""
    return frozenset(text.split())

"""What the walker must know about a language: which nodes are definitions, and where a signature ends."""

from collections.abc import Mapping
from typing import Literal

from copilot.vocabulary.frozen import frozen

Kind = Literal[
    "import",
    "value",
    "list",
    "function",
    "type",
    "space",
    "declared",
    "wrap",
    "group",
    "access",
]
"""What a node is.

`import`: joined with the others in one row. `value`: a constant, a variable, a field, a case; inside a type
joined to its attributes. `list`: holds values that make one row. `function`: a row. `type`: a row, its
members named after it. `space`: a row, its members named without it. `declared`: C's declarations, which are
any of these. `wrap`: stands around one definition and belongs to its signature. `group`: is looked into.
`access`: says whether what follows is private.
"""


@frozen
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
    closed: bool = False
    """The members are private until the source says otherwise."""
    open: bool = False
    """The members count as public although the definition itself says nothing."""
    of_trait: str = ""
    """A field that tells, where it is there, that the members are declared elsewhere: names will do."""


@frozen
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
    import_path: str = r"(?!)"
    """A pattern with one group that finds the paths in an import."""
    import_paths_only: bool = False
    """Imports are shown by their paths alone."""
    private: str = ""
    """A pattern found in what stands before a private definition's name."""
    private_name: str = ""
    """A pattern at the start of a private name."""
    private_fields: bool = False
    """Private fields are shown as the others are."""
    open_types: str = ""
    """A pattern found in the row of a type whose members are public without saying so."""
    overrides: str = ""
    """A pattern found in the signature of a method that stands for one declared elsewhere."""
    overloads: bool = False
    """One function is declared several times, its body only once."""
    tests: str = ""
    """A pattern found before the name of what is a test."""
    noise: str = ""
    """A pattern for what is left out of signatures."""
    longest: int = 10_000_000
    """Bytes above which a file is not parsed."""
    longest_value: int = 60
    """Characters of a value above which an ellipsis stands for it."""
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

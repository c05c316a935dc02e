"""Loading grammars and parsing under limits that do not depend on the machine's speed."""

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from copilot.context.languages.language import Language

if TYPE_CHECKING:
    import tree_sitter

_FREE_STEPS = 200
_STEPS_A_BYTE = 0.02
"""Reports of progress (each some hundred parser steps), for a start and for each byte read, after which a
file counts as too hard. None of 2,800 ordinary files in 13 languages needed more than 0.02 a byte at any
place; sources that make the parser guess at every token need 0.03 and more, and ever longer for each.
Counting steps rather than seconds keeps the result the same everywhere."""
_OPEN = 2_000
"""Brackets of one kind without their counterpart above which a file is not parsed: recovery is quadratic."""
_PAIRS = ((b"(", b")"), (b"[", b"]"), (b"{", b"}"))
_CHUNK = 65_536


class NoOutlineError(ValueError):
    """There is no outline; the message says why, for a person."""


@cache
def load(module: str, entry: str) -> "tree_sitter.Language | None":
    """The grammar, or None where its package cannot be used."""
    try:
        grammar: Any = import_module(module)
        return import_module("tree_sitter").Language(getattr(grammar, entry)())
    except (ImportError, AttributeError, ValueError, TypeError, OSError):
        return None


def parse(language: Language, data: bytes) -> "tree_sitter.Node":
    """The tree of UTF-8 `data`. Raises NoOutlineError."""
    grammar = load(language.module, language.entry)
    if grammar is None:
        raise NoOutlineError(f"no grammar for {language.title} can be loaded here")
    if len(data) > language.longest:
        raise NoOutlineError(f"longer than {language.longest:,} bytes")
    if any(abs(data.count(one) - data.count(other)) > _OPEN for one, other in _PAIRS):
        raise NoOutlineError("too many brackets are left open")
    steps = 0

    def too_many(offset: int, _error: bool) -> bool:
        nonlocal steps
        steps += 1
        return steps > _FREE_STEPS + _STEPS_A_BYTE * offset

    def chunk(offset: int, _point: object) -> bytes:
        return data[offset : offset + _CHUNK]

    parser = import_module("tree_sitter").Parser(grammar)
    try:
        return parser.parse(chunk, progress_callback=too_many).root_node
    except ValueError as error:
        raise NoOutlineError("too hard to parse") from error


def first_error(root: "tree_sitter.Node") -> int | None:
    """The line of the first place that did not parse; None when all did."""
    node = root
    while node.has_error:
        if node.is_error or node.is_missing:
            return node.start_point[0] + 1
        inner = next((child for child in node.children if child.has_error), None)
        if inner is None:
            return node.start_point[0] + 1
        node = inner
    return None

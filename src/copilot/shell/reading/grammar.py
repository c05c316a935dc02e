"""Loading the grammars of shells, and parsing under limits that do not depend on the machine's speed."""

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import tree_sitter

Grammar = Literal["bash", "powershell"]

MAX_BYTES = 1_000_000
_FREE_STEPS = 400
_STEPS_A_BYTE = 0.02
"""Reports of progress for a start and for each byte, after which a text is too hard (see `context`)."""
_OPEN = 2_000
"""Brackets of one kind without their counterpart above which nothing is parsed: recovery is quadratic."""
_PAIRS = ((b"(", b")"), (b"[", b"]"), (b"{", b"}"))
_CHUNK = 16_384


class UnreadableError(ValueError):
    """The script cannot be parsed here; the message says why, for a person."""


@cache
def _load(name: Grammar) -> "tree_sitter.Language | None":
    try:
        grammar: Any = import_module(f"tree_sitter_{name}")
        return import_module("tree_sitter").Language(grammar.language())
    except (ImportError, AttributeError, ValueError, TypeError, OSError):
        return None


def parse(name: Grammar, data: bytes) -> "tree_sitter.Node":
    """The top of the tree of UTF-8 `data`. Raises UnreadableError.

    The parser asks for the text in pieces and reports its progress, so that other threads run meanwhile.
    """
    grammar = _load(name)
    if grammar is None:
        raise UnreadableError("No grammar for it can be loaded on this machine.")
    if len(data) > MAX_BYTES:
        raise UnreadableError(f"It is longer than {MAX_BYTES:,} bytes.")
    if any(abs(data.count(one) - data.count(other)) > _OPEN for one, other in _PAIRS):
        raise UnreadableError("Too many brackets are left open.")
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
        raise UnreadableError("It is too hard to parse.") from error

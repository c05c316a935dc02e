"""Loading grammars and parsing under limits that do not depend on the machine's speed."""

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import tree_sitter

_FREE_STEPS = 400
_STEPS_A_BYTE = 0.02
"""Reports of progress (each some hundred parser steps), for a start and for each byte read, after which a
text counts as too hard. None of 2,800 ordinary files in 13 languages needed more than 0.02 a byte at any
place; sources that make the parser guess at every token need 0.03 and more, and ever longer for each.
Counting steps rather than seconds keeps the result the same everywhere."""
_OPEN = 2_000
"""Brackets of one kind without their counterpart above which a text is not parsed: recovery is quadratic."""
_PAIRS = ((b"(", b")"), (b"[", b"]"), (b"{", b"}"))
_CHUNK = 16_384
_SHORT = 512
"""Bytes of a text that is given whole. tree-sitter 0.26 keeps a small object of every piece that it asks for,
for ever; the worst of 15,600 senseless texts of this length, in 13 languages, took 58 ms."""

Reason = Literal["no grammar", "too long", "open brackets", "too hard"]


class NoTreeError(ValueError):
    """A text was not parsed; `reason` says why."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason: Reason = reason


@cache
def load(module: str, entry: str) -> "tree_sitter.Language | None":
    """The grammar that a wheel's function gives, or None where it cannot be used."""
    try:
        grammar: Any = import_module(module)
        return import_module("tree_sitter").Language(getattr(grammar, entry)())
    except (ImportError, AttributeError, ValueError, TypeError, OSError):
        return None


def parse(module: str, entry: str, data: bytes, *, longest: int) -> "tree_sitter.Node":
    """The top of the tree of UTF-8 `data`, of at most `longest` bytes. Raises NoTreeError.

    The parser asks for a longer text in pieces and reports its progress, so that other threads run meanwhile.
    """
    grammar = load(module, entry)
    if grammar is None:
        raise NoTreeError("no grammar")
    if len(data) > longest:
        raise NoTreeError("too long")
    if any(abs(data.count(one) - data.count(other)) > _OPEN for one, other in _PAIRS):
        raise NoTreeError("open brackets")
    parser = import_module("tree_sitter").Parser(grammar)
    if len(data) <= _SHORT:
        return parser.parse(data).root_node
    steps = 0

    def too_many(offset: int, _error: bool) -> bool:
        nonlocal steps
        steps += 1
        return steps > _FREE_STEPS + _STEPS_A_BYTE * offset

    given: dict[int, memoryview] = {}

    def chunk(offset: int, _point: object) -> memoryview | bytes:
        if offset >= len(data):
            return b""
        if offset not in given:
            given[offset] = memoryview(data)[offset : offset + _CHUNK]
        return given[offset]

    try:
        return parser.parse(chunk, progress_callback=too_many).root_node
    except ValueError as error:
        raise NoTreeError("too hard") from error
    finally:
        for one in given.values():  # tree-sitter 0.26 never lets go of what it was given: of the text it must
            one.release()


@cache
def _query(module: str, entry: str, query: str) -> "tree_sitter.Query | None":
    grammar = load(module, entry)
    return None if grammar is None else import_module("tree_sitter").Query(grammar, query)


def captured(
    module: str, entry: str, root: "tree_sitter.Node", query: str
) -> "Mapping[str, list[tree_sitter.Node]]":
    """The nodes below `root` that a query names, without a walk over all others.

    Raises tree_sitter.QueryError for a query that the grammar does not know.
    """
    made = _query(module, entry, query)
    return {} if made is None else import_module("tree_sitter").QueryCursor(made).captures(root)


def first_error(root: "tree_sitter.Node") -> int | None:
    """The line of the first place that did not parse; None when all did."""
    node = root
    if not node.has_error:
        return None
    while not (node.is_error or node.is_missing):
        inner = next((child for child in node.children if child.has_error), None)
        if inner is None:
            break
        node = inner
    return node.start_point[0] + 1

"""The tree of a script, or why it cannot be read."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, Literal

from copilot.grammars import parsing

if TYPE_CHECKING:
    import tree_sitter

Grammar = Literal["bash", "powershell"]

MAX_BYTES = 1_000_000
_WORDS: Final[Mapping[parsing.Reason, str]] = {
    "no grammar": "No grammar for it can be loaded on this machine.",
    "too long": f"It is longer than {MAX_BYTES:,} bytes.",
    "open brackets": "Too many brackets are left open.",
    "too hard": "It is too hard to parse.",
}


class UnreadableError(ValueError):
    """The script cannot be parsed here; the message says why, for a person."""


def parse(name: Grammar, data: bytes) -> "tree_sitter.Node":
    """The top of the tree of UTF-8 `data`. Raises UnreadableError."""
    try:
        return parsing.parse(f"tree_sitter_{name}", "language", data, longest=MAX_BYTES)
    except parsing.NoTreeError as error:
        raise UnreadableError(_WORDS[error.reason]) from error


def captured(name: Grammar, root: "tree_sitter.Node", query: str) -> "Mapping[str, list[tree_sitter.Node]]":
    """The nodes below `root` that a query names."""
    return parsing.captured(f"tree_sitter_{name}", "language", root, query)

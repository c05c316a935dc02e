"""The names a file defines: which are private, and the public ones in order."""

import re
from typing import TYPE_CHECKING

from copilot.context.languages.language import Language
from copilot.vocabulary.frozen import field, mutable

if TYPE_CHECKING:
    from tree_sitter import Node

MAX_DEFINES = 400
"""Public names kept of one file."""
NAMELESS = "…"
_LONGEST = 300
"""Bytes of a name that are read."""
_LAST_WORD = re.compile(r"[^\W\d][\w$-]*")


@mutable
class Names:
    """`public` grows with each public name noted, without its owners."""

    language: Language
    data: bytes
    public: dict[str, None] = field(default_factory=dict[str, None])

    def words(self, node: "Node | None") -> str:
        """The name as written, without type parameters; an ellipsis where there is none on one line."""
        if node is None:
            return NAMELESS
        raw = self.data[node.start_byte : min(node.end_byte, node.start_byte + _LONGEST)]
        words = raw.decode("utf-8", "replace").partition("<")[0].strip("\"' \n")
        return words if words and "\n" not in words else NAMELESS

    def is_private(self, words: str, begin: str, head: str) -> bool:
        """By what stands before the name, by the name, and by the row of the type around it."""
        language = self.language
        if language.private and re.search(language.private, begin):
            return not (head and language.open_types and re.search(language.open_types, head))
        return bool(language.private_name and re.match(language.private_name, words))

    def note(self, words: str) -> None:
        """A public name."""
        if words != NAMELESS and len(self.public) < MAX_DEFINES:
            found = _LAST_WORD.findall(words)
            if found:
                self.public.setdefault(found[-1])

"""The tree of a source file, or why there is no outline of it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from copilot.context.languages.language import Language
from copilot.grammars import parsing

if TYPE_CHECKING:
    import tree_sitter

_WORDS: Final[Mapping[parsing.Reason, str]] = {
    "no grammar": "no grammar for {title} can be loaded here",
    "too long": "longer than {longest:,} bytes",
    "open brackets": "too many brackets are left open",
    "too hard": "too hard to parse",
}


class NoOutlineError(ValueError):
    """There is no outline; the message says why, for a person."""


def parse(language: Language, data: bytes) -> "tree_sitter.Node":
    """The tree of UTF-8 `data`. Raises NoOutlineError."""
    try:
        return parsing.parse(language.module, language.entry, data, longest=language.longest)
    except parsing.NoTreeError as error:
        words = _WORDS[error.reason].format(title=language.title, longest=language.longest)
        raise NoOutlineError(words) from error

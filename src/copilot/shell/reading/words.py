"""The value of a word of a POSIX shell script, as far as its text tells it."""

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final

from copilot.shell.reading.found import Word
from copilot.shell.reading.paths import ASIDE
from copilot.vocabulary.frozen import frozen

if TYPE_CHECKING:
    from tree_sitter import Node

_BACKSLASH: Final = re.compile(r"\\(.)", re.DOTALL)
_IN_QUOTES: Final = re.compile(r'\\([$`"\\\n])')
_ANSI: Final = re.compile(
    r"\\(?:x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{1,4})|U([0-9a-fA-F]{1,8})|([0-7]{1,3})|(.))", re.DOTALL
)
_LETTERS: Final[Mapping[str, str]] = {
    "n": "\n",
    "t": "\t",
    "r": "\r",
    "a": "\a",
    "b": "\b",
    "e": "\x1b",
    "E": "\x1b",
    "f": "\f",
    "v": "\v",
}
_HIDDEN: Final = re.compile(r"\$\(|`|\$\{")
_QUOTES: Final = ("string", "raw_string", "ansi_c_string", "translated_string")
_MOST_PIECES = 2_000


def hides_command(text: str) -> bool:
    """Whether a constant text holds what a shell would run, were the text read once more."""
    return bool(_HIDDEN.search(text))


@frozen(kw_only=False)
class Words:
    """Reads the words of one source. `variables` holds the constants known at this moment."""

    source: bytes
    variables: Mapping[str, str]

    def text(self, node: "Node") -> str:
        """As it is written."""
        return self.source[node.start_byte : node.end_byte].decode("utf-8", "replace")

    def word(self, node: "Node") -> Word:
        """Its value."""
        match node.type:
            case "word" | "number" | "variable_name" | "extglob_pattern" | "regex" | "test_operator":
                written = self.text(node)
                plain = _BACKSLASH.sub(r"\1", written) if "\\" in written else written
                return Word(plain, pieced=plain != written)
            case "raw_string":
                return Word(self.text(node)[1:-1], quoted=True)
            case "ansi_c_string":
                return Word(_ansi(self.text(node)[2:-1]), quoted=True, pieced="\\" in self.text(node))
            case "string" | "translated_string":
                return self._string(node)
            case "command_name" if node.child_count == 1:
                return self.word(node.children[0])
            case "concatenation" | "command_name":
                return self._joined(node)
            case "simple_expansion" | "expansion":
                return self._expansion(node)
            case "command_substitution" | "process_substitution":
                return Word(ASIDE, constant=False, runs=True)
            case "arithmetic_expansion":
                return Word(ASIDE, constant=False)
            case "brace_expression":
                return Word(ASIDE, constant=False, pieced=True)
            case _ if not node.is_named:
                return Word(self.text(node))
            case _:
                return Word(ASIDE, constant=False)

    def _joined(self, node: "Node") -> Word:
        parts = [self.word(child) for child in node.children[:_MOST_PIECES]]
        kinds = {child.type for child in node.children}
        braces = any(child.type == "word" and self.text(child) in "{}" for child in node.children)
        text, constant, runs = _sum(parts)
        if braces:
            head = text.split("{", 1)[0]
            return Word(head + ASIDE, constant=False, runs=runs, pieced=True)
        pieced = any(part.pieced for part in parts) or len(kinds - {"word", "number"}) > 0
        return Word(text, constant and len(parts) <= _MOST_PIECES, runs, pieced=pieced)

    def _string(self, node: "Node") -> Word:
        quoted = next((child for child in node.children if child.type == '"'), None)
        start = node.start_byte + 1 if quoted is None else quoted.end_byte
        end = node.end_byte - 1
        parts: list[Word] = []
        at = start
        for child in node.children:
            if child.type in ("string_content", '"', "$") or child.end_byte <= at:
                continue
            if child.type == "string":
                return self._string(child)
            parts += (self._quoted(at, child.start_byte), self.word(child))
            at = child.end_byte
        parts.append(self._quoted(at, max(at, end)))
        text, constant, runs = _sum(parts)
        return Word(text, constant, runs, quoted=True)

    def _quoted(self, start: int, end: int) -> Word:
        written = self.source[start:end].decode("utf-8", "replace")
        return Word(_IN_QUOTES.sub(lambda m: "" if m[1] == "\n" else m[1], written))

    def _expansion(self, node: "Node") -> Word:
        named = [child for child in node.children if child.is_named]
        runs = any(child.type == "command_substitution" for child in named)
        if len(named) == 1 and named[0].type == "variable_name" and node.child_count <= 3:
            name = self.text(named[0])
            if name in ("HOME", "PWD"):
                return Word("~" if name == "HOME" else ".")
            known = self.variables.get(name)
            if known is not None and "#" not in self.text(node)[:3] and "!" not in self.text(node)[:3]:
                return Word(known)
        return Word(ASIDE, constant=False, runs=runs)


def split(word: Word, node_type: str) -> list[Word]:
    """The words that an expansion outside of quotes becomes."""
    if node_type in ("simple_expansion", "expansion") and word.constant and not word.text.isalnum():
        pieces = word.text.split()
        if len(pieces) != 1 or pieces[0] != word.text:
            return [Word(piece) for piece in pieces]
    return [word]


def _sum(parts: Iterable[Word]) -> tuple[str, bool, bool]:
    held = list(parts)
    text = "".join(part.text for part in held)
    return text, all(part.constant for part in held), any(part.runs for part in held)


def _ansi(body: str) -> str:
    def one(found: re.Match[str]) -> str:
        digits, base = (found[1] or found[2] or found[3], 16) if not found[4] else (found[4], 8)
        if digits:
            code = int(digits, base)
            return chr(code) if code < 0x110000 and not 0xD800 <= code < 0xE000 else "�"
        return _LETTERS.get(found[5], found[5])

    return _ANSI.sub(one, body)

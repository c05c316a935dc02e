"""The text of a Python file by the places that `ast` gives: pieces cut out, put on one line, kept short."""

import ast
import re

from copilot.context.markdown import one_line
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.patterns import late

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
_PIECE = late(
    r"(?P<string>\"\"\"(?:\\.|(?!\"\"\").)*\"\"\"|'''(?:\\.|(?!''').)*'''"
    r"|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*')"
    r"|(?P<comment>\#[^\n]*)"
    r"|(?P<continued>[ \t\f]*\\\n[ \t\f]*)"
    r"|(?P<space>[ \t\f]{2,}|[\t\f])",
    re.DOTALL,
)


@frozen(kw_only=False)
class Source:
    """The lines of a text without their ends. `ast` counts lines from 1 and columns in UTF-8 bytes."""

    lines: list[str]

    def between(self, first: int, left: int, last: int, right: int) -> str:
        """From a line and column to another, on one line."""
        start = self.lines[first - 1]
        if first == last:
            text = start[left:right] if start.isascii() else start.encode()[left:right].decode()
            return _squeezed(text) if _is_odd(text) else text
        end = self.lines[last - 1]
        start = start[left:] if start.isascii() else start.encode()[left:].decode()
        end = end[:right] if end.isascii() else end.encode()[:right].decode()
        pieces = [start, *self.lines[first : last - 1], end]
        text = _joined(pieces)
        return _squeezed("\n".join(pieces)) if _is_odd(text) else text

    def of(self, node: ast.expr | ast.stmt) -> str:
        """The node as written, on one line."""
        first, last = node.lineno, node.end_lineno or 0
        if first == last and (line := self.lines[first - 1]).isascii():
            text = line[node.col_offset : node.end_col_offset]
            return _squeezed(text) if "  " in text or "\t" in text else text
        return self.between(first, node.col_offset, last, node.end_col_offset or 0)

    def header(self, node: Definition) -> str:
        """`def name(...) -> type` or `class Name(...)`, without its colon.

        All that stands before the body's first statement is the header, its colon and comments.
        """
        body = node.body[0]
        first, last, right = node.lineno, body.lineno, body.col_offset
        if last == first + 1:
            text = self.lines[first - 1][node.col_offset :]
            odd = "#" in text or "  " in text or "\t" in text
            if text.endswith(":") and not odd and not self.lines[first][:right].strip():
                return text[:-1]
        if isinstance(body, Definition) and body.decorator_list:
            last, right = body.decorator_list[0].lineno, 0
        text = self.between(first, node.col_offset, last, right).rstrip(" :@(")
        if last > first:  # a comma that only split lines asked for
            text = text.replace(",) -> ", ") -> ", 1)
            if text.endswith(",)") and "->" not in text:
                text = f"{text[:-2]})"
        return text


def _is_odd(text: str) -> bool:
    """Whether joining the stripped lines of a piece of source may not be enough to squeeze it."""
    return "  " in text or "#" in text or "\\" in text or "\t" in text or '"""' in text or "'''" in text


def _joined(lines: list[str]) -> str:
    """The lines as one, with no space inside a bracket's edge; lines of comments are left out."""
    text, last = "", "("
    for line in map(str.strip, lines):
        if line and (first := line[0]) != "#":
            text += line if last in "([{" or first in ")]}" else f" {line}"
            last = line[-1]
    return text


def _squeezed(text: str) -> str:
    """On one line: comments out, whitespace outside strings to one space; strings as they are."""
    return one_line(_joined(_PIECE.sub(_kept, text).split("\n")))


def _kept(piece: re.Match[str]) -> str:
    match piece.lastgroup:
        case "string":
            return piece[0].replace("\n", " ")
        case "comment":
            return ""
        case _:
            return " "

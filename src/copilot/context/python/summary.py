"""A Python file as one compact Markdown table: what it imports and defines, with line ranges.

Signatures are cut from the source, not rebuilt: comments and line breaks go, all else stays as written.
"""

import ast
import warnings

from copilot.context.python.pieces import doc
from copilot.context.python.rows import Rows, row
from copilot.context.python.source import Source
from copilot.vocabulary.frozen import frozen

MOST_DEFINES = 400
_HEAD = "lines|definition|about\n-|-|-\n"


class NotPythonError(ValueError):
    """The text is not valid for this Python; the message says where and why."""


@frozen
class Outline:
    """What a file says of itself (`doc`, its first line; `table`; either may be empty), and facts to rank by.

    `defines` are the public names of the module and the names of public methods, at most `MOST_DEFINES`;
    `imports` the modules as written, and `x.y` as well as `x` for `from x import y`. Each is there once.
    """

    doc: str
    table: str
    defines: tuple[str, ...]
    imports: tuple[str, ...]


def outline(text: str) -> Outline:
    """The outline of a module's text. Raises NotPythonError."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    tree = _parse(text)
    found = Rows(Source(text.split("\n")))
    found.scope(tree.body)
    rows, imports = found.rows, found.imports
    if shown := imports.shown():
        rows.insert(0, row(imports.first, imports.last, shown))
    return Outline(
        doc=doc(tree),
        table=_HEAD + "".join(rows) if rows else "",
        defines=tuple(found.defines)[:MOST_DEFINES],
        imports=tuple(imports.modules),
    )


def _parse(text: str) -> ast.Module:
    try:
        with warnings.catch_warnings():  # an odd escape in a file we only read is no business of ours
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except SyntaxError as error:
        where = f"line {error.lineno}: " if error.lineno else ""
        raise NotPythonError(f"{where}{error.msg}") from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise NotPythonError(str(error) or "nested too deeply") from error

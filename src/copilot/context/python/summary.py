"""A Python file as one compact Markdown table: what it imports and defines, with line ranges.

Signatures are cut from the source, not rebuilt: comments and line breaks go, all else stays as written.
"""

import warnings

from copilot.context.python.parts import PART, Parts
from copilot.context.python.rows import Rows, row
from copilot.context.python.source import Source
from copilot.vocabulary.frozen import frozen

MOST_DEFINES = 400
_HEAD = "lines|definition|about\n-|-|-\n"


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


def outline(text: str, part: int = PART) -> Outline:
    """The outline of a module's text, of which about `part` characters are parsed at a time.

    Raises NotPythonError or TooLongError.
    """
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    lines = text.split("\n")
    parts = Parts(text, lines, part)
    found = Rows(Source(lines), parts.members)
    with warnings.catch_warnings():  # an odd escape in a file we only read is no business of ours
        warnings.simplefilter("ignore")
        found.scope(parts.statements())
    rows, imports = found.rows, found.imports
    if shown := imports.shown():
        rows.insert(0, row(imports.first, imports.last, shown))
    return Outline(
        doc=parts.doc,
        table=_HEAD + "".join(rows) if rows else "",
        defines=tuple(found.defines)[:MOST_DEFINES],
        imports=tuple(imports.modules),
    )

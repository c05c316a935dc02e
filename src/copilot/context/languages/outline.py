"""A source file in any of the known languages as an outline."""

import re

from copilot.context.languages.grammar import NoOutlineError, parse
from copilot.context.languages.imports import Imports
from copilot.context.languages.language import Language
from copilot.context.languages.walk import MAX_NODES, Walk
from copilot.context.table import table
from copilot.grammars.parsing import first_error
from copilot.vocabulary.frozen import frozen

__all__ = ["NoOutlineError", "Outline", "outline"]


@frozen
class Outline:
    """`doc` is the file's own first line about itself; `notes` are sentences on what is missing."""

    doc: str
    table: str
    notes: tuple[str, ...] = ()
    defines: tuple[str, ...] = ()
    """Public names at the first level and of public methods, each once, without their owners."""
    imports: tuple[str, ...] = ()
    """What is imported, as written."""


def outline(text: str, language: Language) -> Outline:
    """Read `text`. Raises NoOutlineError where there is no grammar or it is too hard."""
    data = text.replace("\r\n", "\n").replace("\r", "\n").encode("utf-8", "replace")
    seen = re.sub(language.hidden.encode(), _spaces, data) if language.hidden else data
    root = parse(language, seen)
    walk = Walk(language=language, data=data, imports=Imports(language))
    rows = walk.run(root)
    notes: list[str] = []
    wrong = first_error(root)
    if wrong is not None:
        notes.append(f"Not all of it could be parsed (first at line {wrong:,}).")
    if walk.seen >= MAX_NODES:
        notes.append("Not all of it is listed.")
    if walk.lean:
        notes.append("Fields by name." if walk.lean == 1 else "Fields and small declarations by name.")
    return Outline(
        doc=walk.doc.strip(),
        table=table(rows),
        notes=tuple(notes),
        defines=tuple(walk.names.public),
        imports=walk.imports.paths(),
    )


_NOT_A_LINE_END = re.compile(rb"[^\n]")


def _spaces(found: "re.Match[bytes]") -> bytes:
    return _NOT_A_LINE_END.sub(b" ", found[0])

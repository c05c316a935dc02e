"""One file as an outline: source by definitions, documents by headings, data by keys, other text by its head.

Never raises for what a file holds. Equal bytes under an equal name give equal text.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace

from copilot.context.languages.headings import headings
from copilot.context.languages.json_keys import json_keys
from copilot.context.languages.keys import Entry, keys_table
from copilot.context.languages.known import language_of, program
from copilot.context.languages.language import Language
from copilot.context.languages.notebook import notebook
from copilot.context.languages.outline import NoOutlineError, outline
from copilot.context.languages.scripting import PYTHON
from copilot.context.languages.toml_keys import toml_keys
from copilot.context.languages.yaml_keys import yaml_keys
from copilot.context.markdown import amount, fence_word, fenced, line_count
from copilot.context.python_summary import NotPythonError
from copilot.context.python_summary import outline as python_outline
from copilot.vocabulary.text import clean
from copilot.workspace.reading import decode

HEAD_LINES = 20
HEAD_CHARACTERS = 1_000
LONGEST_WHOLE = 100_000
"""Characters up to which a file shorter than its outline is shown whole; beyond it is shown by its head."""
LONGEST_PARSED = 300_000
"""Characters of Python beyond which `ast` is not used: its tree takes up to 200 times as much (measured)."""
MAX_BYTES = 1_000_000
"""Bytes above which a file is not parsed but shown by head and size."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What an outline says. `notes` are sentences about the file, `limits` about this outline of it."""

    kind: str
    notes: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()
    doc: str = ""
    table: str = ""
    defines: tuple[str, ...] = ()
    imports: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """A file's outline as Markdown, the public names it defines and the modules it imports, as written."""

    text: str
    defines: tuple[str, ...] = ()
    imports: tuple[str, ...] = ()


def summarize(path: str, data: bytes) -> str:
    """Markdown for the file `path` (for its kind; nothing is read from disk) that holds `data`.

    A file that is no longer than its outline is shown whole.
    """
    decoded = decode(data)
    if decoded is None:
        return f"Binary, {amount(len(data), 'byte')}.\n"
    return summary_of(path, decoded.text, len(data)).text


def summary_of(path: str, text: str, size: int) -> Summary:
    """The summary of a text that has `size` bytes on disk."""
    body = clean(text)
    lines = amount(line_count(body), "line")
    if not body.strip():
        return Summary(text=f"Empty, {amount(size, 'byte')}.\n")
    if size > MAX_BYTES:
        told = f"{lines}, {amount(size, 'byte')}. Too large for an outline."
        return Summary(text=f"{told}\n\n{_head(path, body)}")
    found = _outline(path, body)
    if found is None:
        return Summary(text=f"{lines}, {amount(size, 'byte')}.\n\n{_head(path, body)}")
    about = " ".join([f"{found.kind}, {lines}.", *found.notes])
    if not found.table or len(found.table) > len(body):
        shown = f"{about}\n\n{_head(path, body, min(len(found.table), LONGEST_WHOLE))}"
    else:
        shown = f"{' '.join((about, *found.limits, found.doc)).strip()}\n\n{found.table}"
    return Summary(text=shown, defines=found.defines, imports=found.imports)


def _outline(path: str, body: str) -> Found | None:
    """The outline by the file's kind; None for kinds that have none."""
    name = path.lower()
    if name.endswith((".py", ".pyi", ".pyw")) or (body.startswith("#!") and program(body) == "python"):
        return _python(body)
    document = _document(name.rpartition(".")[2] if "." in name else "", body)
    if document is not None:
        return document
    language = language_of(path, body)
    return None if language is None else _source(body, language)


def _document(suffix: str, body: str) -> Found | None:
    """Documents and data; None for any other suffix."""
    match suffix:
        case "md" | "markdown" | "mdx":
            return Found(kind="Markdown", table=headings(body))
        case "ipynb":
            language, cells = notebook(body)
            if cells:
                return Found(
                    kind="Notebook", notes=(f"Language: {language}.",) if language else (), table=cells
                )
            return _keys("JSON", json_keys(body))
        case "json" | "jsonc" | "json5" | "webmanifest":
            return _keys("JSON", json_keys(body))
        case "toml":
            return _keys("TOML", toml_keys(body))
        case "yaml" | "yml":
            return _keys("YAML", yaml_keys(body))
        case _:
            return None


def _keys(kind: str, entries: Sequence[Entry]) -> Found:
    shown, limits = keys_table(entries)
    return Found(kind=kind, limits=limits, table=shown)


def _python(body: str) -> Found:
    if len(body) > LONGEST_PARSED:
        found = _source(body, PYTHON)
        limit = f"Longer than {LONGEST_PARSED:,} characters: read with tree-sitter-python."
        return replace(found, kind="Python", limits=(*found.limits, limit))
    try:
        found = python_outline(body)
    except NotPythonError as error:
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        found = _source(body, PYTHON)
        note = f"Not valid for Python {version} ({error})."
        return replace(
            found, kind="Python", notes=(note, *found.notes), limits=("Read with tree-sitter-python.",)
        )
    return Found(
        kind="Python", doc=found.doc, table=found.table, defines=found.defines, imports=found.imports
    )


def _source(body: str, language: Language) -> Found:
    try:
        found = outline(body, language)
    except NoOutlineError as error:
        return Found(kind=language.title, notes=(f"No outline: {error}.",))
    return Found(
        kind=language.title,
        limits=found.notes,
        doc=found.doc,
        table=found.table,
        defines=found.defines,
        imports=found.imports,
    )


def _head(path: str, text: str, least: int = 0) -> str:
    """The first lines, the whole text where it is not longer than `least`."""
    lines = text.splitlines(keepends=True)
    head = text if len(text) <= least else "".join(lines[:HEAD_LINES])[:HEAD_CHARACTERS]
    if len(head) == len(text):
        return fenced(head, fence_word(path))
    shown = amount(line_count(head), "line")
    return f"The first {shown}:\n\n{fenced(head, fence_word(path))}"

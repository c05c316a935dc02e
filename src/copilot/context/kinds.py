"""Outlines of everything but Python: sources through their grammars, documents by headings, data by keys.

What reads a kind is loaded with the first file of that kind.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from copilot.context.found import Found
from copilot.context.languages.known import language_of, program

if TYPE_CHECKING:
    from copilot.context.languages.keys import Entry
    from copilot.context.languages.language import Language


def is_python_script(body: str) -> bool:
    """Whether a text without Python's suffix is Python, by the program that its first line names."""
    return body.startswith("#!") and program(body) == "python"


def outline_of(path: str, body: str) -> Found | None:
    """The outline by the file's kind; None for kinds that have none."""
    name = path.lower()
    document = _document(name.rpartition(".")[2] if "." in name else "", body)
    if document is not None:
        return document
    language = language_of(path, body)
    return None if language is None else _source(body, language)


def python_by_grammar(body: str) -> Found:
    """Python that `ast` does not take."""
    from copilot.context.languages.scripting import PYTHON

    return _source(body, PYTHON)


def _document(suffix: str, body: str) -> Found | None:
    """Documents and data; None for any other suffix."""
    match suffix:
        case "md" | "markdown" | "mdx":
            from copilot.context.languages.headings import headings

            return Found(kind="Markdown", table=headings(body))
        case "ipynb":
            from copilot.context.languages.notebook import notebook

            language, cells = notebook(body)
            if cells:
                return Found(
                    kind="Notebook", notes=(f"Language: {language}.",) if language else (), table=cells
                )
            return _json(body)
        case "json" | "jsonc" | "json5" | "webmanifest":
            return _json(body)
        case "toml":
            from copilot.context.languages.toml_keys import toml_keys

            return _keys("TOML", toml_keys(body))
        case "yaml" | "yml":
            from copilot.context.languages.yaml_keys import yaml_keys

            return _keys("YAML", yaml_keys(body))
        case _:
            return None


def _json(body: str) -> Found:
    from copilot.context.languages.json_keys import json_keys

    return _keys("JSON", json_keys(body))


def _keys(kind: str, entries: "Sequence[Entry]") -> Found:
    from copilot.context.languages.keys import keys_table

    shown, limits = keys_table(entries)
    return Found(kind=kind, limits=limits, table=shown)


def _source(body: str, language: "Language") -> Found:
    from copilot.context.languages.outline import NoOutlineError, outline

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

"""Outlines of everything but Python: sources through their grammars, documents by headings, data by keys."""

from collections.abc import Sequence

from copilot.context.found import Found
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
    return _source(body, PYTHON)


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

"""One file as an outline: Python by its definitions, other text by its head and size, anything else by name.

Never raises for what a file holds.
"""

import sys

from copilot.context.markdown import amount, fence_word, fenced
from copilot.context.python_summary import NotPythonError, outline
from copilot.vocabulary.text import clean
from copilot.workspace.reading import decode

HEAD_LINES = 20
HEAD_CHARACTERS = 1_000


def summarize(path: str, data: bytes) -> str:
    """Markdown for the file `path` (for its kind; nothing is read from disk) that holds `data`."""
    decoded = decode(data)
    if decoded is None:
        return f"Binary, {amount(len(data), 'byte')}.\n"
    body = clean(decoded.text)
    size = f"{amount(line_count(body), 'line')}, {amount(len(data), 'byte')}."
    if not body.strip():
        return f"Empty, {amount(len(data), 'byte')}.\n"
    if path.lower().endswith((".py", ".pyi", ".pyw")):
        try:
            found = outline(body)
            gap = "\n\n" if found.startswith("|") else " "
            return f"Python, {size}{gap}{found}"
        except NotPythonError as error:
            version = f"{sys.version_info.major}.{sys.version_info.minor}"
            return f"Not valid for Python {version} ({error}), {size}\n\n{_head(path, body)}"
    return f"{size}\n\n{_head(path, body)}"


def line_count(text: str) -> int:
    """Lines as an editor counts them; a last line without an end counts."""
    return text.count("\n") + (not text.endswith("\n") if text else 0)


def _head(path: str, text: str) -> str:
    lines = text.splitlines(keepends=True)
    head = "".join(lines[:HEAD_LINES])[:HEAD_CHARACTERS]
    if len(head) == len(text):
        return fenced(head, fence_word(path))
    shown = amount(line_count(head), "line")
    return f"The first {shown}:\n\n{fenced(head, fence_word(path))}"

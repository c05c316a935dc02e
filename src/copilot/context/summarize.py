"""One file as an outline: source by definitions, documents by headings, data by keys, other text by its head.

Never raises for what a file holds. Equal bytes under an equal name give equal text.
"""

import sys

from copilot.context.found import Found
from copilot.context.markdown import amount, fence_word, fenced, line_count
from copilot.context.python.lean import LONGEST, TooLongError
from copilot.context.python.parts import NotPythonError
from copilot.context.python.summary import outline as python_outline
from copilot.vocabulary.frozen import frozen, replace
from copilot.vocabulary.text import clean
from copilot.workspace.reading import decode

HEAD_LINES = 20
HEAD_CHARACTERS = 1_000
LONGEST_WHOLE = 100_000
"""Characters up to which a file shorter than its outline is shown whole; beyond it is shown by its head."""
MAX_BYTES = 1_000_000
"""Bytes above which a file is not parsed but shown by head and size."""


@frozen
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
    if name.endswith((".py", ".pyi", ".pyw")):
        return _python(body)
    from copilot.context import kinds  # all the other languages: a project in Python has no use for them

    return _python(body) if kinds.is_python_script(body) else kinds.outline_of(path, body)


def _python(body: str) -> Found:
    wrong = ""
    try:
        found = python_outline(body)
        return Found(
            kind="Python", doc=found.doc, table=found.table, defines=found.defines, imports=found.imports
        )
    except TooLongError:
        pass
    except NotPythonError as error:
        wrong = str(error)
    # here, where the tree that the error came from is gone
    from copilot.context import kinds

    read = kinds.python_by_grammar(body)
    if not wrong:
        limit = f"A part is longer than {LONGEST:,} characters: read with tree-sitter-python."
        return replace(read, kind="Python", limits=(*read.limits, limit))
    note = f"Not valid for Python {sys.version_info.major}.{sys.version_info.minor} ({wrong})."
    return replace(read, kind="Python", notes=(note, *read.notes), limits=("Read with tree-sitter-python.",))


def _head(path: str, text: str, least: int = 0) -> str:
    """The first lines, the whole text where it is not longer than `least`."""
    lines = text.splitlines(keepends=True)
    head = text if len(text) <= least else "".join(lines[:HEAD_LINES])[:HEAD_CHARACTERS]
    if len(head) == len(text):
        return fenced(head, fence_word(path))
    shown = amount(line_count(head), "line")
    return f"The first {shown}:\n\n{fenced(head, fence_word(path))}"

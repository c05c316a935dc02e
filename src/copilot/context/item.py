"""One chosen file as a section of the context."""

import hashlib

from copilot.context.files import Folder, NotShownError
from copilot.context.markdown import amount, fence_word, fenced, path_line
from copilot.context.summarize import line_count, summarize
from copilot.vocabulary.text import clean
from copilot.vocabulary.values import FileItem, View
from copilot.workspace.reading import decode

MAX_BYTES = 1_000_000
"""A larger file is named and not shown; the model can read parts of it by a tool."""


def read_item(folder: Folder, path: str, view: View) -> FileItem:
    """Read one file. What cannot be shown becomes an item whose `note` says why."""
    size, mtime_ns = folder.stamp(path)
    try:
        data = folder.read(path, MAX_BYTES)
    except NotShownError as error:
        return _not_shown(path, view, size, mtime_ns, "", str(error))
    sha256 = hashlib.sha256(data).hexdigest()
    decoded = decode(data)
    if decoded is None:
        return _not_shown(path, view, size, mtime_ns, sha256, f"binary, {amount(len(data), 'byte')}")
    section = _summary(path, data) if view == "summary" else _full(path, clean(decoded.text), len(data))
    return FileItem(path=path, view=view, text=section, size=size, mtime_ns=mtime_ns, sha256=sha256)


def _full(path: str, text: str, size: int) -> str:
    end = "" if text.endswith("\n") or not text else ", no newline at its end"
    told = f"View: full. {amount(line_count(text), 'line')}, {amount(size, 'byte')}{end}."
    return f"{_heading(path)}{told}\n\n{fenced(text, fence_word(path))}"


def _summary(path: str, data: bytes) -> str:
    return f"{_heading(path)}View: summary. {summarize(path, data)}"


def _heading(path: str) -> str:
    return f"## {path_line(path)}\n\n"


def _not_shown(path: str, view: View, size: int, mtime_ns: int, sha256: str, note: str) -> FileItem:
    line = f"- {path_line(path)}: {note}\n"
    return FileItem(path=path, view=view, text=line, size=size, mtime_ns=mtime_ns, sha256=sha256, note=note)

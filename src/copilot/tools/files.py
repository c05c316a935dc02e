"""Looking at the project: what is in a folder, the tree below it, the words of a file."""

from collections.abc import Iterable
from typing import Annotated

from copilot.tools.argument import Argument
from copilot.tools.context import ToolContext
from copilot.tools.opened import read_text, refuse_hidden
from copilot.vocabulary.text import visible
from copilot.workspace.boundary import Boundary, Entry
from copilot.workspace.ignore import hidden_in
from copilot.workspace.reading import TextFile
from copilot.workspace.secrets import secret_reason
from copilot.workspace.walking import walk

MOST_ENTRIES = 1_000
MOST_TREE_LINES = 500
MOST_CHARACTERS = 100_000
"""Most characters of one read, whatever is asked for (or the person's own default, where that is larger)."""

FolderPath = Annotated[
    str, Argument(description="Folder, relative to the base directory; '.' is the base directory.")
]
FilePath = Annotated[str, Argument(description="File, relative to the base directory, with forward slashes.")]


def list_directory(ctx: ToolContext, *, path: FolderPath = ".") -> str:
    """List one folder: name, type and size in bytes of each entry."""
    boundary = Boundary(ctx.base_dir)
    folder = boundary.resolve(path)
    refuse_hidden(boundary, folder)
    entries = boundary.list(path)
    hidden = hidden_in(boundary, folder, entries)
    kept = [entry for entry in entries if entry.name not in hidden]
    kept.sort(key=lambda entry: (entry.kind != "folder", entry.name))
    lines = [f"{shown_name(folder)}: {count(len(kept), 'entry', 'entries')}"]
    lines += [_listed(entry) for entry in kept[:MOST_ENTRIES]]
    if len(kept) > MOST_ENTRIES:
        lines.append(f"[{len(kept) - MOST_ENTRIES:,} more entries are not shown; search_files finds by name]")
    if hidden:
        lines.append(f"[{count(len(hidden), 'entry', 'entries')} hidden from you by an ignore file]")
    return "\n".join(lines)


def directory_tree(
    ctx: ToolContext,
    *,
    path: FolderPath = ".",
    depth: Annotated[int, Argument(ge=1, le=20, description="How many levels of folders to show.")] = 3,
) -> str:
    """Show the files and folders below a folder as an indented tree. Ignored files are left out."""
    boundary = Boundary(ctx.base_dir)
    folder = boundary.resolve(path)
    refuse_hidden(boundary, folder)
    above = 0 if folder == "." else folder.count("/") + 1
    lines = [f"{shown_name(folder)}/" if folder != "." else "./"]
    for entry in walk(ctx.base_dir, path, depth=depth):
        if len(lines) > MOST_TREE_LINES or ctx.cancelled():
            lines.append(f"[cut after {MOST_TREE_LINES} lines; show a part of it, or fewer levels]")
            break
        lines.append("  " * (entry.path.count("/") + 1 - above) + marked_name(entry))
    return "\n".join(lines)


def read_file(
    ctx: ToolContext,
    *,
    path: FilePath,
    offset: Annotated[int, Argument(ge=0, description="Characters to skip from the start of the file.")] = 0,
    limit: Annotated[
        int | None, Argument(ge=1, description="Most characters to read; 10,000 unless set otherwise.")
    ] = None,
) -> str:
    """Read a text file, or a part of it. A first line in brackets says what was left out and how to go on."""
    opened = read_text(ctx, path)
    text = opened.text.text
    most = max(MOST_CHARACTERS, ctx.limits.read_characters)
    length = min(limit or ctx.limits.read_characters, most)
    part = text[offset : offset + length]
    ctx.seen.known[opened.file.path] = opened.file.sha256
    notes = [*_cut(text, offset, part), *_writing(opened.text)]
    return f"[{'; '.join(notes)}]\n{part}" if notes else part


def _cut(text: str, offset: int, part: str) -> Iterable[str]:
    total, end = len(text), offset + len(part)
    if not text:
        yield "the file is empty"
    elif not part:
        yield f"nothing there: the file has {total:,} characters and offset is {offset:,}"
    elif len(part) < total:
        first = text.count("\n", 0, offset) + 1
        last = first + part.rstrip("\n").count("\n")
        yield f"characters {offset:,} to {end:,} of {total:,}, lines {first:,} to {last:,}"
        if end < total:
            yield f"go on with offset={end}"


def _writing(text: TextFile) -> Iterable[str]:
    if text.encoding != "utf-8":
        yield f"encoding {text.encoding}{', a guess' if text.guessed else ''}"
    if text.newline == "\r\n":
        yield "lines end in CRLF, shown and edited as plain line feeds"


def count(number: int, one: str, many: str) -> str:
    """`1 entry`, `2 entries`."""
    return f"{number:,} {one if number == 1 else many}"


def shown_name(name: str) -> str:
    """A name in a listing: what does not show is escaped, so that no name can look like another line."""
    return visible(name, keep="")


def marked_name(entry: Entry) -> str:
    """The name with its kind: folders end in a slash, links in an at sign."""
    name = shown_name(entry.name)
    match entry.kind:
        case "folder":
            return f"{name}/"
        case "link":
            return f"{name}@"
        case "other":
            return f"{name} (not a regular file)"
        case "file":
            return name


def _listed(entry: Entry) -> str:
    kind = "pipe, socket or device" if entry.kind == "other" else entry.kind
    size = f", {count(entry.size, 'byte', 'bytes')}" if entry.kind == "file" else ""
    secret = entry.kind == "file" and secret_reason(entry.path)
    return f"{marked_name(entry)}  {kind}{size}{', the person is asked before it is read' if secret else ''}"

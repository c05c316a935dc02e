"""Finding files by name and lines by their text. Ignored files are left out, secrets are not opened."""

import time
from collections.abc import Iterator
from typing import Annotated

from copilot.context.globs import GlobError, finder
from copilot.tools.argument import Argument
from copilot.tools.context import ToolContext
from copilot.tools.files import count, marked_name, shown_name
from copilot.tools.opened import refuse_hidden
from copilot.tools.searcher import Searcher, TooSlowError
from copilot.vocabulary.errors import ForbiddenPathError, ToolError, TurnCancelledError
from copilot.vocabulary.frozen import field, mutable
from copilot.vocabulary.text import clean
from copilot.workspace.boundary import Boundary, Entry
from copilot.workspace.names import shown
from copilot.workspace.reading import decode_quickly
from copilot.workspace.secrets import secret_reason
from copilot.workspace.walking import walk

MOST_FILES = 500
MOST_LINES = 200
LINE_CHARACTERS = 300
LARGEST_SEARCHED = 5_000_000
SECONDS = 10.0
"""For one search. A pattern that takes longer is stopped; what was found until then is given."""

_NAMED = 5


def search_files(
    ctx: ToolContext,
    *,
    pattern: Annotated[
        str,
        Argument(
            min_length=1,
            max_length=1_000,
            description="Glob: *, ?, [abc], ** for any folders, {a,b}. Without a slash: in every folder.",
        ),
    ],
) -> str:
    """Find files and folders by name, with a glob such as `**/*.py`. Ignored files are left out."""
    try:
        fits = finder(Boundary(ctx.base_dir).pattern(pattern))
    except GlobError as error:
        raise ToolError(f"the pattern {shown(pattern)} cannot be used: {error}.") from error
    until = time.monotonic() + SECONDS
    found: list[str] = []
    notes: list[str] = []
    for entry in _entries(ctx, "."):
        if time.monotonic() > until:
            notes.append(f"[stopped after {SECONDS:g} s; the project is large: narrow the pattern]")
            break
        if fits(entry.path):
            if len(found) == MOST_FILES:
                notes.append(f"[more than {MOST_FILES} fit; only the first are shown]")
                break
            folder = entry.path.removesuffix(entry.name)
            found.append(shown_name(folder) + marked_name(entry))
    head = f"{count(len(found), 'match', 'matches')} for {shown(pattern)}"
    return "\n".join([head, *found, *notes])


def search_text(
    ctx: ToolContext,
    *,
    pattern: Annotated[
        str,
        Argument(
            min_length=1,
            max_length=2_000,
            description="Python regular expression, tried on each line; (?i) at its start ignores case.",
        ),
    ],
    path: Annotated[
        str, Argument(description="File or folder to search, relative to the base directory.")
    ] = ".",
) -> str:
    """Find lines by a regular expression. Gives file, line number and line; ignored files are left out."""
    boundary = Boundary(ctx.base_dir)
    refuse_hidden(boundary, boundary.resolve(path))
    entry = boundary.stat(path)
    if entry is None:
        raise ToolError(f"there is no file or folder {shown(path)}.")
    if entry.kind == "other":
        raise ForbiddenPathError(f"{shown(path)} is neither a regular file nor a folder; it was not opened.")
    entries = iter([entry]) if entry.kind == "file" else _entries(ctx, path)
    search = _Search(ctx=ctx, boundary=boundary)
    with Searcher(
        pattern=pattern,
        most=MOST_LINES,
        line_characters=LINE_CHARACTERS,
        seconds=SECONDS,
        cancelled=ctx.cancelled,
    ) as searcher:
        for one in entries:
            if one.kind == "file" and not search.add(one, searcher):
                break
    return search.told(pattern)


@mutable(kw_only=True)
class _Search:
    """What was found, and what was not looked at."""

    ctx: ToolContext
    boundary: Boundary
    lines: list[str] = field(default_factory=list[str])
    files: int = 0
    secrets: list[str] = field(default_factory=list[str])
    skipped: list[str] = field(default_factory=list[str])
    note: str = ""

    def add(self, entry: Entry, searcher: Searcher) -> bool:
        """Search one file. False where the whole search should end."""
        if secret_reason(entry.path):
            self.secrets.append(entry.path)
            return True
        text = self._text(entry)
        if text is None:
            return True
        self.files += 1
        try:
            found = searcher.lines(text)
        except TooSlowError:
            self.note = (
                f"stopped after {SECONDS:g} s, at {shown(entry.path)}: the pattern is slow there, or there "
                "is too much to search; simplify it or name a smaller path"
            )
            return False
        room = MOST_LINES - len(self.lines)
        name = shown_name(entry.path)
        self.lines += [f"{name}:{number}: {clean(line)}" for number, line in found.found[:room]]
        if found.more or len(found.found) > room:
            self.note = f"more than {MOST_LINES} lines match; only the first are shown"
        return not self.note

    def told(self, pattern: str) -> str:
        """The result for the model."""
        files = count(self.files, "file", "files")
        head = f"{count(len(self.lines), 'line', 'lines')} in {files} searched for {shown(pattern)}"
        notes = [self.note] if self.note else []
        if self.secrets:
            notes.append(f"not searched, as they may hold secrets: {_some(self.secrets)}")
        if self.skipped:
            notes.append(f"not searched, as they are binary, large or unreadable: {_some(self.skipped)}")
        return "\n".join([head, *self.lines, *(f"[{note}]" for note in notes)])

    def _text(self, entry: Entry) -> str | None:
        """The words of a file; None, noted, where they cannot be searched."""
        try:
            data = self.boundary.read_bytes(entry.path, at_most=LARGEST_SEARCHED).data
        except ToolError:
            self.skipped.append(entry.path)
            return None
        if secret_reason(entry.path, data):
            self.secrets.append(entry.path)
            return None
        text = decode_quickly(data)
        if text is None:
            self.skipped.append(entry.path)
        return text


def _entries(ctx: ToolContext, path: str) -> Iterator[Entry]:
    for entry in walk(ctx.base_dir, path):
        if ctx.cancelled():
            raise TurnCancelledError("stopped while searching")
        yield entry


def _some(paths: list[str]) -> str:
    named = ", ".join(shown_name(path) for path in paths[:_NAMED])
    return named if len(paths) <= _NAMED else f"{named} and {len(paths) - _NAMED:,} more"

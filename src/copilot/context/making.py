"""One file's bytes at one view: what stands in the context below, or beside, the file's name.

`Made` knows nothing of where the file lies, so that equal bytes under an equal kind of name are made once.
"""

from collections.abc import Callable, Sequence

from copilot.context.markdown import amount, fence_word, fenced, line_count, path_line
from copilot.tokens.estimator import wordpieces
from copilot.vocabulary.errors import ToolError
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.patterns import late
from copilot.vocabulary.text import clean, without_tags
from copilot.vocabulary.values import FileItem, View
from copilot.workspace.boundary import Boundary
from copilot.workspace.ignore import hidden_by
from copilot.workspace.names import shown
from copilot.workspace.reading import decode
from copilot.workspace.secrets import secret_reason
from copilot.workspace.tree_reader import Stamp, TreeReader

MAX_BYTES = 1_000_000
"""A larger file is named and not shown; the model can read parts of it by a tool."""

_LEFT_OUT = late(r"## [^\n]*\n\nView: \w+\. [\d,]+ hidden characters? left out\. ")

MOST_NAMES = 12
"""Names that the one line of a file at the view `names` tells."""


@frozen
class Made:
    """What one file's bytes give at one view.

    `body` is Markdown; empty where `note` says why nothing can be shown. `defines` and `imports` are known
    where the file was summarised. `sha256` is "" where nothing could be read.
    """

    sha256: str
    view: View
    body: str = ""
    note: str = ""
    defines: tuple[str, ...] = ()
    imports: tuple[str, ...] = ()


Known = Callable[[str, str, View], Made | None]
"""What these bytes (their sha256) gave under this kind of name at this view, if that is known."""


@frozen
class Kept:
    """What a file gave, as long as its stamp is `stamp`. `pieces` weigh its whole section.

    Not `lasting` is what may be otherwise next time under the same stamp: no permission, a busy file.
    """

    path: str
    kind: str
    stamp: Stamp
    pieces: float
    made: Made
    lasting: bool = True


@frozen
class Unread:
    """Why a file is not shown, and whether that holds as long as its stamp does."""

    note: str
    lasting: bool


@frozen
class Job:
    """One file to read and show at a view; `stamp` is what the walk saw."""

    path: str
    view: View
    stamp: Stamp


def kind_of(path: str) -> str:
    """What of a file's name decides how it is shown: its suffix, or the whole name where it has none."""
    name = path.rpartition("/")[2].lower()
    stem, _, suffix = name.rpartition(".")
    return suffix if stem else name


def make(path: str, view: View, data: bytes, sha256: str) -> Made:
    """The file at a view. Never raises for what a file holds."""
    decoded = decode(data)
    if decoded is None:
        return Made(sha256=sha256, view=view, note=f"binary, {amount(len(data), 'byte')}")
    whole = clean(decoded.text)
    text = without_tags(whole)
    told = hidden_left_out(len(whole) - len(text))
    if view == "full":
        return Made(sha256=sha256, view=view, body=_full(path, text, len(data), told))
    from copilot.context.summarize import summary_of  # parsers and grammars, which a warm run has no use for

    found = summary_of(path, text, len(data))
    body = f"View: summary. {told}{found.text}" if view == "summary" else names_body(found.defines)
    return Made(sha256=sha256, view=view, body=body, defines=found.defines, imports=found.imports)


def names_body(defines: Sequence[str]) -> str:
    """The first of a file's names on one line."""
    more = ", …" if len(defines) > MOST_NAMES else ""
    return path_line(", ".join(defines[:MOST_NAMES]) + more)


def read(reader: TreeReader, boundary: Boundary, job: Job) -> tuple[bytes, str, Stamp] | Unread:
    """The bytes, their sha256 and the file's stamp; or why the file is not shown."""
    try:
        found, stamp = reader.read(job.path, MAX_BYTES)
        if reason := secret_reason(found.path, found.data):
            return Unread(note=f"{reason}; not read into the context", lasting=True)
        if found.path != job.path and (hiding := hidden_by(boundary, found.path)):
            told = f"it is a link to {path_line(found.path)}, which {path_line(hiding)} hides"
            return Unread(note=told, lasting=False)
    except ToolError as error:
        return Unread(note=without_path(job.path, error), lasting=job.stamp[0] > MAX_BYTES)
    return found.data, found.sha256, stamp


def item(path: str, made: Made, stamp: Stamp, pieces: float | None = None) -> FileItem:
    """The file as a part of the context. `pieces` where they are known already."""
    if pieces is None:
        pieces = wordpieces(section(path, made.view, made.note, made.body))
    return item_of(path, made.view, stamp, pieces, made.sha256, made.note, made.body)


def item_of(
    path: str, view: View, stamp: Stamp, pieces: float, sha256: str, note: str, body: str
) -> FileItem:
    """The same from what is known of it."""
    return FileItem(
        path=path,
        view=view,
        held=section(path, view, note, body),
        size=stamp[0],
        mtime_ns=stamp[1],
        sha256=sha256,
        note=note,
        pieces=pieces,
    )


def section(path: str, view: View, note: str, body: str) -> str:
    """What the context holds of the file."""
    line = path_line(path)
    if note:
        return f"- {line}: {note}\n"
    if view == "names":
        return f"- {line}: {body}\n" if body else f"- {line}\n"
    return f"## {line}\n\n{body}"


def work(job: Job, reader: TreeReader, boundary: Boundary, known: Known | None = None) -> Kept:
    """Read one file and make its section, or take the one that `known` has of equal bytes.

    Never raises for what is on the disk.
    """
    got = read(reader, boundary, job)
    if isinstance(got, Unread):
        made = Made(sha256="", view=job.view, note=got.note)
        return kept(job, made, job.stamp, lasting=got.lasting)
    data, sha256, stamp = got
    made = None if known is None else known(sha256, kind_of(job.path), job.view)
    return kept(job, made or make(job.path, job.view, data, sha256), stamp)


def kept(job: Job, made: Made, stamp: Stamp, *, lasting: bool = True) -> Kept:
    """What a job gave, weighed."""
    pieces = wordpieces(section(job.path, made.view, made.note, made.body))
    return Kept(path=job.path, kind=kind_of(job.path), stamp=stamp, pieces=pieces, made=made, lasting=lasting)


def without_path(path: str, error: ToolError) -> str:
    """What the boundary said, without the path that stands before it anyway."""
    return str(error).removeprefix(f"{shown(path)} ").rstrip(".")


def hidden_left_out(count: int) -> str:
    """What is said where characters that carry hidden text were left out; "" for none."""
    return f"{amount(count, 'hidden character')} left out. " if count else ""


def left_out_of(one: FileItem) -> bool:
    """Whether characters that carry hidden text were left out of what the context holds of a file."""
    text = one.text
    return text.startswith("## ") and _LEFT_OUT.match(text) is not None


def _full(path: str, text: str, size: int, left_out: str) -> str:
    end = "" if text.endswith("\n") or not text else ", no newline at its end"
    told = f"View: full. {left_out}{amount(line_count(text), 'line')}, {amount(size, 'byte')}{end}."
    return f"{told}\n\n{fenced(text, fence_word(path))}"

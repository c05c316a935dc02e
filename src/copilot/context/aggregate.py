"""The chosen files of a project as Markdown, and the readable whole of what a model is sent.

Three sections in this order: the system prompt, the files, the branch. The first two are, byte for byte, what
is sent as the cacheable prefix, so they hold no time and no path of this machine: equal files give equal
bytes.
"""

import contextlib
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from copilot.context import globs
from copilot.context.branch import branch_markdown as branch_markdown
from copilot.context.files import Folder
from copilot.context.item import read_item
from copilot.context.markdown import path_line
from copilot.context.prompt import SYSTEM_PROMPT
from copilot.storage.atomic import write_atomic
from copilot.storage.disk import storage_error
from copilot.vocabulary.errors import TurnCancelledError
from copilot.vocabulary.text import clean
from copilot.vocabulary.values import FileChoice, FileItem, Project, View

ItemT = TypeVar("ItemT")
_NOT_IN_NAMES = re.compile(r"[^\w.-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Aggregate:
    """The chosen files in the order of their paths; `skipped` names what was chosen and cannot be shown."""

    items: tuple[FileItem, ...]
    skipped: tuple[str, ...]


def run(project: Project, cancelled: Callable[[], bool] = lambda: False) -> Aggregate:
    """Read the project's chosen files. Trouble with one file is said in `skipped` and never raised.

    A large project takes its time: raises TurnCancelledError soon after `cancelled` turned True.
    """
    folder = Folder(Path(project.base_dir))
    views, complaints = choose(project.files, folder, cancelled)
    chosen = _while_wanted(sorted(views.items()), cancelled)
    items = tuple(read_item(folder, path, view) for path, view in chosen)
    unseen = (f"{item.path}: {item.note}" for item in items if item.note)
    return Aggregate(items=items, skipped=(*complaints, *unseen))


def choose(
    choices: Sequence[FileChoice], folder: Folder, cancelled: Callable[[], bool] = lambda: False
) -> tuple[dict[str, View], tuple[str, ...]]:
    """Which files, each with its view; and a sentence for each entry that cannot be used or finds nothing.

    Entries count in order, the last that fits a file decides; one that begins with `!` takes files out.
    """
    usable, complaints = _usable(choices)
    views: dict[str, View] = {}
    used: set[FileChoice] = set()
    for path in _while_wanted(folder.walk(), cancelled) if usable else ():
        fitting = [choice for choice in usable if globs.matches(_parts(choice)[1], path)]
        used.update(fitting)
        if fitting and (view := _view(fitting[-1])) != "off":
            views[path] = view
    for choice in usable:
        negated, pattern = _parts(choice)
        if choice not in used and not negated:
            complaints += _add_named(pattern, usable, folder, views)
    return views, tuple(complaints)


def _while_wanted(items: Iterable[ItemT], cancelled: Callable[[], bool]) -> Iterator[ItemT]:
    for item in items:
        if cancelled():
            raise TurnCancelledError("stopped while the context was built")
        yield item


def _add_named(
    pattern: str, choices: Sequence[FileChoice], folder: Folder, views: dict[str, View]
) -> list[str]:
    """An entry that fits no walked file: what git ignores may still be named; else say what is wrong."""
    if not globs.is_plain(pattern):
        return [f"{path_line(pattern)}: fits no file"]
    path = globs.tidy(pattern)
    if trouble := folder.refusal(path):
        return [f"{path_line(pattern)}: {trouble}"]
    last = [choice for choice in choices if globs.matches(_parts(choice)[1], path)][-1]
    if (view := _view(last)) != "off":
        views[path] = view
    return []


def _view(choice: FileChoice) -> View:
    return "off" if _parts(choice)[0] else choice.view


def reread(items: Iterable[FileItem], base_dir: Path) -> tuple[FileItem, ...]:
    """The same files as they are now. Only those whose size or modification time changed are read again.

    A file whose bytes are the same keeps its item, whatever its time.
    """
    folder = Folder(base_dir)
    return tuple(_reread_one(item, folder) for item in items)


def files_markdown(items: Sequence[FileItem]) -> str:
    """The files section: those shown, each under its own heading, then a list of those that are not."""
    shown = [item.text for item in items if not item.note]
    unseen = [item.text for item in items if item.note]
    if not shown and not unseen:
        return "# Files\n\nNo files were chosen; use the reading tools.\n"
    listed = ["## Not shown\n\n" + "".join(unseen)] if unseen else []
    return "# Files\n\n" + "\n".join((*shown, *listed))


def prefix(project: Project, files: str, shell_note: str = "") -> str:
    """The first two sections: the system prompt (ours, the shell, the person's own text), then `files`."""
    parts = [SYSTEM_PROMPT, f"{shell_note.strip()}\n" if shell_note.strip() else ""]
    own = clean(project.system_prompt).strip()
    parts += [f"# From the person, for this project\n\n{own}\n" if own else "", files]
    return "\n".join(part for part in parts if part)


def write(md_gen: Path, project: Project, text: str) -> Path:
    """Keep `text` as `<project>_NNN.md` under the next free number. Raises StorageError.

    No file is ever overwritten; a crash leaves at most an empty one.
    """
    name = _NOT_IN_NAMES.sub("-", project.name) or "project"
    try:
        md_gen.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = _reserve(md_gen, name)
    except OSError as error:
        raise storage_error("writing the context into", md_gen, error) from error
    try:
        write_atomic(path, clean(text).encode())
    except BaseException:
        with contextlib.suppress(OSError):
            path.unlink()
        raise
    return path


def _usable(choices: Sequence[FileChoice]) -> tuple[list[FileChoice], list[str]]:
    usable: list[FileChoice] = []
    complaints: list[str] = []
    for choice in choices:
        try:
            globs.check(_parts(choice)[1])
            usable.append(choice)
        except globs.GlobError as error:
            complaints.append(f"{path_line(choice.pattern) or '(empty)'}: {error}")
    return usable, complaints


def _parts(choice: FileChoice) -> tuple[bool, str]:
    """Whether the entry takes files out, and its glob."""
    return choice.pattern.startswith("!"), choice.pattern.removeprefix("!")


def _reread_one(item: FileItem, folder: Folder) -> FileItem:
    if folder.stamp(item.path) == (item.size, item.mtime_ns):
        return item
    now = read_item(folder, item.path, item.view)
    same = now.sha256 == item.sha256 and now.note == item.note
    return item if same else now


def _reserve(folder: Path, name: str) -> Path:
    numbered = re.compile(re.escape(name) + r"_([0-9]+)\.md")
    taken = (match[1] for path in folder.iterdir() if (match := numbered.fullmatch(path.name)))
    number = 1 + max(map(int, taken), default=0)
    while True:
        path = folder / f"{name}_{number:03}.md"
        try:
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        except FileExistsError:
            number += 1
            continue
        return path

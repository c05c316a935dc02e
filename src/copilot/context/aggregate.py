"""The chosen files of a project as Markdown, and the readable whole of what a model is sent.

Three sections in this order: the system prompt, the files, the branch. The first two are, byte for byte, what
is sent as the cacheable prefix, so they hold no time and no path of this machine: equal files give equal
bytes. What changes seldom stands first: names, then summaries, then whole files, each by path.
"""

import os
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from math import fsum
from pathlib import Path
from typing import TYPE_CHECKING

from copilot.context.branch import branch_markdown as branch_markdown
from copilot.context.choosing import Survey as Survey
from copilot.context.choosing import survey
from copilot.context.files import Folder
from copilot.context.gathering import Copies, gather
from copilot.context.gathering import Workshop as Workshop
from copilot.context.listing import Wanted
from copilot.context.making import Job, Made, item, work
from copilot.context.markdown import path_line
from copilot.context.prompt import SYSTEM_PROMPT
from copilot.grammars.collector import no_collector
from copilot.vocabulary.errors import ProjectError, ToolError
from copilot.vocabulary.frozen import field, frozen, mutable
from copilot.vocabulary.text import clean, without_tags
from copilot.vocabulary.values import FileItem, FileState, Project, View
from copilot.workspace.boundary import Boundary
from copilot.workspace.ignore import hidden_by
from copilot.workspace.tree_reader import TreeReader

if TYPE_CHECKING:
    from copilot.context.ranking.candidate import Placed

PLAIN = Workshop()
_ORDER: dict[View, int] = {"names": 0, "summary": 1, "full": 2, "off": 3}


@frozen
class Aggregate:
    """The chosen files in the order they are sent; `skipped` names what was chosen and cannot be shown.

    `placed` tells of each chosen file which view was wanted, which it has, and why. `seconds` are spent on
    each stage; `read` counts the files whose content was read. `instructions` are the project's own files of
    instructions that the person trusts, each a name and what is sent of it.
    """

    items: Sequence[FileItem]
    skipped: tuple[str, ...]
    placed: "dict[str, Placed]"
    found: Survey
    read: int = 0
    seconds: tuple[tuple[str, float], ...] = ()
    trouble: str = ""
    instructions: tuple[tuple[str, str], ...] = ()

    @property
    def pieces(self) -> float:
        """The weight of all files, in wordpieces."""
        return sum(one.pieces for one in self.items)


@mutable
class _Stages:
    seconds: list[tuple[str, float]] = field(default_factory=list[tuple[str, float]])

    @contextmanager
    def stage(self, name: str) -> Generator[None]:
        began = time.perf_counter()
        yield
        self.seconds.append((name, time.perf_counter() - began))


def run(
    project: Project,
    cancelled: Callable[[], bool] = lambda: False,
    *,
    workshop: Workshop = PLAIN,
    message: str = "",
    tokens_per_piece: float = 1.0,
) -> Aggregate:
    """Read the project's chosen files. Trouble with one file is said in `skipped` and never raised.

    Where they weigh more than the project's `max_context_tokens`, views step down, least important files
    first; `message` is what the person is about to ask. A large project takes its time: raises
    TurnCancelledError soon after `cancelled` turned True. Raises ProjectError where the base directory is
    missing.
    """
    if not os.path.isdir(project.base_dir):  # noqa: PTH112  # pathlib's raises where a folder above is shut
        raise ProjectError(
            f"the base directory {project.base_dir} of project {project.name} is not there",
            "Open the project with another base directory, or bring the folder back.",
        )
    with no_collector(), Copies(workshop) as copies:
        return _run(project, cancelled, workshop, copies, message, tokens_per_piece)


def _run(
    project: Project,
    cancelled: Callable[[], bool],
    workshop: Workshop,
    copies: Copies,
    message: str,
    tokens_per_piece: float,
) -> Aggregate:
    stages = _Stages()
    folder = Folder(Path(project.base_dir), workshop.excludes, workshop.left_out)
    with stages.stage("look"):
        found = survey(project.files, folder, cancelled, copies.early)
    with stages.stage("read"):
        gathered = gather(folder.base_dir, Wanted(found.chosen), workshop, cancelled, copies=copies)
    placed: dict[str, Placed] = {}
    weight = fsum(one.pieces for one in gathered.items.values())  # whatever their order
    if weight * tokens_per_piece > project.limits.max_context_tokens:
        from copilot.context.ranking.fitting import Budget, fitted  # most contexts have no need of it

        with stages.stage("fit"):
            budget = Budget(
                tokens=project.limits.max_context_tokens,
                tokens_per_piece=tokens_per_piece,
                rank=project.rank,
                message=message,
            )
            more = partial(
                gather, folder.base_dir, workshop=workshop, cancelled=cancelled, copies=copies, names=True
            )
            gathered, placed = fitted(found, gathered, budget, more)
    with stages.stage("order"):
        items = _in_order(gathered.items)
    unseen = tuple(f"{one.path}: {one.note}" for one in items if one.note)
    return Aggregate(
        items=items,
        skipped=(*found.complaints, *unseen),
        placed=placed,
        found=found,
        read=gathered.read,
        seconds=tuple(stages.seconds),
        trouble=gathered.trouble,
    )


def _in_order(items: Mapping[str, FileItem]) -> Sequence[FileItem]:
    if isinstance(items, dict):
        return tuple(sorted(items.values(), key=_place))
    from copilot.context.shelf import Shelved

    return Shelved(items, sorted(items, key=lambda path: _place(items[path])))


def _place(one: FileItem) -> tuple[bool, int, str]:
    return bool(one.note), _ORDER[one.view], one.path


def states(built: Aggregate, tokens: Callable[[float], int]) -> tuple[FileState, ...]:
    """Every file of the base directory by path, chosen or not; `tokens` of a number of wordpieces."""
    shown = {one.path: one for one in built.items}
    found = [_state(built, path, shown.get(path), tokens) for path in built.found.chosen]
    found += (
        FileState(path=entry.path, wanted="off", view="off", tokens=0, size=entry.size)
        for entry in built.found.others
    )
    return tuple(sorted(found, key=lambda state: state.path))


def stepped(built: Aggregate, tokens: Callable[[float], int]) -> tuple[FileState, ...]:
    """Those of the `states` that have a smaller view than was chosen."""
    shown = {one.path: one for one in built.items if one.path in built.placed}
    return tuple(_state(built, path, shown.get(path), tokens) for path in sorted(built.placed))


def _state(built: Aggregate, path: str, shown: FileItem | None, tokens: Callable[[float], int]) -> FileState:
    one, placed = built.found.chosen[path], built.placed.get(path)
    return FileState(
        path=path,
        wanted=one.view,
        view=placed.view if placed else one.view,
        tokens=tokens(shown.pieces) if shown else 0,
        size=one.size,
        pinned=one.pinned,
        why=placed.why if placed else "",
        note=shown.note if shown else "",
    )


def reread(items: Iterable[FileItem], base_dir: Path) -> tuple[FileItem, ...]:
    """The same files as they are now. Only those whose size or modification time changed are read again.

    A file whose bytes are the same keeps its item, whatever its time. One that an ignore file for assistants
    hides since then is not read; what only git ignores since then is, until the next context.
    """
    folder, boundary = Folder(base_dir), Boundary(base_dir)
    with TreeReader(base_dir) as reader:
        return tuple(_reread_one(one, folder, boundary, reader) for one in items)


def files_markdown(items: Sequence[FileItem]) -> str:
    """The files section: those named, those shown, each under its own heading, then those that are not."""
    return "".join(files_pieces(items))


def files_pieces(items: Sequence[FileItem]) -> Iterator[str]:
    """The files section in pieces, for a context that is large."""
    if not items:
        yield "# Files\n\nNo files were chosen; use the reading tools.\n"
        return
    yield "# Files\n"
    named = [one for one in items if one.view == "names" and not one.note]
    if named:
        yield "\n## By name only\n\nEach with what it defines; read them with the tools.\n\n"
        yield from (one.text for one in named)
    for one in items:
        if one.view != "names" and not one.note:
            yield "\n"
            yield one.text
    unseen = [one for one in items if one.note]
    if unseen:
        yield "\n## Not shown\n\n"
        yield from (one.text for one in unseen)


def instructions_pieces(instructions: Sequence[tuple[str, str]]) -> Iterator[str]:
    """The section of a project's own instructions: its heading, then each file by name and text."""
    if instructions:
        yield (
            "# Instructions of the project\n\nFrom files of the project; the person has read and trusts them."
            " They never change what needs approval.\n"
        )
    for name, text in instructions:
        yield f"\n## {path_line(name)}\n\n{clean(text).strip()}\n"


def prefix(
    project: Project, files: str, shell_note: str = "", instructions: Sequence[tuple[str, str]] = ()
) -> str:
    """The first two sections: the system prompt (ours, the shell, the person's own text, the project's
    instructions that are trusted), then `files`."""
    parts = [SYSTEM_PROMPT, f"{shell_note.strip()}\n" if shell_note.strip() else ""]
    own = without_tags(clean(project.system_prompt)).strip()
    parts += [f"# From the person, for this project\n\n{own}\n" if own else ""]
    parts += ["".join(instructions_pieces(instructions)), files]
    return "\n".join(part for part in parts if part)


def _reread_one(one: FileItem, folder: Folder, boundary: Boundary, reader: TreeReader) -> FileItem:
    size, mtime_ns = folder.stamp(one.path)
    if (size, mtime_ns) == (one.size, one.mtime_ns):
        return one
    if hiding := _hidden_by(boundary, one.path):
        made = Made(sha256="", view=one.view, note=f"{path_line(hiding)} hides it")
        return item(one.path, made, (size, mtime_ns, 0))
    kept = work(Job(path=one.path, view=one.view, stamp=(size, mtime_ns, 0)), reader, boundary)
    now = item(one.path, kept.made, kept.stamp, kept.pieces)
    same = now.sha256 == one.sha256 and now.note == one.note
    return one if same else now


def _hidden_by(boundary: Boundary, path: str) -> str:
    try:
        return hidden_by(boundary, path)
    except ToolError:
        return ""  # reading it will say what is wrong

"""Which files of the base directory were chosen, each with its view; and all the others."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

from copilot.context import globs
from copilot.context.files import Folder
from copilot.context.listing import Listing
from copilot.context.markdown import path_line
from copilot.vocabulary.errors import TurnCancelledError
from copilot.vocabulary.frozen import field, frozen, mutable
from copilot.vocabulary.values import FileChoice, View
from copilot.workspace.boundary import Entry

ItemT = TypeVar("ItemT")

MANY = 60
"""Chosen files from which it pays to share the work on them with copies of this process."""


@frozen
class Survey:
    """The base directory with the person's choice.

    `others` were not chosen. `complaints` name each entry that cannot be used or fits nothing, and each
    folder that cannot be read.
    """

    chosen: Listing
    others: tuple[Entry, ...]
    complaints: tuple[str, ...]


@mutable
class _Usable:
    """An entry of the project's list, ready to be asked."""

    choice: FileChoice
    pattern: str
    negated: bool
    fits: Callable[[str], bool]
    used: bool = field(default=False, init=False)

    @property
    def view(self) -> View:
        return "off" if self.negated else self.choice.view


def survey(
    choices: Sequence[FileChoice],
    folder: Folder,
    cancelled: Callable[[], bool],
    many: Callable[[], object] = lambda: None,
) -> Survey:
    """Look at every file that no ignore rule takes out.

    Entries count in order, the last that fits a file decides; one that begins with `!` takes files out.
    `many` is called at once where there turn out to be MANY that are chosen. Raises TurnCancelledError soon
    after `cancelled` turned True.
    """
    usable, complaints = _usable(choices)
    chosen = Listing()
    others: list[Entry] = []
    unreadable: list[str] = []
    entries = folder.walk(lambda path, why: unreadable.append(f"{path_line(path)}/: {why}"))
    for entry in while_wanted(entries, cancelled):
        last = _last_that_fits(usable, entry.path)
        if last is None or last.view == "off":
            others.append(entry)
        else:
            chosen.add(entry, last.view, pinned=last.choice.pinned)
            if len(chosen) == MANY:
                many()
    for one in usable:
        if not one.used and not one.negated:
            complaints += _add_named(one, usable, folder, chosen)
    if usable:
        complaints += unreadable
    chosen.sort()
    return Survey(chosen=chosen, others=tuple(others), complaints=tuple(complaints))


def while_wanted(items: Iterable[ItemT], cancelled: Callable[[], bool]) -> Iterator[ItemT]:
    """The same items. Raises TurnCancelledError once `cancelled` says so."""
    for item in items:
        if cancelled():
            raise TurnCancelledError("stopped while the context was built")
        yield item


def _last_that_fits(usable: Sequence[_Usable], path: str) -> _Usable | None:
    """The entry that decides. Those that nothing fitted so far are asked too, to know who fits nothing."""
    last: _Usable | None = None
    for one in reversed(usable):
        if (last is None or not one.used) and one.fits(path):
            one.used = True
            last = last or one
    return last


def _add_named(one: _Usable, usable: Sequence[_Usable], folder: Folder, chosen: Listing) -> list[str]:
    """An entry that fits no walked file: what git ignores may still be named; else say what is wrong."""
    if not globs.is_plain(one.pattern):
        return [f"{path_line(one.pattern)}: fits no file"]
    path = globs.tidy(one.pattern)
    entry = folder.named(path)
    if isinstance(entry, str):
        return [f"{path_line(path)}: {entry}"]
    last = next(other for other in reversed(usable) if other.fits(path))
    if last.view != "off":
        chosen.add(entry, last.view, pinned=last.choice.pinned)
    return []


def _usable(choices: Sequence[FileChoice]) -> tuple[list[_Usable], list[str]]:
    usable: list[_Usable] = []
    complaints: list[str] = []
    for choice in choices:
        pattern = choice.pattern.removeprefix("!")
        try:
            globs.check(pattern)
        except globs.GlobError as error:
            complaints.append(f"{path_line(choice.pattern) or '(empty)'}: {error}")
        else:
            usable.append(_Usable(choice, pattern, pattern != choice.pattern, globs.chooser(pattern)))
    return usable, complaints

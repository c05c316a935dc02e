"""The projects of the home for the window: which to show for some words, and what may be done with them."""

from collections.abc import Callable, Sequence
from pathlib import Path

from copilot.projects import catalog as shelf
from copilot.projects.catalog import Listed as Listed
from copilot.projects.home import Home
from copilot.projects.project_manager import list_projects
from copilot.vocabulary.errors import CopilotError
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.text import sentences, visible

_DAY = 86_400.0
_HOUR = 3_600.0
_MINUTE = 60.0


@frozen(kw_only=False)
class Shelf:
    """What is there; `trouble` is why the list cannot be read or the last act failed, else ""."""

    projects: tuple[Listed, ...] = ()
    trouble: str = ""


class ProjectShelf:
    """All of it may take a moment: for an errand, never for the main thread."""

    def __init__(self, home: Home) -> None:
        self._home = home

    def listed(self) -> Shelf:
        """The projects, the last used first, those put away last."""
        return self._after(lambda: None)

    def put_away(self, name: str) -> Shelf:
        """Put a project away, and list again."""
        return self._after(lambda: shelf.archive(self._home, name))

    def bring_back(self, name: str) -> Shelf:
        """Bring one back, and list again."""
        return self._after(lambda: shelf.restore(self._home, name))

    def double(self, name: str) -> Shelf:
        """Copy one under a free name, and list again."""
        return self._after(lambda: shelf.clone(self._home, name, self._free(name)))

    def _free(self, name: str) -> str:
        taken = set(list_projects(self._home))
        number, free = 2, f"{name} copy"
        while free in taken:
            number, free = number + 1, f"{name} copy {number}"
        return free

    def _after(self, act: Callable[[], None]) -> Shelf:
        trouble = ""
        try:
            act()
        except (CopilotError, OSError) as error:
            trouble = sentences(str(error), getattr(error, "hint", ""))
        try:
            return Shelf(shelf.catalog(self._home), visible(trouble))
        except CopilotError as error:
            return Shelf((), visible(sentences(str(error), error.hint)))


def matching(projects: Sequence[Listed], words: str) -> tuple[Listed, ...]:
    """The projects in whose name or folder every word is found."""
    wanted = words.casefold().split()
    return tuple(
        one for one in projects if all(word in f"{one.name} {one.base_dir}".casefold() for word in wanted)
    )


def folder_in(words: str, cwd: Path) -> Path | None:
    """The folder that is typed, where there is one."""
    said = words.strip()
    if not said or not any(mark in said for mark in "/\\~"):
        return None
    try:
        path = (cwd / Path(said).expanduser()).resolve()
        return path if path.is_dir() else None
    except (OSError, ValueError, RuntimeError):
        return None


def ago(seconds: float) -> str:
    """`just now`, `5 minutes ago`, `3 hours ago`, `2 days ago`."""
    for size, noun in ((_DAY, "day"), (_HOUR, "hour"), (_MINUTE, "minute")):
        number = int(seconds // size)
        if number >= 1:
            return f"{number:,} {noun}{'' if number == 1 else 's'} ago"
    return "just now"

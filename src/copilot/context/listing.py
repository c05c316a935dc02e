"""The chosen files by path, in little room: as values of their own they would be most of a large context.

A file is a row of numbers here, and made a value when somebody asks for it.
"""

from array import array
from collections.abc import Collection, Iterator, Mapping

from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.values import View
from copilot.workspace.boundary import Entry
from copilot.workspace.tree_reader import Stamp

_MOST = (1 << 63) - 1
"""Of a number in a row. A time beyond it, in the year 2262, is as good as that."""


@frozen
class Chosen:
    """A chosen file as the walk saw it, a link as what it leads to."""

    view: View
    pinned: bool
    size: int
    mtime_ns: int


class Listing(Mapping[str, Chosen]):
    """What was chosen, as it was added until `sort`, then by path."""

    def __init__(self) -> None:
        self._rows: dict[str, int] = {}
        self._paths: list[str] = []
        self._stamps = array("q")
        self._choices: list[tuple[View, bool]] = []
        self._same: dict[tuple[View, bool], tuple[View, bool]] = {}

    def add(self, entry: Entry, view: View, *, pinned: bool) -> None:
        """One file more, or another choice for one that is there."""
        choice = view, pinned
        self._rows[entry.path] = len(self._paths)
        self._paths.append(entry.path)
        self._choices.append(self._same.setdefault(choice, choice))
        stamp = [entry.size, entry.mtime_ns, entry.ctime_ns]
        try:
            self._stamps.fromlist(stamp)
        except OverflowError:
            self._stamps.fromlist([min(max(number, -_MOST), _MOST) for number in stamp])

    def sort(self) -> None:
        """Put them in the order of their paths."""
        self._rows = {path: self._rows[path] for path in sorted(self._rows)}

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return len(self._paths)

    def row(self, path: str) -> int:
        """The number of a file's row."""
        return self._rows[path]

    def path(self, path: str) -> str:
        """The same path as it is held here, so that none is held twice."""
        return self._paths[self._rows[path]]

    def asked(self, path: str) -> tuple[View, Stamp]:
        """At which view a file was chosen, and its stamp."""
        row = self._rows[path]
        stamps, at = self._stamps, 3 * row
        return self._choices[row][0], (stamps[at], stamps[at + 1], stamps[at + 2])

    def __getitem__(self, path: str) -> Chosen:
        row = self._rows[path]
        view, pinned = self._choices[row]
        return Chosen(
            view=view, pinned=pinned, size=self._stamps[3 * row], mtime_ns=self._stamps[3 * row + 1]
        )

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)


@frozen(kw_only=False)
class Wanted(Mapping[str, tuple[View, Stamp]]):
    """The files of a listing with their stamps, at the views that were chosen; or all `paths` at one view."""

    listing: Listing
    paths: Collection[str] | None = None
    view: View = "summary"

    def __getitem__(self, path: str) -> tuple[View, Stamp]:
        if self.paths is None:
            return self.listing.asked(path)
        if path not in self.paths:
            raise KeyError(path)
        return self.view, self.listing.asked(path)[1]

    def __iter__(self) -> Iterator[str]:
        return iter(self.listing if self.paths is None else self.paths)

    def __len__(self) -> int:
        return len(self.listing if self.paths is None else self.paths)

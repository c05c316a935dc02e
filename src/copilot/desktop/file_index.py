"""The listed files as a tree that is never built: folders are ranges of the sorted paths.

What lies below a folder is one stretch of the list, so a folder's files, tokens and views are differences of
running sums, and only folders that are open are ever looked into. 100,000 files cost one pass over the list.
"""

import bisect
from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import Literal, NamedTuple

from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.values import FileState, View

FIRST_ROWS = 40
"""About two screens of rows: folders are open at first as long as no more come of it."""

_VIEWS: tuple[View, ...] = ("full", "summary", "names", "off")
SharedView = View | Literal["mixed"]
_BITS = 32
"""Of each count in a running sum: several counts are added at once, as one number."""

_FIELD = {view: 1 << _BITS * at for at, view in enumerate(_VIEWS)}
_STEPPED, _TROUBLED, _PINNED = (1 << _BITS * at for at in (4, 5, 6))
_AFTER_SLASH = chr(ord("/") + 1)


class Row(NamedTuple):
    """One line of the tree. `path` "" is no row; `depth` 0 for what lies in the base directory itself."""

    path: str
    folder: bool
    depth: int

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rsplit("/", 1)[-1]


@frozen
class Sums:
    """What lies below a folder. `view` is the one chosen for all of it; None for no files."""

    files: int
    tokens: int
    chosen: int
    stepped: int
    troubled: int
    pinned: int
    view: SharedView | None


class FileIndex:
    """Made of files sorted by path; `counts` where they are known already."""

    def __init__(self, files: Sequence[FileState], counts: Sequence[int] | None = None) -> None:
        self._files = files
        self._each = [_counts(file) for file in files] if counts is None else counts
        self._paths = [file.path for file in files]
        self._tokens = list(accumulate([file.tokens for file in files], initial=0))
        self._counts = list(accumulate(self._each, initial=0))
        self._inside: dict[str, tuple[list[str], list[str]]] = {}
        self._lower: list[str] = []

    def after(self, files: Sequence[FileState]) -> "FileIndex":
        """The index of the files as they are now; those that are the same objects are not counted again."""
        if len(files) != len(self._files):
            return FileIndex(files)
        known = zip(files, self._files, self._each, strict=True)
        return FileIndex(files, [count if file is old else _counts(file) for file, old, count in known])

    def __len__(self) -> int:
        return len(self._files)

    def file(self, path: str) -> FileState | None:
        """The file of that path."""
        at = bisect.bisect_left(self._paths, path)
        return self._files[at] if at < len(self._paths) and self._paths[at] == path else None

    def sums(self, folder: str) -> Sums:
        """What lies below a folder; "" is the base directory."""
        start, end = self._range(folder)
        counts = self._counts[end] - self._counts[start]
        views = {view: _count(counts, _FIELD[view]) for view in _VIEWS}
        used: list[SharedView] = [view for view in _VIEWS if views[view]]
        return Sums(
            files=end - start,
            tokens=self._tokens[end] - self._tokens[start],
            chosen=end - start - views["off"],
            stepped=_count(counts, _STEPPED),
            troubled=_count(counts, _TROUBLED),
            pinned=_count(counts, _PINNED),
            view=used[0] if len(used) == 1 else "mixed" if used else None,
        )

    def inside(self, folder: str) -> tuple[list[str], list[str]]:
        """The paths of the folders and of the files that lie directly in a folder, as a person sorts them."""
        known = self._inside.get(folder)
        if known is None:
            folders: list[str] = []
            files: list[str] = []
            at, end = self._range(folder)
            skip = len(folder) + 1 if folder else 0
            while at < end:
                path = self._paths[at]
                slash = path.find("/", skip)
                if slash < 0:
                    files.append(path)
                    at += 1
                else:
                    folders.append(path[:slash])
                    at = bisect.bisect_left(self._paths, path[:slash] + _AFTER_SLASH, at, end)
            known = self._inside[folder] = (
                sorted(folders, key=str.casefold),
                sorted(files, key=str.casefold),
            )
        return known

    def rows(self, is_open: Callable[[str], bool]) -> list[Row]:
        """The lines of the tree, folders first, with what is in each open folder below it."""
        found: list[Row] = []
        waiting = [(folder, 0) for folder in reversed(self.inside("")[0])]
        while waiting:
            path, depth = waiting.pop()
            if depth < 0:  # after the folders of an open folder come its files
                found.extend([Row(file, False, -depth) for file in self.inside(path)[1]])
                continue
            found.append(Row(path, True, depth))
            if is_open(path):
                waiting.append((path, -depth - 1))
                waiting.extend((folder, depth + 1) for folder in reversed(self.inside(path)[0]))
        found.extend([Row(file, False, 0) for file in self.inside("")[1]])
        return found

    def first_open(self) -> frozenset[str]:
        """The folders open at first, level by level: those with chosen files; without any, if few, all."""
        found: set[str] = set()
        level = self.inside("")[0]
        room = FIRST_ROWS
        every = not self.sums("").chosen and len(self) <= FIRST_ROWS
        while level and room:
            following: list[str] = []
            for folder in level:
                folders, files = self.inside(folder)
                if (every or self.sums(folder).chosen) and len(folders) + len(files) <= room:
                    room -= len(folders) + len(files)
                    found.add(folder)
                    following.extend(folders)
            level = following
        return frozenset(found)

    def open_within(self, room: int) -> frozenset[str]:
        """All folders, level by level, as long as no more than so many rows come of it."""
        found: set[str] = set()
        level = self.inside("")[0]
        while level:
            following: list[str] = []
            for folder in level:
                folders, files = self.inside(folder)
                room -= len(folders) + len(files)
                if room < 0:
                    return frozenset(found)
                found.add(folder)
                following += folders
            level = following
        return frozenset(found)

    def only(self, words: str) -> "FileIndex":
        """The files whose path holds each of the words, in whatever case."""
        if not self._lower:
            self._lower = "\0".join(self._paths).lower().split("\0")  # no path has a NUL in it
        at = list(range(len(self._files)))
        for word in words.lower().split():
            at = [index for index in at if word in self._lower[index]]
        return FileIndex([self._files[index] for index in at], [self._each[index] for index in at])

    def _range(self, folder: str) -> tuple[int, int]:
        if not folder:
            return 0, len(self._paths)
        start = bisect.bisect_left(self._paths, folder + "/")
        return start, bisect.bisect_left(self._paths, folder + _AFTER_SLASH, start)


def _counts(file: FileState) -> int:
    if not (file.note or file.pinned) and file.view == file.wanted:
        return _FIELD[file.wanted]  # nearly all of them
    counts = _FIELD[file.wanted]
    if file.view != file.wanted:
        counts += _STEPPED
    if file.note:
        counts += _TROUBLED
    if file.pinned:
        counts += _PINNED
    return counts


def _count(counts: int, field: int) -> int:
    return counts // field & ((1 << _BITS) - 1)

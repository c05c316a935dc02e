"""Where the person is in the tree of files: what is open, what is filtered, which row has the cursor."""

from collections.abc import Sequence

from copilot.desktop.file_index import FileIndex, Row

FOUND_ROWS = 1_000
"""Rows that a filter opens folders for: more than a person looks through, and laid out within a frame."""


class FileBrowser:
    """Rows of a listing. What the person folded stays folded when the files are listed anew."""

    def __init__(self) -> None:
        self.index = FileIndex(())
        self.rows: Sequence[Row] = ()
        self.cursor = ""
        self.words = ""
        self._first_open: frozenset[str] | None = None
        self._folds: dict[str, bool] = {}
        self._folds_found: dict[str, bool] = {}
        self._found: FileIndex | None = None
        self._open_found: frozenset[str] = frozenset()

    def show(self, index: FileIndex, *, start_over: bool = False) -> None:
        """Another state of the files; `start_over` where they are another folder's."""
        if start_over:
            self._folds = {}
            self._first_open = None
            self.cursor = ""
        self.index = index
        if self._first_open is None and len(index):
            self._first_open = index.first_open()
        self._find(index.only(self.words) if self.words else None)
        self._lay_out()

    def filter(self, words: str) -> None:
        """Show only files whose path holds these words, with folders open as far as `FOUND_ROWS` go; "" shows
        all again.
        """
        words = " ".join(words.split())
        if words != self.words:
            # Whatever holds more letters holds those before.
            among = self._found if self._found is not None and words.startswith(self.words) else self.index
            self.words = words
            self._folds_found = {}
            self._find(among.only(words) if words else None)
            self._lay_out()

    @property
    def found(self) -> int:
        """Files that pass the filter."""
        return len(self.index if self._found is None else self._found)

    def is_open(self, folder: str) -> bool:
        """Whether the rows in a folder show."""
        if self._found is not None:
            return self._folds_found.get(folder, folder in self._open_found)
        return self._folds.get(folder, folder in (self._first_open or ()))

    def fold(self, folder: str, *, to_open: bool) -> None:
        """Open or close a folder."""
        folds = self._folds if self._found is None else self._folds_found
        folds[folder] = to_open
        if not to_open and self.cursor.startswith(f"{folder}/"):
            self.cursor = folder
        self._lay_out()

    def at(self) -> int:
        """The number of the cursor's row; -1 where there is none."""
        return next((number for number, row in enumerate(self.rows) if row.path == self.cursor), -1)

    def row(self) -> Row | None:
        """The cursor's row."""
        at = self.at()
        return self.rows[at] if at >= 0 else None

    def move(self, by: int) -> None:
        """Move the cursor by rows, as far as there are any."""
        if self.rows:
            at = self.at()
            to = at + by if at >= 0 else (0 if by >= 0 else len(self.rows) - 1)
            self.cursor = self.rows[max(0, min(len(self.rows) - 1, to))].path

    def left(self) -> None:
        """Close the cursor's folder, or go to the folder that it is in."""
        row = self.row()
        if row is None:
            self.move(0)
        elif row.folder and self.is_open(row.path):
            self.fold(row.path, to_open=False)
        elif "/" in row.path:
            self.cursor = row.path.rpartition("/")[0]

    def right(self) -> None:
        """Open the cursor's folder, or go to the first row in it."""
        row = self.row()
        if row is None:
            self.move(0)
        elif row.folder and not self.is_open(row.path):
            self.fold(row.path, to_open=True)
        elif row.folder:
            self.move(1)

    def toggle(self) -> None:
        """Open or close the cursor's folder."""
        row = self.row()
        if row is not None and row.folder:
            self.fold(row.path, to_open=not self.is_open(row.path))

    def _find(self, found: FileIndex | None) -> None:
        self._found = found
        self._open_found = found.open_within(FOUND_ROWS) if found is not None else frozenset()

    def _lay_out(self) -> None:
        self.rows = (self.index if self._found is None else self._found).rows(self.is_open)
        if self.cursor and self.at() < 0:
            self.cursor = ""

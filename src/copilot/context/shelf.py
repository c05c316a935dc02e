"""The files of a context whose sections wait on the disk, in little room."""

from array import array
from collections.abc import Iterator, Mapping, Sequence
from typing import overload

from copilot.context.listing import Wanted
from copilot.context.making import Kept, item, section
from copilot.storage.spool import Spool, Spooled
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.values import FileItem

_HASH = 32
"""Bytes of a sha256."""


class Shelf(Mapping[str, FileItem]):
    """The files of `wanted` as they are put here, by path. Each is a value only as long as it is looked at.

    What is known of a file stands in the row that it has in the listing. `whole` are held as they are.
    """

    def __init__(self, wanted: Wanted, spool: Spool, whole: dict[str, FileItem]) -> None:
        rows = wanted.listing.rows
        self._wanted = wanted
        self._spool = spool
        self._whole = whole
        self._count = 0
        self._places = array("q", bytes(8 * rows))
        """In the spool; 0: nothing was put here."""
        self._pieces = array("d", bytes(8 * rows))
        self._hashes = bytearray(_HASH * rows)

    def put(self, one: Kept) -> None:
        """One file more. It is held whole where there is more to it than has room in a row."""
        made = one.made
        if made.note or self._wanted[one.path] != (made.view, one.stamp):
            self.put_whole(one)
            return
        row = self._wanted.listing.row(one.path)
        self._places[row] = self._spool.put(section(one.path, made.view, "", made.body)).place
        self._pieces[row] = one.pieces
        self._hashes[row * _HASH : (row + 1) * _HASH] = bytes.fromhex(made.sha256)
        self._count += 1

    def put_whole(self, one: Kept) -> None:
        """One more, of which nothing may be put aside."""
        path = self._wanted.listing.path(one.path)
        self._whole[path] = item(path, one.made, one.stamp, one.pieces)

    def __getitem__(self, path: str) -> FileItem:
        whole = self._whole.get(path)
        if whole is not None:
            return whole
        view, (size, mtime_ns, _) = self._wanted[path]
        row = self._wanted.listing.row(path)
        place = self._places[row]
        if not place:
            raise KeyError(path)
        return FileItem(
            path=path,
            view=view,
            held=Spooled(self._spool, place),
            size=size,
            mtime_ns=mtime_ns,
            sha256=self._hashes[row * _HASH : (row + 1) * _HASH].hex(),
            pieces=self._pieces[row],
        )

    def __iter__(self) -> Iterator[str]:
        row = self._wanted.listing.row
        return (path for path in self._wanted if path in self._whole or self._places[row(path)])

    def __len__(self) -> int:
        return len(self._whole) + self._count


@frozen(kw_only=False)
class Shelved(Sequence[FileItem]):
    """Files of a shelf in an order of their own."""

    shelf: Mapping[str, FileItem]
    paths: Sequence[str]

    @overload
    def __getitem__(self, index: int) -> FileItem: ...
    @overload
    def __getitem__(self, index: slice) -> "Shelved": ...
    def __getitem__(self, index: int | slice) -> "FileItem | Shelved":
        if isinstance(index, slice):
            return Shelved(self.shelf, self.paths[index])
        return self.shelf[self.paths[index]]

    def __iter__(self) -> Iterator[FileItem]:
        return map(self.shelf.__getitem__, self.paths)

    def __len__(self) -> int:
        return len(self.paths)

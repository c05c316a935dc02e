"""The codebase as files in folders: who is folded into whom, in parts where a folder is large."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence

from copilot.vocabulary.frozen import field, frozen, mutable

ROOT = ""
PART_LEAST, PART_MOST = 24, 64
"""Entries of a folder from which a new part may begin, and with which it must."""
_ONE_IN = 16
"""A part ends behind about every so manieth entry, by its name: what is added moves no other end."""


@frozen(kw_only=False)
class Leaf:
    """One file: its path, and the hash of what is asked about it."""

    path: str
    digest: str


@mutable
class Folder:
    """`path` ends in a slash, but for the root's, which is empty. Folders and files by path, in order."""

    path: str
    folders: list["Folder"] = field(default_factory=list["Folder"])
    files: list[Leaf] = field(default_factory=list[Leaf])

    @property
    def passes_on(self) -> bool:
        """Whether all of it is one other folder, whose text does for this one as well."""
        return bool(self.path) and len(self.folders) == 1 and not self.files

    @property
    def entries(self) -> list[str]:
        """The paths of what is directly in it, folders first."""
        return [*(folder.path for folder in self.folders), *(leaf.path for leaf in self.files)]


def tree(leaves: Iterable[Leaf]) -> Folder:
    """The root folder over these files."""
    root = Folder(ROOT)
    known: dict[str, Folder] = {ROOT: root}

    def folder(path: str) -> Folder:
        if path not in known:
            known[path] = Folder(path)
            folder(_above(path)).folders.append(known[path])
        return known[path]

    for leaf in sorted(leaves, key=lambda one: one.path):
        folder(_above(leaf.path)).files.append(leaf)
    for one in known.values():
        one.folders.sort(key=lambda inner: inner.path)
    return root


def walk(folder: Folder) -> Iterator[Folder]:
    """The folder and all in it, each before what is in it."""
    yield folder
    for inner in folder.folders:
        yield from walk(inner)


def leaves_of(folder: Folder) -> Iterator[Leaf]:
    """Every file in it, however deep."""
    for one in walk(folder):
        yield from one.files


def digests(root: Folder) -> Mapping[str, str]:
    """The hash of each file and folder by path: a folder's tells of everything in it."""
    found: dict[str, str] = {}

    def of(folder: Folder) -> str:
        told = [(inner.path, of(inner)) for inner in folder.folders]
        told += [(leaf.path, leaf.digest) for leaf in folder.files]
        found.update((leaf.path, leaf.digest) for leaf in folder.files)
        found[folder.path] = short_hash("\n".join(f"{path}\t{digest}" for path, digest in told))
        return found[folder.path]

    of(root)
    return found


def parts(entries: Sequence[str], weights: Sequence[int], most: int) -> list[range]:
    """A folder's entries in parts that weigh at most `most` tokens each (one entry alone may weigh more)."""
    found: list[range] = []
    first = weight = 0
    for at, path in enumerate(entries):
        count = at - first
        ends = count >= PART_LEAST and int(short_hash(path), 16) % _ONE_IN == 0
        if count and (ends or count >= PART_MOST or weight + weights[at] > most):
            found.append(range(first, at))
            first, weight = at, 0
        weight += weights[at]
    if first < len(entries):
        found.append(range(first, len(entries)))
    return found


def chain(path: str) -> Iterator[str]:
    """The folders around a file or folder, the innermost first, the root last."""
    while path:
        path = _above(path)
        yield path


def short_hash(text: str) -> str:
    """Sixteen hexadecimal digits."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _above(path: str) -> str:
    return path.rstrip("/").rpartition("/")[0] + "/" if "/" in path.rstrip("/") else ROOT

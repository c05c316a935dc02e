"""What a snapshot is made of: nodes, trees of them, and how both are written.

A tree is one folder as a JSON list of `[name, kind, mode, ident, size]`, by name; it lies in the store under
its own hash, as contents do, so that folders which did not change are stored once.
"""

import json
import os
from collections.abc import Callable, Mapping
from typing import Literal, cast

from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.snapshots import SnapshotSettings

Kind = Literal["file", "folder", "link", "other", "closed"]

Row = tuple[str, Kind, int, str, int]
"""Name, kind, permission bits, ident, size in bytes. A name may hold lone surrogates (`os.fsdecode`)."""

_MB = 1_000_000
UNKEPT = "?"
"""How the ident of a file begins whose content was not kept; its size and change time follow."""


@frozen(kw_only=False)
class Node:
    """One thing in a folder.

    `ident` is what it holds: a file's SHA-256, a link's target, a folder's tree; for "closed", a folder that
    is not looked into, at most a mark that changes with it. "other" are pipes, sockets and devices.
    """

    kind: Kind
    mode: int
    ident: str
    size: int

    @property
    def kept(self) -> bool:
        """Whether the store has all that it takes to make it again."""
        return self.kind in ("link", "folder") or (self.kind == "file" and not self.ident.startswith(UNKEPT))

    @property
    def content(self) -> tuple[str, str]:
        """What it is, whatever its mode; of a folder, that it is one."""
        return (self.kind, "" if self.kind == "folder" else self.ident)


def unkept(info: os.stat_result) -> str:
    """The ident of a file whose content is not kept: another one after each change of it."""
    return f"{UNKEPT}{info.st_size}:{info.st_mtime_ns}:{info.st_ctime_ns}"


Tree = Mapping[str, Node]
ReadTree = Callable[[str], Tree]
"""The tree of an ident."""


def encode_tree(rows: list[Row]) -> bytes:
    """The same for the same folder, whatever the order of the rows."""
    return json.dumps(sorted(rows), separators=(",", ":")).encode("ascii")


def decode_tree(data: bytes) -> dict[str, Node]:
    """What `encode_tree` wrote."""
    rows = cast("list[tuple[str, Kind, int, str, int]]", json.loads(data))
    return {name: Node(kind, mode, ident, size) for name, kind, mode, ident, size in rows}


@frozen
class Bounds:
    """How much is kept. Sizes in bytes; `store` of one base directory, `stores` of all together.

    Of what git or a rule of ours ignores, only so much is kept as is cheap: a folder of more than
    `ignored_folder` things is not looked into, and beyond the totals contents are not kept.
    """

    file: int = 50_000_000
    entries: int = 300_000
    total: int = 4_000_000_000
    ignored_file: int = 10_000_000
    ignored_folder: int = 10_000
    ignored_files: int = 10_000
    ignored_total: int = 200_000_000
    store: int = 2_000_000_000
    stores: int = 10_000_000_000
    days: float = 30.0
    runs: int = 1_000


BOUNDS = Bounds()


def bounds_of(settings: SnapshotSettings) -> Bounds:
    """What the person set; the rest as it is."""
    return Bounds(
        file=settings.file_mb * _MB,
        ignored_file=min(settings.file_mb * _MB, BOUNDS.ignored_file),
        store=settings.folder_mb * _MB,
        stores=settings.all_mb * _MB,
        days=settings.days,
        runs=settings.runs,
    )

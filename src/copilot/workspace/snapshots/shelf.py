"""The stores of all base directories: what each takes; those that nobody uses any more are forgotten."""

import os
from collections.abc import Collection, Sequence
from pathlib import Path

from copilot.storage.locks import hold
from copilot.vocabulary.errors import LockedError, StorageError
from copilot.vocabulary.frozen import frozen
from copilot.workspace.snapshots.nodes import Bounds
from copilot.workspace.snapshots.store import glance

_DAY = 86_400.0


@frozen
class Shelved:
    """One store. `base_dir` is empty where the file cannot be read; `used` is when its newest run began, or
    the file was written where there is none (UTC seconds); `size` in bytes."""

    path: Path
    base_dir: str
    runs: int
    used: float
    size: int


@frozen
class Forgotten:
    """The base directories whose stores went whole, bytes that came free, and why."""

    folders: tuple[str, ...]
    freed: int
    why: str


def stores(folder: Path) -> tuple[Shelved, ...]:
    """Every store, also one that was set aside, the one that was used last first."""
    paths = [path for path in _listed(folder) if ".db" in path.name and "-journal" not in path.name]
    found = [one for path in paths if (one := _looked_at(path)) is not None]
    return tuple(sorted(found, key=lambda one: one.used, reverse=True))


def forget_unused(
    folder: Path, bounds: Bounds, now: float, *, keep: Collection[Path] = ()
) -> tuple[Forgotten, ...]:
    """Remove stores that were not used for too long, and then as many as it takes for all to have room.

    Those in `keep`, and those that somebody works with, stay.
    """
    known = stores(folder)
    free = [one for one in known if one.path not in keep]
    old = [one for one in free if one.used < now - bounds.days * _DAY and _gone(one)]
    told = [_told(old, f"nothing was run there for {bounds.days:g} days")]
    left = sum(one.size for one in known) - sum(one.size for one in old)
    crowded: list[Shelved] = []
    for one in reversed(free):
        if left > bounds.stores and one not in old and _gone(one):
            crowded.append(one)
            left -= one.size
    told.append(_told(crowded, f"all folders together took more than {bounds.stores // 1_000_000:,} MB"))
    return tuple(one for one in told if one.folders)


def forget_all(folder: Path) -> tuple[Forgotten, ...]:
    """Remove every store that nobody works with."""
    told = _told([one for one in stores(folder) if _gone(one)], "cleaned as asked")
    return (told,) if told.folders else ()


def _gone(one: Shelved) -> bool:
    """Remove a store; False where somebody works with it, or it cannot be. Its lock's file stays, empty."""
    lock = one.path.with_name(f"{one.path.name.partition('.')[0]}.lock")
    try:
        with hold(lock):
            one.path.unlink()
            one.path.with_name(f"{one.path.name}-journal").unlink(missing_ok=True)
    except (LockedError, StorageError, OSError):
        return False
    return True


def _told(gone: Sequence[Shelved], why: str) -> Forgotten:
    names = tuple(one.base_dir or one.path.name for one in gone)
    return Forgotten(folders=names, freed=sum(one.size for one in gone), why=why)


def _listed(folder: Path) -> list[Path]:
    try:
        return [Path(one.path) for one in os.scandir(folder) if one.is_file(follow_symlinks=False)]
    except OSError:
        return []


def _looked_at(path: Path) -> Shelved | None:
    try:
        info = path.stat()
    except OSError:
        return None
    base_dir, runs, used = glance(path)
    return Shelved(
        path=path,
        base_dir=base_dir,
        runs=runs,
        used=info.st_mtime if used is None else used,
        size=info.st_size,
    )

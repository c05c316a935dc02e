"""A copy of a project for a preview: whole, or without what is named; hard links and times as they were."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from copilot.shell.confine.manifest import Manifest, below
from copilot.vocabulary.errors import ToolError, TurnCancelledError

MOST_BYTES = 400_000_000
MOST_FILES = 20_000
HEAVY = ("node_modules", ".venv", "venv", "target", "dist", "build", ".tox", ".nox", ".gradle", "__pycache__")
"""Folders that are left out of a copy, the first of them first, where the whole is too large."""


def what_is_left_out(listing: Manifest) -> list[str]:
    """The folders to leave out so that the rest may be copied. Raises ToolError where it stays too large."""
    left_out: list[str] = []
    files = {path: entry.size for path, entry in listing.items() if entry.kind != "folder"}
    for heavy in HEAVY:
        if _fits(files):
            return left_out
        for path, entry in listing.items():
            if entry.kind == "folder" and path.rsplit("/", 1)[-1] == heavy:
                inner = below(files, path)
                left_out += [path] if inner else []
                for one in inner:
                    del files[one]
    if not _fits(files):
        size = f"{len(files):,} files, {sum(files.values()) / 1e6:,.0f} MB"
        raise ToolError(
            f"the project is too large to be copied for a preview ({size})",
            f"At most {MOST_FILES:,} files and {MOST_BYTES / 1e6:,.0f} MB are.",
        )
    return left_out


def _fits(files: dict[str, int]) -> bool:
    return len(files) <= MOST_FILES and sum(files.values()) <= MOST_BYTES


def copy_tree(
    root: Path, into: Path, listing: Manifest, *, links_inside: bool, cancelled: Callable[[], bool]
) -> None:
    """Copy what `listing` names. With `links_inside`, links that name the project's own path are turned to
    the copy: a script that follows one must not reach the project. Raises OSError, TurnCancelledError."""
    into.mkdir(mode=0o700)
    first: dict[tuple[int, int], Path] = {}
    folders = [""]
    for number, (path, entry) in enumerate(sorted(listing.items())):
        if number % 200 == 0 and cancelled():
            raise TurnCancelledError("stopped while the project was copied")
        source, target = root / path, into / path
        match entry.kind:
            case "folder":
                target.mkdir(mode=0o700)
                folders.append(path)
            case "link":
                target.symlink_to(_turned(entry.target, root, into) if links_inside else entry.target)
            case "file" if entry.file in first:
                os.link(first[entry.file], target)
            case "file":
                shutil.copyfile(source, target, follow_symlinks=False)
                target.chmod(entry.mode)
                os.utime(target, ns=(entry.mtime_ns, entry.mtime_ns))
                if entry.links > 1:
                    first[entry.file] = target
            case "fifo" | "other":
                pass
    for path in reversed(folders):
        mode = listing[path].mode if path else root.stat().st_mode & 0o7777
        (into / path).chmod(mode)


def _turned(target: str, root: Path, into: Path) -> str:
    if target == str(root) or target.startswith(f"{root}{os.sep}"):
        return str(into) + target[len(str(root)) :]
    return target

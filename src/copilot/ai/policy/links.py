"""What a request touches by way of a link that leads out of the project, looked up on the disk."""

import os
from pathlib import Path

from copilot.ai.policy.parts import Asked, Piece

_MOST_LOOKS = 400


def links_out(asked: Asked) -> str:
    """The first path of a request that a link leads out of the project, in words; "" where none does."""
    return next((f"{path} is a link out of the project, to {target}" for path, target in led_out(asked)), "")


def led_out(asked: Asked) -> tuple[tuple[str, str], ...]:
    """Paths inside the project whose real place is outside, with that place.

    Where a folder is named beside files, what would lie in it under their names is looked at as well: that is
    where copying and moving put them.
    """
    if not asked.base_dir:
        return ()
    root = Path(asked.base_dir)
    real_root = os.path.realpath(root)
    found: dict[str, str] = {}
    looks = 0
    for piece in asked.pieces:
        for path in _candidates(piece, root):
            looks += 1
            if looks > _MOST_LOOKS:
                return tuple(found.items())
            target = os.path.realpath(path)
            if not _within(target, real_root):
                found.setdefault(_shown(path, root), target)
    return tuple(found.items())


def _candidates(piece: Piece, root: Path) -> list[Path]:
    uses = [use for use in piece.paths if use.place == "inside"]
    named = [root / use.resolved for use in uses]
    names = dict.fromkeys(path.name for path in named)
    found = [*named]
    for folder in named:
        if folder.is_dir():
            found += [folder / name for name in names if (folder / name).is_symlink()]
    return found


def _within(target: str, root: str) -> bool:
    return target == root or target.startswith(root.rstrip(os.sep) + os.sep)


def _shown(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)

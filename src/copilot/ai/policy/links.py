"""What a request touches by way of a link that leads out of the project, looked up on the disk."""

import os
from pathlib import Path

from copilot.ai.policy.parts import Asked, Piece
from copilot.vocabulary.readings import Effect

_MOST_LOOKS = 400


def links_out(asked: Asked) -> str:
    """The first path of a request that a link leads out of the project, in words; "" where none does."""
    return next((_words(path, target) for path, target, _ in led_out(asked)), "")


def written_through(asked: Asked) -> str:
    """The same, for paths that are written to; deleting or renaming a link touches nothing behind it."""
    return next((_words(path, target) for path, target, effect in led_out(asked) if effect == "writes"), "")


def _words(path: str, target: str) -> str:
    return f"{path} is a link out of the project, to {target}"


def led_out(asked: Asked) -> tuple[tuple[str, str, Effect], ...]:
    """Paths inside the project whose real place is outside, with that place, and what is done to them.

    Where a folder is named beside files, what lies in it under their names is looked at as well: that is
    where copying and moving put them.
    """
    if not asked.base_dir:
        return ()
    root = Path(asked.base_dir)
    real_root = os.path.realpath(root)
    found: dict[str, tuple[str, str, Effect]] = {}
    looks = 0
    for piece in asked.pieces:
        for path, effect in _candidates(piece, root):
            looks += 1
            if looks > _MOST_LOOKS:
                return tuple(found.values())
            target = os.path.realpath(path)
            if not _within(target, real_root):
                shown = _shown(path, root)
                found.setdefault(f"{shown}\n{effect}", (shown, target, effect))
    return tuple(found.values())


def _candidates(piece: Piece, root: Path) -> list[tuple[Path, Effect]]:
    uses: list[tuple[Path, Effect]] = [
        (root / use.resolved, use.effect) for use in piece.paths if use.place == "inside"
    ]
    names = dict.fromkeys(path.name for path, _ in uses)
    for folder, effect in tuple(uses):
        if folder.is_dir():
            uses.extend((folder / name, effect) for name in names if (folder / name).is_symlink())
    return uses


def _within(target: str, root: str) -> bool:
    return target == root or target.startswith(root.rstrip(os.sep) + os.sep)


def _shown(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)

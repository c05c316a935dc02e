"""The file that a change is about, and what the person should know of it before agreeing."""

import os
import stat
from pathlib import Path

from copilot.tools.context import ToolContext
from copilot.tools.files import count
from copilot.tools.opened import refuse_hidden
from copilot.vocabulary.frozen import frozen
from copilot.workspace.boundary import Boundary, FileBytes
from copilot.workspace.names import shown
from copilot.workspace.reading import decode
from copilot.workspace.secrets import protected_reason, secret_reason

_OURS = ("config.toml", "projects", "md_gen", "logs", "scripts", "dpg_layout.ini", "state", ".env")
"""What lies in a home (DESIGN 7)."""


@frozen
class Target:
    """A file to be written: its real path, what is there now (None: nothing), lines for the person."""

    path: str
    old: FileBytes | None
    warnings: tuple[str, ...]
    protected: bool


def find_target(ctx: ToolContext, path: str) -> Target:
    """Where a write to `path` would go. Raises OutsideProjectError, ForbiddenPathError or ToolError."""
    boundary = Boundary(ctx.base_dir)
    real = boundary.check_writable(path)
    refuse_hidden(boundary, real)
    old = boundary.read_bytes(real) if boundary.stat(real) is not None else None
    protected = protected_reason(real, own_files(ctx)) or _secret(real, old)
    warnings = [protected] if protected else []
    if real != boundary.plain(path):
        warnings.append(
            f"The path asked for, {shown(path)}, goes through a link; this is the file behind it."
        )
    if old is not None:
        warnings += _warnings(old)
    return Target(path=real, old=old, warnings=tuple(warnings), protected=bool(protected))


def _secret(real: str, old: FileBytes | None) -> str:
    """Why a change of a file that may hold secrets is asked about, as one of a protected path is."""
    why = secret_reason(real, b"" if old is None else old.data)
    return (
        f"It may hold secrets: {why}. This change needs your own word, whatever the policy says."
        if why
        else ""
    )


def own_files(ctx: ToolContext) -> tuple[str, ...]:
    """This program's own files below the base directory; "." where the base directory lies among them."""
    return own_paths(ctx.scripts_dir, ctx.base_dir)


def own_paths(scripts_dir: Path, base_dir: Path) -> tuple[str, ...]:
    """The same, where no tool runs. `scripts_dir` tells where the home is."""
    home = Path(os.path.realpath(scripts_dir)).parent.parent
    base = Path(os.path.realpath(base_dir))
    if home != base and home.is_relative_to(base):
        return (home.relative_to(base).as_posix(),)
    places = [home / name for name in _OURS]
    if any(base.is_relative_to(place) for place in places):
        return (".",)
    return tuple(place.relative_to(base).as_posix() for place in places if place.is_relative_to(base))


def _warnings(old: FileBytes) -> list[str]:
    said: list[str] = []
    if old.links > 1:
        said.append(
            f"The file has {count(old.links - 1, 'other hard link', 'other hard links')}, perhaps outside "
            "the project: writing breaks the link, the other name keeps the old text."
        )
    if not old.mode & stat.S_IWUSR:
        said.append("The file is marked read-only.")
    text = decode(old.data)
    if text is None:
        said.append(f"The file is binary now ({count(old.size, 'byte', 'bytes')}); it becomes text.")
    elif text.guessed:
        said.append(f"The file's encoding is a guess ({text.encoding}); characters may come out wrong.")
    return said

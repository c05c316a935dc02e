"""The docking layout: the shipped default, the person's own in the home, and how they reach the library.

`dpg_layout.ini` beside this file is the default for a dock space of 1440 by 866 pixels. The keys are stable:
a window is `[Window][###id]`, and `id` never changes with its title, so a layout outlives new versions.
"""

import re
from pathlib import Path

from copilot.desktop.gate import dpg
from copilot.desktop.layout_tree import merged, usable
from copilot.storage.atomic import write_atomic
from copilot.vocabulary.errors import StorageError

DEFAULT = Path(__file__).parent / "dpg_layout.ini"
DESIGNED_FOR = (1440, 866)
MENU_HEIGHT = 34
"""What the menu bar takes from the viewport's height."""

SIDE_GROWTH = 1.25
"""Side panels grow with the window up to this factor; the discussion takes the rest."""

_SPACE = re.compile(r"^DockSpace .*Pos=\d+,(\d+) Size=(\d+),(\d+)", re.MULTILINE)
_SIZE_REF = re.compile(r"\b(SizeRef)=(\d+),(\d+)")
_SIZE = re.compile(r"\b(Size|SizeRef)=(\d+),(\d+)")


def default_layout(width: int, height: int, scale: float) -> str:
    """The default layout for a viewport of `width` by `height` pixels; `scale` is the monitor's.

    The library keeps the pixel sizes of all nodes but the central one, so the side panels are given theirs.
    """
    wide, high = DESIGNED_FOR
    across = min(width / wide, SIDE_GROWTH * scale)
    down = min((height - MENU_HEIGHT * scale) / high, SIDE_GROWTH * scale)

    def resized(match: re.Match[str]) -> str:
        return f"{match[1]}={round(int(match[2]) * across)},{round(int(match[3]) * down)}"

    return _SIZE.sub(resized, DEFAULT.read_text(encoding="utf-8"))


def grown(ini: str, factor: float) -> str:
    """A layout for a window of the same size in which everything is larger by a factor.

    Panels at the sides get wider by the root of it only: the discussion needs its room too.
    """

    def resized(match: re.Match[str]) -> str:
        return f"{match[1]}={round(int(match[2]) * factor**0.5)},{round(int(match[3]) * factor**0.5)}"

    return _SIZE_REF.sub(resized, ini)


def saved_size(path: Path) -> tuple[int, int] | None:
    """The pixels that the window had when its layout was saved; None where that is not known."""
    try:
        found = _SPACE.search(path.read_text(encoding="utf-8", errors="replace"))
    except OSError:
        return None
    return (int(found[2]), int(found[3]) + int(found[1])) if found is not None else None


def prepare(path: Path, width: int, height: int, scale: float) -> bool:
    """See that a layout with every window is on disk before the first frame; True where it is the default.

    Without an entry in the file, the library puts every window at (60, 60) with a size of 100 by 100. So
    windows that a saved layout does not know yet are docked beside their neighbours (`layout_tree`). A file
    that cannot be used is kept beside it as `.broken`.
    """
    default = default_layout(width, height, scale)
    try:
        saved = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        saved = ""
    known = usable(saved)
    wanted = merged(saved, default) if known else default
    try:
        if saved.strip() and not known:
            path.replace(path.with_suffix(".broken"))
        if wanted != saved:
            write_atomic(path, wanted.encode())
    except (OSError, StorageError):
        return not known  # a home that cannot be written must not keep the window shut
    return not known


def current(path: Path) -> str:
    """The layout as it is now. `path` is where it is kept. Raises StorageError."""
    # The library's own writer is not atomic, so it writes a temporary file beside the real one.
    temporary = path.with_name(f".{path.name}.{path.stat().st_ino if path.exists() else 0}.now")
    try:
        dpg.save_init_file(str(temporary))
        data = temporary.read_text(encoding="utf-8", errors="replace")
        temporary.unlink()
    except OSError as error:
        raise StorageError(f"the window layout could not be written to {path}: {error}") from error
    return data


def save(path: Path, ini: str) -> None:
    """Keep a layout for the next start. Raises StorageError."""
    write_atomic(path, ini.encode())

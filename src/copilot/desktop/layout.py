"""The docking layout: the shipped default, the person's own in the home, and how they reach the library.

`dpg_layout.ini` beside this file is the default for a dock space of 1440 by 866 pixels. The keys are stable:
a window is `[Window][###id]`, and `id` never changes with its title, so a layout outlives new versions.
"""

import re
from pathlib import Path

from copilot.desktop.gate import dpg
from copilot.desktop.native import Native
from copilot.storage.atomic import write_atomic
from copilot.vocabulary.errors import StorageError

DEFAULT = Path(__file__).parent / "dpg_layout.ini"
DESIGNED_FOR = (1440, 866)
MENU_HEIGHT = 34
"""What the menu bar takes from the viewport's height."""

WINDOWS = ("files", "context", "discussion", "composer", "tools", "log", "usage")
SIDE_GROWTH = 1.25
"""Side panels grow with the window up to this factor; the discussion takes the rest."""

_SPACE = re.compile(r"^DockSpace .*Pos=\d+,(\d+) Size=(\d+),(\d+)", re.MULTILINE)
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


def usable(ini: str) -> bool:
    """True where a saved layout knows every window of this version and has a docking tree."""
    return "[Docking][Data]" in ini and all(f"[Window][###{name}]" in ini for name in WINDOWS)


def saved_size(path: Path) -> tuple[int, int] | None:
    """The pixels that the window had when its layout was saved; None where that is not known."""
    try:
        found = _SPACE.search(path.read_text(encoding="utf-8", errors="replace"))
    except OSError:
        return None
    return (int(found[2]), int(found[3]) + int(found[1])) if found is not None else None


def prepare(path: Path, width: int, height: int, scale: float) -> bool:
    """See that a layout is on disk before the first frame; True where it is the default one.

    Without an entry in the file, the library puts every window at (60, 60) with a size of 100 by 100. A file
    that cannot be used is kept beside it as `.broken`.
    """
    try:
        saved = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        saved = ""
    if usable(saved):
        return False
    try:
        if saved.strip():
            path.replace(path.with_suffix(".broken"))
        write_atomic(path, default_layout(width, height, scale).encode())
    except (OSError, StorageError):
        return True  # a home that cannot be written must not keep the window shut
    return True


def save(path: Path) -> None:
    """Write the layout as it is now. Raises StorageError."""
    # The library's own writer is not atomic, so it writes a temporary file beside the real one.
    temporary = path.with_name(f".{path.name}.{path.stat().st_ino if path.exists() else 0}.now")
    try:
        dpg.save_init_file(str(temporary))
        data = temporary.read_bytes()
        temporary.unlink()
    except OSError as error:
        raise StorageError(f"the window layout could not be written to {path}: {error}") from error
    write_atomic(path, data)


def reset(native: Native, width: int, height: int, scale: float) -> bool:
    """Put the default layout in place at once; False where the library cannot."""
    return native.load_layout(default_layout(width, height, scale))

"""The docking layout: the shipped default, the person's own in the home, and how they reach the library.

`dpg_layout.ini` beside this file is the default for a dock space of 1440 by 866 pixels. The keys are stable:
a window is `[Window][###id]`, and `id` never changes with its title, so a layout outlives new versions.
"""

import re
from pathlib import Path

from copilot.desktop.gate import dpg
from copilot.desktop.layout_tree import merged, usable
from copilot.desktop.looks import LARGEST_SCALE, SMALLEST_SCALE
from copilot.storage.atomic import write_atomic
from copilot.vocabulary.errors import StorageError

DEFAULT = Path(__file__).parent / "dpg_layout.ini"
DESIGNED_FOR = (1440, 866)
MENU_HEIGHT = 34
"""What the menu bar takes from the viewport's height."""

SIDE_GROWTH = 1.25
"""Side panels grow with the window up to this factor; the discussion takes the rest."""

COMPOSER_LEAST = 150
"""Pixels at scale 1 of the composer: a line to write, one that waits above it, the buttons below."""

_COMPOSER = re.compile(r"(DockNode +ID=0x00000008 .*?SizeRef=\d+,)(\d+)")
_SCALE = re.compile(r"\A; scale (\d{1,3}(?:\.\d{1,9})?)\n")
_SPACE = re.compile(r"^DockSpace .*Pos=\d+,(\d+) Size=(\d+),(\d+)", re.MULTILINE)
_SIZE_REF = re.compile(r"\b(SizeRef)=(\d+),(\d+)")
_SIZE = re.compile(r"\b(Size|SizeRef)=(\d+),(\d+)")


def default_layout(width: int, height: int, scale: float, shipped: Path = DEFAULT) -> str:
    """The shipped layout for a viewport of `width` by `height` pixels; `scale` is the monitor's.

    The library keeps the pixel sizes of all nodes but the central one, so the side panels are given theirs.
    """
    wide, high = DESIGNED_FOR
    across = min(width / wide, SIDE_GROWTH * scale)
    down = min((height - MENU_HEIGHT * scale) / high, SIDE_GROWTH * scale)

    def resized(match: re.Match[str]) -> str:
        return f"{match[1]}={round(int(match[2]) * across)},{round(int(match[3]) * down)}"

    found = _SIZE.sub(resized, shipped.read_text(encoding="utf-8"))
    least = round(COMPOSER_LEAST * scale)
    return _COMPOSER.sub(lambda match: f"{match[1]}{max(int(match[2]), least)}", found)


def grown(ini: str, factor: float, *, wider: float = 1.0, higher: float = 1.0) -> str:
    """A layout in which everything is larger by a factor, in a window that is `wider` and `higher`.

    Panels at the sides get wider by the root of it only where the window stays: the discussion needs its
    room too.
    """
    across, down = (factor * wider) ** 0.5, (factor * higher) ** 0.5

    def resized(match: re.Match[str]) -> str:
        return f"{match[1]}={round(int(match[2]) * across)},{round(int(match[3]) * down)}"

    return _SIZE_REF.sub(resized, ini)


def shares(full: tuple[int, int], window: tuple[int, int]) -> tuple[float, float]:
    """What is left of the panels' widths and heights in a smaller window than they were made for.

    The discussion has what the others leave: each gives its part, or nothing would be left of it.
    """
    return min(1.0, window[0] / full[0]), min(1.0, window[1] / full[1]) ** 0.5


def stamped(ini: str, scale: float) -> str:
    """The layout with the scale that it was made at, in a line that the library passes over."""
    return f"; scale {scale:g}\n{_SCALE.sub('', ini)}"


def growth(ini: str, scale: float) -> float:
    """By how much all is larger now than when the layout was saved; 1 where that is not known."""
    found = _SCALE.match(ini)
    before = float(found[1]) if found is not None else 0.0
    return scale / before if SMALLEST_SCALE <= before <= LARGEST_SCALE else 1.0


def saved_size(path: Path, scale: float) -> tuple[int, int] | None:
    """The pixels of the window as its layout was saved, at the scale there is now; None where not known."""
    try:
        ini = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    size, factor = _size_in(ini), growth(ini, scale)
    return (round(size[0] * factor), round(size[1] * factor)) if size is not None else None


def _size_in(ini: str) -> tuple[int, int] | None:
    found = _SPACE.search(ini)
    return (int(found[2]), int(found[3]) + int(found[1])) if found is not None else None


def fitted(ini: str, width: int, height: int, scale: float) -> str:
    """A saved layout for a window of that size, where it was saved at another scale or in a larger window."""
    factor, size = growth(ini, scale), _size_in(ini)
    if size is None or not all(size):
        return ini
    wider, higher = width / size[0], height / size[1]
    if factor != 1.0:
        return grown(ini, factor, wider=wider, higher=higher)
    across, down = shares(size, (width, height))
    return grown(ini, 1.0, wider=across**2, higher=down**2) if min(across, down) < 1.0 else ini


def prepare(path: Path, width: int, height: int, scale: float, shipped: Path = DEFAULT) -> bool:
    """See that a layout with every window is on disk before the first frame; True where it is the default.

    Without an entry in the file, the library puts every window at (60, 60) with a size of 100 by 100. So
    windows that a saved layout does not know yet are docked beside their neighbours (`layout_tree`). A file
    that cannot be used is kept beside it as `.broken`.
    """
    default = default_layout(width, height, scale, shipped)
    try:
        saved = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        saved = ""
    known = usable(saved)
    # Text widths follow the scale, so a layout of another would cut what is in the side panels.
    wanted = merged(fitted(saved, width, height, scale), default) if known else default
    wanted = stamped(wanted, scale)
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

"""Which panels were torn off when the program closed, and where their windows were: `state/torn_off.json`."""

import contextlib
from dataclasses import replace
from pathlib import Path

from copilot.desktop.torn.messages import Place
from copilot.desktop.torn.wire import WireError, read, write
from copilot.storage.atomic import write_atomic
from copilot.vocabulary.errors import StorageError
from copilot.vocabulary.frozen import frozen

MOST_BYTES = 100_000


@frozen
class Remembered:
    """One panel: its last place, and whether it is torn off now."""

    panel: str
    place: Place | None = None
    open: bool = False


@frozen
class Windows:
    """All panels that were ever torn off."""

    panels: tuple[Remembered, ...] = ()

    def of(self, panel: str) -> Remembered:
        """What is known of a panel."""
        return next((one for one in self.panels if one.panel == panel), Remembered(panel=panel))

    def opened(self, panel: str, *, opened: bool) -> "Windows":
        """With this panel torn off, or not."""
        return self._with(replace(self.of(panel), open=opened))

    def moved(self, panel: str, place: Place) -> "Windows":
        """With this panel's window there."""
        return self._with(replace(self.of(panel), place=place))

    def _with(self, one: Remembered) -> "Windows":
        others = tuple(other for other in self.panels if other.panel != one.panel)
        return Windows(panels=(*others, one))


def load(path: Path) -> Windows:
    """What was saved; nothing where it cannot be read: it is only a convenience."""
    try:
        with path.open("rb") as file:
            return read(file.read(MOST_BYTES), Windows)
    except (OSError, WireError):
        return Windows()


def save(path: Path, windows: Windows) -> None:
    """Write it; a disk that refuses costs the places of the windows, and nothing else."""
    with contextlib.suppress(OSError, StorageError):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(path, write(windows) + b"\n")

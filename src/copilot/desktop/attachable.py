"""What of a folder may be attached, for the person to choose from. Nothing here draws."""

import os
from pathlib import Path

from copilot.vocabulary.frozen import frozen

SUFFIXES = (".png", ".jpg", ".jpeg", ".gif", ".webp", ".pdf")
"""Names that are offered; what a file really is shows when it is read."""

MOST = 2_000


@frozen
class Offer:
    """One entry of a folder: another folder, or a file that may be attached, with its size in bytes."""

    path: Path
    folder: bool
    size: int = 0


@frozen
class Offered:
    """What a folder offers: folders first, by name; `trouble` says why it could not be read."""

    folder: Path
    entries: tuple[Offer, ...] = ()
    trouble: str = ""


def offered(folder: Path) -> Offered:
    """Look into a folder. Hidden entries and what cannot be attached are left out."""
    found: list[Offer] = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.name.startswith("."):
                    continue
                if entry.is_dir():
                    found.append(Offer(path=Path(entry.path), folder=True))
                elif entry.name.lower().endswith(SUFFIXES) and entry.is_file():
                    found.append(Offer(path=Path(entry.path), folder=False, size=entry.stat().st_size))
                if len(found) >= MOST:
                    break
    except OSError as error:
        return Offered(folder=folder, trouble=f"{folder} cannot be read: {error.strerror or error}")
    found.sort(key=lambda one: (not one.folder, one.path.name.lower()))
    return Offered(folder=folder, entries=tuple(found))


def attachable(path: Path) -> bool:
    """Whether a name looks like something that can be attached."""
    return path.name.lower().endswith(SUFFIXES)

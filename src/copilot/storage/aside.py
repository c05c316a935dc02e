"""Keep a file that cannot be used: it gets a new name beside the old one, and not one byte changes."""

from pathlib import Path

from copilot.storage.disk import SYSTEM_DISK, Disk, storage_error


def set_aside(path: Path, word: str = "broken", *, disk: Disk = SYSTEM_DISK) -> Path:
    """Rename `path` to `<name>.<word>-<n>` with the first free number; the new path.

    Only for the holder of the lock that guards `path`. Raises StorageError; then the file is where it was.
    """
    aside = free_name(path, word)
    try:
        disk.replace(path, aside)
        disk.sync_folder(path.parent)
    except OSError as error:
        raise storage_error("setting aside", path, error) from error
    return aside


def free_name(path: Path, word: str) -> Path:
    """The first `<name>.<word>-<n>` beside `path` that nothing has."""
    number = 1
    while True:
        candidate = path.with_name(f"{path.name}.{word}-{number}")
        if not candidate.exists() and not candidate.is_symlink():
            return candidate
        number += 1

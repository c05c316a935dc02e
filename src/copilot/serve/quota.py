"""How much of the disk a user's folder takes, and what is refused once it is too much."""

import os
import threading
from collections.abc import Callable
from pathlib import Path
from time import monotonic

from copilot.serve.contract import Limits, TooMuchError

MB = 1_000_000

OF_AN_ENTRY = 512
"""Bytes that a file's or folder's entry counts, beside its blocks: millions of empty files are no gift."""

PATIENCE = 20.0
"""How many times as long as the last look took nobody looks again, so that looking stays a small part."""

LEAST_SECONDS = 2.0


def used_bytes(folder: Path, enough: int) -> int:
    """What lies in a folder, in blocks that the disk has given; not counted any further once it is `enough`.

    Links are not followed. What goes meanwhile is not counted.
    """
    found, folders = 0, [os.fspath(folder)]
    while folders and found <= enough:
        try:
            with os.scandir(folders.pop()) as entries:
                for entry in entries:
                    found += OF_AN_ENTRY + _blocks(entry)
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(entry.path)
        except OSError:
            continue
    return found


def _blocks(entry: "os.DirEntry[str]") -> int:
    try:
        info = entry.stat(follow_symlinks=False)
    except OSError:
        return 0
    blocks: int | None = getattr(info, "st_blocks", None)  # Windows has none
    return info.st_size if blocks is None else blocks * 512


class Quota:
    """Of one user's folder. Any thread."""

    def __init__(self, folder: Path, limits: Limits, ticks: Callable[[], float] = monotonic) -> None:
        self._folder = folder
        self._most = limits.disk_mb * MB
        self._ticks = ticks
        self._lock = threading.Lock()
        self._used = 0
        self._again = 0.0

    def used(self) -> int:
        """Bytes, as of a moment ago: a look at a large folder is made rarely."""
        with self._lock:
            began = self._ticks()
            if began >= self._again:
                self._used = used_bytes(self._folder, self._most)
                took = self._ticks() - began
                self._again = began + took + max(LEAST_SECONDS, took * PATIENCE)
            return self._used

    def look_again(self) -> None:
        """Something went: what there is is counted anew."""
        with self._lock:
            self._again = 0.0

    @property
    def full(self) -> bool:
        """Whether it holds as much as it may."""
        return self.used() >= self._most

    def check(self, more: int = 0) -> None:
        """Raises TooMuchError where `more` bytes have no room."""
        if self.used() + more > self._most:
            raise TooMuchError(
                f"your files take the {self._most // MB:,} MB that they may",
                "Delete some of them, or undo what made them.",
            )
        with self._lock:
            self._used += more

"""What was written and not sent, for each branch of a project: kept across restarts and crashes.

`state/drafts/<project>.json` is written a moment after the last key, away from the main thread, and once more
when the window closes.
"""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import cast

from copilot.desktop.errands import Errands
from copilot.storage.atomic import write_atomic
from copilot.storage.disk import make_folder, remove
from copilot.vocabulary.errors import CopilotError

PAUSE_SECONDS = 1.0
"""How long after a change it is written: a crash loses no more than this."""

MOST_CHARACTERS = 2_000_000
"""A file of more than this holds no drafts of ours."""


class Drafts:
    """`folder` is the home's `state/drafts`; `ticks` are seconds."""

    def __init__(self, folder: Path, errands: Errands, ticks: Callable[[], float]) -> None:
        self._folder = folder
        self._errands = errands
        self._ticks = ticks
        self._project = ""
        self._of_branch: dict[str, str] = {}
        self._due: float | None = None
        self._version = 0

    def open(self, project: str) -> None:
        """Read what waits for a project."""
        self.flush()
        self._project = project
        self._of_branch = read(self._path())

    def of(self, branch: str) -> str:
        """What waits on a branch."""
        return self._of_branch.get(branch, "")

    def put(self, branch: str, words: str) -> None:
        """What is written on a branch now."""
        if words == self.of(branch):
            return
        if words:
            self._of_branch[branch] = words
        else:
            self._of_branch.pop(branch, None)
        if self._due is None:
            self._due = self._ticks() + PAUSE_SECONDS

    def tick(self) -> None:
        """Once a frame: have it written when it is time."""
        if self._due is not None and self._ticks() >= self._due:
            self._due = None
            self._version += 1
            version, path, kept = self._version, self._path(), dict(self._of_branch)

            def work() -> None:
                if version == self._version:  # else it was written meanwhile, and newer
                    write(path, kept)

            self._errands.add(work, lambda _: None)

    def flush(self) -> None:
        """Write now what is not yet written."""
        if self._due is not None and self._project:
            self._due = None
            self._version += 1
            write(self._path(), self._of_branch)

    def _path(self) -> Path:
        return self._folder / f"{self._project}.json"


def read(path: Path) -> dict[str, str]:
    """The drafts by branch; none where there is no such file, or where it is not one of ours."""
    try:
        words = path.read_text(encoding="utf-8", errors="replace")
        found: object = json.loads(words) if len(words) <= MOST_CHARACTERS else None
    except (OSError, ValueError, RecursionError):
        return {}
    if not isinstance(found, dict):
        return {}
    pairs = cast(dict[object, object], found).items()
    return {name: draft for name, draft in pairs if isinstance(name, str) and isinstance(draft, str)}


def write(path: Path, drafts: Mapping[str, str]) -> None:
    """Replace the file; a disk that refuses costs the drafts, not the session."""
    try:
        make_folder(path.parent)
        if drafts:
            write_atomic(path, json.dumps(dict(drafts), ensure_ascii=True).encode())
        else:
            remove(path)
    except CopilotError:
        return

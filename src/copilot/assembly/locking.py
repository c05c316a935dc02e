"""Changes take turns on one base directory, across processes: whoever changes it holds its lock."""

import hashlib
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from copilot.ai.kit import TurnLock
from copilot.providers.base import Cancelled
from copilot.storage.locks import hold
from copilot.vocabulary.errors import LockedError, TurnCancelledError


def turn_lock(folder: Path) -> TurnLock:
    """Locks kept as files in `folder`, one for each base directory."""

    @contextmanager
    def lock(base_dir: Path, cancelled: Cancelled) -> Generator[None]:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        name = hashlib.sha256(str(base_dir.resolve()).encode()).hexdigest()[:32]
        held = None
        while held is None:
            if cancelled():
                raise TurnCancelledError("stopped while another change was under way")
            try:
                held = hold(folder / f"{name}.lock", wait_seconds=0.2)
            except LockedError:
                continue
        with held:
            yield

    return lock

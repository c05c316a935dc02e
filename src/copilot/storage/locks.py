"""One holder at a time, across processes. When a holder dies, however that is, the system lets go for it."""

from pathlib import Path
from types import TracebackType

from filelock import FileLock, Timeout

from copilot.storage.disk import storage_error
from copilot.vocabulary.errors import LockedError


class Held:
    """A lock that is held until `release`. Any thread may release it; a `with` block does."""

    def __init__(self, lock: FileLock) -> None:
        self._lock = lock

    def release(self) -> None:
        """Let go; a second call does nothing. The lock's file stays: removing it would split the holders."""
        self._lock.release()

    def __enter__(self) -> "Held":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


def hold(path: Path, *, wait_seconds: float = 0.0) -> Held:
    """Take the lock at `path` (a file of its own), waiting for at most `wait_seconds`.

    Raises LockedError where somebody else holds it, in this process or another, and StorageError where the
    lock cannot be made.
    """
    lock = FileLock(path, timeout=wait_seconds, mode=0o600, thread_local=False)
    try:
        lock.acquire()
    except Timeout as error:
        raise LockedError(
            f"{path.stem} is open in another window or program ({path.name} is held)"
        ) from error
    except OSError as error:
        raise storage_error("locking", path, error) from error
    return Held(lock)

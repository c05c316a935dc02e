"""Keeps the folder of logs in bounds: ends that crashes left are put in order, old sessions are compressed,
the oldest removed.

A log that is not as it was written is evidence: nothing is repaired in it.
"""

import contextlib
import os
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

from copilot.record.anchors import folder, forget, is_running, proof_of, sessions_known
from copilot.record.comms_log import CommsLog
from copilot.record.log_files import calls_of, sessions_in
from copilot.record.log_reader import LogReader
from copilot.storage.atomic import write_atomic
from copilot.storage.disk import SYSTEM_DISK, Disk
from copilot.storage.locks import hold
from copilot.vocabulary.errors import LockedError, StorageError
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.log_settings import LogSettings

DAY_SECONDS = 86_400.0
_BLOCK = 2**20
_TEMPORARY = ".copilot-*.tmp"
"""What `storage.atomic` calls files that are being written."""

_GZIP = 31
"""Of zlib: a window of 32 kB and the header of a gzip file."""


@frozen
class Session:
    """The files of one session. `at` is when the last of them changed (UTC seconds), `size` in bytes."""

    name: str
    paths: tuple[Path, ...]
    at: float
    size: int


class StoppedError(Exception):
    """The program ends: the rest is for the next time."""


class LogKeeper:
    """Does all that is due, once. `stopped` is asked between steps."""

    def __init__(
        self,
        logs: Path,
        state: Path,
        settings: LogSettings,
        clock: Callable[[], float],
        stopped: Callable[[], bool] = lambda: False,
        *,
        disk: Disk = SYSTEM_DISK,
    ) -> None:
        self._logs, self._state, self._settings, self._disk = logs, state, settings, disk
        self._clock, self._stopped = clock, stopped

    def keep(self) -> None:
        """Put ends in order, remove, compress. What fails is left for the next time; never raises."""
        with contextlib.suppress(StorageError, OSError, StoppedError):
            folder(self._state).mkdir(mode=0o700, parents=True, exist_ok=True)
            mark = folder(self._state) / "keeping.lock"
            with contextlib.suppress(LockedError), hold(mark):
                mark.touch()  # when this was done last
                self._sweep()
                ended = [one for one in self._sessions() if not is_running(self._state, one.name)]
                for session in ended:
                    self._mend(session.name)
                ended = [one for one in ended if not self._removed(one, ended)]
                for session in ended:
                    if self._clock() - session.at >= self._settings.compress_days * DAY_SECONDS:
                        self._compress(session)

    def _go_on(self) -> None:
        if self._stopped():
            raise StoppedError

    def _sweep(self) -> None:
        """Remove what killed programs left half written."""
        for path in self._logs.glob(_TEMPORARY):  # nobody but a keeper makes them there
            self._disk.unlink(path)
        for path in folder(self._state).glob(_TEMPORARY):
            if self._clock() - path.stat().st_mtime > DAY_SECONDS:
                self._disk.unlink(path)

    def _sessions(self) -> list[Session]:
        """All sessions, the newest first."""
        found: list[Session] = []
        for name, parts in sessions_in(self._logs).items():
            paths = [*(part.path for part in parts), *calls_of(self._logs, name)]
            with contextlib.suppress(OSError):
                stats = [path.stat() for path in paths]
                size = sum(one.st_size for one in stats)
                at = max(one.st_mtime for one in stats)
                found.append(Session(name=name, paths=tuple(paths), at=at, size=size))
        return sorted(found, key=lambda one: (one.at, one.name), reverse=True)

    def _mend(self, session: str) -> None:
        """Cut off a torn end and write down that the session ended so, where nothing else is wrong."""
        self._go_on()
        proof = proof_of(self._state, session)
        if proof is None or proof.anchor.end:
            return
        with LogReader(self._logs, session, self._state) as reader:
            for _ in reader.records(lambda _: False):
                pass
            end = reader.end()
            torn = reader.torn
            others = len(reader.troubles) - torn
        if end is not None and end.level == "crash" and not others:
            log = CommsLog(self._logs, self._state, session, self._clock, part_bytes=2**40, disk=self._disk)
            log.close("repaired")

    def _removed(self, session: Session, ended: list[Session]) -> bool:
        """Whether a session was beyond the bounds, and is gone."""
        limits = self._settings
        newer = ended[: ended.index(session)]
        size = sum(one.size for one in newer) + session.size
        old = limits.days and self._clock() - session.at > limits.days * DAY_SECONDS
        many = limits.sessions and len(newer) >= limits.sessions
        if not (old or many or (limits.all_mb and size > limits.all_mb * 1_000_000)):
            return False
        self._go_on()
        for path in session.paths:
            for one in (path, _other(path)):
                if one.exists():
                    self._disk.unlink(one)
        forget(self._state, session.name, disk=self._disk)
        return True

    def _compress(self, session: Session) -> None:
        for path in session.paths:
            if path.suffix == ".gz":
                continue
            packed = path.with_name(f"{path.name}.gz")
            write_atomic(packed, self._packed(path), disk=self._disk)
            stat = path.stat()
            os.utime(packed, ns=(stat.st_atime_ns, stat.st_mtime_ns))
            self._disk.unlink(path)

    def _packed(self, path: Path) -> Iterator[bytes]:
        packer = zlib.compressobj(wbits=_GZIP)
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                self._go_on()
                yield packer.compress(block)
        yield packer.flush()


def gone(logs: Path, state: Path) -> list[str]:
    """Sessions whose keys are there and whose logs are not: what is removed here loses both. StorageError."""
    there = sessions_in(logs)
    return [name for name in sessions_known(state) if name not in there]


def _other(path: Path) -> Path:
    """The same file plain where it is compressed, and compressed where it is plain."""
    return path.with_suffix("") if path.suffix == ".gz" else path.with_name(f"{path.name}.gz")

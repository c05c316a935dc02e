"""The parts of a user's audit log: a long one goes on in a next file, and old ones go where that is wanted.

The newest part is `logs/serve/<user>.jsonl`, those before it `<user>+<first line>.jsonl` in the same folder
(from one folder to another a power cut could leave a part in both). Lines are numbered and chained on from
part to part. Before a part goes it is written down beside the log's key behind which line the log begins from
then on: whoever removes a part by other means is found out.
"""

import json
from pathlib import Path
from typing import Any, cast

from copilot.record.anchors import Anchor
from copilot.record.anchors import folder as proofs
from copilot.record.chain import unsealed
from copilot.storage.atomic import write_atomic
from copilot.storage.disk import SYSTEM_DISK, Disk, storage_error
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.log_settings import LogSettings

_MB = 1_000_000
_DAY = 86_400.0
_MARK = "+"
"""In no user's name."""
_DIGITS = 12
"""Of the number of a part's first line, so that names are in order."""


@frozen
class Keeping:
    """How long a part may become, and what is kept of those of one user; None sets no limit."""

    part_bytes: int = 64 * _MB
    days: float | None = None
    all_bytes: int | None = None


def keeping_of(settings: LogSettings) -> Keeping:
    """As the person set it."""
    return Keeping(
        part_bytes=settings.part_mb * _MB,
        days=settings.audit_days or None,
        all_bytes=settings.audit_mb * _MB or None,
    )


class Parts:
    """Those of one user, for whoever writes the log. Raises StorageError."""

    def __init__(self, path: Path, state: Path, keeping: Keeping, *, disk: Disk = SYSTEM_DISK) -> None:
        self._path, self._keeping, self._disk = path, keeping, disk
        self._name, self._state = path.stem, state

    def close_part(self, first: int) -> None:
        """Put the newest part, which is whole on the medium, to the others; `first` is the number of its
        first line. May be done again where it or what follows it failed."""
        to = self._path.with_name(f"{self._name}{_MARK}{first:0{_DIGITS}}.jsonl")
        try:
            if not to.exists():
                self._disk.replace(self._path, to)
            self._disk.sync_folder(to.parent)
        except OSError as error:
            raise storage_error("renaming", self._path, error) from error

    def thin(self, now: float, newest: int) -> None:
        """Remove the oldest parts that are too old or too much beside the `newest` bytes. One of which the
        last line cannot be read stays, and all after it: what is damaged is to be looked at."""
        keeping = self._keeping
        if keeping.days is None and keeping.all_bytes is None:
            return
        found = parts_of(self._path)
        sizes = [_size(part) for part in found]
        for number, part in enumerate(found):
            end = _end_of(part)
            if end is None:
                return
            anchor, at = end
            old = keeping.days is not None and at < now - keeping.days * _DAY
            large = keeping.all_bytes is not None and sum(sizes[number:]) + newest > keeping.all_bytes
            if not (old or large):
                return
            begins = {"seq": anchor.seq, "link": anchor.link.hex()}
            write_atomic(_begins(self._state, self._name), json.dumps(begins).encode(), disk=self._disk)
            try:
                self._disk.unlink(part)
            except OSError as error:
                raise storage_error("removing", part, error) from error


def parts_of(path: Path) -> tuple[Path, ...]:
    """The older parts of a log, the oldest first. Raises StorageError."""
    begins = f"{path.stem}{_MARK}"
    try:
        names = [one.name for one in path.parent.iterdir()]
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise storage_error("reading", path.parent, error) from error
    return tuple(path.with_name(name) for name in sorted(names) if name.startswith(begins))


def begins_after(state: Path, name: str) -> Anchor | None:
    """The last line that was removed on purpose; None where none was. Raises StorageError."""
    path = _begins(state, name)
    try:
        told = cast(dict[str, Any], json.loads(path.read_bytes()))
        return Anchor(seq=int(told["seq"]), link=bytes.fromhex(told["link"]))
    except FileNotFoundError:
        return None
    except (ValueError, LookupError, TypeError):
        return None  # then the first line that is there has nothing to follow, which a check says
    except OSError as error:
        raise storage_error("reading", path, error) from error


def seq_of(line: bytes) -> int | None:
    """The number of a line."""
    found = _fields(line).get("seq")
    return found if isinstance(found, int) else None


def _fields(line: bytes) -> dict[str, Any]:
    try:
        told: object = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return cast(dict[str, Any], told) if isinstance(told, dict) else {}


def _end_of(part: Path) -> tuple[Anchor, float] | None:
    """The last line of a part and when it was written; None where that cannot be read."""
    try:
        lines = part.read_bytes().split(b"\n")
    except OSError:
        return None
    last = lines[-2] if len(lines) > 1 and not lines[-1] else b""
    sealed, seq, at = unsealed(last), seq_of(last), _fields(last).get("at")
    if sealed is None or seq is None or not isinstance(at, int | float):
        return None
    return Anchor(seq=seq, link=sealed.link), float(at)


def _size(part: Path) -> int:
    try:
        return part.stat().st_size
    except OSError:
        return 0


def _begins(state: Path, name: str) -> Path:
    return proofs(state) / f"{name}.begins"

"""What proves a log: the key of its chain, and up to where it was on the medium.

`state/logs/<session>.jsonl` is apart from the logs, so that whoever can change those alone is found out.
"""

import json
from pathlib import Path
from typing import Any, Literal, cast

from copilot.record.chain import new_key
from copilot.storage.append import AppendLog
from copilot.storage.atomic import write_atomic
from copilot.storage.disk import SYSTEM_DISK, Disk, make_folder, storage_error
from copilot.storage.locks import Held, hold
from copilot.vocabulary.errors import LockedError, StorageError
from copilot.vocabulary.frozen import frozen, replace

_LARGEST = 262_144
"""Bytes from which the file is written anew with its last anchor alone."""

_WAIT_SECONDS = 0.2
"""Readers hold the lock for a moment, to see whether a program does."""

End = Literal["", "closed", "repaired"]


@frozen
class Anchor:
    """What was on the medium: line `seq` of the session with this link, and all before it.

    `end` says that nothing follows: the session was closed, or its end was repaired later.
    """

    seq: int = 0
    link: bytes = b""
    end: End = ""


@frozen
class Proof:
    """What the state folder knows of a session."""

    key: bytes
    anchor: Anchor


def folder(state: Path) -> Path:
    """Where the proofs of all sessions lie."""
    return state / "logs"


def lock_of(state: Path, session: str) -> Path:
    """What a session holds while it runs."""
    return folder(state) / f"{session}.lock"


def proof_of(state: Path, session: str) -> Proof | None:
    """What is known of a session; None where its key is not there. Raises StorageError."""
    path = _path(state, session)
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise storage_error("reading", path, error) from error
    return _read(content.split(b"\n"))


def forget(state: Path, session: str, *, disk: Disk = SYSTEM_DISK) -> None:
    """Remove what is known of a session whose logs are gone. Raises OSError."""
    for path in (_path(state, session), lock_of(state, session)):
        if path.exists():
            disk.unlink(path)


def is_running(state: Path, session: str) -> bool:
    """Whether a program has the session open now."""
    lock = lock_of(state, session)
    if not lock.exists():
        return False
    try:
        hold(lock).release()
    except LockedError:
        return True
    except StorageError:
        return False
    return False


def sessions_known(state: Path) -> list[str]:
    """The sessions whose keys are there and that were on the medium once. Raises StorageError."""
    try:
        names = sorted(path.stem for path in folder(state).glob("*.jsonl"))
    except OSError as error:
        raise storage_error("reading", folder(state), error) from error
    return [name for name in names if (proof := proof_of(state, name)) is not None and proof.anchor.seq]


class Anchors:
    """The proof of one session, for the one that writes its log. Raises StorageError.

    Holds the session's lock until it is closed: LockedError where another program writes this log.
    """

    def __init__(self, state: Path, session: str, *, disk: Disk = SYSTEM_DISK) -> None:
        self._path = _path(state, session)
        self._disk = disk
        make_folder(self._path.parent)
        self._held: Held = hold(lock_of(state, session), wait_seconds=_WAIT_SECONDS)
        try:
            self._file = AppendLog(self._path, disk=disk)
            known = _read(self._file.lines)
            self.proof = known or Proof(key=new_key(), anchor=Anchor())
            if known is None:  # with the first anchor it is on the medium
                self._file.append(_key_line(session, self.proof.key), sync=False)
        except BaseException:
            self._held.release()
            raise
        self._session = session

    def note(self, anchor: Anchor) -> None:
        """Write down what is on the medium now; it is there, too, on return."""
        if self._file.size > _LARGEST:
            self._renew(anchor)
        else:
            self._file.append(_anchor_line(anchor), sync=True)
        self.proof = replace(self.proof, anchor=anchor)

    def close(self) -> None:
        """Let go of the session; a second call does nothing."""
        self._file.close()
        self._held.release()

    def _renew(self, anchor: Anchor) -> None:
        lines = (_key_line(self._session, self.proof.key), _anchor_line(anchor))
        self._file.close()
        write_atomic(self._path, b"".join(line + b"\n" for line in lines), disk=self._disk)
        self._file = AppendLog(self._path, disk=self._disk)


def _path(state: Path, session: str) -> Path:
    return folder(state) / f"{session}.jsonl"


def _key_line(session: str, key: bytes) -> bytes:
    return json.dumps({"session": session, "key": key.hex()}).encode()


def _anchor_line(anchor: Anchor) -> bytes:
    end = {"end": anchor.end} if anchor.end else {}
    return json.dumps({"seq": anchor.seq, "link": anchor.link.hex(), **end}).encode()


def _read(lines: "tuple[bytes, ...] | list[bytes]") -> Proof | None:
    """Of lines that were torn or damaged, what still can be read."""
    key, anchor = b"", Anchor()
    for line in lines:
        try:
            told = cast(dict[str, Any], json.loads(line))
            if "key" in told:
                key = bytes.fromhex(told["key"])
            else:
                end: End = told.get("end", "")
                anchor = Anchor(seq=told["seq"], link=bytes.fromhex(told["link"]), end=end)
        except (ValueError, LookupError, TypeError, AttributeError):
            continue
    return Proof(key=key, anchor=anchor) if key else None

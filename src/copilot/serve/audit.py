"""Who did what and when: one log for each user, a line for each request, each line chained to the last.

`logs/serve/<user>.jsonl` holds the lines, `state/serve/logs/<user>.jsonl` the key of the chain and up to
where it was on the medium (`record.anchors`): whoever can change the first alone is found out by `check`.
Neither what was sent nor any token is ever in it.
"""

import json
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, cast

from copilot.record.anchors import Anchor, Anchors, Proof, proof_of
from copilot.record.chain import first_link, link_of, sealed, unsealed
from copilot.storage.append import AppendLog
from copilot.storage.disk import SYSTEM_DISK, Disk, make_folder, storage_error
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.messages import JsonValue

Entry = Mapping[str, JsonValue]

_UNPROVEN = 64
"""Lines that nobody waits for, after which the proof is brought up to date."""


@frozen
class Checked:
    """What a log holds, and what is wrong with it; nothing where `problems` is empty."""

    lines: tuple[bytes, ...]
    problems: tuple[str, ...]


def path_of(logs: Path, name: str) -> Path:
    """Where the log of a user is, in the folder of all logs."""
    return logs / "serve" / f"{name}.jsonl"


class AuditLogs:
    """The logs of one server, opened as they are needed. May be used from any thread.

    Everything raises StorageError; LockedError where another server writes them.
    """

    def __init__(
        self, logs: Path, folder: Path, clock: Callable[[], float], *, disk: Disk = SYSTEM_DISK
    ) -> None:
        self._logs, self._folder, self._clock, self._disk = logs, folder, clock, disk
        self._open: dict[str, _Log] = {}
        self._lock = threading.Lock()

    def write(self, name: str, entry: Entry, *, sync: bool) -> None:
        """One more line; with `sync` it is on the medium on return, and proven."""
        with self._lock:
            log = self._open.get(name)
            if log is None:
                log = self._open[name] = _Log(
                    path_of(self._logs, name), self._folder, name, self._clock, self._disk
                )
        log.write(entry, sync=sync)

    def close(self) -> None:
        """Prove and close all."""
        with self._lock:
            logs, self._open = list(self._open.values()), {}
        for log in logs:
            log.close()


class _Log:
    """One of them."""

    def __init__(self, path: Path, folder: Path, name: str, clock: Callable[[], float], disk: Disk) -> None:
        make_folder(path.parent)
        self._lock = threading.Lock()
        self._clock = clock
        self._anchors = Anchors(folder, name, disk=disk)
        try:
            self._file = AppendLog(path, disk=disk)
            if not self._file.lines:  # the key is on the medium before anything that it proves
                self._anchors.note(self._anchors.proof.anchor)
        except BaseException:
            self._anchors.close()
            raise
        self._key = self._anchors.proof.key
        self._last = _last(self._file.lines, self._anchors.proof, name)
        self._file.lines = ()  # a log of years is no burden while it is open
        self._unproven = 0

    def write(self, entry: Entry, *, sync: bool) -> None:
        with self._lock:
            seq = self._last.seq + 1
            told = json.dumps({"seq": seq, "at": round(self._clock(), 3), **entry})
            body = told[:-1].encode()
            link = link_of(self._key, self._last.link, body)
            self._file.append_block(sealed(body, link), sync=sync)
            self._last = Anchor(seq=seq, link=link)
            self._unproven += 1
            if sync or self._unproven >= _UNPROVEN:
                self._prove(synced=sync)

    def close(self) -> None:
        with self._lock:
            try:
                if self._unproven:
                    self._prove(synced=False)
            finally:
                self._file.close()
                self._anchors.close()

    def _prove(self, *, synced: bool) -> None:
        if not synced:
            self._file.sync()
        self._anchors.note(self._last)
        self._unproven = 0


def check(logs: Path, folder: Path, name: str) -> Checked:
    """The log of a user, each line held against the chain. Raises StorageError."""
    path = path_of(logs, name)
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        content = b""
    except OSError as error:
        raise storage_error("reading", path, error) from error
    proof = proof_of(folder, name)
    whole = content.split(b"\n")
    lines, torn = tuple(whole[:-1]), whole[-1]
    if proof is None:
        return Checked(lines=lines, problems=("the key of this log is not there",) if lines else ())
    problems: list[str] = []
    before, expected = first_link(proof.key, name), 1
    for line in lines:
        seq, link, wrong = _held(line, proof.key, before, expected)
        if wrong:
            problems.append(wrong)
        before, expected = link or before, seq + 1
        if seq == proof.anchor.seq and link != proof.anchor.link:
            problems.append(f"line {seq} is not the one that was proven")
    if expected <= proof.anchor.seq:
        problems.append(f"lines {expected} to {proof.anchor.seq} are missing at the end")
    if torn:
        problems.append("the last line is torn: the server was killed, or is writing it now")
    return Checked(lines=lines, problems=tuple(problems))


def _held(line: bytes, key: bytes, before: bytes, expected: int) -> tuple[int, bytes, str]:
    """The number and the link of a line, and what is wrong with it."""
    parts = unsealed(line)
    seq = _seq(line)
    if parts is None or seq is None:
        return expected, b"", f"line {expected} is damaged"
    if seq != expected:
        return seq, parts.link, f"line {seq} follows line {expected - 1}: lines are missing or were moved"
    if link_of(key, before, parts.body) != parts.link:
        return seq, parts.link, f"line {seq} is not as it was written, or what stands before it is not"
    return seq, parts.link, ""


def _seq(line: bytes) -> int | None:
    try:
        told = cast(dict[str, Any], json.loads(line))
        return told["seq"] if isinstance(told["seq"], int) else None
    except (ValueError, LookupError, TypeError):
        return None


def _last(lines: tuple[bytes, ...], proof: Proof, name: str) -> Anchor:
    """What the next line follows. Where proven lines are gone it follows those: a check finds the gap."""
    for line in reversed(lines):
        parts, seq = unsealed(line), _seq(line)
        if parts is not None and seq is not None:
            if seq >= proof.anchor.seq:
                return Anchor(seq=seq, link=parts.link)
            break
    return proof.anchor if proof.anchor.seq else Anchor(seq=0, link=first_link(proof.key, name))

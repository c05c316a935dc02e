"""Who did what and when: one log for each user, a line for each request, each line chained to the last.

`logs/serve/<user>.jsonl` holds the lines, `state/serve/logs/<user>.jsonl` the key of the chain and up to
where it was on the medium (`record.anchors`): whoever can change the first alone is found out by `check`.
A log has parts (`audit_parts`), which may go when they are old.
Neither what was sent nor any token is ever in it.
"""

import contextlib
import json
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

from copilot.record.anchors import Anchor, Anchors, Proof, proof_of
from copilot.record.chain import first_link, link_of, sealed, unsealed
from copilot.serve.audit_parts import Keeping, Parts, begins_after, parts_of, seq_of
from copilot.storage.append import AppendLog
from copilot.storage.disk import SYSTEM_DISK, Disk, make_folder, storage_error
from copilot.vocabulary.errors import StorageError
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.messages import JsonValue

Entry = Mapping[str, JsonValue]

_UNPROVEN = 64
"""Lines that nobody waits for, after which the proof is brought up to date."""


@frozen
class Checked:
    """What a log holds, and what is wrong with it; nothing where `problems` is empty. Lines up to `thinned`
    were removed for their age or size; 0: none."""

    lines: tuple[bytes, ...]
    problems: tuple[str, ...]
    thinned: int = 0


def path_of(logs: Path, name: str) -> Path:
    """Where the log of a user is, in the folder of all logs."""
    return logs / "serve" / f"{name}.jsonl"


class AuditLogs:
    """The logs of one server, opened as they are needed. May be used from any thread.

    Everything raises StorageError; LockedError where another server writes them.
    """

    def __init__(
        self,
        logs: Path,
        folder: Path,
        clock: Callable[[], float],
        *,
        keeping: Keeping | None = None,
        disk: Disk = SYSTEM_DISK,
    ) -> None:
        self._logs, self._folder, self._clock, self._disk = logs, folder, clock, disk
        self._keeping = keeping or Keeping()
        self._open: dict[str, _Log] = {}
        self._lock = threading.Lock()

    def write(self, name: str, entry: Entry, *, sync: bool) -> None:
        """One more line; with `sync` it is on the medium on return, and proven."""
        with self._lock:
            log = self._open.get(name)
            if log is None:
                path = path_of(self._logs, name)
                log = self._open[name] = _Log(
                    path, self._folder, name, self._clock, self._keeping, self._disk
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

    def __init__(
        self,
        path: Path,
        folder: Path,
        name: str,
        clock: Callable[[], float],
        keeping: Keeping,
        disk: Disk,
    ) -> None:
        make_folder(path.parent)
        self._lock = threading.Lock()
        self._path, self._clock, self._keeping, self._disk = path, clock, keeping, disk
        self._parts = Parts(path, folder, keeping, disk=disk)
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
        first = seq_of(self._file.lines[0]) if self._file.lines else None
        self._first = first or self._last.seq + 1
        self._file.lines = ()  # a log of years is no burden while it is open
        self._unproven = 0
        self._thin()

    def write(self, entry: Entry, *, sync: bool) -> None:
        with self._lock:
            if self._file.size >= self._keeping.part_bytes:
                self._go_on()
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

    def _go_on(self) -> None:
        """In a next part. What stands here is proven first, so that the next one may be empty."""
        self._prove(synced=False)
        self._parts.close_part(self._first)
        before, self._file = self._file, AppendLog(self._path, disk=self._disk)
        before.close()
        self._first = self._last.seq + 1
        self._thin()

    def _thin(self) -> None:
        with contextlib.suppress(StorageError):  # what could not be removed is tried again with the next part
            self._parts.thin(self._clock(), self._file.size)

    def _prove(self, *, synced: bool) -> None:
        if not synced:
            self._file.sync()
        self._anchors.note(self._last)
        self._unproven = 0


def check(logs: Path, folder: Path, name: str) -> Checked:
    """The log of a user, each line held against the chain. Raises StorageError."""
    path = path_of(logs, name)
    proof, begins = proof_of(folder, name), begins_after(folder, name)
    problems: list[str] = []
    lines: list[bytes] = []
    for part in (*parts_of(path), path):
        whole = _content(part).split(b"\n")
        lines += whole[:-1]
        if whole[-1] and part != path:
            problems.append(f"the end of {part.name} is torn")
        elif whole[-1]:
            problems.append("the last line is torn: the server was killed, or is writing it now")
    if proof is None:
        missing = ("the key of this log is not there",) if lines else ()
        return Checked(lines=tuple(lines), problems=missing)
    thinned = begins.seq if begins is not None else 0
    while lines and (seq_of(lines[0]) or thinned + 1) <= thinned:
        del lines[0]  # it was about to be removed when the server was killed
    before = begins.link if begins is not None else first_link(proof.key, name)
    chained = _chained(tuple(lines), proof, before, thinned + 1)
    return Checked(lines=tuple(lines), problems=(*chained, *problems), thinned=thinned)


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise storage_error("reading", path, error) from error


def _chained(lines: tuple[bytes, ...], proof: Proof, before: bytes, expected: int) -> list[str]:
    """What is wrong with lines of which the first has the number `expected` and follows the link `before`."""
    problems: list[str] = []
    for line in lines:
        seq, link, wrong = _held(line, proof.key, before, expected)
        if wrong:
            problems.append(wrong)
        before, expected = link or before, seq + 1
        if seq == proof.anchor.seq and link != proof.anchor.link:
            problems.append(f"line {seq} is not the one that was proven")
    if expected <= proof.anchor.seq:
        problems.append(f"lines {expected} to {proof.anchor.seq} are missing at the end")
    return problems


def _held(line: bytes, key: bytes, before: bytes, expected: int) -> tuple[int, bytes, str]:
    """The number and the link of a line, and what is wrong with it."""
    parts = unsealed(line)
    seq = seq_of(line)
    if parts is None or seq is None:
        return expected, b"", f"line {expected} is damaged"
    if seq != expected:
        return seq, parts.link, f"line {seq} follows line {expected - 1}: lines are missing or were moved"
    if link_of(key, before, parts.body) != parts.link:
        return seq, parts.link, f"line {seq} is not as it was written, or what stands before it is not"
    return seq, parts.link, ""


def _last(lines: tuple[bytes, ...], proof: Proof, name: str) -> Anchor:
    """What the next line follows. Where proven lines are gone it follows those: a check finds the gap."""
    for line in reversed(lines):
        parts, seq = unsealed(line), seq_of(line)
        if parts is not None and seq is not None:
            if seq >= proof.anchor.seq:
                return Anchor(seq=seq, link=parts.link)
            break
    return proof.anchor if proof.anchor.seq else Anchor(seq=0, link=first_link(proof.key, name))

"""Writes `logs/comms_<session>.log`: numbered and chained lines, long texts once, in parts of a bounded size.

One writer at a time, held by the session's lock. What a killed writer left torn is cut off when the log is
opened again, and a line says so.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from copilot.record.anchors import Anchor, Anchors, End
from copilot.record.chain import first_link, link_of, sealed, unsealed
from copilot.record.log_entries import Entry
from copilot.record.log_files import Part, lines_of, part_path, parts_of
from copilot.record.pieces import SHORT, Names, cut, name_of
from copilot.storage.append import AppendLog
from copilot.storage.disk import SYSTEM_DISK, Disk
from copilot.vocabulary.errors import StorageError
from copilot.vocabulary.messages import JsonValue
from copilot.vocabulary.patterns import late

_NOT_SHOWN = late("[\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
"""Characters that JSON lets stand and a terminal obeys or hides; they are written as escapes."""

_SEQ = late(rb'\{"seq":(\d{1,15}),')


class CommsLog:
    """One session's log, opened. Everything raises StorageError; a line that failed is not in the log.

    Its number is not used again, so that a gap tells that a line is missing.
    """

    def __init__(
        self,
        logs: Path,
        state: Path,
        session: str,
        clock: Callable[[], float],
        *,
        part_bytes: int,
        disk: Disk = SYSTEM_DISK,
    ) -> None:
        self._logs, self._session, self._clock, self._disk = logs, session, clock, disk
        self._part_bytes = part_bytes
        self._known = Names()
        """The pieces that stand in the log."""
        self._lost = 0
        """Lines that could not be written since the last one that could."""
        self._anchors = Anchors(state, session, disk=disk)
        try:
            self._key = self._anchors.proof.key
            self._link = first_link(self._key, session)
            self._seq: int = self._anchors.proof.anchor.seq
            parts = parts_of(logs, session)
            self._part = parts[-1].number if parts else 1
            if parts and parts[-1].compressed:
                self._part += 1
            self._file = AppendLog(part_path(logs, session, self._part), disk=disk)
            self._anchored = not parts
            if parts:
                self._go_on(parts)
        except BaseException:
            self._anchors.close()
            raise

    def write(self, entries: Sequence[Entry], *, sync: bool = False) -> None:
        """Write these lines at once.

        With `sync` they and all before them are on the medium on return, and the state folder says so.
        """
        block = _Block(self._key, self._link, self._seq)
        known = set[bytes]()
        try:
            self._make_room()
            if self._lost:
                block.add("repair", self._clock(), f'"repair":{_json({"lost": self._lost})}')
            for one in entries:
                body = one.body
                if one.long:
                    body = f'{body},"pieces":{_json(self._pieces(block, one.at, one.long, known))}'
                block.add(one.kind, one.at, body)
            self._file.append_block(b"".join(block.lines), sync=sync)
        except StorageError:
            self._lost += len(entries)
            self._seq += len(entries)
            raise
        self._seq, self._link, self._lost, self._anchored = block.seq, block.link, 0, False
        for name in known:
            self._known.add(name)
        if sync:
            self._anchor("")

    def close(self, end: End = "closed") -> None:
        """Write down that this is the end. Lets go of the files in any case; call it once."""
        try:
            if not self._anchored or end != self._anchors.proof.anchor.end:
                self._file.sync()
                self._anchor(end)
        finally:
            self._file.close()
            self._anchors.close()

    def _pieces(self, block: "_Block", at: float, text: str, known: set[bytes]) -> list[JsonValue]:
        """What stands in the line for a long text; pieces that the log has not yet go before it."""
        told: list[JsonValue] = []
        for piece in cut(text):
            if len(piece) < SHORT:
                told.append({"text": piece})
                continue
            name = name_of(piece)
            told.append({"sha256": name.hex()})
            if name not in self._known and name not in known:
                known.add(name)
                block.add("piece", at, f'"sha256":"{name.hex()}","text":{_json(piece)}')
        return told

    def _make_room(self) -> None:
        """Go on in the next part where this one is full. The chain goes on with it."""
        if self._file.size < self._part_bytes:
            return
        if not self._anchored:
            self._file.sync()
            self._anchor("")
        after = AppendLog(part_path(self._logs, self._session, self._part + 1), disk=self._disk)
        self._file.close()
        self._file, self._part = after, self._part + 1

    def _anchor(self, end: End) -> None:
        self._anchors.note(Anchor(seq=self._seq, link=self._link, end=end))
        self._anchored = True

    def _go_on(self, parts: tuple[Part, ...]) -> None:
        """Take up a log that is there: its end may be torn."""
        last_seq = 0
        for data in self._backwards(parts):
            if (found := unsealed(data)) is not None and (seq := seq_of(found.body)):
                last_seq, self._link = seq, found.link
                break
        missing = max(0, self._seq - last_seq)
        self._seq = max(self._seq, last_seq)
        told: dict[str, JsonValue] = {"cut": self._file.trimmed, "after": last_seq, "missing": missing}
        self.write((Entry(kind="repair", at=self._clock(), body=f'"repair":{_json(told)}'),))

    def _backwards(self, parts: tuple[Part, ...]) -> Iterator[bytes]:
        """Every line from the last one on; the newest part may have none yet, or only torn ones."""
        yield from reversed(self._file.lines)
        for part in reversed(parts):
            yield from reversed([line.data for line in lines_of((part,))])


class _Block:
    """Lines that are written at once."""

    def __init__(self, key: bytes, link: bytes, seq: int) -> None:
        self._key = key
        self.link, self.seq = link, seq
        self.lines: list[bytes] = []

    def add(self, kind: str, at: float, body: str) -> None:
        self.seq += 1
        text = f'{{"seq":{self.seq},"at":{at!r},"kind":"{kind}",{body}'
        # A lone surrogate becomes its JSON escape, so the line is UTF-8 and still decodes to the same text.
        data = _shown(text).encode("utf-8", "backslashreplace")
        self.link = link_of(self._key, self.link, data)
        self.lines.append(sealed(data, self.link))


def seq_of(body: bytes) -> int:
    """The number of a line; 0 where it has none."""
    found = _SEQ.match(body)
    return int(found[1]) if found else 0


_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def _shown(text: str) -> str:
    """A line with what does not show written as escapes."""
    if text.isascii():  # of these, one does not show; the pattern takes milliseconds for a long request
        return text.replace("\x7f", "\\u007f")
    return _NOT_SHOWN.sub(lambda match: f"\\u{ord(match[0]):04x}", text)

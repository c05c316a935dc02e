"""Makes records of a log's lines: reads their JSON, and puts together again what was written in pieces."""

import json
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any, BinaryIO, Literal, cast

from copilot.record.log_check import Standing
from copilot.record.log_files import Line, Part
from copilot.record.pieces import name_of
from copilot.vocabulary.codec import decode_event
from copilot.vocabulary.errors import CopilotError
from copilot.vocabulary.events import Event
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.messages import JsonValue
from copilot.vocabulary.values import WireRecord

Kind = Literal["event", "wire", "repair"]
_KINDS = ("event", "wire", "repair")


@frozen
class Record:
    """One record of a log: the file and the line that it stands in, and its number in the session.

    `body` is what stands under `kind`, whole; empty where it cannot be read, then `wrong` says why. `wrong`
    may also say that the line was changed, or is not where it was written.
    """

    path: Path
    line: int
    seq: int
    at: float
    kind: Kind
    body: dict[str, JsonValue]
    standing: Standing = "unproven"
    wrong: str = ""

    @property
    def name(self) -> str:
        """The event's name; empty for other kinds."""
        name = self.body.get("event", "") if self.kind == "event" else ""
        return name if isinstance(name, str) else ""

    def event(self) -> Event | None:
        """The event; None for other kinds, and for one of another version or damaged."""
        try:
            return decode_event(self.body) if self.kind == "event" else None
        except (CopilotError, TypeError, ValueError, LookupError):
            return None

    def wire(self) -> WireRecord | None:
        """The wire record; None for other kinds."""
        try:
            return WireRecord(**cast(dict[str, Any], self.body)) if self.kind == "wire" else None
        except TypeError:
            return None


class WholeRecords:
    """Of one session. `tell` hears of each line that is not as it was written: its number, and what is wrong.

    It holds files open until it is closed. One thread at a time.
    """

    def __init__(self, tell: Callable[[Line, int, str], None]) -> None:
        self._tell = tell
        self._pieces: dict[str, tuple[Part, int, int]] = {}
        """Where pieces stand: the part, the first byte of the line, its bytes."""
        self._open = ExitStack()
        self._files: dict[int, BinaryIO] = {}

    def close(self) -> None:
        """Let go of the files."""
        self._open.close()
        self._files.clear()

    def note_piece(self, line: Line, size: int | None = None) -> None:
        """Remember where a piece stands, by a line that is one, or by its beginning and its bytes."""
        begin = line.data.find(b'"sha256":"') + len(b'"sha256":"')
        name = line.data[begin : begin + 64].decode("ascii", "replace")
        # The bytes themselves are read again where a line needs them: a log may be larger than memory.
        self._pieces.setdefault(name, (line.part, line.at, len(line.data) if size is None else size))

    def record(self, line: Line, seq: int, standing: Standing = "unproven", wrong: str = "") -> Record | None:
        """The record of a line; None where it is none of ours, which was told."""
        try:
            told = cast(dict[str, Any], json.loads(line.data))
            kind = told["kind"]
            if kind not in _KINDS:
                return None
            at = float(told["at"])
        except (ValueError, LookupError, TypeError):
            self._tell(line, seq, "it is damaged: it is no JSON object of ours")
            return None
        body, flaw = self._body(told, kind)
        if flaw:
            self._tell(line, seq, flaw)
        return Record(
            path=line.part.path,
            line=line.number,
            seq=seq,
            at=at,
            kind=kind,
            body=body,
            standing=standing,
            wrong=flaw or wrong,
        )

    def file(self, part: Part) -> BinaryIO:
        """A part, open at any place: a compressed one is unpacked first, on the disk. Raises OSError."""
        if part.number not in self._files:
            file = self._open.enter_context(part.opened())
            if part.compressed:
                import tempfile  # with random and shutil

                unpacked = self._open.enter_context(tempfile.TemporaryFile())  # noqa: SIM115
                while block := file.read(2**20):
                    unpacked.write(block)
                file = cast(BinaryIO, unpacked)
            self._files[part.number] = file
        return self._files[part.number]

    def _body(self, told: dict[str, Any], kind: Kind) -> tuple[dict[str, JsonValue], str]:
        """What stands under the kind, its pieces put together; else nothing, and why."""
        body = cast(dict[str, JsonValue], told.get(kind, {}))
        try:
            if "pieces" in told:
                text = "".join(map(self._text, told["pieces"]))
                body = {**body, "body": text} if kind == "wire" else json.loads(text)
            if not isinstance(cast(object, body), dict):
                return {}, "it is damaged: it holds no object"
            return body, ""
        except (LookupError, TypeError, ValueError) as error:
            return {}, f"it cannot be read: a piece of it is missing or damaged ({error})"

    def _text(self, piece: dict[str, str]) -> str:
        """The text of a piece. Raises LookupError or ValueError where it is not there as it was."""
        if "text" in piece:
            return piece["text"]
        name = piece["sha256"]
        part, at, length = self._pieces[name]
        try:
            file = self.file(part)
            file.seek(at)
            text = cast(dict[str, str], json.loads(file.read(length)))["text"]
        except (OSError, EOFError) as error:
            raise ValueError(str(error)) from error
        if name_of(text).hex() != name:
            raise ValueError("it was changed")
        return text

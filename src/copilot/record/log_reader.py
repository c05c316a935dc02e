"""Reads the logs of a session back: every record in its order, whole, with what is proven of it.

Parts, compression and pieces are nobody else's business. What is damaged is passed over and told, and all
records before and after it come.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Literal, cast

from copilot.record.anchors import Proof, is_running, proof_of
from copilot.record.log_check import Checked, Checker, Finding, Standing
from copilot.record.log_files import Line, Part, lines_of, part_of, parts_of, sessions_in
from copilot.record.pieces import name_of
from copilot.vocabulary.codec import decode_event
from copilot.vocabulary.errors import CopilotError, StorageError
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


@frozen
class Trouble:
    """A line that is not as it was written."""

    path: Path
    line: int
    seq: int
    words: str


class LogReader:
    """The log of one session. Use it as a context: it may hold files open.

    `state` is the home's state folder, where the key is looked for; None: nothing is proven, which is far
    cheaper. Raises StorageError.
    """

    def __init__(self, logs: Path, session: str, state: Path | None = None) -> None:
        self.session = session
        self.parts = parts_of(logs, session)
        self.proof: Proof | None = None if state is None else proof_of(state, session)
        self.running = state is not None and self.proof is not None and is_running(state, session)
        self.troubles: list[Trouble] = []
        """What was wrong in the lines that were read, in their order."""
        self.read = self.proven = 0
        """Lines that were read, and those that are as they were written."""
        self.torn = False
        """Whether the last line was not written to its end."""
        self._checker = Checker(session, self.proof)
        self._pieces: dict[str, tuple[Part, int, int]] = {}
        """Where pieces stand: the part, the first byte of the line, its bytes."""
        self._open = ExitStack()
        self._files: dict[int, BinaryIO] = {}

    def __enter__(self) -> "LogReader":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()
        self._files.clear()

    def records(self, wanted: Callable[[bytes], bool] = lambda _: True) -> Iterator[Record]:
        """The records in order, once.

        `wanted` is asked with the first bytes of a line, where its number, time, kind and, of an event, its
        name stand; records that it does not want are not read.
        """
        for checked in self._checker.lines(lines_of(self.parts)):
            line = checked.line
            self.read += 1
            self.proven += checked.standing == "proven"
            if checked.wrong:
                self._tell(line, checked.seq, checked.wrong)
            if checked.standing == "damaged":
                self.torn = not line.ended and not line.trouble
                continue
            head = line.data[:200]
            if b'"kind":"piece"' in head[:80]:
                self._note_piece(line)
            elif wanted(head):
                record = self._record(checked)
                if record is not None:
                    yield record

    def end(self) -> Finding | None:
        """What is to be said of the log's end; once all records were read."""
        return self._checker.finding(running=self.running)

    def _tell(self, line: Line, seq: int, words: str) -> None:
        self.troubles.append(Trouble(path=line.part.path, line=line.number, seq=seq, words=words))

    def _note_piece(self, line: Line) -> None:
        begin = line.data.find(b'"sha256":"') + len(b'"sha256":"')
        name = line.data[begin : begin + 64].decode("ascii", "replace")
        # The bytes themselves are read again where a line needs them: a log may be larger than memory.
        self._pieces.setdefault(name, (line.part, line.at, len(line.data)))

    def _record(self, checked: Checked) -> Record | None:
        line = checked.line
        try:
            told = cast(dict[str, Any], json.loads(line.data))
            kind = told["kind"]
            if kind not in _KINDS:
                return None
            at = float(told["at"])
        except (ValueError, LookupError, TypeError):
            self._tell(line, checked.seq, "it is damaged: it is no JSON object of ours")
            return None
        body, wrong = self._body(told, kind)
        if wrong:
            self._tell(line, checked.seq, wrong)
        return Record(
            path=line.part.path,
            line=line.number,
            seq=checked.seq,
            at=at,
            kind=kind,
            body=body,
            standing=checked.standing,
            wrong=wrong or checked.wrong,
        )

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
            file = self._file(part)
            file.seek(at)
            text = cast(dict[str, str], json.loads(file.read(length)))["text"]
        except (OSError, EOFError) as error:
            raise ValueError(str(error)) from error
        if name_of(text) != name:
            raise ValueError("it was changed")
        return text

    def _file(self, part: Part) -> BinaryIO:
        """A part, open at any place: a compressed one is unpacked first, on the disk."""
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


def find_log(said: str, logs: Path, cwd: Path) -> tuple[Path, str]:
    """The folder and the session of the log that a person names: a file, a session, or how its name begins.

    "latest" is the newest. Raises StorageError where there is none, or more than one.
    """
    path = (cwd / said).expanduser()
    part = part_of(path)
    if part is not None and path.is_file():
        return path.parent, part.session
    sessions = list(sessions_in(logs))
    if said == "latest" and sessions:
        return logs, sessions[-1]
    beginning = [name for name in sessions if said and name.startswith(said)]
    found = [said] if said in sessions else beginning
    if len(found) == 1:
        return logs, found[0]
    if found:
        raise StorageError(f"{len(found)} sessions begin with {said!r}", f"Name one: {', '.join(found[:5])}.")
    raise StorageError(f"there is no log {said!r}", f"The logs are in {logs}; copilot replay lists them.")

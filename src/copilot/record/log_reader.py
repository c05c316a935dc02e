"""Reads the logs of a session back: every record in its order, whole, with what is proven of it.

Parts, compression and pieces are nobody else's business. What is damaged is passed over and told, and all
records before and after it come.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType

from copilot.record.anchors import Proof, is_running, proof_of
from copilot.record.log_check import Checker, Finding
from copilot.record.log_files import Line, lines_of, part_of, parts_of, sessions_in
from copilot.record.whole_records import Record as Record
from copilot.record.whole_records import WholeRecords
from copilot.vocabulary.errors import StorageError
from copilot.vocabulary.frozen import frozen


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
        self._whole = WholeRecords(self._tell)

    def __enter__(self) -> "LogReader":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._whole.close()

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
                self._whole.note_piece(line)
            elif wanted(head):
                record = self._whole.record(line, checked.seq, checked.standing, checked.wrong)
                if record is not None:
                    yield record

    def end(self) -> Finding | None:
        """What is to be said of the log's end; once all records were read."""
        return self._checker.finding(running=self.running)

    def _tell(self, line: Line, seq: int, words: str) -> None:
        self.troubles.append(Trouble(path=line.part.path, line=line.number, seq=seq, words=words))


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

"""The files of a session's log: their names, their order, their lines.

A long log goes on in a next part; a part that is over may be compressed. Whoever reads asks here and need not
know of either.
"""

import zlib
from collections.abc import Iterator
from glob import escape
from pathlib import Path
from typing import BinaryIO, cast

from copilot.storage.disk import storage_error
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.patterns import late

_NAME = late(r"comms_(?P<session>[^/\\.]+)(?:\.(?P<part>[0-9]{1,6}))?\.log(?:\.gz)?")


@frozen
class Part:
    """One file of a session's log; `number` counts from 1."""

    path: Path
    session: str
    number: int

    @property
    def compressed(self) -> bool:
        """Whether it is a gzip file."""
        return self.path.suffix == ".gz"

    def opened(self) -> BinaryIO:
        """The bytes of its lines, from the beginning. Raises OSError."""
        if not self.compressed:
            return self.path.open("rb")
        import gzip  # many runs look at no compressed log

        return cast(BinaryIO, gzip.open(self.path))


@frozen
class Line:
    """One line as it lies in a file: its number there from 1, its first byte, and its bytes without the end.

    `ended` is False for a last line that has no line end. `trouble` says what is wrong around it.
    """

    part: Part
    number: int
    at: int
    data: bytes
    ended: bool = True
    trouble: str = ""


def part_path(logs: Path, session: str, number: int) -> Path:
    """Where a part is written."""
    return logs / (f"comms_{session}.log" if number == 1 else f"comms_{session}.{number}.log")


def calls_path(logs: Path, session: str, number: int) -> Path:
    """Where a part of the pages of a session's tool calls is written."""
    return logs / (f"toolcalls_{session}.log" if number == 1 else f"toolcalls_{session}.{number}.log")


def calls_of(logs: Path, session: str) -> tuple[Path, ...]:
    """The files with the pages of a session's tool calls; one that is there compressed and plain, plain."""
    found: dict[str, Path] = {}
    stem = f"toolcalls_{escape(session)}"
    for path in sorted((*logs.glob(f"{stem}.log*"), *logs.glob(f"{stem}.*.log*")), reverse=True):
        if path.suffix in (".log", ".gz"):
            found[path.name.removesuffix(".gz")] = path
    return tuple(found[name] for name in sorted(found))


def part_of(path: Path) -> Part | None:
    """What part of which session a file is, by its name; None for another file."""
    found = _NAME.fullmatch(path.name)
    if found is None:
        return None
    return Part(path=path, session=found["session"], number=int(found["part"] or 1))


def parts_of(logs: Path, session: str) -> tuple[Part, ...]:
    """The parts of a session, in their order. Raises StorageError."""
    return sessions_in(logs).get(session, ())


def sessions_in(logs: Path) -> dict[str, tuple[Part, ...]]:
    """All sessions that have a log here with their parts, the oldest first. Raises StorageError."""
    found: dict[str, dict[int, Part]] = {}
    try:
        # A part that was compressed and not yet removed is there twice: then the one that was written counts.
        for path in sorted(logs.glob("comms_*.log*"), key=lambda path: path.suffix != ".gz"):
            if (part := part_of(path)) is not None:
                found.setdefault(part.session, {})[part.number] = part
    except OSError as error:
        raise storage_error("reading", logs, error) from error
    return {
        session: tuple(parts[number] for number in sorted(parts)) for session, parts in sorted(found.items())
    }


def lines_of(parts: tuple[Part, ...]) -> Iterator[Line]:
    """Every line of these parts, one after the other. One that cannot be read ends in a line that says so."""
    for part in parts:
        number = at = 0
        try:
            with part.opened() as file:
                for line in _lines(part, file):
                    number, at = line.number, line.at + len(line.data) + 1
                    yield line
        except (OSError, EOFError, zlib.error) as error:
            why = error.strerror if isinstance(error, OSError) and error.strerror else "it is damaged"
            trouble = f"the file cannot be read on from here: {why}"
            yield Line(part=part, number=number + 1, at=at, data=b"", ended=False, trouble=trouble)


def _lines(part: Part, file: BinaryIO) -> Iterator[Line]:
    at = 0
    for number, data in enumerate(file, 1):
        ended = data.endswith(b"\n")
        yield Line(part=part, number=number, at=at, data=data[:-1] if ended else data, ended=ended)
        at += len(data)

"""Whether a log is as it was written, found out beside the main thread. No Dear PyGui here."""

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal

from copilot.desktop.text import plural
from copilot.record.log_files import part_of
from copilot.record.log_reader import LogReader
from copilot.vocabulary.errors import StorageError
from copilot.vocabulary.frozen import field, frozen

WORK_SECONDS, REST_SECONDS = 0.01, 0.01
"""How long lines are looked at without rest, so that frames are drawn meanwhile."""

Place = tuple[int, int]
"""A line by its part of the log and its number there, both from 1."""


@frozen
class Proven:
    """What a look through the chain gave: everything is as written, it ends as after a crash, or not."""

    level: Literal["whole", "crash", "fault"]
    words: str
    wrong: Mapping[Place, str] = field(default_factory=dict[Place, str])


class StoppedError(Exception):
    """Nobody wants to know any more."""


def proven(logs: Path, state: Path, session: str, stopped: Callable[[], bool]) -> Proven | None:
    """Look through all lines of a session, with rests; None where `stopped` says so meanwhile."""
    rest = time.monotonic() + WORK_SECONDS

    def look(_head: bytes) -> bool:
        nonlocal rest
        if stopped():
            raise StoppedError
        if time.monotonic() > rest:
            time.sleep(REST_SECONDS)
            rest = time.monotonic() + WORK_SECONDS
        return False

    try:
        with LogReader(logs, session, state) as reader:
            for _ in reader.records(look):
                pass
            return _told(reader)
    except StoppedError:
        return None
    except StorageError as error:
        return Proven(level="fault", words=f"This log cannot be checked: {error}")


def _told(reader: LogReader) -> Proven:
    end, troubles = reader.end(), reader.troubles
    wrong = {place: trouble.words for trouble in troubles if (place := _place(trouble.path, trouble.line))}
    ending = [] if end is None else [end.words]
    if troubles:
        number = len(troubles)
        are = "is" if number == 1 else "are"
        of = f"{plural(number, 'line')} of {reader.read:,} {are} not as written, marked in the list."
        return Proven(level="fault", words=" ".join((of, *ending)), wrong=wrong)
    if end is not None:
        return Proven(level=end.level, words=end.words)
    still = " so far: the session is still open" if reader.running else ""
    return Proven(level="whole", words=f"Whole: all {reader.read:,} lines are as written{still}")


def _place(path: Path, line: int) -> Place | None:
    part = part_of(path)
    return None if part is None else (part.number, line)

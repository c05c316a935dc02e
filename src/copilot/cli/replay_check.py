"""What `copilot replay --check` says of a log."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

from copilot.cli.paint import Paint
from copilot.cli.world import FAILED, World
from copilot.vocabulary.text import visible

if TYPE_CHECKING:
    from copilot.record.log_reader import LogReader, Record, Trouble

_MOST = 50
"""Lines that are told one by one."""


def check(reader: "LogReader", world: World, paint: Paint, *, for_programs: bool) -> int:
    """Read the whole log and print what is wrong; 0 where nothing is, else 1."""
    repairs = list(reader.records(lambda head: b'"kind":"repair"' in head[:80]))
    end = reader.end()
    whole = not reader.troubles and end is None
    if for_programs:
        world.stdout.write(json.dumps(_told(reader, repairs, whole=whole)) + "\n")
        return 0 if whole else FAILED
    say = world.stdout.write
    for trouble in reader.troubles[:_MOST]:
        say(f"{paint.red('✗')} {_place(trouble, reader)}: {visible(trouble.words, keep='')}\n")
    if (more := len(reader.troubles) - _MOST) > 0:
        say(f"  … and {more:,} more\n")
    if end is not None:
        mark = paint.red("✗") if end.level == "fault" else paint.yellow("!")
        say(f"{mark} {end.words}\n")
    for record in repairs:
        say(f"{paint.dim(f'· number {record.seq}: {repair_words(record)}')}\n")
    counted = f"{reader.proven:,} of {reader.read:,} lines are proven to be as they were written"
    if whole:
        still = "; the session is still open" if reader.running else ""
        say(f"{paint.green('✓')} Session {visible(reader.session, keep='')}: nothing is wrong. ")
        say(f"All {reader.read:,} lines are as they were written{still}.\n")
        return 0
    say(f"Session {visible(reader.session, keep='')}: {counted}.\n")
    return FAILED


def check_all(logs: Path, state: Path, world: World, paint: Paint, *, for_programs: bool) -> int:
    """Check every session, and tell those whose logs are gone; 1 where anything is wrong. StorageError."""
    from copilot.record.log_files import sessions_in
    from copilot.record.log_keeping import gone
    from copilot.record.log_reader import LogReader

    worst = 0
    for session in sessions_in(logs):
        with LogReader(logs, session, state) as reader:
            worst = max(worst, check(reader, world, paint, for_programs=for_programs))
    for session in gone(logs, state):
        worst = FAILED
        words = "its log is gone. It was not removed by this program, which forgets the key as well."
        if for_programs:
            told = {"session": session, "whole": False, "end": {"level": "fault", "words": words}}
            world.stdout.write(json.dumps(told) + "\n")
        else:
            world.stdout.write(f"{paint.red('✗')} Session {visible(session, keep='')}: {words}\n")
    return worst


def repair_words(record: "Record") -> str:
    """What a repair was."""
    cut, missing, lost = (record.body.get(name, 0) for name in ("cut", "missing", "lost"))
    if isinstance(lost, int) and lost:
        what = "1 line before" if lost == 1 else f"{lost:,} lines before"
        return f"the disk did not take {what}"
    told = "the session did not end in order, and its log was put in order at a later start"
    if isinstance(cut, int) and cut:
        told += f": {cut:,} bytes of a torn line were cut off"
    if isinstance(missing, int) and missing:
        told += f"; {missing:,} lines that had been on the medium were not there any more"
    return told


def _place(trouble: "Trouble", reader: "LogReader") -> str:
    number = f" (number {trouble.seq})" if trouble.seq else ""
    file = f" of {visible(trouble.path.name, keep='')}" if len(reader.parts) > 1 else ""
    return f"line {trouble.line}{file}{number}"


def _told(reader: "LogReader", repairs: "list[Record]", *, whole: bool) -> dict[str, object]:
    end = reader.end()
    return {
        "session": reader.session,
        "whole": whole,
        "running": reader.running,
        "lines": reader.read,
        "proven": reader.proven,
        "troubles": [
            {"file": one.path.name, "line": one.line, "seq": one.seq, "words": one.words}
            for one in reader.troubles
        ],
        "end": None if end is None else {"level": end.level, "words": end.words},
        "repairs": [{"seq": one.seq, **one.body} for one in repairs],
    }

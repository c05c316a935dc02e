"""The door of the reading room: a script, or what an approval is about, becomes a `Reading`."""

from collections.abc import Callable
from functools import lru_cache, partial

from copilot.grammars.collector import no_collector
from copilot.shell.reading import hazards, looks
from copilot.shell.reading.found import Found
from copilot.shell.reading.grammar import UnreadableError
from copilot.shell.reading.paths import Ground
from copilot.shell.reading.posix import PosixReader
from copilot.shell.reading.powershell import PowerShellReader
from copilot.shell.reading.python import PythonReader
from copilot.shell.reading.tree_reader import Kept
from copilot.vocabulary.approvals import ApprovalDetail, PythonFileDetail, ScriptDetail
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.readings import Reading, ScriptLanguage, Statement
from copilot.vocabulary.values import ShellName

MOST_STATEMENTS = 20_000
_LONG = 4_000
"""Characters from which the last readings are remembered: the rules and the dialog read the same text."""
_MOST_INSIDE = 5
_READERS = {"posix": PosixReader, "powershell": PowerShellReader, "python": PythonReader}


@frozen(kw_only=False)
class Asked:
    """What a reading depends on."""

    language: ScriptLanguage
    script: str
    ground: Ground
    shell: ShellName | None


@frozen(kw_only=False)
class Read:
    """A reading, with what a reading of an edited text can take from it."""

    asked: Asked
    reading: Reading
    kept: Kept


class GivenUpError(Exception):
    """Nobody wants the reading any more."""


def asked_by(detail: ApprovalDetail) -> Asked | None:
    """What an approval would run; None where it runs nothing."""
    match detail:
        case ScriptDetail():
            return _script(detail.shell, detail.script, Ground(detail.cwd, detail.cwd))
        case PythonFileDetail():
            return Asked("python", detail.text, Ground(detail.cwd, detail.cwd), None)
        case _:
            return None


def read_detail(detail: ApprovalDetail) -> Reading | None:
    """What an approval would run, read; None where it runs nothing."""
    asked = asked_by(detail)
    return read(asked).reading if asked is not None else None


def read_script(shell: ShellName, script: str, *, cwd: str, root: str = "") -> Reading:
    """Read a script for `shell` that begins in `cwd`. `root` is the project's folder: without it, `cwd`.

    Both are absolute. Never raises for what the script holds; what cannot be read is unknown.
    """
    return read(_script(shell, script, Ground(root or cwd, cwd))).reading


def read_python(text: str, *, cwd: str, root: str = "") -> Reading:
    """Read a Python program that is started in `cwd`."""
    return read(Asked("python", text, Ground(root or cwd, cwd), None)).reading


def read(asked: Asked, before: Read | None = None, unwanted: Callable[[], bool] = lambda: False) -> Read:
    """Read; of a text that was read `before` only what an edit changed.

    Raises GivenUpError as soon as `unwanted`, which is asked at every statement, says so.
    """
    with no_collector():
        if before is None:
            return _remembered(asked) if len(asked.script) >= _LONG else _read(asked, {}, unwanted)
        like = (before.asked.language, before.asked.ground) == (asked.language, asked.ground)
        return _read(asked, before.kept if like else {}, unwanted)


@lru_cache(maxsize=4)
def _remembered(asked: Asked) -> Read:
    return _read(asked, {}, lambda: False)


def _script(shell: ShellName, script: str, ground: Ground) -> Asked:
    return Asked("powershell" if shell in ("pwsh", "powershell") else "posix", script, ground, shell)


def _read(asked: Asked, before: Kept, unwanted: Callable[[], bool]) -> Read:
    language, script, shell = asked.language, asked.script, asked.shell
    trouble: list[str] = []
    statements: list[Statement] = []
    kept: Kept = {}
    try:
        inside = partial(_inside, asked.ground, 0)
        source = script.encode("utf-8", "replace")
        reader = _READERS[language](source, asked.ground, asked.ground.cwd, inside, before)
        kept = reader.kept
        for one in reader.statements():
            statements.append(one)
            if unwanted():
                raise GivenUpError
            if len(statements) >= MOST_STATEMENTS:
                trouble.append(f"It has more than {MOST_STATEMENTS:,} statements; the rest is not read.")
                break
        if reader.broken is not None:
            trouble.append(
                f"It does not parse at line {reader.broken}: from there on the reading may be wrong."
            )
    except UnreadableError as error:
        trouble.append(str(error))
    except RecursionError:
        trouble.append("It is nested too deep to be read.")
    statements.sort(key=lambda one: (one.first_line, one.last_line))
    seen = looks.hazards(script, language)
    if any(one.grave for one in seen):
        trouble.append("It holds characters that hide what it says.")
    found = (*seen, *(hazards.hazards(shell, script, tuple(statements)) if shell is not None else ()))
    reading = Reading(
        language=language,
        statements=tuple(statements),
        hazards=tuple(sorted(found, key=lambda one: one.line)),
        trouble=tuple(trouble),
    )
    return Read(asked, reading, kept)


def _inside(ground: Ground, depth: int, language: ScriptLanguage, text: str, found: Found) -> None:
    """Read a script within a script into the statement that holds it."""
    if depth >= _MOST_INSIDE:
        found.unknown("Scripts within scripts go too deep to be read.")
        return
    try:
        source = text.encode("utf-8", "replace")
        _READERS[language](source, ground, found.cwd, partial(_inside, ground, depth + 1), {}).into(found)
    except UnreadableError as error:
        found.unknown(f"A script within it cannot be read. {error}")

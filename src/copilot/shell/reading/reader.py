"""The door of the reading room: a script, or what an approval is about, becomes a `Reading`."""

from functools import partial

from copilot.shell.reading import hazards, looks
from copilot.shell.reading.found import Found
from copilot.shell.reading.grammar import UnreadableError
from copilot.shell.reading.paths import Ground
from copilot.shell.reading.posix import PosixReader
from copilot.shell.reading.powershell import PowerShellReader
from copilot.shell.reading.python import PythonReader
from copilot.vocabulary.approvals import ApprovalDetail, PythonFileDetail, ScriptDetail
from copilot.vocabulary.readings import Reading, ScriptLanguage, Statement
from copilot.vocabulary.values import ShellName

MOST_STATEMENTS = 20_000
_MOST_INSIDE = 5
_READERS = {"posix": PosixReader, "powershell": PowerShellReader, "python": PythonReader}


def read_detail(detail: ApprovalDetail) -> Reading | None:
    """What an approval would run; None where it runs nothing."""
    match detail:
        case ScriptDetail():
            return read_script(detail.shell, detail.script, cwd=detail.cwd)
        case PythonFileDetail():
            return read_python(detail.text, cwd=detail.cwd)
        case _:
            return None


def read_script(shell: ShellName, script: str, *, cwd: str, root: str = "") -> Reading:
    """Read a script for `shell` that begins in `cwd`. `root` is the project's folder: without it, `cwd`.

    Both are absolute. Never raises for what the script holds; what cannot be read is unknown.
    """
    language: ScriptLanguage = "powershell" if shell in ("pwsh", "powershell") else "posix"
    return _read(language, script, Ground(root or cwd, cwd), shell)


def read_python(text: str, *, cwd: str, root: str = "") -> Reading:
    """Read a Python program that is started in `cwd`."""
    return _read("python", text, Ground(root or cwd, cwd), None)


def _read(language: ScriptLanguage, script: str, ground: Ground, shell: ShellName | None) -> Reading:
    trouble: list[str] = []
    statements: list[Statement] = []
    source = script.encode("utf-8", "replace")
    try:
        reader = _READERS[language](source, ground, ground.cwd, partial(_inside, ground, 0))
        for one in reader.statements():
            statements.append(one)
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
    return Reading(
        language=language,
        statements=tuple(statements),
        hazards=tuple(sorted(found, key=lambda one: one.line)),
        trouble=tuple(trouble),
    )


def _inside(ground: Ground, depth: int, language: ScriptLanguage, text: str, found: Found) -> None:
    """Read a script within a script into the statement that holds it."""
    if depth >= _MOST_INSIDE:
        found.unknown("Scripts within scripts go too deep to be read.")
        return
    try:
        source = text.encode("utf-8", "replace")
        _READERS[language](source, ground, found.cwd, partial(_inside, ground, depth + 1)).into(found)
    except UnreadableError as error:
        found.unknown(f"A script within it cannot be read. {error}")

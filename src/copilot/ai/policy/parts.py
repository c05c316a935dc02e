"""A request in the pieces that rules judge: each statement of a script, or the one file it is about."""

import json
import posixpath
from collections.abc import Sequence
from typing import Protocol, assert_never, cast

from copilot.ai.policy.words import Segment, joined, segments
from copilot.vocabulary.approvals import (
    ApprovalDetail,
    FileWriteDetail,
    HandOverDetail,
    McpDetail,
    PythonFileDetail,
    ScriptDetail,
    SecretReadDetail,
    SpendDetail,
)
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.readings import EFFECTS, Effect, PathUse, Reading, Statement
from copilot.vocabulary.values import ShellName
from copilot.workspace.secrets import secret_reason


class Reader(Protocol):
    """Reads what a request would run; None for one that runs nothing."""

    def __call__(self, detail: ScriptDetail | PythonFileDetail, /) -> Reading:
        """Never runs anything, and never raises for what a script says."""
        ...


@frozen
class Piece:
    """One thing that a request does. `words` are empty where its text may mean more than it says.

    `commands` are the names of what it runs, aliases resolved. `paths` are those that it touches.
    """

    text: str
    words: tuple[str, ...]
    effects: tuple[Effect, ...]
    paths: tuple[PathUse, ...]
    commands: tuple[str, ...] = ()
    first_line: int = 1
    script: bool = True


@frozen
class Asked:
    """A whole request. `trouble` says why it was not understood; "" where it was. `text` is all of it."""

    tool: str
    pieces: tuple[Piece, ...]
    text: str
    base_dir: str
    shell: ShellName = "sh"
    trouble: str = ""


def asked(tool: str, detail: ApprovalDetail, read: Reader) -> Asked:
    """The request as rules see it."""
    match detail:
        case ScriptDetail():
            return _script(tool, detail, read(detail))
        case PythonFileDetail():
            return _python(tool, detail, read(detail))
        case FileWriteDetail(path=path):
            piece = _file(path, "writes")
            return Asked(tool=tool, pieces=(piece,), text=path, base_dir="")
        case SecretReadDetail(path=path):
            return Asked(tool=tool, pieces=(_file(path, "reads"),), text=path, base_dir="")
        case SpendDetail():
            return Asked(tool=tool, pieces=(), text="", base_dir="", trouble="it is about money")
        case McpDetail(arguments=arguments):
            return Asked(tool=tool, pieces=(_call(arguments),), text=arguments, base_dir="")
        case HandOverDetail(assistant=assistant):
            piece = Piece(text=assistant, words=(), effects=("unknown",), paths=(), script=False)
            return Asked(tool=tool, pieces=(piece,), text=assistant, base_dir="")
        case _:
            assert_never(detail)


def _file(path: str, effect: Effect) -> Piece:
    use = PathUse(path, path, "inside", effect)
    return Piece(text=path, words=(), effects=(effect,), paths=(use,), script=False)


def _call(arguments: str) -> Piece:
    """A call of a server's tool: the text is its arguments, paths are words in it that may be secrets."""
    paths = tuple(
        PathUse(word, word, "unknown", "reads") for word in _words_in(arguments) if secret_reason(word)
    )
    return Piece(text=arguments, words=(), effects=("unknown",), paths=paths, script=False)


def _words_in(arguments: str) -> list[str]:
    """Every text in a JSON value, with forward slashes; of what is no JSON, the whole."""
    try:
        waiting: list[object] = [json.loads(arguments)]
    except (ValueError, RecursionError):
        waiting = [arguments]
    found: list[str] = []
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            found.append(one.replace("\\", "/").rstrip("/") or "/")
        elif isinstance(one, dict):
            waiting += cast(dict[str, object], one).values()
        elif isinstance(one, list):
            waiting += cast(list[object], one)
    return found


def _script(tool: str, detail: ScriptDetail, reading: Reading) -> Asked:
    exact = segments(detail.script, detail.shell)
    if exact is not None:
        pieces = tuple(_of_segment(one, reading.statements) for one in exact)
    else:
        pieces = tuple(_of_statement(one) for one in reading.statements)
    grave = [hazard.words for hazard in reading.hazards if hazard.grave]
    trouble = next(iter((*reading.trouble, *grave)), "")
    if not pieces and not trouble:
        trouble = "there is no statement in it"
    return Asked(
        tool=tool,
        pieces=pieces,
        text=detail.script,
        base_dir=detail.cwd,
        shell=detail.shell,
        trouble=trouble,
    )


def _of_statement(one: Statement) -> Piece:
    return Piece(
        text=one.text,
        words=(),
        effects=one.effects,
        paths=one.paths,
        commands=one.commands,
        first_line=one.first_line,
    )


def _of_segment(one: Segment, statements: Sequence[Statement]) -> Piece:
    """What the reading says of a simple command: of the statement that is it, else of all on its lines."""
    near = [s for s in statements if s.first_line <= one.last_line and one.first_line <= s.last_line]
    same = [s for s in near if s.text.strip() == one.text]
    taken = same[:1] or near
    effects = {effect for s in taken for effect in s.effects}
    if not taken:
        effects = {"unknown"}
    return Piece(
        text=one.text,
        words=one.words,
        effects=tuple(effect for effect in EFFECTS if effect in effects),
        paths=tuple(dict.fromkeys(path for s in taken for path in s.paths)),
        commands=tuple(dict.fromkeys(name for s in taken for name in s.commands)),
        first_line=one.first_line,
    )


def _python(tool: str, detail: PythonFileDetail, reading: Reading) -> Asked:
    words = ("python", detail.path, *_arguments(detail))
    effects = reading.effects or ("unknown",)
    use = PathUse(detail.path, detail.path, "inside", "reads")
    paths = (use, *(path for one in reading.statements for path in one.paths))
    piece = Piece(
        text=joined(words),
        words=words,
        effects=effects,
        paths=tuple(dict.fromkeys(paths)),
        commands=("python",),
    )
    return Asked(tool=tool, pieces=(piece,), text=detail.text, base_dir=detail.cwd)


def _arguments(detail: PythonFileDetail) -> tuple[str, ...]:
    """What stands behind the file's own path in the argument list."""
    name = posixpath.basename(detail.path)
    for at, word in enumerate(detail.argv):
        if at and word.replace("\\", "/").rpartition("/")[2] == name:
            return detail.argv[at + 1 :]
    return detail.argv[1:]

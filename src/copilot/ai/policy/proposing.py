"""*Always allow this*: rules that would let a request pass unasked, the narrowest first."""

import posixpath
from collections.abc import Iterable

from copilot.ai.policy.checking import checked
from copilot.ai.policy.fitting import inside
from copilot.ai.policy.judging import judge
from copilot.ai.policy.parts import Asked, Piece, Reader, asked
from copilot.ai.policy.rules import RuleSet
from copilot.ai.policy.words import joined, name_of, words
from copilot.vocabulary.approvals import (
    ApprovalDetail,
    FileWriteDetail,
    HandOverDetail,
    McpDetail,
    PythonFileDetail,
    ScriptDetail,
)
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.policies import PolicyRule

_RUN_ANYTHING = words("""
    bash sh dash zsh fish pwsh powershell cmd python python3 py node deno bun perl ruby php lua sudo doas env
    xargs find ssh busybox eval exec make npx uvx docker podman
""")
"""Programs that run whatever they are given: only the whole command is proposed."""

_LONGEST_NAME = 50


@frozen(kw_only=False)
class Proposed:
    """A rule, and in words what it lets pass."""

    rule: PolicyRule
    words: str


def propose(
    tool: str, detail: ApprovalDetail, read: Reader, now: RuleSet
) -> tuple[tuple[Proposed, ...], str]:
    """The rules, each of which would be enough beside those of `now`; none, and why, where none can be."""
    request = asked(tool, detail, read)
    said = judge(now, request)
    if said.verdict == "deny" or (said.verdict == "ask" and said.rule):
        return (), f"{said.why}; a new rule would not change that"
    found: list[Proposed] = []
    why = ""
    for one in _candidates(tool, detail, request):
        alone = checked(
            (*(other.rule for other in now.rules), one.rule), (), read, request.shell, request.base_dir
        )
        told = judge(alone, request)
        if told.verdict == "allow":
            found.append(one)
        else:
            why = why or told.why
    if not found:
        return (), why or "it is no plain command, so no rule can say what would be allowed"
    return tuple(found), ""


def _candidates(tool: str, detail: ApprovalDetail, request: Asked) -> Iterable[Proposed]:
    match detail:
        case ScriptDetail():
            yield from _of_script(tool, request)
        case PythonFileDetail(path=path):
            piece = request.pieces[0]
            yield Proposed(
                _rule(piece.text, tool, commands=(piece.text,), paths=_paths((piece,), request.base_dir)),
                f"exactly: {piece.text}",
            )
            yield Proposed(
                _rule(f"{path} with any arguments", tool, commands=(joined(("python", path)),)),
                f"{path} with any arguments, as long as it does no more than it does alone",
            )
        case FileWriteDetail(path=path):
            folder = posixpath.dirname(path)
            yield Proposed(
                _rule(f"changes of {path}", tool, paths=(path,), examples=(path,)), f"changes of {path}"
            )
            if folder:
                yield Proposed(
                    _rule(f"changes in {folder}", tool, paths=(f"{folder}/**",), examples=(path,)),
                    f"changes of every file below {folder}",
                )
        case McpDetail(server=server, tool=own, arguments=arguments):
            yield Proposed(
                _rule(f"{own} of {server}, these arguments", tool, patterns=(_literal(arguments),)),
                f"calls of {own} of the MCP server {server} with exactly these arguments",
            )
            yield Proposed(
                _rule(f"{own} of {server}", tool, patterns=("*",)),
                f"every call of {own} of the MCP server {server}",
            )
        case HandOverDetail(assistant=assistant):
            yield Proposed(
                _rule(f"tasks for {assistant}", tool, patterns=(assistant,)),
                f"every task that an assistant hands to {assistant}",
            )
        case _:
            return


def _of_script(tool: str, request: Asked) -> Iterable[Proposed]:
    pieces = request.pieces
    if not pieces or any(not piece.words for piece in pieces):
        return
    whole = tuple(dict.fromkeys(joined(piece.words) for piece in pieces))
    example = (request.text.strip(),) if "\n" not in request.text.strip() else ()
    yield Proposed(
        _rule(whole[0], tool, commands=whole, paths=_paths(pieces, request.base_dir), examples=example),
        f"what begins with {_listed(whole)}, on these paths"
        if _paths(pieces, request.base_dir)
        else f"what begins with {_listed(whole)}",
    )
    short = tuple(dict.fromkeys(joined(_head(piece.words)) for piece in pieces))
    if short != whole and not any(name_of(piece.words[0].lower()) in _RUN_ANYTHING for piece in pieces):
        yield Proposed(
            _rule(_listed(short), tool, commands=short, examples=example),
            f"everything that begins with {_listed(short)}, inside the project",
        )


def _head(words: tuple[str, ...]) -> tuple[str, ...]:
    """The program, with its subcommand where the second word looks like one."""
    return words[:2] if len(words) > 1 and words[1].isalpha() and words[1].islower() else words[:1]


def _paths(pieces: Iterable[Piece], base_dir: str) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for piece in pieces:
        for use in piece.paths:
            found[inside(use, base_dir) if use.place == "inside" else use.resolved] = None
    return tuple(_literal(path) for path in found)


def _literal(path: str) -> str:
    return "".join(f"[{char}]" if char in "*?[{" else char for char in path)


def _listed(commands: tuple[str, ...]) -> str:
    return " or ".join(commands)


def _rule(
    name: str,
    tool: str,
    *,
    commands: tuple[str, ...] = (),
    paths: tuple[str, ...] = (),
    patterns: tuple[str, ...] = (),
    examples: tuple[str, ...] = (),
) -> PolicyRule:
    short = name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"
    return PolicyRule(
        name=short,
        decision="allow",
        tools=(tool,),
        commands=commands,
        patterns=patterns,
        paths=paths,
        examples=examples,
    )

"""What a script says it runs: whether it parses, and which commands it names. Advice for the person only.

A script can do more than its text shows, so this never makes an approval easier. Wherever names alone do not
tell what runs (an error, a computed name, an interpreter, too much text) the reading says that it cannot
vouch.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from importlib import import_module
from typing import Any, Literal

from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.values import ShellName

MAX_BYTES = 100_000
MAX_NODES = 50_000
MAX_COMMANDS = 200

Language = Literal["bash", "powershell"]


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_RUNS_OTHERS: dict[Language, frozenset[str]] = {
    "bash": _names("""
        . awk bash builtin bun busybox command coproc dash deno doas env eval exec find fish gawk git ksh lua
        make nice node nohup npx perl php python python2 python3 parallel rg ruby sed setsid sh source ssh
        stdbuf sudo su tar tclsh time timeout trap unshare uv uvx vi vim watch xargs zsh
    """),
    "powershell": _names("""
        add-type bash begin clean cmd cmd.exe dynamicparam end foreach-object git icm iex ii import-module
        invoke-command invoke-expression invoke-item ipmo new-alias new-object node param perl powershell
        process pwsh python python3 sal saps set-alias start start-job start-process start-threadjob using wsl
    """),
}
"""Commands that run what their arguments say, so that the name alone tells nothing."""

_PLAIN_NAME: dict[Language, re.Pattern[str]] = {
    "bash": re.compile(r"[\w./+:@%-]+|\[", re.ASCII),
    "powershell": re.compile(r"[\w./\\:+-]+|[%?]", re.ASCII),
}
_UNCLEAR_NODES: dict[Language, dict[str, str]] = {
    "bash": {},
    "powershell": {
        "stop_parsing": "--% hands the rest of a line on unread",
        "command_invokation_operator": "& or . runs what is computed or quoted",
        "param_block": "it has parameters or blocks of its own",
        "invokation_expression": "it calls a .NET method",
        "type_literal": "it uses a .NET type",
    },
}
_POWERSHELL_LOOKALIKE = re.compile(
    "[`\u2018-\u201f\u2013-\u2015\u00a0]|(?i:^\\s*#\\s*requires)", re.MULTILINE
)


@frozen
class Reading:
    """`commands` in the order of their first use, each once. `cannot_vouch` is the first reason, or empty."""

    parses: bool
    commands: tuple[str, ...] = ()
    cannot_vouch: str = ""


def read_script(shell: ShellName, script: str) -> Reading:
    """Read a script for `shell`. Never raises for what the script holds."""
    language: Language = "powershell" if shell in ("pwsh", "powershell") else "bash"
    data = script.encode("utf-8", "replace")
    if len(data) > MAX_BYTES:
        return Reading(parses=False, cannot_vouch=f"it is longer than {MAX_BYTES:,} bytes")
    root = _root(language, data)
    if root is None:
        return Reading(parses=False, cannot_vouch="no parser for it can be loaded on this machine")
    commands: dict[str, None] = {}
    unclear: list[str] = []
    for number, node in enumerate(_walk(root)):
        if number >= MAX_NODES or len(commands) > MAX_COMMANDS:
            unclear.append("it is too long to be read to its end")
            break
        _look_at(node, language, commands, unclear)
    if root.has_error:
        unclear.insert(0, "it does not parse")
    if language == "powershell" and _POWERSHELL_LOOKALIKE.search(script):
        unclear.append("it holds backticks, #requires, or marks that PowerShell reads as quotes or dashes")
    return Reading(
        parses=not root.has_error, commands=tuple(commands), cannot_vouch=unclear[0] if unclear else ""
    )


def _look_at(node: Any, language: Language, commands: dict[str, None], unclear: list[str]) -> None:
    if reason := _UNCLEAR_NODES[language].get(node.type):
        unclear.append(reason)
    elif language == "bash" and node.type == "raw_string" and re.search(rb"\$\(|`|\[", node.text):
        unclear.append("quoted text in it may be run")
    elif node.type == "command_name":
        name = node.text.decode("utf-8", "replace")
        commands.setdefault(name)
        if not _PLAIN_NAME[language].fullmatch(name):
            unclear.append("the name of a command is computed or quoted")
        elif _bare(name, language) in _RUNS_OTHERS[language]:
            unclear.append(f"{name} runs what its arguments say")


def _bare(name: str, language: Language) -> str:
    """Without its folder; PowerShell knows no upper and lower case."""
    last = re.split(r"[/\\]", name)[-1] or name
    return last.lower() if language == "powershell" else last


def _walk(root: Any) -> Iterator[Any]:
    """Every node, a parent before its children. Not recursive: a script may nest as deep as it is long."""
    todo = [root]
    while todo:
        node = todo.pop()
        yield node
        todo.extend(reversed(node.children))


def _root(language: Language, data: bytes) -> Any:
    """The top node; None where the wheels cannot be imported. Threads may not share a parser."""
    grammar = _grammar(language)
    return None if grammar is None else import_module("tree_sitter").Parser(grammar).parse(data).root_node


@lru_cache(maxsize=2)
def _grammar(language: Language) -> Any:
    try:
        grammar: Any = import_module(f"tree_sitter_{language}")
        return import_module("tree_sitter").Language(grammar.language())
    except (ImportError, ValueError):  # ValueError: a grammar made for another version of the library
        return None

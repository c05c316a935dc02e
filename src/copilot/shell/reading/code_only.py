"""A script without what it quotes and remarks: the same length, with blanks for the rest."""

import re
from typing import Final

from copilot.vocabulary.readings import ScriptLanguage

_POSIX: Final = re.compile(r"""\\.|(?<![^\s;&|(])\#|\$?'|"|<<-?\s?(['"]?)(\w+)\1""", re.DOTALL)
_POWERSHELL: Final = re.compile(r"""`.|<\#|(?<![^\s;{}()|])\#|@"[ \t]*\n|@'[ \t]*\n|'|\"""", re.DOTALL)
_ENDS: Final = {
    "#": re.compile(r"(?=\n)"),
    "'": re.compile(r"'"),
    "$'": re.compile(r"(?:\\.|[^\\'])*'", re.DOTALL),
    '"': re.compile(r'(?:\\.|[^\\"])*"', re.DOTALL),
    "<#": re.compile(r"#>"),
    '@"': re.compile(r'\n"@'),
    "@'": re.compile(r"\n'@"),
    '`"': re.compile(r'(?:`.|[^`"])*"', re.DOTALL),
}


def code_only(script: str, language: ScriptLanguage) -> str:
    """Quoted text and comments become blanks, their marks and the line breaks stay."""
    powershell = language == "powershell"
    opening = _POWERSHELL if powershell else _POSIX
    pieces: list[str] = []
    at = 0
    while found := opening.search(script, at):
        mark = found[0]
        start = found.end()
        if mark[0] in "\\`":
            pieces.append(script[at:start])
            at = start
            continue
        end, after = _end(script, mark, start, found, powershell=powershell)
        pieces += (script[at:start], _blank(script[start:end]), script[end:after])
        at = after
    pieces.append(script[at:])
    return "".join(pieces)


def _end(script: str, mark: str, start: int, found: re.Match[str], *, powershell: bool) -> tuple[int, int]:
    """Where the quoted text ends, and where the code goes on behind its closing mark."""
    if mark.startswith("<<"):
        line = script.find("\n", start)
        closing = re.compile(rf"^\t*{re.escape(found[2])}$", re.MULTILINE).search(script, max(line, start))
        return (closing.start(), closing.end()) if line >= 0 and closing else (len(script), len(script))
    kind = "`" + mark if powershell and mark == '"' else mark.strip() if mark[0] == "@" else mark
    pattern = _ENDS[kind]
    repeats = kind in ("$'", '"', '`"')
    closing = pattern.match(script, start) if repeats else pattern.search(script, start)
    if closing is None:
        return len(script), len(script)
    return (closing.end() - 1 if repeats else closing.start()), closing.end()


def _blank(text: str) -> str:
    return re.sub(r"[^\n]", " ", text)

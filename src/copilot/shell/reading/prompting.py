"""Commands that ask a question. A script's standard input is empty: nobody can answer.

Git's own questions are turned off in the environment of a run, so that they fail at once. Each has a change
that ends it: an option, another spelling, or at least the command made one that does nothing.
"""

import re
from collections.abc import Iterator
from typing import Final

from copilot.shell.reading.lines import Code, asks, each, inserted, line_from, replaced
from copilot.shell.reading.questions import POSIX, POWERSHELL, Asking
from copilot.vocabulary.readings import Fix, Hazard, Statement
from copilot.vocabulary.values import ShellName

_CONFIRM: Final = re.compile(r"(?i)[ \t]-confirm\b(?!:\$false)")
_READ: Final = re.compile(
    r"(?:(?<=^)|(?<=[;&|(){}\n]))[ \t]*(?P<command>read)(?=[ \t\n;]|$)(?P<names>[^\n;|&]*)", re.MULTILINE
)
_GOES_ON: Final = re.compile(r"(?:[\\`{|&(,]|\b(?:then|do|else|in))[ \t]*$")
_BRACKETS: Final = ("()", "{}")


def prompts(
    script: str, code: Code, shell: ShellName, _statements: tuple[Statement, ...]
) -> Iterator[Hazard]:
    """Each question that a script would ask."""
    powershell = shell in ("pwsh", "powershell")
    for asking in POWERSHELL if powershell else POSIX:
        for line, found in each(asking.pattern, code, *asking.needles):
            rest = re.split(r"[;|&]", line_from(script, found.end()), maxsplit=1)[0]
            if not asking.answered.search(rest):
                fix = _fix(asking, found, script, code, powershell=powershell)
                yield asks(line, f"{asking.words}, and nobody can answer.", fix)
    if powershell:
        for line, found in each(_CONFIRM, code, "-confirm"):
            fix = inserted("Add :$false", found.end(), ":$false")
            yield asks(line, "-Confirm asks, and nobody can answer.", fix)
        return
    for line, found in each(_READ, code, "read"):
        before = code.text[code.text.rfind("\n", 0, found.start("command")) + 1 : found.start("command")]
        rest = line_from(code.text, found.end("command"))
        if "<" not in rest and "|" not in before and not re.search(r"while|until|\|\s*$", before):
            name = re.search(r"[ \t]([A-Za-z_]\w*)[ \t]*$", found["names"])
            span = found.start("command"), found.end("names")
            fix = replaced("Set it empty", *span, f'{name[1]}=""') if name else None
            yield asks(line, "read gets no answer: standard input is empty.", fix)


def _fix(asking: Asking, found: re.Match[str], script: str, code: Code, *, powershell: bool) -> Fix | None:
    """What ends the question: an option, another spelling, or the command left out."""
    if asking.option:
        return inserted(f"Add {asking.option.strip()}", found.end(), asking.option)
    start, end = found.span("command")
    if asking.instead is not None:
        label, spell = asking.instead
        return replaced(label, start, end, spell(script[start:end]))
    return _left_out(code, start, powershell=powershell)


def _left_out(code: Code, start: int, *, powershell: bool) -> Fix | None:
    """The line made one that does nothing, where the command stands alone on a line of its own."""
    first = code.text.rfind("\n", 0, start) + 1
    line = line_from(code.text, first)
    before = code.text[:first].rstrip("\n").rsplit("\n", 1)[-1]
    alone = not code.text[first:start].strip() and not re.search(r"[;|&<>]", line)
    whole = all(line.count(one) == line.count(other) for one, other in _BRACKETS)
    joined = (
        _GOES_ON.search(line) or re.search(r"[\\`|]$", before) or line.count('"') % 2 or line.count("'") % 2
    )
    if not alone or not whole or joined:
        return None
    return inserted("Leave it out", start, "# " if powershell else ": # ")

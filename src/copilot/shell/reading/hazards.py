"""What the shell that will run a script does otherwise than one may think, with the change that ends it.

Sources: about_Redirection, about_Pipeline_Chain_Operators, about_Character_Encoding and about_Parsing of
PowerShell 5.1 and 7; the bash manual and POSIX.1-2024 (shell command language); the manuals of apt, pip, npm,
git, ssh, sudo and unzip for what they ask.
"""

from collections.abc import Callable, Iterator

from copilot.shell.reading import hazards_posix, hazards_powershell
from copilot.shell.reading.code_only import code_only
from copilot.shell.reading.lines import Code, code_of
from copilot.shell.reading.prompting import prompts
from copilot.vocabulary.readings import Hazard, Statement
from copilot.vocabulary.values import ShellName

MOST = 80

_Finder = Callable[[str, Code, ShellName, tuple[Statement, ...]], Iterator[Hazard]]
_POSIX: tuple[_Finder, ...] = (prompts, hazards_posix.found)
_POWERSHELL: tuple[_Finder, ...] = (prompts, hazards_powershell.found)


def hazards(shell: ShellName, script: str, statements: tuple[Statement, ...]) -> tuple[Hazard, ...]:
    """The hazards of a script for this shell, at most `MOST` of them, line by line."""
    powershell = shell in ("pwsh", "powershell")
    code = code_of(code_only(script, "powershell" if powershell else "posix"))
    found: list[Hazard] = []
    for finder in _POWERSHELL if powershell else _POSIX:
        for one in finder(script, code, shell, statements):
            if one not in found:
                found.append(one)
            if len(found) >= MOST:
                more = "There are more such places; they are not listed."
                return (*found, Hazard(line=found[-1].line, words=more, kind="shell"))
    return tuple(found)

"""Commands that ask a question. A script's standard input is empty: nobody can answer.

Git's own questions are turned off in the environment of a run, so that they fail at once.
"""

import re
from collections.abc import Iterator
from typing import Final

from copilot.shell.reading.lines import asks, each, inserted
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.readings import Hazard, Statement
from copilot.vocabulary.values import ShellName

_START: Final = r"(?:(?<=^)|(?<=[;&|(){}\n]))[ \t]*(?:sudo[ \t]+(?:-n[ \t]+)?)?"


@frozen(kw_only=False)
class _Asking:
    """`pattern` finds the command; nothing is said where `answered` fits the rest of the line.

    `option` goes behind the command and lets it ask no more.
    """

    pattern: re.Pattern[str]
    answered: re.Pattern[str]
    words: str
    option: str = ""


def _asking(command: str, answered: str, words: str, option: str = "") -> _Asking:
    return _Asking(
        re.compile(rf"{_START}(?P<command>{command})(?![\w./=-])", re.MULTILINE),
        re.compile(answered or r"(?!)"),
        words,
        option,
    )


_BOTH: Final = (
    _asking(
        r"(?:apt|apt-get|aptitude)[ \t]+(?:install|remove|purge|(?:dist-|full-)?upgrade|autoremove)",
        r"(?<!\S)(?:-y|-qq|--yes|--assume-yes|-[a-z]*y[a-z]*)(?!\S)",
        "apt asks whether to go on",
        " -y",
    ),
    _asking(
        r"(?:dnf|yum|zypper)[ \t]+(?:install|remove|update|upgrade|erase)",
        r"(?<!\S)(?:-y|--assumeyes|--non-interactive)(?!\S)",
        "The package manager asks whether to go on",
        " -y",
    ),
    _asking(r"pacman[ \t]+-[SRU]\w*", r"--noconfirm", "pacman asks whether to go on", " --noconfirm"),
    _asking(
        r"(?:python[\d.]*[ \t]+-m[ \t]+)?pip3?[ \t]+uninstall",
        r"(?<!\S)(?:-y|--yes)(?!\S)",
        "pip asks before it removes a package",
        " -y",
    ),
    _asking(
        r"(?:conda|mamba)[ \t]+(?:install|create|remove|update)",
        r"(?<!\S)(?:-y|--yes)(?!\S)",
        "conda asks whether to go on",
        " -y",
    ),
    _asking(r"npm[ \t]+init", r"(?<!\S)(?:-y|--yes)(?!\S)", "npm init asks for each field", " -y"),
    _asking(r"npx", r"(?<!\S)(?:-y|--yes|--no-install|--no)(?!\S)", "npx asks before it downloads", " --yes"),
    _asking(r"unzip", r"(?<!\S)-\w*[olntpvZ]\w*(?!\S)", "unzip asks before it replaces a file", " -o"),
    _asking(
        r"ssh",
        r"BatchMode",
        "ssh asks about an unknown host key, or for a password",
        " -o BatchMode=yes",
    ),
    _asking(r"scp", r"BatchMode|-B", "scp asks about an unknown host key, or for a password", " -B"),
    _asking(r"sftp", r"BatchMode|-b", "sftp waits for commands"),
    _asking(
        r"git[ \t]+commit",
        r"(?<!\S)(?:-\w*m|--message|-F|--file|-C|--no-edit|--fixup|--squash|--reuse-message|--dry-run)(?=[\s=\"']|$)",
        "git commit without a message opens an editor",
    ),
    _asking(
        r"git[ \t]+merge",
        r"--no-edit|-m|--abort|--ff-only|--continue|--squash|--no-commit",
        "git merge may open an editor",
        " --no-edit",
    ),
    _asking(r"git[ \t]+rebase[ \t]+(?:-i|--interactive)", r"", "An interactive rebase opens an editor"),
    _asking(
        r"git[ \t]+(?:add|checkout|reset|stash|restore)[ \t]+(?:-p|--patch|-i)",
        r"",
        "git asks about each part",
    ),
    _asking(r"git[ \t]+clean[ \t]+-\w*i\w*", r"", "git clean -i asks about each file"),
    _asking(r"(?:vi|vim|nvim|nano|emacs|less|more|top|htop|man)", r"--version|--help", "It waits for keys"),
    _asking(
        r"(?:docker|gh[ \t]+auth|npm|az|heroku)[ \t]+login",
        r"--password-stdin|--with-token",
        "It asks for a password",
    ),
    _asking(r"(?:passwd|ssh-keygen)", r"-N|-l|-y|-F", "It asks for a password or a phrase"),
    _asking(r"mysql[ \t][^\n;|]*-p", r"", "mysql asks for a password"),
)
_POSIX: Final = (
    _asking(
        r"sudo",
        r"^[ \t]*(?:-\w*[nS]\w*|--non-interactive|--stdin)(?!\S)",
        "sudo may ask for a password",
        " -n",
    ),
    _asking(r"su", r"", "su asks for a password"),
    _asking(r"(?:rm|cp|mv)[ \t]+-\w*i\w*", r"", "It asks about each file"),
    _asking(r"select", r"", "select waits for a choice"),
)
_POWERSHELL: Final = (
    _asking(r"(?i:read-host)", r"", "Read-Host fails here"),
    _asking(r"(?i:get-credential)", r"(?i)-credential", "Get-Credential opens a question"),
    _asking(r"(?i:pause)", r"", "pause waits for a key"),
    _asking(
        r"(?i:install-module|install-script|install-package|update-module)",
        r"(?i)-force|-confirm:\$false",
        "It asks whether to trust where the module comes from",
        " -Force",
    ),
    _asking(r"(?i:set-executionpolicy)", r"(?i)-force", "It asks whether to go on", " -Force"),
    _asking(
        r"(?i:choco)[ \t]+(?:install|upgrade|uninstall)",
        r"(?<!\S)(?:-y|--yes)(?!\S)",
        "choco asks whether to go on",
        " -y",
    ),
    _asking(
        r"(?i:winget)[ \t]+(?:install|upgrade)",
        r"--accept-package-agreements",
        "winget asks to accept agreements",
        " --accept-package-agreements --accept-source-agreements",
    ),
)
_CONFIRM: Final = re.compile(r"(?i)[ \t]-confirm\b(?!:\$false)")
_READ: Final = re.compile(rf"{_START}(?P<command>read)(?=[ \t\n;]|$)", re.MULTILINE)


def prompts(script: str, code: str, shell: ShellName, _statements: tuple[Statement, ...]) -> Iterator[Hazard]:
    """Each question that a script would ask."""
    powershell = shell in ("pwsh", "powershell")
    for asking in (*_BOTH, *(_POWERSHELL if powershell else _POSIX)):
        for line, found in each(asking.pattern, code):
            end = code.find("\n", found.end())
            rest = script[found.end() : end if end >= 0 else len(script)]
            rest = re.split(r"[;|&]", rest, maxsplit=1)[0]
            if asking.answered.search(rest):
                continue
            option = asking.option
            fix = inserted(f"Add {option.strip()}", found.end(), option) if option else None
            yield asks(line, f"{asking.words}, and nobody can answer.", fix)
    if powershell:
        for line, _ in each(_CONFIRM, code):
            yield asks(line, "-Confirm asks, and nobody can answer.")
        return
    for line, found in each(_READ, code):
        before = code[code.rfind("\n", 0, found.start("command")) + 1 : found.start("command")]
        rest = code[found.end() :].split("\n", 1)[0]
        if "<" not in rest and "|" not in before and not re.search(r"while|until|\|\s*$", before):
            yield asks(line, "read gets no answer: standard input is empty.")

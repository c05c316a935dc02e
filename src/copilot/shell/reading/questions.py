"""The commands that ask, for `prompting`: how each is found, what answers it, and what ends the question.

Sources: the manuals of the programs named; about_Prompting and the cmdlets' own pages of PowerShell.
"""

import re
from collections.abc import Callable
from typing import Final

from copilot.vocabulary.frozen import frozen

_START: Final = r"(?:(?<=^)|(?<=[;&|(){}\n]))[ \t]*(?:(?:then|do|else|!)[ \t]+)*(?:sudo[ \t]+(?:-n[ \t]+)?)?"
_VALUE: Final = r"(?:(?<=^)|(?<=[;&|(){}=\n]))[ \t]*"


@frozen(kw_only=False)
class Asking:
    """`pattern` finds the command (its group "command"), in lines that hold one of the `needles`.

    Nothing is said where `answered` fits the rest of the line. `option` goes behind the command and lets it
    ask no more; `instead` is a label, and what spells the command otherwise.
    """

    needles: tuple[str, ...]
    pattern: re.Pattern[str]
    answered: re.Pattern[str]
    words: str
    option: str = ""
    instead: tuple[str, Callable[[str], str]] | None = None


def _asking(
    needles: str,
    command: str,
    words: str,
    *,
    unless: str = r"(?!)",
    option: str = "",
    instead: tuple[str, Callable[[str], str]] | None = None,
    start: str = _START,
) -> Asking:
    pattern = re.compile(rf"{start}(?P<command>{command})(?![\w./=-])", re.MULTILINE)
    return Asking(tuple(needles.split()), pattern, re.compile(unless), words, option, instead)


def _without(option: str) -> Callable[[str], str]:
    return lambda text: re.sub(rf"[ \t]+{option}$", "", text)


def _without_i(text: str) -> str:
    """`rm -ri` is `rm -r`, `rm -i` is `rm`."""
    return re.sub(r"[ \t]+-$", "", re.sub(r"(-\w*?)i(\w*)$", r"\1\2", text))


_YES: Final = r"(?<!\S)(?:-y|--yes)(?!\S)"
_BOTH: Final = (
    _asking(
        "apt aptitude",
        r"(?:apt|apt-get|aptitude)[ \t]+(?:install|remove|purge|(?:dist-|full-)?upgrade|autoremove)",
        "apt asks whether to go on",
        unless=r"(?<!\S)(?:-y|-qq|--yes|--assume-yes|-[a-z]*y[a-z]*)(?!\S)",
        option=" -y",
    ),
    _asking(
        "dnf yum zypper",
        r"(?:dnf|yum|zypper)[ \t]+(?:install|remove|update|upgrade|erase)",
        "The package manager asks whether to go on",
        unless=r"(?<!\S)(?:-y|--assumeyes|--non-interactive)(?!\S)",
        option=" -y",
    ),
    _asking(
        "pacman",
        r"pacman[ \t]+-[SRU]\w*",
        "pacman asks whether to go on",
        unless=r"--noconfirm",
        option=" --noconfirm",
    ),
    _asking(
        "uninstall",
        r"(?:python[\d.]*[ \t]+-m[ \t]+)?pip3?[ \t]+uninstall",
        "pip asks before it removes a package",
        unless=_YES,
        option=" -y",
    ),
    _asking(
        "conda mamba",
        r"(?:conda|mamba)[ \t]+(?:install|create|remove|update)",
        "conda asks whether to go on",
        unless=_YES,
        option=" -y",
    ),
    _asking("npm", r"npm[ \t]+init", "npm init asks for each field", unless=_YES, option=" -y"),
    _asking(
        "npx",
        r"npx",
        "npx asks before it downloads",
        unless=r"(?<!\S)(?:-y|--yes|--no-install|--no)(?!\S)",
        option=" --yes",
    ),
    _asking(
        "unzip",
        r"unzip",
        "unzip asks before it replaces a file",
        unless=r"(?<!\S)-\w*[olntpvZ]\w*(?!\S)",
        option=" -o",
    ),
    _asking(
        "ssh",
        r"ssh",
        "ssh asks about an unknown host key, or for a password",
        unless=r"BatchMode",
        option=" -o BatchMode=yes",
    ),
    _asking(
        "scp",
        r"scp",
        "scp asks about an unknown host key, or for a password",
        unless=r"BatchMode|-B",
        option=" -B",
    ),
    _asking("sftp", r"sftp", "sftp waits for commands", unless=r"BatchMode|-b"),
    _asking(
        "git",
        r"git[ \t]+commit",
        "git commit without a message opens an editor",
        unless=r"(?<!\S)(?:-\w*m|--message|-F|--file|-C|--no-edit|--fixup|--squash|--reuse-message|--dry-run)"
        r"(?=[\s=\"']|$)",
        option=' -m "Update"',
    ),
    _asking(
        "git",
        r"git[ \t]+merge",
        "git merge may open an editor",
        unless=r"--no-edit|-m|--abort|--ff-only|--continue|--squash|--no-commit",
        option=" --no-edit",
    ),
    _asking(
        "rebase",
        r"git[ \t]+rebase[ \t]+(?:-i|--interactive)",
        "An interactive rebase opens an editor",
        instead=("Leave out -i", _without("(?:-i|--interactive)")),
    ),
    _asking(
        "git",
        r"git[ \t]+(?:add|stash)[ \t]+(?:-p|--patch|-i)",
        "git asks about each part",
        instead=("Take all parts", _without("(?:-p|--patch|-i)")),
    ),
    _asking(
        "git",
        r"git[ \t]+(?:checkout|reset|restore)[ \t]+(?:-p|--patch|-i)",
        "git asks about each part",
    ),
    _asking(
        "clean",
        r"git[ \t]+clean[ \t]+-\w*i\w*",
        "git clean -i asks about each file",
        instead=("Only list them: -n", lambda text: re.sub(r"(-\w*?)i(\w*)$", r"\1n\2", text)),
    ),
    _asking(
        "less more",
        r"less|more",
        "It waits for keys",
        unless=r"--version|--help",
        instead=("Write cat", lambda _text: "cat"),
    ),
    _asking(
        "top",
        r"top",
        "It waits for keys",
        unless=r"--version|--help|(?<!\S)-\w*b",
        option=" -b -n 1",
    ),
    _asking(
        "man",
        r"man",
        "It waits for keys",
        unless=r"--version|--help|(?<!\S)-P",
        option=" -P cat",
    ),
    _asking(
        "vi emacs nano htop",
        r"vi|vim|nvim|nano|emacs|htop",
        "It waits for keys",
        unless=r"--version|--help",
    ),
    _asking(
        "login",
        r"(?:docker|gh[ \t]+auth|npm|az|heroku)[ \t]+login",
        "It asks for a password",
        unless=r"--password-stdin|--with-token",
    ),
    _asking("ssh-keygen", r"ssh-keygen", "It asks for a phrase", unless=r"-N|-l|-y|-F", option=' -N ""'),
    _asking("passwd", r"passwd", "It asks for a password", unless=r"-l|-S"),
    _asking("mysql", r"mysql[ \t][^\n;|]*-p", "mysql asks for a password"),
)
POSIX: Final = (
    *_BOTH,
    _asking(
        "sudo",
        r"sudo",
        "sudo may ask for a password",
        unless=r"^[ \t]*(?:-\w*[nS]\w*|--non-interactive|--stdin)(?!\S)",
        option=" -n",
    ),
    _asking("su", r"su", "su asks for a password"),
    _asking(
        "rm cp mv",
        r"(?:rm|cp|mv)[ \t]+-\w*i\w*",
        "It asks about each file",
        instead=("Leave out -i", _without_i),
    ),
    _asking("select", r"select", "select waits for a choice"),
)
POWERSHELL: Final = (
    *_BOTH,
    _asking(
        "read-host",
        r"(?i:read-host)[^\n;|)}]*",
        "Read-Host fails here",
        instead=("Write an empty answer", lambda _text: "''"),
        start=_VALUE,
    ),
    _asking(
        "get-credential",
        r"(?i:get-credential)",
        "Get-Credential opens a question",
        unless=r"(?i)-credential",
        start=_VALUE,
    ),
    _asking("pause", r"(?i:pause)", "pause waits for a key"),
    _asking(
        "install-module install-script install-package update-module",
        r"(?i:install-module|install-script|install-package|update-module)",
        "It asks whether to trust where the module comes from",
        unless=r"(?i)-force|-confirm:\$false",
        option=" -Force",
    ),
    _asking(
        "set-executionpolicy",
        r"(?i:set-executionpolicy)",
        "It asks whether to go on",
        unless=r"(?i)-force",
        option=" -Force",
    ),
    _asking(
        "choco",
        r"(?i:choco)[ \t]+(?:install|upgrade|uninstall)",
        "choco asks whether to go on",
        unless=_YES,
        option=" -y",
    ),
    _asking(
        "winget",
        r"(?i:winget)[ \t]+(?:install|upgrade)",
        "winget asks to accept agreements",
        unless=r"--accept-package-agreements",
        option=" --accept-package-agreements --accept-source-agreements",
    ),
)

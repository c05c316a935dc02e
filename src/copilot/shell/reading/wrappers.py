"""Commands that run another command which stands in their words: it is judged in their place."""

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from copilot.shell.reading.found import Word, short
from copilot.shell.reading.names import names

if TYPE_CHECKING:
    from copilot.shell.reading.judge import Call

_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")
_VALUED = {
    "sudo": "-u -g -h -p -C -T -r -t -D -R --user --group --host --prompt",
    "doas": "-u -C",
    "nice": "-n",
    "ionice": "-c -n -p",
    "timeout": "-k -s --kill-after --signal",
    "stdbuf": "-i -o -e",
    "time": "-f -o",
    "exec": "-a",
    "watch": "-n",
    "xargs": "-I -n -P -L -d -s -E -a --max-args --max-procs --delimiter --arg-file",
    "env": "-u -C --unset --chdir",
    "command": "",
    "builtin": "",
    "nohup": "",
    "setsid": "",
    "coproc": "",
    "busybox": "",
    "toybox": "",
    "winpty": "",
    "unbuffer": "",
    "caffeinate": "-t -w",
    "linux32": "",
    "faketime": "",
    "catchsegv": "",
}
_TAKES_ONE_MORE = {"timeout": 1, "faketime": 1}

PROGRAMS_IN_VARIABLES = names("""
    PATH IFS ENV BASH_ENV PROMPT_COMMAND PS0 PS1 PS4 SHELLOPTS BASHOPTS LD_PRELOAD LD_LIBRARY_PATH
    LD_AUDIT DYLD_INSERT_LIBRARIES DYLD_LIBRARY_PATH PAGER MANPAGER LESSOPEN LESSCLOSE LESS EDITOR
    VISUAL BROWSER SHELL SUDO_ASKPASS SSH_ASKPASS PYTHONPATH PYTHONSTARTUP PYTHONHOME PYTHONINSPECT
    NODE_OPTIONS NODE_PATH RUBYOPT RUBYLIB PERL5OPT PERL5LIB PERL5DB JAVA_TOOL_OPTIONS _JAVA_OPTIONS
    CLASSPATH RUSTC_WRAPPER RUSTC CC CXX LD MAKEFLAGS CMAKE_TOOLCHAIN_FILE TAR_OPTIONS RSYNC_RSH CVS_RSH
    GREP_OPTIONS PIP_INDEX_URL NPM_CONFIG_REGISTRY PSMODULEPATH COMSPEC PATHEXT HTTP_PROXY HTTPS_PROXY
    ALL_PROXY FZF_DEFAULT_COMMAND RIPGREP_CONFIG_PATH
    """)
"""Variables by which a later command runs, loads or reaches something else than its words say."""


def table() -> Mapping[str, "Callable[[Call], None]"]:
    """Every wrapper by name."""
    plain: dict[str, Callable[[Call], None]] = dict.fromkeys(_VALUED, _plain)
    return plain | {
        "sudo": _sudo,
        "doas": _sudo,
        "env": _env,
        "xargs": _xargs,
        "exec": _exec,
        "time": _time,
        "eval": _eval,
        "trap": _trap,
        "command": _command,
        ".": _source,
        "source": _source,
        "unshare": _unreadable,
        "chroot": _unreadable,
        "nsenter": _unreadable,
        "parallel": _unreadable,
        "script": _unreadable,
        "expect": _unreadable,
        "screen": _unreadable,
        "tmux": _unreadable,
        "strace": _unreadable,
        "gdb": _unreadable,
        "flatpak-spawn": _unreadable,
        "systemd-run": _unreadable,
        "enable": _unreadable,
    }


def dangerous(name: str) -> bool:
    """Whether a variable of this name decides what later commands run."""
    upper = name.upper()
    return upper in PROGRAMS_IN_VARIABLES or upper.startswith(("GIT_", "BASH_FUNC_", "LD_"))


def told_assignment(call: "Call", name: str) -> None:
    """Say what setting this variable may do."""
    if dangerous(name):
        call.found.unknown(f"{name} decides what later commands run or reach.")


def rest(call: "Call", valued: str, more: int = 0) -> tuple[Word, ...]:
    """The command after a wrapper's own options (and `more` operands of its own)."""
    takes = set(valued.split())
    words = list(call.words)
    while words:
        text = words[0].text
        if text == "--":
            words.pop(0)
            break
        if text in takes and len(words) > 1:
            del words[:2]
        elif text[:1] == "-" and len(text) > 1:
            words.pop(0)
        else:
            break
    return tuple(words[more:])


def _plain(call: "Call") -> None:
    inner = rest(call, _VALUED[call.name], _TAKES_ONE_MORE.get(call.name, 0))
    if inner:
        call.again(inner)
    elif call.words:
        call.found.unknown(f"What {call.name} runs could not be told.")


def _command(call: "Call") -> None:
    if not call.has("-v", "-V"):
        _plain(call)


def _sudo(call: "Call") -> None:
    call.found.add("privilege", why=f"{call.name} runs it with the rights of another user.")
    inner = list(rest(call, _VALUED[call.name]))
    while inner and _ASSIGNMENT.match(inner[0].text):
        told_assignment(call, inner.pop(0).text.split("=")[0])
    if inner:
        call.again(inner)
    elif call.has("-i", "-s", "-e", "--edit", "--shell", "--login"):
        call.found.unknown(f"{call.name} starts a shell or an editor.")


def _env(call: "Call") -> None:
    split = call.value("-S", "--split-string", valued="uCS")
    if split is not None:
        call.found.unknown("env -S takes its command apart by rules of its own.")
        if split.constant:
            call.inside("posix", split.text, call.found)
        return
    if call.value("-C", "--chdir", valued="uC") is not None:
        call.found.unknown("env -C runs it in another folder.")
    inner = list(rest(call, _VALUED["env"]))
    while inner and _ASSIGNMENT.match(inner[0].text):
        told_assignment(call, inner.pop(0).text.split("=")[0])
    if inner:
        call.again(inner)


def _xargs(call: "Call") -> None:
    inner = rest(call, _VALUED["xargs"]) or (Word("echo"),)
    call.found.why.setdefault("xargs adds words that come through its input: which, nobody can tell before.")
    call.again((*inner, Word("…", constant=False)))


def _time(call: "Call") -> None:
    call.found.paths_of(call.values("-o", "--output", valued="fo"), "writes")
    _plain(call)


def _exec(call: "Call") -> None:
    inner = rest(call, _VALUED["exec"])
    if inner:
        call.again(inner)


def _eval(call: "Call") -> None:
    if all(word.constant for word in call.words):
        text = " ".join(word.text for word in call.words)
        call.found.unknown("eval reads its words as a script of their own.")
        call.inside("posix", text, call.found)
    else:
        call.found.unknown("eval runs a text that is computed.")


def _trap(call: "Call") -> None:
    words = rest(call, "")
    if len(words) < 2 or words[0].text in ("", "-"):
        return
    if words[0].constant:
        when = short(" ".join(word.text for word in words[1:]))
        call.found.unknown(f"trap keeps a command to be run later, at {when}.")
        call.inside("posix", words[0].text, call.found)
    else:
        call.found.unknown("trap keeps a computed command to be run later.")


def _source(call: "Call") -> None:
    if call.words:
        call.found.path(call.words[0], "reads")
    call.found.unknown("It runs a file in this shell whose text is not read here.")


def _unreadable(call: "Call") -> None:
    call.found.unknown(f"What {call.name} runs is not read here.")

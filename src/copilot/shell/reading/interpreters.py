"""Interpreters: what they are given on the command line is read where it is constant, else unknown."""

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from copilot.shell.reading.found import Word, short
from copilot.shell.reading.names import names
from copilot.shell.reading.wrappers import rest

if TYPE_CHECKING:
    from copilot.shell.reading.judge import Call
    from copilot.vocabulary.readings import ScriptLanguage

SHELLS = names("sh bash dash zsh ksh mksh ash fish rbash")
PYTHONS = re.compile(r"(?:python|pypy)[\d.]*w?$|py$")
_POWERSHELLS = frozenset(("pwsh", "powershell"))
_SCRIPTED = names("""
    perl ruby node nodejs deno bun php lua luajit tclsh wish ghci runghc scala groovy jshell Rscript R julia
    elixir erl osascript cscript wscript mshta swift guile racket sbcl emacs vi vim nvim ex ed nano m4 sqlite3
    mysql psql mongo mongosh redis-cli gawk
    """)
_RUNS_PROJECT = names("""
    make gmake cmake ninja meson bazel ant mvn gradle npx pnpx bunx tox nox pytest unittest invoke fab rake
    bundle just task tsc jest mocha vitest webpack vite eslint prettier dotnet msbuild java javac ctest
    pre-commit black ruff mypy pylint flake8 isort coverage sphinx-build gcc g++ clang cc c++ rustc ld as ar
    strip composer mix stack cabal zig hatch tsx ts-node uvx pipx msiexec rundll32 regsvr32 regedit wmic
    schtasks sc net netsh bcdedit reg attrib icacls takeown robocopy xcopy bitsadmin certutil explorer start
    wsl open xdg-open gio
    """)


def table() -> Mapping[str, "Callable[[Call], None]"]:
    """Every interpreter by name; Pythons by their usual names."""
    pythons = ["python", "python2", "python3", "py", "pypy", "pypy3", "pythonw"]
    versions = [f"python3.{minor}" for minor in range(6, 20)]
    found: dict[str, Callable[[Call], None]] = dict.fromkeys((*pythons, *versions), _python)
    found |= dict.fromkeys(SHELLS, _shell)
    found |= dict.fromkeys(_POWERSHELLS, _powershell)
    found |= dict.fromkeys(_SCRIPTED, _foreign)
    found |= dict.fromkeys(_RUNS_PROJECT, _project)
    return found | {"cmd": _cmd}


def reads_input(name: str) -> bool:
    """Whether a program of this name runs what comes through its standard input."""
    return name in SHELLS or name in _POWERSHELLS or bool(PYTHONS.match(name)) or name in _SCRIPTED


def _shell(call: "Call") -> None:
    found = call.found
    options = [word for word in call.words if word.text[:1] in "-+" and word.text[1:2] not in ("-", "")]
    if any("c" in word.text for word in options):
        operands = rest(call, "-o -O +o +O --rcfile --init-file")
        if operands and operands[0].constant:
            found.unknown(f"{call.name} -c reads a text as a script of its own.")
            call.inside("posix", operands[0].text, found)
        else:
            found.unknown(f"{call.name} -c runs a text that is computed.")
        if call.has("-i", "-l", "--login"):
            found.unknown("It starts as a login or interactive shell: the person's start-up files run first.")
        return
    operands = [] if call.has("-s") else list(rest(call, "-o -O +o +O --rcfile --init-file"))
    if operands:
        found.path(operands[0], "reads")
        found.unknown(f"It runs the script {short(operands[0].text)}, whose text is not read here.")
        return
    _fed(call, "posix")


def _python(call: "Call") -> None:
    found = call.found
    words = list(call.words)
    while words:
        text = words.pop(0).text
        if text in ("-c", "-Ic", "-Bc", "-Sc", "-uc", "-Ec"):
            if words and words[0].constant:
                found.unknown("python -c reads a text as a program of its own.")
                call.inside("python", words[0].text, found)
            else:
                found.unknown("python -c runs a text that is computed.")
            return
        if text == "-m":
            _module(call, tuple(words))
            return
        if text in ("-V", "--version", "-h", "--help"):
            return
        if text in ("-W", "-X"):
            del words[:1]
        elif text == "-":
            break
        elif not text.startswith("-"):
            found.path(call.words[len(call.words) - len(words) - 1], "reads")
            found.unknown(f"It runs the program {short(text)}, whose text is not read here.")
            return
    _fed(call, "python")


def _module(call: "Call", words: tuple[Word, ...]) -> None:
    name = words[0].text if words else ""
    match name:
        case "pip" | "uv":
            call.again((Word("pip" if name == "pip" else "uv"), *words[1:]))
        case "json.tool":
            call.found.paths_of(words[1:2], "reads")
            call.found.paths_of(words[2:3], "writes")
        case "http.server":
            call.found.add("network", "reads", why="It serves the files of this folder to others.")
        case "venv":
            call.found.paths_of((w for w in words[1:] if w.text[:1] != "-"), "writes")
        case _:
            call.found.unknown(f"It runs the Python module {short(name)}, which is not read here.")


def _fed(call: "Call", language: "ScriptLanguage") -> None:
    if call.fed is None:
        if not call.words:
            call.found.unknown(f"{call.name} alone waits for commands; it gets none here.")
        elif not call.has("--version", "--help"):
            call.found.unknown(f"What {call.name} runs could not be told.")
    elif call.fed.constant:
        call.found.unknown(f"{call.name} runs what it is given through its input.")
        call.inside(language, call.fed.text, call.found)
    else:
        call.found.unknown(f"{call.name} runs whatever comes through its input: that cannot be read before.")


def _powershell(call: "Call") -> None:
    found = call.found
    for number, word in enumerate(call.words):
        option = word.text.lower()
        if option.startswith(("-e", "-ec")) and "-executionpolicy".startswith(option) is False:
            found.unknown("It runs a script in base64.")
            return
        if option in ("-c", "-command") or (len(option) > 3 and "-command".startswith(option)):
            words = call.words[number + 1 :]
            if words and all(one.constant for one in words):
                found.unknown("It runs a PowerShell text as a script of its own.")
                call.inside("powershell", " ".join(one.text for one in words), found)
            else:
                found.unknown("It runs a PowerShell text that is computed.")
            return
    if call.fed is not None:
        found.unknown(f"{call.name} runs whatever comes through its input.")
    else:
        found.unknown(f"What {call.name} runs is not read here.")


def _cmd(call: "Call") -> None:
    call.found.unknown("It runs a command of cmd.exe, whose language is not read here.")


def _foreign(call: "Call") -> None:
    if call.has("--version", "--help") and len(call.words) == 1:
        return
    for word in call.words:
        if word.constant and "/" in word.text and " " not in word.text and word.text[:1] != "-":
            call.found.path(word, "unknown")
    call.found.unknown(f"It runs a program for {call.name}, whose language is not read here.")


def _project(call: "Call") -> None:
    call.found.unknown(f"{call.name} runs what files of the project or of this machine tell it.")

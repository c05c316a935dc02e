"""Hazards of POSIX shells: what only bash knows, a `cd` that may fail, another interpreter's first line."""

import re
from collections.abc import Iterator
from typing import Final

from copilot.shell.reading.lines import Code, each, inserted, line_from, replaced, told
from copilot.vocabulary.readings import Edit, Fix, Hazard, Statement
from copilot.vocabulary.values import ShellName

_WHERE: Final = r"(?:^|(?<=[;&|({\n]))[ \t]*"
_CD: Final = re.compile(rf"{_WHERE}(?P<cd>cd[ \t]+[^\s;&|)}}]+)[ \t]*(?=[;\n]|$)", re.MULTILINE)
_ERREXIT: Final = re.compile(r"(?m)^[ \t]*set[ \t]+(?:-\w*e|-o[ \t]+errexit)")
_SOURCE: Final = re.compile(rf"{_WHERE}(source)(?=[ \t])", re.MULTILINE)
_FUNCTION: Final = re.compile(r"(?m)^[ \t]*(function[ \t]+([\w-]+)(?:[ \t]*\([ \t]*\))?)(?=[ \t\n{])")
_BOTH_OUT: Final = re.compile(r"(&>>?)([ \t]*)([^\s;&|]+)")
_PIPE_BOTH: Final = re.compile(r"\|&")
_EQUALS: Final = re.compile(r"(?<=\[ )([^\]\n]*?[ \t])(==)(?=[ \t])")
_ONLY_BASH: Final = (
    (re.compile(rf"{_WHERE}\[\[", re.MULTILINE), "[[ is bash's; here it is no command", "[["),
    (re.compile(r"(?m)^[ \t]*\w+=\("), "Arrays are bash's; this does not parse here", "=("),
    (re.compile(r"<<<"), "<<< is bash's; this does not parse here", "<<<"),
    (re.compile(r"[<>]\((?=\w)"), "<( ) is bash's; this does not parse here", "<(", ">("),
    (re.compile(r"\$\{\w+(?:\^|,,|//|:\d|/)"), "This way to change a variable is bash's", "${"),
    (re.compile(r"\{\d+\.\.\d+\}"), "{1..9} is bash's; here it stays as it is", ".."),
    (
        re.compile(rf"(?m){_WHERE}(?:declare|typeset|pushd|popd|let|shopt|mapfile)\b"),
        "It is bash's", "declare", "typeset", "pushd", "popd", "let", "shopt", "mapfile",
    ),
    (re.compile(rf"{_WHERE}\(\(", re.MULTILINE), "(( )) is bash's", "(("),
    (re.compile(r"\$'"), "$'…' is not known to every sh", "$'"),
    (re.compile(r"(?m)^[ \t]*set[ \t]+-\w*o[ \t]+pipefail"), "pipefail is not known to every sh", "pipefail"),
)  # fmt: skip
_ECHO: Final = re.compile(r"\becho[ \t]+-[en]")
_SHEBANG: Final = re.compile(r"#!\s*(\S+)(?:[ \t]+(\S+))?")


def found(script: str, code: Code, shell: ShellName, statements: tuple[Statement, ...]) -> Iterator[Hazard]:
    """What to know before bash or sh runs it."""
    first = _SHEBANG.match(script)
    if first is not None:
        program = (first[2] if first[1].endswith("/env") and first[2] else first[1]).rsplit("/", 1)[-1]
        if program not in (shell, "sh", "bash"):
            yield told(1, f"The first line asks for {program[:40]}, but {shell} runs it.")
        elif shell == "sh" and program == "bash":
            yield told(1, "The first line asks for bash, but sh runs it.")
    acts = [one.first_line for one in statements if {"deletes", "writes", "unknown"} & set(one.effects)]
    if acts and not _ERREXIT.search(code.text):
        for line, place in each(_CD, code, "cd"):
            if acts[-1] > line or (acts[-1] == line and line_from(script, place.end()).strip(" ;")):
                words = "Should this cd fail, what follows runs in the folder before it."
                yield told(line, words, inserted("Add || exit 1", place.end("cd"), " || exit 1"))
    if shell == "sh":
        yield from _bashisms(code)


def _bashisms(code: Code) -> Iterator[Hazard]:
    for line, place in each(_SOURCE, code, "source"):
        yield told(line, "source is bash's; sh has a point.", replaced("Write .", *place.span(1), "."))
    for line, place in each(_FUNCTION, code, "function"):
        fix = replaced("Write name()", *place.span(1), f"{place[2]}()")
        yield told(line, "function is bash's word; sh takes it for a command.", fix)
    for line, place in each(_BOTH_OUT, code, "&>"):
        sign = ">>" if place[1] == "&>>" else ">"
        edits = (Edit(*place.span(1), sign), Edit(place.end(), place.end(), " 2>&1"))
        words = "&> is bash's; sh runs the command in the background and empties the file."
        yield told(line, words, Fix(label="Write > … 2>&1", edits=edits))
    for line, place in each(_PIPE_BOTH, code, "|&"):
        fix = replaced("Write 2>&1 |", place.start(), place.end(), "2>&1 |")
        yield told(line, "|& is bash's; this does not parse here.", fix)
    for line, place in each(_EQUALS, code, "=="):
        yield told(line, "== within [ ] is bash's.", replaced("Write =", *place.span(2), "="))
    for pattern, words, *needles in _ONLY_BASH:
        for line, _ in each(pattern, code, *needles):
            yield told(line, f"{words}.")
    for line, _ in each(_ECHO, code, "echo"):
        yield told(line, "What echo does with -e or -n differs from one sh to another; printf does not.")

"""PowerShell's text: what its grammar trips over made plain, and the values of its words."""

import re
from collections.abc import Mapping
from typing import Final

from copilot.shell.reading.found import Word
from copilot.shell.reading.paths import ASIDE

_OPTION: Final = re.compile(rb"(?<=[ \t])--?[A-Za-z][\w-]*(?:=[\w.:/%@+~,-]*)?")
_PATH_AFTER_VARIABLE: Final = re.compile(rb"(\$(?:env:)?\w+)((?:[\\/][\w.*-]*)+)")
_DASHES: Final = re.compile(rb"(?<=[ \t])--(?=[ \t\r\n]|$)")
_COALESCE: Final = re.compile(rb"(?<=[ \t])\?\?(?=[ \t])")
_LISTED: Final = re.compile(rb"(,[ \t]*)([A-Za-z.~][\w.:\\/*?-]*)")
_LIST_HEAD: Final = re.compile(rb"(?<=[ \t])[A-Za-z.~][\w.:\\/*?-]*(?=,)")
_LONE_RETURN: Final = re.compile(rb"\r(?!\n)")
_DEFAULT: Final = re.compile(rb"(?<=[\s}])default(?=\s{0,20}\{)", re.IGNORECASE)
_IN_DOUBLE: Final = re.compile(
    r"`(.)|\$\{([^}]*)\}|\$((?:env|global|script|local):\w+|\w+|[?^$])|(\$\()|\"\"", re.DOTALL
)
_ESCAPES: Final[Mapping[str, str]] = {"n": "\n", "t": "\t", "r": "\r", "0": "\0", "a": "\a", "b": "\b"}
HOMES: Final = frozenset(("home", "env:userprofile", "env:home", "env:homepath"))


def plain(source: bytes) -> bytes:
    """The same number of bytes, without some forms that the grammar does not know.

    Only letters, digits and marks that begin or end nothing are replaced, so that no quote, bracket or
    statement can appear or vanish: native options with `=` or digits, a path behind a variable, a bare word
    behind a comma, `--`, `??`, and the word `default` of a switch. A lone CR ends a line, as it does there.
    The values of words are read from the text as it is.
    """
    source = _OPTION.sub(_option, source)
    source = _PATH_AFTER_VARIABLE.sub(lambda m: m[1] + re.sub(rb"\W", b"_", m[2]), source)
    source = _LISTED.sub(lambda m: m[1] + b"1" * len(m[2]), source)
    source = _LIST_HEAD.sub(lambda m: b"1" * len(m[0]), source)
    source = _LONE_RETURN.sub(b"\n", source)
    source = _DASHES.sub(b"xx", source)
    source = _COALESCE.sub(b"-f", source)
    return _DEFAULT.sub(b"1111111", source)


def _option(found: re.Match[bytes]) -> bytes:
    return b"x" * len(found[0]) if b"=" in found[0] else re.sub(rb"[\d_]", b"x", found[0])


def token(text: str, variables: Mapping[str, str]) -> Word:
    """The value of a word outside of quotes."""
    pieced = "`" in text or '"' in text or "'" in text
    word = expanded(text.replace('"', ""), variables)
    return Word(word.text, word.constant, word.runs, pieced=pieced)


def single_quoted(text: str) -> Word:
    """The value of `'...'` or of a here-string of that kind."""
    if text.startswith("@"):
        return Word(_here(text), quoted=True)
    return Word(text[1:-1].replace("''", "'"), quoted=True)


def double_quoted(text: str, variables: Mapping[str, str]) -> Word:
    """The value of `"..."` or of a here-string of that kind."""
    word = expanded(_here(text) if text.startswith("@") else text[1:-1], variables)
    return Word(word.text, word.constant, word.runs, quoted=True)


def expanded(text: str, variables: Mapping[str, str]) -> Word:
    """A text with its variables and escapes replaced."""
    constant, runs = True, False

    def one(found: re.Match[str]) -> str:
        nonlocal constant, runs
        if found[1]:
            return _ESCAPES.get(found[1], found[1])
        name = (found[2] or found[3] or "").lower()
        if name in HOMES:
            return "~"
        if name == "pwd":
            return "."
        if name and name in variables:
            return variables[name]
        if found[0] == '""':
            return '"'
        constant = False
        runs = runs or bool(found[4])
        return ASIDE

    value = _IN_DOUBLE.sub(one, text)
    if runs:
        value = value.split(ASIDE)[0] + ASIDE
    return Word(value, constant, runs)


def _here(text: str) -> str:
    lines = text.split("\n")
    return "\n".join(lines[1:-1])

"""One line of an ignore file as a regular expression, as git means it, without the library for it.

The library takes as long to load as thousands of files to look at. It stays for lines with a set of more than
letters, digits and ranges of them, whose odd cases are many.
"""

import re
from collections.abc import Sequence

from copilot.vocabulary.patterns import late

Meaning = tuple[str | None, bool | None]
"""What a line fits, and whether that is ignored; twice None where it is no rule."""

_NO_RULE: Meaning = None, None
_SET = late(r"\[[\w.-]+\]")
_TOKEN = late(r"\\(?P<escaped>.)|(?P<wild>[*?])|(?P<set>\[[\w.-]+\])|(?P<letter>[^\\])", re.DOTALL)
_END = "(?:/|$)"


def meaning(line: str) -> Meaning | None:
    """What a line means; None for one with a set that is left to the library."""
    pattern = line if line.endswith("\\ ") else line.rstrip()
    if not pattern or pattern[0] == "#" or pattern == "/":
        return _NO_RULE
    include = pattern[0] != "!"
    if not include:
        pattern = pattern[1:]
    if "[" in _SET.sub("", pattern):
        return None
    parts = pattern.split("/")
    folder = not parts[-1]
    if not parts[0]:
        del parts[0]
    elif len(parts) - folder == 1 and parts[0] != "**":
        parts.insert(0, "**")
    if not parts:
        return _NO_RULE
    if not parts[-1]:
        parts[-1] = "**"
    parts = [part for at, part in enumerate(parts) if part != "**" or not at or parts[at - 1] != "**"]
    regex = _everything(parts, folder=folder) or _joined(parts)
    return (regex, include) if regex else _NO_RULE


def _everything(parts: Sequence[str], *, folder: bool) -> str:
    """For a line that fits all files or folders; else empty."""
    match parts:
        case ["**"]:
            return "/" if folder else "."
        case ["**", "*"]:
            return "."
        case ["**", "*", "**"]:
            return "/"
        case _:
            return ""


def _joined(parts: Sequence[str]) -> str:
    """Empty where a part is none."""
    regex = slash = ""
    for at, part in enumerate(parts):
        last = at == len(parts) - 1
        if part == "**" and not at:
            regex = "^(?:.+/)?"
        elif part == "**":
            regex += "/" if last else "(?:/.+)?"
            slash = "/"
        else:
            fits = "[^/]+" if part == "*" else _part(part)
            if fits is None:
                return ""
            regex += ("" if at else "^") + slash + fits + (_END if last else "")
            slash = "/"
    return regex


def _part(part: str) -> str | None:
    """One part of a path; None where it ends with an escape of nothing."""
    regex, at = "", 0
    while at < len(part):
        token = _TOKEN.match(part, at)
        if token is None:
            return None
        at = token.end()
        match token.lastgroup:
            case "wild":
                regex += "[^/]*" if token[0] == "*" else "[^/]"
            case "set":
                regex += token[0]
            case _:
                regex += re.escape(token["escaped"] or token[0])
    return regex

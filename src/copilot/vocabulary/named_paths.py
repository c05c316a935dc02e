"""`@path` in what the person writes: the files that a message names, the same in the window and in `ask`."""

import re
from collections.abc import Callable

BEFORE = r"\s(\[{\"'`,;"
"""An `@` that names a file stands at the beginning or behind one of these, unlike that of an address."""

_WHOLE = re.compile(rf"(?:^|(?<=[{BEFORE}]))@([^\s@`\"']+)")
_CLOSING = ".,;:!?)]}>"


def paths_in(message: str, known: Callable[[str], bool]) -> tuple[str, ...]:
    """The files that the message names by `@path`, each once, in their order."""
    found: dict[str, None] = {}
    for whole in _WHOLE.findall(message):
        path = whole.removeprefix("./")
        while path and not known(path) and path[-1] in _CLOSING:
            path = path[:-1]
        if path and known(path):
            found[path] = None
    return tuple(found)


def words_behind_at(message: str) -> tuple[str, ...]:
    """Every word that follows such an `@`, without what closes it, whether or not a file has that name."""
    return tuple(dict.fromkeys(word.removeprefix("./").rstrip(_CLOSING) for word in _WHOLE.findall(message)))

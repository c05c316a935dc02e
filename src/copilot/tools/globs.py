"""Globs of `search_files`, matched in time proportional to pattern times path: no pattern makes it slow.

`*`, `?` and `[...]` stay inside one name, `**` stands for any number of folders, `{a,b}` for either. Patterns
of the context (`context.globs`) mean more: there the name of a folder stands for everything in it.
"""

import fnmatch
import re
from collections.abc import Callable, Sequence

from copilot.context.globs import GlobError, expand
from copilot.vocabulary.errors import ToolError
from copilot.workspace.names import shown


def matcher(pattern: str) -> Callable[[str], bool]:
    """Whether a relative path (forward slashes) fits. Without a slash the pattern holds in every folder.

    Raises ToolError for a pattern whose braces multiply without end.
    """
    try:
        alternatives = [_parts(one) for one in expand(pattern)]
    except GlobError as error:
        raise ToolError(f"the pattern {shown(pattern)} cannot be used: {error}.") from error

    def fits(path: str) -> bool:
        names = path.split("/")
        return any(_fits(parts, names) for parts in alternatives)

    return fits


_Part = re.Pattern[str] | None
"""One part of a pattern; None is `**`."""


def _parts(pattern: str) -> tuple[_Part, ...]:
    words = [word for word in pattern.split("/") if word not in ("", ".")]
    if len(words) == 1:
        words.insert(0, "**")
    # fnmatch writes stars as atomic groups: a name is never tried twice from the same place
    return tuple(None if word == "**" else re.compile(fnmatch.translate(word)) for word in words)


def _fits(parts: Sequence[_Part], names: Sequence[str]) -> bool:
    """Keep the set of places in the pattern that the names so far can have reached."""
    places = _skipping({0}, parts)
    for name in names:
        reached: set[int] = set()
        for place in places:
            if place < len(parts):
                part = parts[place]
                if part is None:
                    reached.add(place)
                elif part.match(name):
                    reached.add(place + 1)
        places = _skipping(reached, parts)
        if not places:
            return False
    return len(parts) in places


def _skipping(places: set[int], parts: Sequence[_Part]) -> set[int]:
    """Add the places behind a `**`, which may stand for no folder at all."""
    found = set(places)
    for place in sorted(places):
        while place < len(parts) and parts[place] is None:
            place += 1
            found.add(place)
    return found

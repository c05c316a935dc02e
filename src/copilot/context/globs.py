"""Globs of a project file and of `search_files`: `*`, `?`, `[a-z]`, `**`, `{a,b}`; from the base directory.

Forward slashes on every platform. `*` and `?` stay inside one name; `**` stands for any number of folders.
Upper and lower case differ on every platform, so that the same project gives the same files everywhere. No
pattern is slow: the work is proportional to pattern times path.

To choose files (`matches`), a pattern whose last part has no special character may name a folder and then
means everything in it. To look for names (`finder`), one without a slash holds in every folder.

A special character stands for itself in brackets of its own: `[*]`, `[?]`, `[[]`, `[{]`, `[,]`.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from functools import lru_cache
from itertools import repeat

from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.patterns import late

MAX_ALTERNATIVES = 1_000
"""Braces multiply: `{a,b}{c,d}` is four patterns. Above this many a pattern is refused."""

_MAGIC = late(r"[*?\[\]{}]")
_BRACKETED = late(r"\[[{},]\]")


class GlobError(ValueError):
    """A pattern that cannot be used; the text says why."""


def check(pattern: str) -> None:
    """Raise GlobError for an empty pattern, one that leads outside the base directory, or too many braces."""
    parts = pattern.replace("\\", "/").split("/")
    if not pattern.strip():
        raise GlobError("the pattern is empty")
    if pattern.startswith(("/", "~", "\\")) or re.match(r"[A-Za-z]:", pattern) or ".." in parts:
        raise GlobError("leads outside the base directory; patterns are relative to it")
    expand(pattern)


def matches(pattern: str, path: str) -> bool:
    """True when `path` (relative, forward slashes) fits. A last part without special characters that fits a
    folder takes in everything below it."""
    names = path.split("/")
    return any(_fits(parts, names) for parts in _compiled(pattern))


def finder(pattern: str) -> Callable[[str], bool]:
    """Whether a path (relative, forward slashes) fits by itself. Raises GlobError for too many braces."""
    alternatives = [_alternative(one)[0] for one in expand(pattern)]
    found = [((None, *parts) if len(parts) == 1 else parts, False) for parts in alternatives]
    return lambda path: any(_fits(one, path.split("/")) for one in found)


def chooser(pattern: str) -> Callable[[str], bool]:
    """`matches` for one pattern and many paths: the folders of a tree are each looked at once."""
    alternatives = _compiled(pattern)
    start = tuple(_way(parts, _past_stars(parts, {0}), fits=False) for parts, _ in alternatives)
    known: _Known = {"": start}

    def fits(path: str) -> bool:
        folder, _, name = path.rpartition("/")
        # asked of every file: no generator
        for way in known.get(folder) or _ways(known, alternatives, folder):
            if way.fits or (way.last is not None and way.last(name)):
                return True
        return False

    return fits


def is_plain(pattern: str) -> bool:
    """True for a path without any special character: it names one file or folder."""
    return _MAGIC.search(pattern) is None


def tidy(pattern: str) -> str:
    """A plain pattern as a path: no `.` parts, no double or closing slashes."""
    return "/".join(part for part in pattern.split("/") if part not in ("", "."))


def expand(pattern: str) -> tuple[str, ...]:
    """The pattern with its braces multiplied out, in order. Braces that do not close stay as they are."""
    found = [pattern]
    done: list[str] = []
    while found:
        current = found.pop()
        braces = _first_braces(current)
        if braces is None:
            done.append(current)
        else:
            start, end = braces
            choices = _split(current[start + 1 : end])
            found.extend(current[:start] + choice + current[end + 1 :] for choice in reversed(choices))
        if len(found) + len(done) > MAX_ALTERNATIVES:
            raise GlobError(f"its braces stand for more than {MAX_ALTERNATIVES:,} patterns")
    return tuple(dict.fromkeys(done))


Part = re.Pattern[str] | None
"""One part of a pattern between two slashes; None stands for `**`."""


@lru_cache(maxsize=512)
def _compiled(pattern: str) -> tuple[tuple[tuple[Part, ...], bool], ...]:
    """Each alternative as its parts, and whether it takes in what lies below what it fits."""
    return tuple(_alternative(one) for one in expand(pattern))


def _alternative(pattern: str) -> tuple[tuple[Part, ...], bool]:
    parts = [part for part in pattern.split("/") if part not in ("", ".")]
    return tuple(map(_part, parts)), bool(parts) and is_plain(parts[-1])


@frozen
class _Way:
    """How far the names of a folder lead into an alternative; `fits` where all below it fits.

    `last` says whether the name of a file in the folder brings it to the end; None where none can.
    """

    at: Set[int]
    fits: bool
    last: Callable[[str], object] | None


_Known = dict[str, tuple[_Way, ...]]
"""How far each folder leads into each alternative."""


def _ways(
    known: _Known, alternatives: Sequence[tuple[tuple[Part, ...], bool]], folder: str
) -> tuple[_Way, ...]:
    """Those of a folder, from those of the folder above; no closure, which would be a cycle and stay."""
    found = known.get(folder)
    if found is None:
        above, _, name = folder.rpartition("/")
        found = tuple(map(_onward, alternatives, _ways(known, alternatives, above), repeat(name)))
        known[folder] = found
    return found


def _onward(alternative: tuple[tuple[Part, ...], bool], way: _Way, name: str) -> _Way:
    parts, below_too = alternative
    at = _past_stars(parts, set(_step(parts, way.at, name)))
    return _way(parts, at, fits=way.fits or (below_too and len(parts) in at))


def _way(parts: Sequence[Part], at: Set[int], *, fits: bool) -> _Way:
    last = None
    if len(parts) - 1 in at:  # only from the last part is it one step to the end
        part = parts[-1]
        last = _anything if part is None else part.fullmatch
    return _Way(at=at, fits=fits, last=last)


def _anything(_name: str) -> bool:
    return True


def _fits(alternative: tuple[tuple[Part, ...], bool], names: Sequence[str]) -> bool:
    """Follow all ways through the pattern at once, so that no pattern is slow."""
    parts, below_too = alternative
    end = len(parts)
    at = _past_stars(parts, {0})
    for name in names:
        at = _past_stars(parts, set(_step(parts, at, name)))
        if below_too and end in at:
            return True
    return end in at


def _step(parts: Sequence[Part], at: Iterable[int], name: str) -> Iterator[int]:
    for position in at:
        if position < len(parts):
            part = parts[position]
            if part is None:
                yield position
                if position == len(parts) - 1:
                    yield position + 1
            elif part.fullmatch(name):
                yield position + 1


def _past_stars(parts: Sequence[Part], at: set[int]) -> set[int]:
    """`**` may stand for no folder at all; at the end of a pattern it stands for something."""
    found = set(at)
    for position in sorted(at):
        while position < len(parts) - 1 and parts[position] is None:
            position += 1
            found.add(position)
    return found


@lru_cache(maxsize=2_048)
def _part(part: str) -> Part:
    """Every `*` but the last is settled at the first place that fits what follows it: no blow-up."""
    if part == "**":
        return None
    runs: list[str] = [""]
    for match in re.finditer(r"\[[!^]?\]?[^\]]*\]|\*+|.", part, re.DOTALL):
        if match[0].startswith("*"):
            runs.append("")
        else:
            runs[-1] += _piece(match[0])
    first, *rest = runs
    if not rest:
        return re.compile(first, re.DOTALL)
    inner = "".join(f"(?>.*?{run})" for run in rest[:-1])
    return re.compile(f"{first}{inner}.*{rest[-1]}", re.DOTALL)


def _piece(piece: str) -> str:
    if piece == "?":
        return "."
    if len(piece) > 2 and piece.startswith("["):
        return _character_class(piece[1:-1])
    return re.escape(piece)


def _character_class(inside: str) -> str:
    negated = inside[:1] in ("!", "^") and len(inside) > 1
    body = inside[1:] if negated else inside
    ranges: list[str] = []
    while body:
        if len(body) >= 3 and body[1] == "-" and body[0] <= body[2]:
            ranges.append(f"{re.escape(body[0])}-{re.escape(body[2])}")
            body = body[3:]
        else:
            ranges.append(re.escape(body[0]))
            body = body[1:]
    return rf"[{'^' if negated else ''}{''.join(ranges)}]"


def _first_braces(pattern: str) -> tuple[int, int] | None:
    """Where the first pair that holds a comma at its own level opens and closes."""
    opened: list[int] = []
    commas: list[bool] = []
    pairs: list[tuple[int, int]] = []
    for at, char in enumerate(_BRACKETED.sub("   ", pattern)):
        if char == "{":
            opened.append(at)
            commas.append(False)
        elif char == "," and opened:
            commas[-1] = True
        elif char == "}" and opened:
            start, has_comma = opened.pop(), commas.pop()
            if has_comma:
                pairs.append((start, at))
    return min(pairs, default=None)


def _split(inside: str) -> list[str]:
    """`a,{b,c}` at its own commas only."""
    parts, depth = [""], 0
    for char, sign in zip(inside, _BRACKETED.sub("   ", inside), strict=True):
        depth += (sign == "{") - (sign == "}")
        if sign == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += char
    return parts

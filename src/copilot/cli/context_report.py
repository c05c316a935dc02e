"""What `copilot context` tells about a context: how large it is, where its tokens are, what changed."""

from collections import Counter
from collections.abc import Iterable, Iterator
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING

from copilot.vocabulary.text import clean, visible
from copilot.vocabulary.values import FileItem

if TYPE_CHECKING:
    from copilot.context.aggregate import Aggregate

MOST_STEPPED = 20
"""Files that are told to have stepped down, one by one."""


def head(built: "Aggregate", around: Iterable[str], characters: int, each: float) -> str:
    """Files, characters and estimated tokens; `each` tokens to a wordpiece. `around` is what is no file."""
    from copilot.tokens.estimator import wordpieces

    pieces = built.pieces + sum(map(wordpieces, around))
    return (
        f"files: {len(built.items):,}\n"
        f"characters: {characters:,}\n"
        f"estimated tokens: {ceil(pieces * each):,}\n"
    )


def stats(built: "Aggregate", each: float) -> str:
    """A line for each folder, with all below it, and each file; then the time of each stage."""
    folders: Counter[str] = Counter()
    for item in built.items:
        for folder in _above(item.path):
            folders[folder] += ceil(item.pieces * each)
    rows = [(folder, tokens, "") for folder, tokens in folders.items()]
    rows += [(item.path, ceil(item.pieces * each), _state(item, built)) for item in built.items]
    rows += [(one.path, 0, f"{one.wanted}>off") for one in built.placed.values() if one.view == "off"]
    lines = [
        f"{tokens:>12,}  {state:<13}  {'  ' * path.rstrip('/').count('/')}{visible(path, keep='') or './'}"
        for path, tokens, state in sorted(rows)
    ]
    times = " · ".join(f"{name} {seconds:.3f} s" for name, seconds in built.seconds)
    read = f"{built.read:,} of {len(built.items):,} files were read, the others known from before"
    return "\n".join(["", f"{'tokens':>12}  {'view':<13}  path", *lines, "", f"time: {times}", read, ""])


def stepped(built: "Aggregate") -> list[str]:
    """Which files have a smaller view than was asked for, and why; the rest by number."""
    lines = [visible(f"{one.path}: {one.why}", keep="") for one in built.placed.values()]
    more = len(lines) - MOST_STEPPED
    return lines if more <= 0 else [*lines[:MOST_STEPPED], f"... and {more:,} more; --stats shows each view"]


def difference(before: Path | None, text: Iterable[str]) -> str:
    """A unified diff of each section that differs from the context in `before`."""
    try:
        old = "" if before is None else before.read_text("utf-8", "replace")
    except OSError as error:
        return f"\nno difference can be told: {before}: {error.strerror}\n"
    if before is None:
        return "\nno difference can be told: nothing was written before\n"
    from copilot.vocabulary.diffs import unified

    were, are = _sections(old), _sections(clean("".join(text)))
    diffs = [
        unified(were.get(name, ""), are.get(name, ""), visible(name, keep=""), creates=name not in were)
        for name in {**are, **were}
    ]
    told = visible("\n".join(diff for diff in diffs if diff))
    return f"\nagainst {before.name}:\n{told}" if told else f"\nthe same as {before.name}\n"


def _above(path: str) -> Iterator[str]:
    """The folders that a path lies in, the base directory ("") first; each ends in a slash."""
    yield ""
    for at, character in enumerate(path):
        if character == "/":
            yield path[: at + 1]


def _state(item: FileItem, built: "Aggregate") -> str:
    if item.note:
        return "not shown"
    placed = built.placed.get(item.path)
    return f"{placed.wanted}>{item.view}" if placed else item.view


def _sections(text: str) -> dict[str, str]:
    """The text cut at its headings, by heading; one that comes again has a number."""
    found: dict[str, str] = {}
    seen: Counter[str] = Counter()
    for number, section in enumerate(text.split("\n## ")):
        name = section.partition("\n")[0] if number else "(head)"
        seen[name] += 1
        again = f" ({seen[name]})" if seen[name] > 1 else ""
        found[name + again] = section if section.endswith("\n") else f"{section}\n"
    return found

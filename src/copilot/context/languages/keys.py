"""Data files by their keys, two levels deep: what JSON, TOML and YAML share."""

from collections.abc import Iterator, Sequence

from copilot.context.markdown import one_line
from copilot.context.table import Row, joined, table
from copilot.vocabulary.frozen import field, mutable

MAX_ENTRIES = 300
"""Keys shown of one file; the rest is counted."""
LONGEST = 80
"""Characters of a value at the first level."""
LONGEST_INNER = 40
MAX_INNER = 40


@mutable
class Entry:
    """One key of the first level with what it holds: a value on one line, or inner keys and items."""

    first: int
    last: int
    key: str
    value: str = ""
    inner: list[str] = field(default_factory=list[str])
    items: int = 0
    joint: str = ": "


def keys_table(entries: Sequence[Entry]) -> tuple[str, tuple[str, ...]]:
    """The table, and a sentence on what is left out."""
    more = len(entries) - MAX_ENTRIES
    notes = (f"{more:,} more keys.",) if more > 0 else ()
    return table(_rows(entries[:MAX_ENTRIES]), "key"), notes


def _rows(entries: Sequence[Entry]) -> Iterator[Row]:
    plain: list[Row] = []
    for entry in entries:
        if entry.inner or entry.items:
            yield from joined(plain, "")
            plain = []
            count = f" [{entry.items:,}]" if entry.items else ""
            yield Row(first=entry.first, last=entry.last, code=entry.key + count, about=_listed(entry.inner))
        else:
            shown = f"{entry.key}{entry.joint}{short(entry.value)}" if entry.value else entry.key
            plain.append(Row(first=entry.first, last=entry.last, code=shown))
    yield from joined(plain, "")


def _listed(inner: Sequence[str]) -> str:
    more = len(inner) - MAX_INNER
    return ", ".join(inner[:MAX_INNER]) + (f", {more:,} more" if more > 0 else "")


def short(value: str, longest: int = LONGEST) -> str:
    """A value on one line; an ellipsis where it is too long to be read here."""
    value = " ".join(one_line(value).split())
    return value if len(value) <= longest else "…"


def inner(key: str, value: str, joint: str = ": ") -> str:
    """A key of the second level, with its value where that is a few words."""
    shown = short(value, LONGEST_INNER)
    return f"{key}{joint}{shown}" if shown not in ("", "…") else key

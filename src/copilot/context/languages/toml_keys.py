"""TOML by its tables and keys, line by line; a value over several lines counts as one."""

import re
from collections.abc import Iterator

from copilot.context.languages.keys import Entry, inner

_TOKEN = re.compile(
    r'"""(?:\\.|[^\\])*?(?:"""|\Z)|\'\'\'.*?(?:\'\'\'|\Z)|"[^"\\\n]*(?:\\.[^"\\\n]*)*"?|\'[^\'\n]*\'?'
    r"|#[^\n]*|\n|[\[\]{}]|[^\[\]{}\"'#\n]+|.",
    re.DOTALL,
)
_TABLE = re.compile(r"\[\[?\s*(.+?)\s*\]\]?$")
_KEY = re.compile(
    r"""((?:[\w-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[\w-]+|"[^"]*"|'[^']*'))*)\s*=\s*(.*)$""", re.DOTALL
)


def toml_keys(text: str) -> list[Entry]:
    """The keys before the first table, then the tables with theirs."""
    entries: list[Entry] = []
    table: Entry | None = None
    for first, last, line in _logical(text):
        if found := _TABLE.match(line):
            table = Entry(first, last, found[0])
            entries.append(table)
        elif pair := _KEY.match(line):
            if table is None:
                entries.append(Entry(first, last, pair[1], pair[2], joint=" = "))
            else:
                table.last = last
                table.inner.append(inner(pair[1], pair[2], " = "))
    return entries


def _logical(text: str) -> Iterator[tuple[int, int, str]]:
    """Lines with comments out, those inside brackets and long strings as one: first, last, text."""
    line = first = 1
    depth = 0
    words: list[str] = []
    for token in _TOKEN.finditer(text):
        word = token[0]
        if word == "\n" and depth <= 0:
            yield first, line, "".join(words).strip()
            words, depth, first = [], 0, line + 1
        elif not word.startswith("#"):
            words.append(word)
            depth += (word in "[{") - (word in "]}")
        line += word.count("\n")
    yield first, line, "".join(words).strip()

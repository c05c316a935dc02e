"""YAML by its keys, told by indentation alone; nothing is resolved or built."""

import re

from copilot.context.languages.keys import Entry, inner

_KEY = re.compile(
    r"""( *)(- +)?("[^"]*"|'[^']*'|[^\s#:\-\[\]{}&*!|>'"%@`][^:#]*?|[\w-][^:#]*?)\s*:(?:\s+(.*))?$"""
)
_BLOCK = re.compile(r"(?:[&!]\S+\s+)*[|>][-+\d]*\s*(?:#.*)?$")
_COMMENT = re.compile(r"\s+#.*$")


def yaml_keys(text: str) -> list[Entry]:
    """The first level's keys, of all documents, each with the keys or the number of items below it."""
    entries: list[Entry] = []
    below = -1  # the indent of the second level under the current key
    block = -1  # the indent of the key whose block of text is being passed over
    for number, line in enumerate(text.splitlines(), 1):
        indent = len(line) - len(line.lstrip(" "))
        bare = line.strip()
        if not bare or bare.startswith("#"):
            continue
        if block >= 0 and indent > block:
            _reach(entries, number)
            continue
        block = -1
        found = _KEY.match(line)
        value = _COMMENT.sub("", found[4] or "").strip() if found else ""
        if found and _BLOCK.match(value):
            block, value = indent, ""
        if indent == 0 and bare.startswith(("---", "...", "%")):
            below = -1
        elif indent == 0 and not bare.startswith("-"):
            below = -1
            if found:
                entries.append(Entry(number, number, found[3], value))
            else:
                _reach(entries, number)
        else:
            below = indent if below < 0 else below
            _second(entries, number, bare, found, value, indent == below)
    return entries


def _second(
    entries: list[Entry], number: int, bare: str, found: "re.Match[str] | None", value: str, level: bool
) -> None:
    """A line below a key of the first level, or an item of a list at the top."""
    if not entries:
        entries.append(Entry(number, number, "a list"))
    entry = entries[-1]
    entry.last = number
    if level and bare.startswith("-"):
        entry.items += 1
        entry.inner.append(inner(found[3], value) if found else inner(bare.lstrip("- "), ""))
    elif level and found:
        entry.inner.append(inner(found[3], value))


def _reach(entries: list[Entry], number: int) -> None:
    if entries:
        entries[-1].last = number

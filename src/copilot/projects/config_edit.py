"""Changing single values in a TOML file that belongs to a person: everything else stays, byte for byte."""

from collections.abc import Mapping, MutableMapping
from typing import Any, cast

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import InlineTable, Table

from copilot.vocabulary.errors import StorageError

Leaves = Mapping[tuple[str, ...], Any]
"""Values by their place: ("providers", "gemini", "model") is `model` in `[providers.gemini]`."""

_MARK = b"\xef\xbb\xbf"


def edited(data: bytes, now: Leaves, wanted: Leaves, *, tables_last: bool = False) -> bytes:
    """The file with every value that differs between `now` and `wanted` set, or removed.

    New tables stand beside those of their kind, or at the end where `tables_last`: in a file with dotted keys
    tomlkit puts them before those, which then belong to the new table.
    Raises StorageError for a layout that tomlkit cannot change.
    """
    mark = _MARK if data.startswith(_MARK) else b""
    new = cast(MutableMapping[str, Any], tomlkit.document())
    tables: dict[tuple[str, ...], dict[str, Any]] = {}
    try:
        document = cast(MutableMapping[str, Any], tomlkit.parse(data[len(mark) :].decode()))
        for path in dict.fromkeys((*wanted, *now)):
            if path not in wanted:
                _remove(document, path)
            elif len(path) == 1 and path[0] not in document:
                new[path[0]] = wanted[path]
            elif tables_last and path not in now and _wants_table(document, path[:-1]):
                tables.setdefault(path[:-1], {})[path[-1]] = wanted[path]
            elif path not in now or now[path] != wanted[path]:
                _set(document, path, wanted[path])
        text = _with_new_keys(tomlkit.dumps(document), tomlkit.dumps(new))
        return mark + _with_new_tables(text, tables).encode()
    except TOMLKitError as error:
        raise StorageError(f"config.toml cannot be changed: {error}", "Change it by hand.") from error


def _with_new_keys(text: str, new: str) -> str:
    """The lines of `new` below the comment at the top: before every table, which is the only safe place."""
    at = 0
    while text.startswith("#", at):
        at = text.find("\n", at) + 1 or len(text)
    gap = "\n" if at and not text[:at].endswith("\n") else ""
    return text[:at] + gap + new + text[at:] if new else text


def _wants_table(table: MutableMapping[str, Any], path: tuple[str, ...]) -> bool:
    """Whether there is no such table yet, nor one on one line around it, which only tomlkit can add to."""
    for name in path:
        if isinstance(table, InlineTable):
            return False
        if name not in table:
            return True
        inner = table[name]
        if not isinstance(inner, MutableMapping):
            return False
        table = cast(MutableMapping[str, Any], inner)
    return False


def _with_new_tables(text: str, tables: Mapping[tuple[str, ...], Mapping[str, Any]]) -> str:
    """The new tables at the end."""
    for path, values in tables.items():
        gap = "" if not text else "\n" if text.endswith("\n") else "\n\n"
        header = ".".join(tomlkit.key(name).as_string() for name in path)
        text += f"{gap}[{header}]\n{tomlkit.dumps(values)}"
    return text


def _set(table: MutableMapping[str, Any], path: tuple[str, ...], value: object) -> None:
    *outer, last = path
    for depth, name in enumerate(outer):
        if not isinstance(table.get(name), MutableMapping):
            table[name] = _new_table(table, is_super_table=depth < len(outer) - 1)
        table = cast(MutableMapping[str, Any], table[name])
    table[last] = value


def _new_table(inside: MutableMapping[str, Any], *, is_super_table: bool) -> Table | InlineTable:
    return tomlkit.inline_table() if isinstance(inside, InlineTable) else tomlkit.table(is_super_table)


def _remove(table: MutableMapping[str, Any], path: tuple[str, ...]) -> None:
    for name in path[:-1]:
        table = cast(MutableMapping[str, Any], table[name])
    del table[path[-1]]

"""Changing single values in a TOML file that belongs to a person: everything else stays, byte for byte."""

from collections.abc import Mapping, MutableMapping
from typing import Any, cast

import tomlkit
from tomlkit.exceptions import TOMLKitError

from copilot.vocabulary.errors import StorageError

Leaves = Mapping[tuple[str, ...], Any]
"""Values by their place: ("providers", "gemini", "model") is `model` in `[providers.gemini]`."""

_MARK = b"\xef\xbb\xbf"


def edited(data: bytes, now: Leaves, wanted: Leaves) -> bytes:
    """The file with every value that differs between `now` and `wanted` set, or removed.

    Raises StorageError for a layout that tomlkit cannot change.
    """
    mark = _MARK if data.startswith(_MARK) else b""
    try:
        document = tomlkit.parse(data[len(mark) :].decode())
        for path in sorted({*now, *wanted}):
            if path not in wanted:
                _remove(cast(MutableMapping[str, Any], document), path)
            elif path not in now or now[path] != wanted[path]:
                _set(cast(MutableMapping[str, Any], document), path, wanted[path])
        return mark + tomlkit.dumps(document).encode()
    except TOMLKitError as error:
        raise StorageError(f"config.toml cannot be changed: {error}", "Change it by hand.") from error


def _set(table: MutableMapping[str, Any], path: tuple[str, ...], value: object) -> None:
    *outer, last = path
    for depth, name in enumerate(outer):
        if not isinstance(table.get(name), MutableMapping):
            table[name] = tomlkit.table(is_super_table=depth < len(outer) - 1)
        table = cast(MutableMapping[str, Any], table[name])
    table[last] = value


def _remove(table: MutableMapping[str, Any], path: tuple[str, ...]) -> None:
    for name in path[:-1]:
        table = cast(MutableMapping[str, Any], table[name])
    del table[path[-1]]

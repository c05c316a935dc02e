"""The ways in which a key may be written: as it is, and as other formats spell it."""

import base64
import json
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from urllib.parse import quote, quote_plus

from copilot.vocabulary.text import SHORTEST_KEY


def forms_of(keys: Iterable[str]) -> list[str]:
    """All forms of these keys, a longer one before one that it begins with; of short words none."""
    return list(_forms_of_all(tuple(keys)))


@lru_cache(16)
def _forms_of_all(keys: tuple[str, ...]) -> tuple[str, ...]:
    found = {form for key in keys if len(key) >= SHORTEST_KEY for form in _forms(key)}
    return tuple(sorted(found, key=len, reverse=True))


@lru_cache(64)
def _forms(key: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_spelled(key)))


def _spelled(key: str) -> Iterator[str]:
    yield key
    for escaped in (json.dumps(key)[1:-1], json.dumps(key, ensure_ascii=False)[1:-1]):
        yield escaped
        yield escaped.replace("/", r"\/")
    yield repr(key)[1:-1]
    data = key.encode("utf-8", "replace")
    for escaped in (quote(data), quote(data, safe=""), quote_plus(data)):
        yield escaped
        yield re.sub(r"%[0-9A-F]{2}", lambda match: match[0].lower(), escaped)
    yield data.hex()
    yield data.hex().upper()
    yield from _base64_forms(data)


def _base64_forms(data: bytes) -> Iterator[str]:
    """What base64 makes of the bytes at each of the three places they can stand in a longer text.

    The characters at both ends also depend on the neighbours, so they are left out.
    """
    for before in range(3):
        encoded = base64.b64encode(bytes(before) + data).rstrip(b"=").decode()
        inner = encoded[(before * 8 + 5) // 6 : (before + len(data)) * 8 // 6]
        if len(inner) >= SHORTEST_KEY:
            yield inner
            yield inner.replace("+", "-").replace("/", "_")

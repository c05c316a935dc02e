"""Where each value of a JSON text stands: a request's body is shown, and pointed into, as it is sent."""

import json
import re
from collections.abc import Iterator
from functools import cached_property
from hashlib import sha256

from copilot.record.attachment_marks import shortened
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.patterns import late
from copilot.vocabulary.text import clean

Step = str | int

_TOKEN = late(r'\s*("[^"\\]*(?:\\.[^"\\]*)*"|[{}\[\],:]|[^\s{}\[\],:"]+)')
_ESCAPE = late(
    r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|[^u])", re.DOTALL
)


@frozen(kw_only=False)
class Leaf:
    """A string, number or word, or an empty object or list, with the keys and numbers that lead to it.

    `start` is its first character in the JSON text, `raw` the token there. `shown` is the text it stands for.
    """

    path: tuple[Step, ...]
    start: int
    raw: str
    shown: str


class Body:
    """A serialised JSON object, taken apart. Raises ValueError for bytes that are none.

    `data` and `text` have a mark in place of each attachment's base64 (`attached.shortened`); places are
    those in it. `sha256` is that of the bytes as they were given.
    """

    def __init__(self, data: bytes) -> None:
        self.sha256 = sha256(data).hexdigest()
        self.data = shortened(data)
        self.text = self.data.decode()
        json.loads(self.text)
        self.leaves = tuple(_leaves(self.text))

    @cached_property
    def _ascii(self) -> bool:
        return len(self.data) == len(self.text)

    def byte_of(self, leaf: Leaf, at: int) -> int:
        """The byte where character `at` of `leaf.shown` stands; the leaf's first byte below 0."""
        place = leaf.start
        if at >= 0:
            place += 1 + _escaped(leaf.raw, at) if leaf.raw.startswith('"') else min(at, len(leaf.raw))
        return place if self._ascii else len(self.text[:place].encode())


def _escaped(raw: str, characters: int) -> int:
    """How many characters of a JSON string, without its opening quote, its first `characters` take."""
    inner, at, left = raw[1:-1], 0, characters
    for match in _ESCAPE.finditer(inner):
        if match.start() - at >= left:
            break
        left -= match.start() - at + 1
        at = match.end()
        if left == 0:
            return at
    return min(at + left, len(inner))


def _leaves(text: str) -> Iterator[Leaf]:
    """In the order of the text, which is JSON with an object outside."""
    path: list[Step] = []
    fresh, key, at, begun = True, False, 0, 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        assert match is not None, "it was JSON"
        token, start, at = match[1], match.start(1), match.end()
        if token in "{[":
            path.append(0 if token == "[" else "")
            begun = start
            fresh, key = True, token == "{"
        elif token in "}]":
            path.pop()
            if fresh:
                yield Leaf(tuple(path), begun, text[begun:at], "{}" if token == "}" else "[]")
            fresh = False
        elif token == ",":
            last = path[-1]
            path[-1] = last + 1 if isinstance(last, int) else ""
            key = not isinstance(last, int)
        elif token == ":":
            key = False
        elif key:
            path[-1], fresh = str(json.loads(token)), False
        else:
            fresh = False
            shown = clean(json.loads(token)) if token.startswith('"') else token
            yield Leaf(tuple(path), start, token, shown)

"""The bodies of commands, as JSON. What is long is read by its user's own process alone, in their time."""

import json
from typing import cast

from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.messages import JsonValue
from copilot.vocabulary.patterns import late

MOST_READ = 128 * 1024
"""Bytes that the server reads itself: some 20 ms, in which nobody else is served (8 MB of lists take 1 s)."""

_BEGINS = late(rb'[ \t\r\n]*\{[ \t\r\n]*"command"[ \t\r\n]*:[ \t\r\n]*"(?P<name>[A-Za-z]{1,64})"')


@frozen(kw_only=False)
class Unread:
    """A command that nobody has read yet. `name` is what it begins with; it has to be the command's."""

    name: str
    body: bytes


def unread(body: bytes) -> Unread | None:
    """A long command by its beginning; None where that is not its name."""
    found = _BEGINS.match(body)
    return None if found is None else Unread(found["name"].decode(), body)


def read_object(body: bytes) -> dict[str, JsonValue]:
    """The object in a body. Raises ValueError for what is none, and for what JSON in UTF-8 cannot say."""
    try:
        told: object = json.loads(body.decode())  # bytes would be read as UTF-16, too
        if not isinstance(told, dict):
            raise ValueError("no object")
        json.dumps(told, ensure_ascii=False, allow_nan=False).encode()  # half a surrogate pair is no text
    except RecursionError as error:
        raise ValueError("nested too deep") from error
    return cast(dict[str, JsonValue], told)

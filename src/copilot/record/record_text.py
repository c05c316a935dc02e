"""A record of a log as text for a person: names and values by lines, texts as they are, JSON opened."""

import json
from collections.abc import Iterator
from typing import cast

from copilot.vocabulary.messages import JsonValue

MOST_DEEP = 60
"""Levels that are opened; below them values stand as JSON."""


def record_text(value: JsonValue) -> str:
    """The value, one line for each thing in it; a text of several lines stands below its name, indented."""
    return "\n".join(_lines(value, 0))


def body_text(body: str) -> str:
    """A body on the wire: JSON is opened, in an event stream each piece of it; everything else as it is."""
    opened = _opened(body)
    if opened is not None:
        return record_text(opened)
    if "\ndata:" in f"\n{body[:4_000]}":
        return "\n".join(map(_stream_line, body.splitlines()))
    return body


def _stream_line(line: str) -> str:
    name, colon, rest = line.partition(":")
    opened = _opened(rest) if colon and name == "data" else None
    if opened is None:
        return line
    return "\n".join(["data:", *_lines(opened, 1)])


def _opened(text: str) -> JsonValue | None:
    if text.lstrip()[:1] not in ("{", "["):
        return None
    try:
        return cast(JsonValue, json.loads(text))
    except (ValueError, RecursionError):
        return None


def _lines(value: JsonValue, depth: int) -> Iterator[str]:
    if isinstance(value, dict):
        for name, one in value.items():
            yield from _named(f"{'  ' * depth}{name}:", one, depth)
    elif isinstance(value, list):
        for one in value:
            yield from _named(f"{'  ' * depth}-", one, depth)
    else:
        yield from (f"{'  ' * depth}{line}" for line in _plain(value).split("\n"))


def _named(name: str, value: JsonValue, depth: int) -> Iterator[str]:
    if depth > MOST_DEEP:
        yield f"{name} {json.dumps(value, ensure_ascii=False)}"
    elif value and (isinstance(value, dict | list) or (isinstance(value, str) and "\n" in value)):
        yield name
        yield from _lines(value, depth + 1)
    else:
        yield f"{name} {_plain(value)}"


def _plain(value: JsonValue) -> str:
    if isinstance(value, str):
        return value or '""'
    return json.dumps(value, ensure_ascii=False)

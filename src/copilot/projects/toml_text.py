"""Writing TOML that a person likes to read: long text stands as it is, between triple quotes.

tomli_w writes tables, keys and numbers. Its own multi-line strings lose carriage returns and put a backslash
before every quote, so text with line ends is written here and put in place of a stand-in.
"""

import re
import secrets
from typing import Any, cast

import tomli_w

from copilot.vocabulary.patterns import late

_STAND_IN_LENGTH = 120
"""Longer than tomli_w's line, so that a table that holds long text is never squeezed into one line."""

_STAND_IN = late(r'"([0-9a-f]{32})(\d{1,9})-*"')
_NOT_LITERAL = late(r"[\x00-\x08\x0b-\x1f\x7f]|'''|'\Z")
_ESCAPED = late(r'[\x00-\x08\x0b-\x1f\x7f\\]|"(?="")|"\Z')
_SHORT_ESCAPES = {"\b": "\\b", "\f": "\\f", "\r": "\\r", '"': '\\"', "\\": "\\\\"}


def dumps(table: dict[str, Any]) -> str:
    """The table as TOML. Values are what TOML has; text is valid Unicode."""
    texts: list[str] = []
    mark = secrets.token_hex(16)  # nobody can have written it into a project
    skeleton = tomli_w.dumps(cast(dict[str, Any], _with_stand_ins(table, mark, texts)))
    return _STAND_IN.sub(
        lambda match: block(texts[int(match[2])]) if match[1] == mark else match[0],
        skeleton,
    )


def block(text: str) -> str:
    """The text as a multi-line string: literal where TOML can, else with the few escapes that it needs."""
    if not _NOT_LITERAL.search(text):
        return f"'''\n{text}'''"
    return f'"""\n{_ESCAPED.sub(_escape, text)}"""'


def _with_stand_ins(value: object, mark: str, texts: list[str]) -> object:
    if isinstance(value, str) and "\n" in value:
        texts.append(value)
        return f"{mark}{len(texts) - 1}".ljust(_STAND_IN_LENGTH, "-")
    if isinstance(value, dict):
        items = cast(dict[str, object], value)
        return {key: _with_stand_ins(item, mark, texts) for key, item in items.items()}
    if isinstance(value, list):
        return [_with_stand_ins(item, mark, texts) for item in cast(list[object], value)]
    return value


def _escape(match: re.Match[str]) -> str:
    char = match[0]
    return _SHORT_ESCAPES.get(char) or f"\\u{ord(char):04x}"

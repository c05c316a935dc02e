"""What two requests of one discussion share: their heads, their messages, the file contents told in between.

Works on request bodies as JSON objects; nothing here knows how they were made.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

Body = dict[str, Any]

MESSAGES = {"anthropic": "messages", "gemini": "contents", "openai": "input", "compatible": "messages"}
"""Where each protocol has its messages."""

_FRESH = re.compile(r"\[(SYSTEM: )?FILES UPDATED\]\n\n.*", re.DOTALL)
_VERSION = re.compile(r"«(\S+) v(\d+)»")


@dataclass(frozen=True)
class Sent:
    """One request. `told` is the Markdown of the chosen files and of the system prompt, as text."""

    protocol: str
    body: Body

    @cached_property
    def messages(self) -> list[Any]:
        """Without cache marks, which move and are no content, and without a system message."""
        found = _unmarked(self.body[MESSAGES[self.protocol]])
        return found[1:] if self.protocol == "compatible" and found[0]["role"] == "system" else found

    @cached_property
    def head(self) -> bytes:
        """Everything that is not the messages: system prompt, context, tools and settings."""
        key = MESSAGES[self.protocol]
        rest = {name: value for name, value in self.body.items() if name != key}
        system = self.body[key][:1] if self.protocol == "compatible" else []
        return as_bytes([rest, system])

    @cached_property
    def told(self) -> str:
        """System prompt and files as they are read by the model."""
        return "\n".join(_strings(json.loads(self.head)))

    @cached_property
    def fresh(self) -> dict[int, str]:
        """The file contents told in between, by the number of the message they stand in."""
        return {
            number: match.group()
            for number, message in enumerate(self.messages)
            for text in _strings(message)
            if (match := _FRESH.search(text))
        }

    @property
    def blocks(self) -> int:
        """How many such blocks there are."""
        return sum(bool(_FRESH.search(text)) for text in _strings(self.messages))


def versions(text: str, path: str) -> set[int]:
    """Which versions of a file are in a text, by the mark that each version bears."""
    return {int(number) for name, number in _VERSION.findall(text) if name == path}


def moved(before: Sent, after: Sent, first_replaced: int) -> list[str]:
    """What of `before` is not in `after` byte for byte, although it stands before message `first_replaced`;
    and behind it, what differs by more than a replaced block and the thinking that goes with it."""
    found = [] if before.head == after.head else ["system prompt, tools or settings differ"]
    for number in range(min(first_replaced, len(before.messages))):
        if len(after.messages) <= number or as_bytes(before.messages[number]) != as_bytes(
            after.messages[number]
        ):
            found.append(f"message {number} of {len(before.messages)} was rewritten")
    one, other = ([_plain(m) for m in sent.messages if not _is_thinking(m)] for sent in (before, after))
    differing = [i for i, message in enumerate(one) if other[i : i + 1] != [message]]
    return found + [f"message {i} differs by more than its block" for i in differing]


def as_bytes(value: Any) -> bytes:
    """The value as it was serialised: same order of keys, same bytes."""
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")


def _is_thinking(value: Any) -> bool:
    if not isinstance(value, dict):
        return False
    return value.get("type") in ("thinking", "redacted_thinking", "reasoning") or value.get("thought") is True


def _plain(value: Any) -> Any:
    """Without thinking, and with the fixed line for any block of file contents."""
    match value:
        case dict():
            return {key: _plain(one) for key, one in value.items()}
        case list():
            return [_plain(one) for one in value if not _is_thinking(one)]
        case str():
            return _FRESH.sub(lambda m: f"[{m[1] or ''}FILES UPDATED: replaced by newer contents]", value)
        case _:
            return value


def _unmarked(value: Any) -> Any:
    match value:
        case dict():
            return {key: _unmarked(one) for key, one in value.items() if key != "cache_control"}
        case list():
            return [_unmarked(one) for one in value]
        case _:
            return value


def _strings(value: Any) -> Iterator[str]:
    match value:
        case dict():
            for one in value.values():
                yield from _strings(one)
        case list():
            for one in value:
                yield from _strings(one)
        case str():
            yield value
        case _:
            pass

"""Attachments on their way into a request, and out of what is written down of it.

A provider file puts `held(part)` where a service wants base64; `filled` puts the bytes there when the request
is otherwise whole. Until then a megabyte weighs as much as its hash, which is what prefixes are compared by.
What is logged and shown has a mark instead of the base64 (`shortened`); with the files that it names the
very bytes can be had again (`restored`).
"""

import re
from base64 import b64decode, b64encode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Final, TypeVar, cast

from copilot.providers.base import Request
from copilot.vocabulary.errors import BadRequestError
from copilot.vocabulary.messages import Attachment, Message

T = TypeVar("T")

_TYPES: Final = {
    b"iVBORw0KGgo": "image/png",
    b"/9j/": "image/jpeg",
    b"_9j_": "image/jpeg",
    b"R0lGOD": "image/gif",
    b"UklGR": "image/webp",
    b"JVBERi0": "application/pdf",
}
_BEGINNINGS: Final = b"|".join(_TYPES)
_BASE64: Final = re.compile(rb'(?<=[",])(' + _BEGINNINGS + rb')([A-Za-z0-9+/_-]{32,}={0,2})(?=")')
_MARK: Final = re.compile(
    rb"\[attached ([a-z]+/[a-z]+), (\d+) bytes, SHA-256 ([0-9a-f]{64}), (base64|base64url)\]"
)


class Held(str):
    """Stands for an attachment's base64; as a string it is the hash. `url` makes it a data URL."""

    __slots__ = ("part", "url")
    part: Attachment
    url: bool


def held(part: Attachment, *, url: bool = False) -> Held:
    """What to put into a request for the bytes of `part`."""
    made = Held(f"[{part.media_type} {part.sha256}]")
    made.part, made.url = part, url
    return made


def filled(value: T, request: Request) -> T:
    """A piece of a request's body with the base64 of its attachments in place.

    Raises BadRequestError where the bytes are gone.
    """
    if not any(message.attachments for message in request.messages):
        return value
    return cast(T, _filled(value, request))


def _filled(value: object, request: Request) -> object:
    if isinstance(value, Held):
        data = request.read_attachment(value.part)
        if data is None:
            raise BadRequestError(
                f"the attachment {value.part.told} is gone, or no longer what it was",
                "Attach it again, or start a new branch before the message that it came with.",
            )
        text = b64encode(data).decode()
        return f"data:{value.part.media_type};base64,{text}" if value.url else text
    if isinstance(value, dict):
        return {key: _filled(item, request) for key, item in cast(dict[str, object], value).items()}
    if isinstance(value, list):
        return [_filled(item, request) for item in cast(list[object], value)]
    return value


def attachments_of(messages: Sequence[Message]) -> tuple[Attachment, ...]:
    """All attachments of a branch, in order."""
    return tuple(part for message in messages for part in message.attachments)


def shortened(body: bytes) -> bytes:
    """A request's body with a mark in place of each JSON string that is an image's or a PDF's base64."""
    if not any(beginning in body for beginning in _TYPES):
        return body
    return _BASE64.sub(_mark, body)


def restored(body: bytes, read: Callable[[str], bytes]) -> bytes:
    """The body that `shortened` was given. `read` gives the bytes that have a hash."""

    def back(found: re.Match[bytes]) -> bytes:
        data = read(found[3].decode())
        return urlsafe_b64encode(data) if found[4] == b"base64url" else b64encode(data)

    return _MARK.sub(back, body)


def marked(text: str) -> tuple[str, ...]:
    """The hashes that the marks in a text name."""
    return tuple(found[3].decode() for found in _MARK.finditer(text.encode("utf-8", "replace")))


def _mark(found: re.Match[bytes]) -> bytes:
    text = found[0]
    own = b"-" in text or b"_" in text
    try:
        data = b64decode(text.replace(b"-", b"+").replace(b"_", b"/"), validate=True)
    except ValueError:
        return text
    # Only what gives the same text again may be left out.
    for alphabet, encode in ((b"base64url", urlsafe_b64encode), (b"base64", b64encode)):
        if encode(data) == text and (own or alphabet == b"base64"):
            told = f"{_TYPES[found[1]]}, {len(data)} bytes, SHA-256 {sha256(data).hexdigest()}"
            return f"[attached {told}, {alphabet.decode()}]".encode()
    return text

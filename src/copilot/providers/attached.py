"""Attachments on their way into a request.

A provider file puts `held(part)` where a service wants base64; `filled` puts the bytes there when the request
is otherwise whole. Until then a megabyte weighs as much as its hash, which is what prefixes are compared by.
"""

from base64 import b64encode
from typing import TypeVar, cast

from copilot.providers.base import Request
from copilot.vocabulary.errors import BadRequestError
from copilot.vocabulary.messages import Attachment

T = TypeVar("T")


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
    if not request.holds_attachments:
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

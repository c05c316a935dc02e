"""What is written down of a request that carries images and PDFs: a mark in place of their base64.

With the files that the marks name, the very bytes can be had again (`restored`), so that the recorded hash of
what was sent stays provable.
"""

import re
from base64 import b64decode, b64encode, urlsafe_b64encode
from collections.abc import Callable
from hashlib import sha256
from typing import Final

from copilot.vocabulary.patterns import late

_TYPES: Final = {
    b"iVBORw0KGgo": "image/png",
    b"/9j/": "image/jpeg",
    b"_9j_": "image/jpeg",
    b"R0lGOD": "image/gif",
    b"UklGR": "image/webp",
    b"JVBERi0": "application/pdf",
}
_BEGINNINGS: Final = b"|".join(_TYPES)
_BASE64: Final = late(rb'(?<=[",])(' + _BEGINNINGS + rb')([A-Za-z0-9+/_-]{32,}={0,2})(?=")')
_MARK: Final = late(rb"\[attached ([a-z]+/[a-z]+), (\d+) bytes, SHA-256 ([0-9a-f]{64}), (base64|base64url)\]")


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

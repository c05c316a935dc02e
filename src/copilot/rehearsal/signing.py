"""Signatures that a client must hand back untouched, and the canonical text that they are bound to."""

import base64
import hashlib
import hmac
import json

from copilot.vocabulary.messages import JsonValue

_KEY = b"copilot rehearsal: signs what its own words were bound to, protects nothing"
"""Constant, so that a discussion which was rehearsed yesterday can go on today."""


def canonical(value: JsonValue) -> str:
    """The same JSON text for equal values."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def chain(before: str, value: JsonValue) -> str:
    """A hash of everything hashed before and `value`."""
    text = before + canonical(value)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def sign(*texts: str) -> str:
    """The base64 signature over some texts; 64 bytes, as long as a short real one."""
    message = canonical(list(texts)).encode("utf-8", "surrogatepass")
    return base64.b64encode(hmac.digest(_KEY, message, "sha512")).decode("ascii")


def signed(signature: str, *texts: str) -> bool:
    """Whether `sign` made this signature over these texts."""
    return hmac.compare_digest(signature.encode("utf-8", "replace"), sign(*texts).encode("ascii"))

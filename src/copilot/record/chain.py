"""The chain of a log: each line carries a keyed hash of the link before it and of its own bytes.

Whoever has the log and not the key can neither change, remove, add nor move a line unnoticed. The key lies in
the state folder (`anchors`), so this says nothing to whoever can write there as well.
"""

import hmac
import os

from copilot.vocabulary.frozen import frozen

_BEFORE = b',"link":"'
_AFTER = b'"}'
_DIGITS = 64
"""Of a link in hexadecimal: SHA-256 has 32 bytes."""

TAIL = len(_BEFORE) + _DIGITS + len(_AFTER)
"""Bytes of a line that are its link, the line end left out."""
_HEXADECIMAL = frozenset(b"0123456789abcdef")


def new_key() -> bytes:
    """A key for one session."""
    return os.urandom(32)


def first_link(key: bytes, session: str) -> bytes:
    """What stands before the first line of a session."""
    return hmac.digest(key, b"session " + session.encode(), "sha256")


def link_of(key: bytes, before: bytes, body: bytes) -> bytes:
    """The link of the line `body` (its bytes up to the link) that follows the line whose link is `before`."""
    return hmac.digest(key, before + body, "sha256")


def sealed(body: bytes, link: bytes) -> bytes:
    """The whole line, its line end included."""
    return body + _BEFORE + link.hex().encode() + _AFTER + b"\n"


@frozen(kw_only=False)
class Sealed:
    """A line taken apart: the bytes that its link stands for, and the link."""

    body: bytes
    link: bytes


def unsealed(line: bytes) -> Sealed | None:
    """A line without its line end, taken apart; None where it does not end in a link."""
    tail = line[-TAIL:]
    digits = tail[len(_BEFORE) : -len(_AFTER)]
    whole = tail.startswith(_BEFORE) and tail.endswith(_AFTER) and len(tail) == TAIL
    if not whole or not _HEXADECIMAL.issuperset(digits):
        return None
    return Sealed(line[:-TAIL], bytes.fromhex(digits.decode()))

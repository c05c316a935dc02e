"""Who is at the other end of a Unix socket, as the system says it."""

import os
import socket
import struct
import sys
from typing import Any, Protocol

_DARWIN_LEVEL, _DARWIN_PEERCRED, _DARWIN_BYTES = 0, 1, 76
"""SOL_LOCAL, LOCAL_PEERCRED and the size of `struct xucred` (sys/un.h, sys/ucred.h of macOS)."""


class Asked(Protocol):
    """What of a socket is used: asyncio wraps those that it has."""

    family: Any

    def getsockopt(self, level: int, name: int, size: int, /) -> bytes: ...


def peer_uid(connected: Asked, platform: str = sys.platform) -> int | None:
    """The user at the other end; None where that cannot be known: by TCP, and on other systems."""
    if not hasattr(socket, "AF_UNIX") or connected.family != socket.AF_UNIX:
        return None
    try:
        if platform == "linux":
            told = connected.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
            return struct.unpack("3i", told)[1]
        if platform == "darwin":
            told = connected.getsockopt(_DARWIN_LEVEL, _DARWIN_PEERCRED, _DARWIN_BYTES)
            version, uid = struct.unpack_from("=II", told)
            return uid if version == 0 else -1
    except (OSError, struct.error):
        return -1
    return None


def may_connect(connected: Asked, *, own: int | None = None, platform: str = sys.platform) -> bool:
    """Whether it is we, or root; where nobody can know, the file's own rights have to do."""
    uid = peer_uid(connected, platform)
    return uid is None or uid in (os.geteuid() if own is None else own, 0)

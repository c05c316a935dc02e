"""Opening an entry of a held folder so that nothing but this very entry can be opened.

Linux from 5.6 on has `openat2`: the kernel itself then refuses what leads out of the folder and every link
on the way. Elsewhere, and where a container forbids it, the name is held to be a single one and the system is
told not to follow a link, which for one entry comes to the same.
"""

import errno
import os
import struct
import sys
from collections.abc import Callable
from functools import cache
from typing import Any

_OPENAT2 = 437
"""The number of the call, the same on every architecture (Linux, include/uapi/asm-generic/unistd.h)."""
RESOLVE_NO_MAGICLINKS, RESOLVE_NO_SYMLINKS, RESOLVE_BENEATH = 2, 4, 8
"""Of include/uapi/linux/openat2.h."""

Opener = Callable[[str, int, int, int], int]
"""Takes a name, flags, the mode of a new file and the folder's descriptor; gives a descriptor."""


def open_entry(name: str, flags: int, *, dir_fd: int, mode: int = 0) -> int:
    """Open or make one entry of the folder. Raises OSError: EXDEV where it leads out, ELOOP for a link."""
    return opener()(name, flags | os.O_CLOEXEC | os.O_NOFOLLOW, mode, dir_fd)


@cache
def opener() -> Opener:
    """By `openat2` where the kernel has it and lets us, else by `openat`."""
    return by_openat2() or by_openat


def by_openat2() -> Opener | None:
    """The kernel's own check; None where it is missing or forbidden."""
    if not sys.platform.startswith("linux"):
        return None
    import ctypes  # takes milliseconds, and many runs open nothing

    call: Any = ctypes.CDLL(None, use_errno=True).syscall
    call.restype = ctypes.c_long
    call.argtypes = (ctypes.c_long, ctypes.c_int, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_size_t)
    resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_SYMLINKS

    def opened(name: str, flags: int, mode: int, dir_fd: int) -> int:
        path = os.fsencode(name)
        if b"\0" in path:  # the call would take what stands before it
            raise ValueError("embedded null byte")
        sys.audit("open", name, None, flags)  # as `os.open` does
        how = struct.pack("QQQ", flags, mode if flags & os.O_CREAT else 0, resolve)
        found = call(_OPENAT2, dir_fd, path, how, len(how))
        if found < 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number), name)
        return int(found)

    try:
        probe = os.open("/", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.close(opened(".", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC, 0, probe))
        finally:
            os.close(probe)
    except OSError:
        return None
    return opened


def by_openat(name: str, flags: int, mode: int, dir_fd: int) -> int:
    """Without the kernel's check: a single name, and no link followed."""
    if "/" in name or name == "..":
        raise OSError(errno.EXDEV, os.strerror(errno.EXDEV), name)
    return os.open(name, flags, mode, dir_fd=dir_fd)

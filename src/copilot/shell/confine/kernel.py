"""The calls of the kernel that a fence is made of: mounts, limits, what is given up. Standard library only.

By number, which is the same on all architectures: open_tree(2) 428, move_mount(2) 429, mount_setattr(2) 442
(Linux 5.12), landlock_create_ruleset(2) 444, landlock_restrict_self(2) 446.
"""

import ctypes
import os
import struct
from collections.abc import Mapping
from typing import Any

_OPEN_TREE, _MOVE_MOUNT, _MOUNT_SETATTR = 428, 429, 442
AT_FDCWD, _AT_EMPTY_PATH, _AT_RECURSIVE, _CLONE = -100, 0x1000, 0x8000, 1
_READ_ONLY = 1
_MOVE_FROM_FD = 4
_KEPT_CAPABILITIES = frozenset((0, 1, 3, 4, 5, 6, 7))
"""CHOWN, DAC_OVERRIDE, FOWNER, FSETID, KILL, SETGID, SETUID: what a root shell needs of files. For any other
user exec drops them all."""
OURS = 2
"""Processes in the user namespace that are no part of the run: the one the runner knows, and process 1."""
_NO_NEW_PRIVS, _DROP_BOUND = 38, 24
_CREATE_RULESET, _RESTRICT_SELF, _VERSION = 444, 446, 1
_SCOPES = 1 | 2
"""Landlock: no abstract socket, and no signal to a process, from outside (Linux 6.12, its version 6)."""


class StageError(OSError):
    """The fence could not be built; `filename` says at what."""


def tree(libc: Any, path: str) -> int:
    """What is mounted at a path and below it, detached; a descriptor."""
    flags = _CLONE | os.O_CLOEXEC | _AT_RECURSIVE
    return call(f"open_tree {path}", libc.syscall(_OPEN_TREE, AT_FDCWD, os.fsencode(path), flags))


def place(libc: Any, tree: int, path: str) -> None:
    """Put a detached tree in its place."""
    done = libc.syscall(_MOVE_MOUNT, tree, b"", AT_FDCWD, os.fsencode(path), _MOVE_FROM_FD)
    call(f"move_mount {path}", done)
    os.close(tree)


def read_only(libc: Any, at: int, path: str) -> None:
    """Make it read-only with all below it; where `path` is empty, the tree `at`."""
    attributes = struct.pack("QQQQ", _READ_ONLY, 0, 0, 0)
    flags = _AT_RECURSIVE | (0 if path else _AT_EMPTY_PATH)
    done = libc.syscall(_MOUNT_SETATTR, at, os.fsencode(path), flags, attributes, len(attributes))
    call(f"mount_setattr {path}", done)


def mount(libc: Any, source: str, target: str, kind: str, flags: int, data: str = "") -> None:
    """mount(2)."""
    words = [word.encode() or None for word in (source, target, kind)]
    call(f"mount {kind} {target}", libc.mount(*words, ctypes.c_ulong(flags), data.encode() if data else None))


def make_place(path: str, tree: int) -> None:
    """Something to mount over: a folder for a folder, else an empty file. Only ever made in what hides."""
    if os.path.lexists(path):
        return
    os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)  # noqa: PTH103, PTH120
    if os.path.isdir(f"/proc/self/fd/{tree}"):  # noqa: PTH112
        os.mkdir(path, 0o700)  # noqa: PTH102
    else:
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))


def loopback_up() -> None:
    """A script may talk to a server that it started itself: SIOCGIFFLAGS, SIOCSIFFLAGS with IFF_UP."""
    import fcntl
    import socket

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        flags = struct.unpack("16sH", fcntl.ioctl(any_socket, 0x8913, struct.pack("16sH14x", b"lo", 0))[:18])[
            1
        ]
        fcntl.ioctl(any_socket, 0x8914, struct.pack("16sH14x", b"lo", flags | 1))


def no_core() -> None:
    """No files with the memory of what crashed."""
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def limit_processes(most: int) -> None:
    """RLIMIT_NPROC: from Linux 5.14 on for this user namespace alone; not for who has user id 0 outside."""
    import resource

    if not most or linux() < (5, 14):
        return
    hard = resource.getrlimit(resource.RLIMIT_NPROC)[1]
    most = most + OURS if hard == resource.RLIM_INFINITY else min(most + OURS, hard)
    resource.setrlimit(resource.RLIMIT_NPROC, (most, most))


def linux() -> tuple[int, ...]:
    """The kernel's version, as far as it is numbers: (6, 14)."""
    return tuple(int(word) if word.isdigit() else 0 for word in os.uname().release.split(".")[:2])


def limit(limits: Mapping[str, int]) -> None:
    """Limits of each process. RLIMIT_DATA counts private memory that can be written, not what is reserved."""
    import resource

    kinds = {
        "data": resource.RLIMIT_DATA,
        "cpu": resource.RLIMIT_CPU,
        "file": resource.RLIMIT_FSIZE,
    }
    for name, kind in kinds.items():
        wanted, hard = limits.get(name, 0), resource.getrlimit(kind)[1]
        if wanted:
            most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
            resource.setrlimit(kind, (most, most))
    no_core()


def drop(libc: Any) -> None:
    """Give up what the program does not need, for good."""
    for capability in range(64):
        if capability not in _KEPT_CAPABILITIES and libc.prctl(_DROP_BOUND, capability, 0, 0, 0):
            break  # EINVAL: the kernel knows no further ones
    call("no_new_privs", libc.prctl(_NO_NEW_PRIVS, 1, 0, 0, 0))
    _keep_to_itself(libc)


def landlock_version() -> int:
    """What this kernel has of it; below 1 for none."""
    return int(ctypes.CDLL(None).syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), _VERSION))


def _keep_to_itself(libc: Any) -> None:
    """Reach no program outside by an abstract socket, as a desktop has them, nor by a signal."""
    if landlock_version() < 6:
        return
    scopes = struct.pack("QQQ", 0, 0, _SCOPES)
    rules = call("landlock", libc.syscall(_CREATE_RULESET, scopes, ctypes.c_size_t(len(scopes)), 0))
    call("landlock", libc.syscall(_RESTRICT_SELF, rules, 0))
    os.close(rules)


def write(path: str, text: str) -> None:
    """Write to a file of the kernel."""
    descriptor = os.open(path, os.O_WRONLY)
    try:
        os.write(descriptor, text.encode())
    finally:
        os.close(descriptor)


def call(what: str, result: int) -> int:
    """The result of a call. Raises StageError, which says at `what` it failed."""
    if result < 0:
        number = ctypes.get_errno()
        raise StageError(number, os.strerror(number), what)
    return result

"""Builds the fence around a program, from inside the process that becomes it. Linux; standard library only.

The runner process calls `enter` between fork and exec; `probe` starts this file by path, `python -I -S`, with
a specification and a command. A specification is a JSON object made by `space`; nothing passes a shell.

What is mounted is prepared as detached trees first (`open_tree`), then everything is made read-only at once
(`mount_setattr`), then the trees are put in their places (`move_mount`): so no path that a project can change
is read twice. The project itself is the folder that we are in, which was opened before it was approved.
Kernel interfaces by number, which is the same on all architectures: open_tree(2) 428, move_mount(2) 429,
mount_setattr(2) 442 (Linux 5.12).
"""

import contextlib
import ctypes
import errno
import json
import os
import select
import signal
import struct
import sys
import time
from collections.abc import Mapping, Sequence
from types import FrameType
from typing import Any

NEWNS, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET = (
    0x0002_0000,
    0x0400_0000,
    0x0800_0000,
    0x1000_0000,
    0x2000_0000,
    0x4000_0000,
)
_MS_NOSUID, _MS_NODEV, _MS_NOEXEC, _MS_REC, _MS_PRIVATE = 2, 4, 8, 0x4000, 1 << 18
_OPEN_TREE, _MOVE_MOUNT, _MOUNT_SETATTR = 428, 429, 442
_AT_FDCWD, _AT_EMPTY_PATH, _AT_RECURSIVE, _CLONE = -100, 0x1000, 0x8000, 1
_READ_ONLY = 1
_MOVE_FROM_FD = 4
_PDEATHSIG, _NO_NEW_PRIVS, _DROP_BOUND = 1, 38, 24
_KEPT_CAPABILITIES = frozenset((0, 1, 3, 4, 5, 6, 7))
"""CHOWN, DAC_OVERRIDE, FOWNER, FSETID, KILL, SETGID, SETUID: what a root shell needs of files. For any other
user exec drops them all."""
_DEVICES = ("null", "zero", "full", "random", "urandom", "tty")
_GRACE_SECONDS = 3
"""After the program's end: by then the runner has ended what it left, or is gone itself."""
_LOOK_SECONDS = 0.25
"""How often process 1 looks how many there are."""
_OURS = 2
"""Processes in the user namespace that are no part of the run: the one the runner knows, and process 1."""
_RESERVED_PIDS = 300
"""Pids that are not given out a second time (RESERVED_PIDS of the kernel's pid.h)."""
_KERNEL = ("sys", "sysrq-trigger", "irq", "bus", "fs", "acpi")
"""What in /proc changes the machine itself; who has user id 0 outside could, without any capability."""


class StageError(OSError):
    """The fence could not be built; `filename` says at what."""


def enter(spec: Mapping[str, Any], failed: int, notes: int) -> None:
    """Build the fence. Returns in the process that is to become the program; raises OSError.

    `failed` is a descriptor that must stay open in that process alone until its exec. On `notes` a line says
    which process outside is process 1 of the run's own space, one that it came to its limit of processes, and
    one at the end how often it wanted to reach somebody by a network that was cut off.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if not os.path.samestat(os.stat("."), os.stat(spec["root"])):  # noqa: PTH116
        raise StageError(errno.ESTALE, "it is another folder by now", spec["root"])
    user, group = os.getuid(), os.getgid()
    flags = NEWUSER | NEWNS | NEWIPC | NEWUTS
    flags |= 0 if spec["network"] else NEWNET
    flags |= NEWPID if spec["processes"] else 0
    _call("unshare", libc.unshare(flags))
    _write("/proc/self/setgroups", "deny")
    _write("/proc/self/uid_map", f"{user} {user} 1")
    _write("/proc/self/gid_map", f"{group} {group} 1")
    _mount(libc, "none", "/", "", _MS_REC | _MS_PRIVATE)
    _build(libc, spec)
    if not spec["network"]:
        _loopback_up()
    most = spec["limits"].get("processes", 0)
    _limit_processes(most)
    if spec["processes"]:
        _own_processes(libc, failed, notes, most, cut_off=not spec["network"])
    _limit(spec["limits"])
    _drop(libc)
    os.chdir(spec["cwd"])


def _build(libc: Any, spec: Mapping[str, Any]) -> None:
    root = spec["root"]
    project = _project(libc, spec)
    hidden = [(path, _tree(libc, over)) for path, over in spec["hide"] if os.path.lexists(path)]
    shown = [(path, _tree(libc, path)) for path in spec["show"] if os.path.exists(path)]  # noqa: PTH110
    devices = [(name, _tree(libc, f"/dev/{name}")) for name in _DEVICES if os.path.exists(f"/dev/{name}")]  # noqa: PTH110
    _read_only(libc, _AT_FDCWD, "/")
    for path, tree in hidden:
        _place(libc, tree, path)
    for path, tree in shown:
        _read_only(libc, tree, "")
        _make_place(path, tree)
        _place(libc, tree, path)
    _make_place(root, project)
    _place(libc, project, root)
    for path in spec["pin"]:
        if os.path.isdir(path) and not os.path.islink(path):  # noqa: PTH112, PTH114
            _place(libc, _tree(libc, path), path)
    for path in spec["lock"]:
        if os.path.exists(path) and not os.path.islink(path):  # noqa: PTH110, PTH114
            tree = _tree(libc, path)
            _read_only(libc, tree, "")
            _place(libc, tree, path)
    _own_devices(libc, devices)


def _project(libc: Any, spec: Mapping[str, Any]) -> int:
    """The tree that stands where the project is: itself, an overlay on it, or a copy."""
    if spec["copy"]:
        return _tree(libc, spec["copy"])
    if not spec["overlay"]:
        return _tree(libc, ".")
    over = spec["overlay"]
    lower, upper, work = (
        os.open(path, os.O_PATH | os.O_DIRECTORY) for path in (".", over["upper"], over["work"])
    )
    places = f"lowerdir=/proc/self/fd/{lower},upperdir=/proc/self/fd/{upper},workdir=/proc/self/fd/{work}"
    _mount(libc, "overlay", over["merged"], "overlay", 0, f"{places},userxattr")
    return _tree(libc, over["merged"])


def _own_devices(libc: Any, devices: Sequence[tuple[str, int]]) -> None:
    _mount(libc, "tmpfs", "/dev", "tmpfs", _MS_NOSUID | _MS_NOEXEC, "mode=755,size=1m")
    for name, tree in devices:
        _make_place(f"/dev/{name}", tree)
        _place(libc, tree, f"/dev/{name}")
    for name in ("shm", "pts"):
        os.mkdir(f"/dev/{name}")  # noqa: PTH102  # pathlib costs 10 ms of start
    _mount(libc, "tmpfs", "/dev/shm", "tmpfs", _MS_NOSUID | _MS_NODEV, "mode=1777,size=25%")
    with contextlib.suppress(OSError):  # no terminals then; nothing else needs it
        _mount(libc, "devpts", "/dev/pts", "devpts", _MS_NOSUID | _MS_NOEXEC, "newinstance,ptmxmode=0666")
        os.symlink("pts/ptmx", "/dev/ptmx")  # noqa: PTH211
    for name, number in (("stdin", "0"), ("stdout", "1"), ("stderr", "2")):
        os.symlink(f"/proc/self/fd/{number}", f"/dev/{name}")  # noqa: PTH211
    os.symlink("/proc/self/fd", "/dev/fd")  # noqa: PTH211


def _tree(libc: Any, path: str) -> int:
    flags = _CLONE | os.O_CLOEXEC | _AT_RECURSIVE
    return _call(f"open_tree {path}", libc.syscall(_OPEN_TREE, _AT_FDCWD, os.fsencode(path), flags))


def _place(libc: Any, tree: int, path: str) -> None:
    done = libc.syscall(_MOVE_MOUNT, tree, b"", _AT_FDCWD, os.fsencode(path), _MOVE_FROM_FD)
    _call(f"move_mount {path}", done)
    os.close(tree)


def _read_only(libc: Any, at: int, path: str) -> None:
    attributes = struct.pack("QQQQ", _READ_ONLY, 0, 0, 0)
    flags = _AT_RECURSIVE | (0 if path else _AT_EMPTY_PATH)
    done = libc.syscall(_MOUNT_SETATTR, at, os.fsencode(path), flags, attributes, len(attributes))
    _call(f"mount_setattr {path}", done)


def _mount(libc: Any, source: str, target: str, kind: str, flags: int, data: str = "") -> None:
    words = [word.encode() or None for word in (source, target, kind)]
    _call(
        f"mount {kind} {target}", libc.mount(*words, ctypes.c_ulong(flags), data.encode() if data else None)
    )


def _make_place(path: str, tree: int) -> None:
    """Something to mount over: a folder for a folder, else an empty file. Only ever made in what hides."""
    if os.path.lexists(path):
        return
    os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)  # noqa: PTH103, PTH120
    if os.path.isdir(f"/proc/self/fd/{tree}"):  # noqa: PTH112
        os.mkdir(path, 0o700)  # noqa: PTH102
    else:
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))


def _loopback_up() -> None:
    """A script may talk to a server that it started itself: SIOCGIFFLAGS, SIOCSIFFLAGS with IFF_UP."""
    import fcntl
    import socket

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        flags = struct.unpack("16sH", fcntl.ioctl(any_socket, 0x8913, struct.pack("16sH14x", b"lo", 0))[:18])[
            1
        ]
        fcntl.ioctl(any_socket, 0x8914, struct.pack("16sH14x", b"lo", flags | 1))


def _own_processes(libc: Any, failed: int, notes: int, most: int, *, cut_off: bool) -> None:
    """Fork twice: the first child is process 1 of the new space, the second becomes the program.

    We stay as the one the runner knows, and end as the program ends.
    """
    told_read, told_write = os.pipe()
    first = os.fork()
    if first:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # the program gets it too, and may take its time
        os.close(failed)
        os.close(told_write)
        _note(notes, f"space {first}")
        _end_like(_status_of(first, told_read))
    libc.prctl(_PDEATHSIG, signal.SIGKILL)
    os.close(told_read)
    gone = select.poll()
    gone.register(told_write, select.POLLERR)
    if gone.poll(0):
        os._exit(1)  # who forked us died before the line above
    _mount(libc, "proc", "/proc", "proc", _MS_NOSUID | _MS_NODEV | _MS_NOEXEC)
    _own_kernel(libc, most)
    second = os.fork()
    if second:
        os.close(failed)
        _reap(libc, second, told_write, notes, most, cut_off=cut_off)
    os.close(told_write)


def _own_kernel(libc: Any, most: int) -> None:
    """Bound the pids of the new space where that is this space's own (Linux 6.14), and lock `_KERNEL`."""
    if most and _linux() >= (6, 14):
        with contextlib.suppress(OSError):  # what then holds has been found out by the probe
            _write("/proc/sys/kernel/pid_max", str(_RESERVED_PIDS + _OURS + most))
    if os.getuid():
        return  # may change nothing there; and inside, a new /proc can be mounted for a space below
    for name in _KERNEL:
        if os.path.exists(f"/proc/{name}"):  # noqa: PTH110
            tree = _tree(libc, f"/proc/{name}")
            _read_only(libc, tree, "")
            _place(libc, tree, f"/proc/{name}")


def _reap(libc: Any, program: int, told: int, notes: int, most: int, *, cut_off: bool) -> None:
    """As process 1: take in everybody, tell the program's end, end when nobody is left. Never returns."""
    ends: list[float] = []
    noted: list[bool] = []

    def look(_number: int, _frame: FrameType | None) -> None:
        if ends and time.monotonic() > ends[0]:
            os._exit(0)
        if not noted and _full(most):
            noted.append(_note(notes, "full"))

    signal.signal(signal.SIGTERM, _hand_on)
    signal.signal(signal.SIGALRM, look)
    signal.setitimer(signal.ITIMER_REAL, _LOOK_SECONDS, _LOOK_SECONDS)
    while True:
        try:
            pid, status = os.wait()
        except ChildProcessError:
            os._exit(0)
        if pid == program:
            libc.prctl(_PDEATHSIG, 0)
            if cut_off:
                _note(notes, f"unsent {_unsent()}")
            ends.append(time.monotonic() + _GRACE_SECONDS)
            os.write(told, struct.pack("i", status))


def _hand_on(_number: int, _frame: FrameType | None) -> None:
    """All in the space but process 1, which this is, are to end."""
    with contextlib.suppress(OSError):  # nobody else is there
        os.kill(-1, signal.SIGTERM)
        os.kill(-1, signal.SIGCONT)


def _full(most: int) -> bool:
    """Whether the space has as many threads as it may have, or nearly: those that are refused come and go."""
    threads = 0
    for name in os.listdir("/proc") if most else ():  # noqa: PTH208
        if name.isdigit():
            with contextlib.suppress(OSError):
                threads += os.stat(f"/proc/{name}/task").st_nlink - 2  # noqa: PTH116
    return 0 < most * 95 <= threads * 100


def _note(notes: int, line: str) -> bool:
    with contextlib.suppress(OSError):  # nobody listens any more
        os.write(notes, f"{line}\n".encode())
    return True


def _unsent() -> int:
    """How often the run wanted to reach somebody by a network that has nobody else in it: what found no route
    (OutNoRoutes), and what went to a port here where nobody listens (NoPorts), as a lookup of a name does.
    """
    pairs: list[Sequence[str]] = []
    with contextlib.suppress(OSError, ValueError):
        for name in ("snmp", "snmp6"):
            descriptor = os.open(f"/proc/self/net/{name}", os.O_RDONLY)
            lines = [line.split() for line in os.read(descriptor, 1 << 17).decode().splitlines()]
            os.close(descriptor)
            if name == "snmp":  # a line of names before each line of values
                rows = zip(lines[::2], lines[1::2], strict=True)
                lines = [pair for names, values in rows for pair in zip(names, values, strict=True)]
            pairs += lines
    return sum(int(value) for name, value in pairs if name.endswith(("OutNoRoutes", "NoPorts")))


def _status_of(first: int, told: int) -> int:
    data = os.read(told, 4)
    if len(data) < 4:
        return os.waitpid(first, 0)[1]  # process 1 itself was killed, and with it everybody
    if select.select([told], [], [], 0.05)[0]:
        os.waitpid(first, 0)  # it ended at once: there is nobody left behind
    return struct.unpack("i", data)[0]


def _end_like(status: int) -> None:
    code = os.waitstatus_to_exitcode(status)
    if code < 0:
        _no_core()
        signal.signal(-code, signal.SIG_DFL) if -code not in (signal.SIGKILL, signal.SIGSTOP) else None
        os.kill(os.getpid(), -code)
    os._exit(code if code >= 0 else 128 - code)


def _no_core() -> None:
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _limit_processes(most: int) -> None:
    """RLIMIT_NPROC: from Linux 5.14 on for this user namespace alone; not for who has user id 0 outside."""
    import resource

    if not most or _linux() < (5, 14):
        return
    hard = resource.getrlimit(resource.RLIMIT_NPROC)[1]
    most = most + _OURS if hard == resource.RLIM_INFINITY else min(most + _OURS, hard)
    resource.setrlimit(resource.RLIMIT_NPROC, (most, most))


def _linux() -> tuple[int, ...]:
    """The kernel's version, as far as it is numbers: (6, 14)."""
    return tuple(int(word) if word.isdigit() else 0 for word in os.uname().release.split(".")[:2])


def _limit(limits: Mapping[str, int]) -> None:
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
    _no_core()


def _drop(libc: Any) -> None:
    for capability in range(64):
        if capability not in _KEPT_CAPABILITIES and libc.prctl(_DROP_BOUND, capability, 0, 0, 0):
            break  # EINVAL: the kernel knows no further ones
    _call("no_new_privs", libc.prctl(_NO_NEW_PRIVS, 1, 0, 0, 0))


def _write(path: str, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY)
    try:
        os.write(descriptor, text.encode())
    finally:
        os.close(descriptor)


def _call(what: str, result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise StageError(number, os.strerror(number), what)
    return result


def main() -> None:
    """`stage.py SPECIFICATION PROGRAM ARGUMENT...`: exit code 126 where the fence cannot be built."""
    spec = json.loads(sys.argv[1])
    (no_failed, failed), (no_notes, notes) = os.pipe(), os.pipe()
    os.close(no_failed)
    os.close(no_notes)
    try:
        enter(spec, failed, notes)
    except OSError as error:
        os.write(2, f"{error.strerror}: {error.filename}\n".encode())
        os._exit(126)
    os.execve(sys.argv[2], sys.argv[2:], dict(os.environ))


if __name__ == "__main__":
    main()

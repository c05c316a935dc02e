"""Builds the fence around a program, from inside the process that becomes it. Linux; standard library only.

The runner process calls `enter` between fork and exec; `probe` starts `main` in a process of its own, with a
specification and a command. A specification is a JSON object made by `space`; nothing passes a shell.

What is mounted is prepared as detached trees first (`open_tree`), then everything is made read-only at once
(`mount_setattr`), then the trees are put in their places (`move_mount`): so no path that a project can change
is read twice. The project itself is the folder that we are in, which was opened before it was approved.
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

from copilot.shell.confine import kernel

NEWNS, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET = (
    0x0002_0000,
    0x0400_0000,
    0x0800_0000,
    0x1000_0000,
    0x2000_0000,
    0x4000_0000,
)
_MS_NOSUID, _MS_NODEV, _MS_NOEXEC, _MS_REC, _MS_PRIVATE = 2, 4, 8, 0x4000, 1 << 18
_PDEATHSIG = 1
_DEVICES = ("null", "zero", "full", "random", "urandom", "tty")
_GRACE_SECONDS = 3
"""After the program's end: by then the runner has ended what it left, or is gone itself."""
_LOOK_SECONDS = 0.25
"""How often process 1 looks how many there are."""
_RESERVED_PIDS = 300
"""Pids that are not given out a second time (RESERVED_PIDS of the kernel's pid.h)."""
_KERNEL = ("sys", "sysrq-trigger", "irq", "bus", "fs", "acpi")
"""What in /proc changes the machine itself; who has user id 0 outside could, without any capability."""


def enter(spec: Mapping[str, Any], failed: int, notes: int) -> None:
    """Build the fence. Returns in the process that is to become the program; raises OSError.

    `failed` is a descriptor that must stay open in that process alone until its exec. On `notes` a line says
    which process outside is process 1 of the run's own space, one that it came to its limit of processes, and
    one at the end how often it wanted to reach somebody by a network that was cut off.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if not os.path.samestat(os.stat("."), os.stat(spec["root"])):  # noqa: PTH116
        raise kernel.StageError(errno.ESTALE, "it is another folder by now", spec["root"])
    user, group = os.getuid(), os.getgid()
    flags = NEWUSER | NEWNS | NEWIPC | NEWUTS
    flags |= 0 if spec["network"] else NEWNET
    flags |= NEWPID if spec["processes"] else 0
    kernel.call("unshare", libc.unshare(flags))
    kernel.write("/proc/self/setgroups", "deny")
    kernel.write("/proc/self/uid_map", f"{user} {user} 1")
    kernel.write("/proc/self/gid_map", f"{group} {group} 1")
    kernel.mount(libc, "none", "/", "", _MS_REC | _MS_PRIVATE)
    _build(libc, spec)
    if not spec["network"]:
        kernel.loopback_up()
    most = spec["limits"].get("processes", 0)
    kernel.limit_processes(most)
    if spec["processes"]:
        _own_processes(libc, failed, notes, most, cut_off=not spec["network"])
    kernel.limit(spec["limits"])
    kernel.drop(libc)
    os.chdir(spec["cwd"])


def _build(libc: Any, spec: Mapping[str, Any]) -> None:
    root = spec["root"]
    project = _project(libc, spec)
    hidden = [(path, kernel.tree(libc, over)) for path, over in spec["hide"] if os.path.lexists(path)]
    shown = [(path, kernel.tree(libc, path)) for path in spec["show"] if os.path.exists(path)]  # noqa: PTH110
    there = [name for name in _DEVICES if os.path.exists(f"/dev/{name}")]  # noqa: PTH110
    devices = [(name, kernel.tree(libc, f"/dev/{name}")) for name in there]
    kernel.read_only(libc, kernel.AT_FDCWD, "/")
    for path, tree in hidden:
        kernel.place(libc, tree, path)
    for path, tree in shown:
        kernel.read_only(libc, tree, "")
        kernel.make_place(path, tree)
        kernel.place(libc, tree, path)
    kernel.make_place(root, project)
    kernel.place(libc, project, root)
    for path in spec["pin"]:
        if os.path.isdir(path) and not os.path.islink(path):  # noqa: PTH112, PTH114
            kernel.place(libc, kernel.tree(libc, path), path)
    for path in spec["lock"]:
        if os.path.exists(path) and not os.path.islink(path):  # noqa: PTH110, PTH114
            tree = kernel.tree(libc, path)
            kernel.read_only(libc, tree, "")
            kernel.place(libc, tree, path)
    _own_devices(libc, devices)


def _project(libc: Any, spec: Mapping[str, Any]) -> int:
    """The tree that stands where the project is: itself, an overlay on it, or a copy."""
    if spec["copy"]:
        return kernel.tree(libc, spec["copy"])
    if not spec["overlay"]:
        return kernel.tree(libc, ".")
    over = spec["overlay"]
    lower, upper, work = (
        os.open(path, os.O_PATH | os.O_DIRECTORY) for path in (".", over["upper"], over["work"])
    )
    places = f"lowerdir=/proc/self/fd/{lower},upperdir=/proc/self/fd/{upper},workdir=/proc/self/fd/{work}"
    kernel.mount(libc, "overlay", over["merged"], "overlay", 0, f"{places},userxattr")
    return kernel.tree(libc, over["merged"])


def _own_devices(libc: Any, devices: Sequence[tuple[str, int]]) -> None:
    kernel.mount(libc, "tmpfs", "/dev", "tmpfs", _MS_NOSUID | _MS_NOEXEC, "mode=755,size=1m")
    for name, tree in devices:
        kernel.make_place(f"/dev/{name}", tree)
        kernel.place(libc, tree, f"/dev/{name}")
    for name in ("shm", "pts"):
        os.mkdir(f"/dev/{name}")  # noqa: PTH102  # pathlib costs 10 ms of start
    kernel.mount(libc, "tmpfs", "/dev/shm", "tmpfs", _MS_NOSUID | _MS_NODEV, "mode=1777,size=25%")
    with contextlib.suppress(OSError):  # no terminals then; nothing else needs it
        kernel.mount(
            libc, "devpts", "/dev/pts", "devpts", _MS_NOSUID | _MS_NOEXEC, "newinstance,ptmxmode=0666"
        )
        os.symlink("pts/ptmx", "/dev/ptmx")  # noqa: PTH211
    for name, number in (("stdin", "0"), ("stdout", "1"), ("stderr", "2")):
        os.symlink(f"/proc/self/fd/{number}", f"/dev/{name}")  # noqa: PTH211
    os.symlink("/proc/self/fd", "/dev/fd")  # noqa: PTH211


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
    kernel.mount(libc, "proc", "/proc", "proc", _MS_NOSUID | _MS_NODEV | _MS_NOEXEC)
    _own_kernel(libc, most)
    second = os.fork()
    if second:
        os.close(failed)
        _reap(libc, second, told_write, notes, most, cut_off=cut_off)
    os.close(told_write)


def _own_kernel(libc: Any, most: int) -> None:
    """Bound the pids of the new space where that is this space's own (Linux 6.14), and lock `_KERNEL`."""
    if most and kernel.linux() >= (6, 14):
        with contextlib.suppress(OSError):  # what then holds has been found out by the probe
            kernel.write("/proc/sys/kernel/pid_max", str(_RESERVED_PIDS + kernel.OURS + most))
    if os.getuid():
        return  # may change nothing there; and inside, a new /proc can be mounted for a space below
    for name in _KERNEL:
        if os.path.exists(f"/proc/{name}"):  # noqa: PTH110
            tree = kernel.tree(libc, f"/proc/{name}")
            kernel.read_only(libc, tree, "")
            kernel.place(libc, tree, f"/proc/{name}")


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
        kernel.no_core()
        signal.signal(-code, signal.SIG_DFL) if -code not in (signal.SIGKILL, signal.SIGSTOP) else None
        os.kill(os.getpid(), -code)
    os._exit(code if code >= 0 else 128 - code)


def main() -> None:
    """With the arguments SPECIFICATION PROGRAM ARGUMENT...: exit code 126 where the fence cannot be built."""
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

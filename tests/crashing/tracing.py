"""Runs a piece of work in a process of its own and stops it at every call that changes files.

The kernel itself says what is called (ptrace and a seccomp filter), so nothing that the work writes goes by,
whether it goes through `storage` or through SQLite. At the call of a given number the process is killed, or
the call fails, or takes fewer bytes. For Linux on x86-64; `trouble()` says why it cannot be done elsewhere.
"""

import contextlib
import ctypes
import errno
import os
import platform
import signal
import stat
import struct
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

Kind = Literal["open", "write", "sync", "truncate", "rename", "unlink", "mkdir", "mode"]

CALLS: dict[int, Kind] = {
    1: "write", 18: "write", 20: "write", 40: "write", 285: "write", 296: "write", 326: "write",
    2: "open", 85: "open", 257: "open", 437: "open",
    74: "sync", 75: "sync",
    76: "truncate", 77: "truncate",
    82: "rename", 264: "rename", 316: "rename", 86: "rename", 265: "rename", 88: "rename", 266: "rename",
    84: "unlink", 87: "unlink", 263: "unlink",
    83: "mkdir", 258: "mkdir",
    90: "mode", 91: "mode", 268: "mode", 452: "mode", 280: "mode",
}  # fmt: skip
"""Of x86-64: write, pwrite64, writev, sendfile, fallocate, pwritev, copy_file_range; open, creat, openat,
openat2; fsync, fdatasync; truncate, ftruncate; rename, renameat, renameat2, link, linkat, symlink, symlinkat;
rmdir, unlink, unlinkat; mkdir, mkdirat; chmod, fchmod, fchmodat, fchmodat2, utimensat."""

_OPENS_BY_FLAGS = {2: "rsi", 257: "rdx"}
_OPENAT2, _COPY_RANGE = 437, 326
_SHORTENED = {1, 18}
"""Writes of which the number of bytes is an argument of its own."""

_CHANGES = os.O_CREAT | os.O_TRUNC | getattr(os, "O_TMPFILE", 0) & ~os.O_DIRECTORY
_TRACEME, _CONT, _GETREGS, _SETREGS, _SYSCALL, _SETOPTIONS = 0, 7, 12, 13, 24, 0x4200
_TRACE_CLONE, _TRACE_SECCOMP, _EXIT_KILL = 1 << 3, 1 << 7, 1 << 20
_SECCOMP_STOP = signal.SIGTRAP | (7 << 8) if sys.platform == "linux" else 0
_WALL = 0x40000000
_NO_NEW_PRIVS, _SET_SECCOMP, _DEATH_SIGNAL = 38, 22, 1
_FIELDS = (
    "r15", "r14", "r13", "r12", "rbp", "rbx", "r11", "r10", "r9", "r8", "rax", "rcx", "rdx", "rsi", "rdi",
    "orig_rax", "rip", "cs", "eflags", "rsp", "ss", "fs_base", "gs_base", "ds", "es", "fs", "gs",
)  # fmt: skip


class _Registers(ctypes.Structure):
    _fields_ = [(name, ctypes.c_ulonglong) for name in _FIELDS]


@dataclass(frozen=True)
class Kill:
    """Kill before call number `at`, from 1. With `half`, in the middle of it where it writes."""

    at: int
    half: bool = False


@dataclass(frozen=True)
class Fail:
    """Call number `at` fails with `code`; with `on`, so does every one after it that needs room or a disk."""

    at: int
    code: int
    on: bool = False


@dataclass(frozen=True)
class Short:
    """The write that is call number `at` takes half of its bytes."""

    at: int


Fault = Kill | Fail | Short
Watch = Callable[["Run", bool], None]


@dataclass
class Run:
    """How it went. `told` is what the work said to whoever started it, `calls` what it called, in order."""

    told: list[str] = field(default_factory=list)
    calls: list[Kind] = field(default_factory=list)
    killed: bool = False
    exit_code: int = 0


def trouble() -> str:
    """Why no work can be traced here; "" where it can."""
    if sys.platform != "linux" or platform.machine() != "x86_64":
        return "tracing the calls of a process is written for Linux on x86-64"
    try:
        done = traced(lambda tell: tell("here"), None)
    except OSError as error:
        return f"this system lets nobody trace a process: {error}"
    return "" if done.told == ["here"] else "this system lets nobody trace a process"


def traced(
    work: Callable[[Callable[[str], None]], None],
    fault: Fault | None,
    power: "Power | None" = None,
    watch: "Watch | None" = None,
) -> Run:
    """Fork, do `work` there with a function to tell something by, and meet the `fault` on the way.

    For a process without other threads and children. `power` watches what reaches the medium. `watch` is
    called with how it went so far before each call, and in the middle of each write (True): what it finds on
    the disk is what a kill would leave there.
    """
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    child = os.fork()
    if child == 0:
        os.close(reading)
        _work(work, writing)
    os.close(writing)
    try:
        return _Tracer(child, fault, power, watch, reading).run()
    finally:
        os.close(reading)


def _work(work: Callable[[Callable[[str], None]], None], writing: int) -> None:
    """The child's life."""
    code = 70
    try:
        libc = ctypes.CDLL(None, use_errno=True)
        libc.prctl(_DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0)
        libc.prctl(_NO_NEW_PRIVS, 1, 0, 0, 0)
        if libc.ptrace(_TRACEME, 0, 0, 0) != 0:
            os._exit(71)
        os.kill(os.getpid(), signal.SIGSTOP)
        _filter(libc)
        work(lambda words: _tell(writing, words))
        code = 0
    except BaseException as error:  # told to the parent
        import traceback

        _tell(writing, "raised " + "".join(traceback.format_exception(error)))
    finally:
        os._exit(code)


def _tell(writing: int, words: str) -> None:
    os.write(writing, words.encode() + b"\0")


def _filter(libc: ctypes.CDLL) -> None:
    """Have the kernel stop at the calls that change files, and at no other."""
    load, equal, result = 0x20, 0x15, 0x06
    trace, allow = 0x7FF00000, 0x7FFF0000
    numbers = sorted(CALLS)
    code = [struct.pack("HBBI", load, 0, 0, 0)]
    code += [struct.pack("HBBI", equal, len(numbers) - n, 0, nr) for n, nr in enumerate(numbers)]
    code += [struct.pack("HBBI", result, 0, 0, allow), struct.pack("HBBI", result, 0, 0, trace)]
    program = ctypes.create_string_buffer(b"".join(code))
    head = ctypes.create_string_buffer(struct.pack("HxxxxxxQ", len(code), ctypes.addressof(program)))
    if libc.prctl(_SET_SECCOMP, 2, head, 0, 0) != 0:
        os._exit(72)


class _Tracer:
    def __init__(
        self, child: int, fault: Fault | None, power: "Power | None", watch: Watch | None, reading: int
    ) -> None:
        self._child, self._fault, self._power, self._watch = child, fault, power, watch
        self._reading, self._said, self._halving = reading, b"", False
        self._ptrace = ctypes.CDLL(None, use_errno=True).ptrace
        self._ptrace.argtypes = (ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p)
        self._run = Run()

    def run(self) -> Run:
        """Until the child is gone."""
        _, status = os.waitpid(self._child, 0)
        if not os.WIFSTOPPED(status):
            raise OSError(errno.EPERM, "the child could not be traced")
        self._ptrace(_SETOPTIONS, self._child, None, _TRACE_SECCOMP | _EXIT_KILL | _TRACE_CLONE)
        self._go_on(self._child)
        while True:
            thread, status = os.waitpid(-1, _WALL)
            if os.WIFSTOPPED(status):
                self._stopped(thread, status)
            elif thread == self._child:
                self._run.killed = os.WIFSIGNALED(status)
                self._run.exit_code = os.waitstatus_to_exitcode(status)
                self._hear()
                return self._run

    def _hear(self) -> None:
        """What the work has told until now."""
        with contextlib.suppress(BlockingIOError):
            while said := os.read(self._reading, 65_536):
                self._said += said
        self._run.told = self._said.decode().split("\0")[:-1]

    def _stopped(self, thread: int, status: int) -> None:
        if status >> 8 == _SECCOMP_STOP:
            self._called(thread)
            return
        reason = os.WSTOPSIG(status)
        # A new thread begins with SIGSTOP; what is told with SIGTRAP is for us.
        self._go_on(thread, 0 if reason in (signal.SIGTRAP, signal.SIGSTOP) else reason)

    def _called(self, thread: int) -> None:
        registers = _Registers()
        self._ptrace(_GETREGS, thread, None, ctypes.addressof(registers))
        kind = self._kind(thread, registers)
        if kind is None:
            self._go_on(thread)
            return
        self._run.calls.append(kind)
        if self._watch is not None:
            self._hear()
            self._watch(self._run, False)
            self._halving = kind == "write" and not self._halving
            if self._halving and self._halved(thread, registers):
                self._watch(self._run, True)
                self._go_on(thread)
                return
        match self._fault:
            case Kill(at=at, half=half) if at == len(self._run.calls):
                if half:
                    self._halved(thread, registers)
                os.kill(self._child, signal.SIGKILL)
                return
            case Fail(at=at, code=code, on=on) if at == len(self._run.calls) or (
                on and len(self._run.calls) > at and not (kind == "unlink" and code == errno.ENOSPC)
            ):
                registers.orig_rax = 2**64 - 1
                registers.rax = 2**64 - code
                self._ptrace(_SETREGS, thread, None, ctypes.addressof(registers))
            case Short(at=at) if at == len(self._run.calls) and registers.orig_rax in _SHORTENED:
                self._shorten(thread, registers)
            case _:
                if kind == "sync" and self._power is not None:
                    self._power.synced(Path(f"/proc/{self._child}/fd/{registers.rdi}"))
        self._go_on(thread)

    def _kind(self, thread: int, registers: _Registers) -> Kind | None:
        """What a call does to files; None where it does nothing, or not to files."""
        number = registers.orig_rax
        kind = CALLS[number]
        if kind == "open":
            if number == _OPENAT2:
                with open(f"/proc/{thread}/mem", "rb", buffering=0) as memory:  # noqa: PTH123
                    memory.seek(registers.rdx)
                    flags = struct.unpack("Q", memory.read(8))[0]
            else:
                name = _OPENS_BY_FLAGS.get(number)
                flags = os.O_CREAT if name is None else getattr(registers, name)
            return kind if flags & _CHANGES else None
        if kind == "write":
            fd = registers.rdx if number == _COPY_RANGE else registers.rdi
            try:
                mode = Path(f"/proc/{self._child}/fd/{fd}").stat().st_mode
            except OSError:
                return None
            return kind if stat.S_ISREG(mode) else None
        return kind

    def _shorten(self, thread: int, registers: _Registers) -> None:
        registers.rdx = max(1, registers.rdx // 2)
        self._ptrace(_SETREGS, thread, None, ctypes.addressof(registers))

    def _halved(self, thread: int, registers: _Registers) -> bool:
        """Let half of the bytes be written, where that can be done."""
        if registers.orig_rax not in _SHORTENED or registers.rdx < 2:
            return False
        self._shorten(thread, registers)
        self._ptrace(_SYSCALL, thread, None, None)
        os.waitpid(thread, _WALL)
        return True

    def _go_on(self, thread: int, with_signal: int = 0) -> None:
        self._ptrace(_CONT, thread, None, with_signal or None)


class Power:
    """What a power cut leaves of a folder: bytes that were synced, under names whose folder was synced.

    Stricter than the file systems we know, which also sync a new file's name with its bytes. Folders
    themselves are taken to stay.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._held: dict[int, int] = {}
        self._bytes: dict[int, bytes] = {}
        self._names: dict[Path, int] = {}
        for folder, _, names in os.walk(root):
            for name in names:
                self._keep(Path(folder) / name)
            self._folder(Path(folder))

    def synced(self, opened: Path) -> None:
        """What is open there is on the medium now."""
        if stat.S_ISDIR(opened.stat().st_mode):
            self._folder(opened.readlink())
        else:
            self._keep(opened)

    def leave(self, target: Path) -> None:
        """Write what is left to `target`."""
        for folder, _, _ in os.walk(self._root):
            (target / Path(folder).relative_to(self._root)).mkdir(parents=True, exist_ok=True)
        for path, inode in self._names.items():
            left = target / path.relative_to(self._root)
            if left.parent.is_dir():
                left.write_bytes(self._bytes.get(inode, b""))

    def close(self) -> None:
        """Let go of everything."""
        for fd in self._held.values():
            os.close(fd)

    def _keep(self, path: Path) -> None:
        # Held open, so that its number is not given to another file.
        fd = os.open(path, os.O_RDONLY)
        inode = os.fstat(fd).st_ino
        if inode in self._held:
            os.close(fd)
            fd = self._held[inode]
        self._held[inode] = fd
        self._bytes[inode] = os.pread(fd, os.fstat(fd).st_size, 0)

    def _folder(self, folder: Path) -> None:
        if folder != self._root and self._root not in folder.parents:
            return
        self._names = {path: inode for path, inode in self._names.items() if path.parent != folder}
        for entry in os.scandir(folder):
            if entry.is_file(follow_symlinks=False):
                self._names[folder / entry.name] = entry.inode()
                if entry.inode() not in self._held:  # held, so that no other file gets its number
                    self._held[entry.inode()] = os.open(entry.path, os.O_RDONLY)

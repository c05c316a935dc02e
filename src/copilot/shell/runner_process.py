"""The process that runs one program and answers for its whole tree. Started by path, `python -I -S`.

It has no other children, so that everything below it belongs to the program: on Linux it is a child
subreaper, and orphans (setsid, double fork, disown, nohup) come to it and not to init. It is told what to run
by one JSON line on its standard input; any further word there, or its end (the program that started us is
gone), means stop. It answers with JSON lines on the descriptor named by its first argument. Standard output
and error are the program's own; nothing is written to them here. Standard library only: it must start in a
few milliseconds.

A job with a `fence` (a specification of `confine.space`) is fenced in between fork and exec.

On Windows it is the stub that waits until it sits in a job object, starts the program and returns its exit
code.
"""

import contextlib
import json
import os
import select
import signal
import sys
import time
from collections.abc import Callable, Collection, Mapping
from types import FrameType
from typing import Any, NamedTuple

DRAIN_SECONDS = 0.5
"""How long what a program left running in the background may go on after the program itself ended."""
MOST_NAMED = 6
"""Background processes that are named one by one; the others are counted."""
GRACE_SECONDS = 0.3
"""Between SIGTERM and SIGKILL."""
SWEEP_SECONDS = 1.2
"""After that, what cannot be killed (another user's process) is reported instead."""
SPACE_SECONDS = 5.0
"""For the kernel to end a process space: thousands of processes take it a while."""
_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36


class Process(NamedTuple):
    """One line of the process table. `start` tells a process from a later one with the same pid."""

    pid: int
    parent: int
    session: int
    zombie: bool
    start: str


def parse_stat(text: str) -> Process:
    """One `/proc/<pid>/stat`. The name stands in parentheses and may itself hold any character."""
    pid = int(text[: text.index(" ")])
    rest = text[text.rindex(")") + 2 :].split()
    return Process(pid, int(rest[1]), int(rest[3]), rest[0] in "ZX", rest[19])


def parse_ps(text: str) -> list[Process]:
    """What `ps -A -o pid=,ppid=,pgid=,stat=,lstart=` printed (where there is no /proc)."""
    found: list[Process] = []
    for line in text.splitlines():
        words = line.split(None, 4)
        if len(words) == 5:
            found.append(Process(int(words[0]), int(words[1]), int(words[2]), words[3][0] == "Z", words[4]))
    return found


def process_table() -> list[Process]:
    """All processes that we can see."""
    if not sys.platform.startswith("linux"):
        import subprocess

        columns = "pid=,ppid=,pgid=,stat=,lstart="
        with subprocess.Popen(["/bin/ps", "-A", "-o", columns], stdout=subprocess.PIPE) as ps:
            listed = ps.communicate()[0].decode("utf-8", "replace")
        return [process for process in parse_ps(listed) if process.pid != ps.pid]
    found: list[Process] = []
    for name in os.listdir("/proc"):  # noqa: PTH208  # pathlib costs 10 ms of start
        if name.isdigit():
            with contextlib.suppress(OSError), open(f"/proc/{name}/stat", errors="replace") as file:  # noqa: PTH123
                found.append(parse_stat(file.read()))
    return found


def name_of(pid: int) -> str:
    """The program of a running process: the end of its first argument, else what the kernel calls it."""
    if not sys.platform.startswith("linux"):
        import subprocess

        with subprocess.Popen(["/bin/ps", "-o", "comm=", "-p", str(pid)], stdout=subprocess.PIPE) as ps:
            return ps.communicate()[0].decode("utf-8", "replace").strip().rpartition("/")[2][:80]
    for name, ends in (("cmdline", "\0"), ("comm", "\n")):
        with contextlib.suppress(OSError), open(f"/proc/{pid}/{name}", errors="replace") as file:  # noqa: PTH123
            if word := file.read(4096).split(ends, 1)[0]:
                return word.rstrip("/").rpartition("/")[2][:80]
    return ""


def family(table: Collection[Process], root: int, known: Collection[tuple[int, str]] = ()) -> set[Process]:
    """Everything alive below `root`, and below any process of `known` (pid and start) that is still there."""
    found = {p for p in table if (p.pid, p.start) in known and p.pid != root}
    return {p for p in found | below(table, {root, *(p.pid for p in found)}) if not p.zombie}


def below(table: Collection[Process], roots: Collection[int]) -> set[Process]:
    """Every descendant of the roots. Raises ValueError for pid 0 or 1, whose family is the whole machine."""
    if any(root <= 1 for root in roots):
        raise ValueError(f"no family of ours has such a root: {sorted(roots)}")
    children: dict[int, list[Process]] = {}
    for process in table:
        children.setdefault(process.parent, []).append(process)
    found: set[Process] = set()
    todo = list(roots)
    while todo:
        for process in children.get(todo.pop(), ()):
            if process not in found:
                found.add(process)
                todo.append(process.pid)
    return found


def ancestors(table: Collection[Process], pid: int) -> set[int]:
    """The process itself and every process above it: what it must never end."""
    parents = {process.pid: process.parent for process in table}
    found: set[int] = set()
    while pid not in found:
        found.add(pid)
        pid = parents.get(pid, 0)
    return found | {0, 1}


class Tree:
    """The program and everything that came from it."""

    def __init__(self) -> None:
        self.leader = 0
        self.status: int | None = None
        self._known: set[tuple[int, str]] = set()
        self._adopts = sys.platform.startswith("linux")

    def alive(self) -> set[Process]:
        """What runs now. Without a subreaper it must be asked now and then, to know orphans by sight."""
        table = process_table()
        found = family(table, os.getpid(), self._known)
        if not self._adopts and self.leader:
            found |= {p for p in table if p.session == self.leader and not p.zombie}
            self._known |= {(p.pid, p.start) for p in found}
        return found

    def reap(self) -> bool:
        """Take in what ended. False when no child is left at all."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return False
            if pid == 0:
                return True
            if pid == self.leader:
                self.status = status

    def end(self, space: int = 0) -> int:
        """SIGTERM, a short grace, then SIGKILL until nobody is left. Returns how many could not be ended.

        A space of its own ends with its process 1, `space`, which hands SIGTERM on: two signals end a crowd.
        """
        if self._adopts and not self.reap():
            return 0
        if space > 1 and self._of_ours(space):
            for number, seconds in ((signal.SIGTERM, GRACE_SECONDS), (signal.SIGKILL, SPACE_SECONDS)):
                with contextlib.suppress(OSError):
                    os.kill(space, number)
                if self._until_gone(seconds, lambda: None):
                    return 0
        self._signal(signal.SIGTERM)
        self._signal(signal.SIGCONT)
        self._until_gone(GRACE_SECONDS, lambda: None)
        self._until_gone(SWEEP_SECONDS, lambda: self._signal(signal.SIGKILL))
        return len(self.alive())

    def _until_gone(self, seconds: float, act: Callable[[], None]) -> bool:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            act()
            has_children = self.reap()
            if not (has_children if self._adopts else self.alive()):
                return True
            time.sleep(0.01)
        return False

    def _of_ours(self, pid: int) -> bool:
        with contextlib.suppress(OSError), open(f"/proc/{pid}/stat", errors="replace") as file:  # noqa: PTH123
            return parse_stat(file.read()).parent in (self.leader, os.getpid())
        return False

    def _signal(self, number: int) -> None:
        for process in self.alive():
            if process.pid <= 1 or process.pid == os.getpid():
                continue
            with contextlib.suppress(OSError):
                os.kill(process.pid, number)


def start(
    argv: list[str],
    env: Mapping[str, str],
    tell: Callable[[int], None],
    fence: Mapping[str, Any] | None = None,
    notes: int = -1,
) -> int:
    """Fork and execute: own session, no terminal, empty standard input, default signals. Raises OSError.

    With a `fence` the program is fenced in before it begins, or does not begin; `notes` is where the fence
    writes what it notes. `tell` is called with the pid before the program begins: one that kills us at once
    must already be known.
    """
    libc = _libc()
    stage = None if fence is None else _stage()
    go_read, go_write = os.pipe()
    failed_read, failed_write = os.pipe()  # closed by a successful exec
    nothing = os.open(os.devnull, os.O_RDONLY)
    pid = os.fork()
    if pid == 0:
        try:
            os.setsid()
            os.dup2(nothing, 0)
            for number in (signal.SIGPIPE, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD, signal.SIGTERM):
                signal.signal(number, signal.SIG_DFL)
            if libc is not None:
                libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
            os.close(go_write)
            if os.read(go_read, 1):  # its end means that we were killed
                if stage is not None:
                    stage.enter(fence, failed_write, notes)
                os.execve(argv[0], argv, env)
        except OSError as error:
            os.write(failed_write, f"{error.errno} {error.filename or argv[0]}".encode())
        finally:
            os._exit(127)
    os.close(nothing)
    os.close(failed_write)
    tell(pid)
    os.write(go_write, b"!")
    os.close(go_read)
    os.close(go_write)
    with os.fdopen(failed_read, "rb") as pipe:
        failed = pipe.read()
    if failed:
        os.waitpid(pid, 0)
        number, _, what = failed.decode("utf-8", "replace").partition(" ")
        raise OSError(int(number), os.strerror(int(number)), what)
    return pid


def watch(tree: Tree, control: int, wake: int, timeout: float) -> str:
    """Wait for the first of: the program's own end, the word to stop (or its sender's end), the timeout."""
    until = time.monotonic() + timeout
    look_again = 3600.0 if sys.platform.startswith("linux") else 0.25
    while True:
        tree.reap()
        if tree.status is not None:
            return "exited"
        left = until - time.monotonic()
        if left <= 0:
            return "timed_out"
        ready, _, _ = select.select([control, wake], [], [], min(left, look_again))
        if control in ready or (wake in ready and signal.SIGTERM in os.read(wake, 4096)):
            return "stopped"
        if not sys.platform.startswith("linux"):
            tree.alive()


def drain(tree: Tree, control: int) -> set[Process]:
    """Let background children finish for a moment. Returns those that did not."""
    until = time.monotonic() + DRAIN_SECONDS
    while tree.reap() or not sys.platform.startswith("linux"):
        left = tree.alive()
        if not left or time.monotonic() > until:
            return left
        if select.select([control], [], [], 0.02)[0]:
            return left
    return set()


class Notes:
    """What the fence noted while the program ran, line by line."""

    def __init__(self) -> None:
        self._read, self.write = os.pipe()
        os.set_blocking(self._read, False)

    def told(self) -> list[list[str]]:
        """What came since the last time, split into words."""
        with contextlib.suppress(BlockingIOError):
            return [line.split() for line in os.read(self._read, 1 << 16).decode().splitlines()]
        return []


def main_posix(status_fd: int, cwd_fd: int) -> None:
    """Run one program in the folder that `cwd_fd` is open on. Ends when nothing of it is left."""
    os.set_inheritable(status_fd, False)
    os.fchdir(cwd_fd)
    os.close(cwd_fd)
    wake = _wake_on_signals()
    libc = _libc()
    if libc is not None:
        libc.prctl(_PR_SET_CHILD_SUBREAPER, 1)
    job: dict[str, Any] = json.loads(_first_line(0))
    tree = Tree()
    notes = Notes()
    fence: Mapping[str, Any] | None = job.get("fence")
    try:
        tree.leader = start(
            job["argv"], job["env"], lambda pid: _tell(status_fd, {"pid": pid}), fence, notes.write
        )
    except OSError as error:
        return _tell(status_fd, {"failed": f"{error.strerror}: {error.filename}"})
    reason = watch(tree, 0, wake, job["timeout"])
    leftovers = drain(tree, 0) if reason == "exited" else set[Process]()
    noted = notes.told()
    space = next((int(words[1]) for words in noted if words[0] == "space"), 0)
    pids = sorted(process.pid for process in leftovers if process.pid != space)
    named = [(pid, name_of(pid)) for pid in pids[:MOST_NAMED]]
    left = tree.end(space)
    status = tree.status
    code = None if status is None else os.waitstatus_to_exitcode(status)
    answer = {"reason": reason, "code": code, "leftovers": len(pids), "named": named, "left": left}
    full = ["full"] in [*noted, *notes.told()]
    answer["unsent"] = sum(int(words[1]) for words in noted if words[0] == "unsent")
    return _tell(status_fd, answer | {"full": fence["limits"]["processes"] if full and fence else 0})


def main_windows() -> None:
    """Wait for the job on standard input (by then we sit in a job object), run it, return its exit code."""
    import subprocess
    import threading

    job: dict[str, Any] = json.loads(_first_line(0))
    child = subprocess.Popen(job["argv"], env=job["env"], cwd=job["cwd"], stdin=subprocess.DEVNULL)

    def end_with_sender() -> None:
        os.read(0, 1)
        child.kill()

    threading.Thread(target=end_with_sender, daemon=True).start()
    code = child.wait()
    os._exit(code - 2**32 if code >= 2**31 else code)


def _first_line(descriptor: int) -> bytes:
    """Read to the first newline and not further: what comes later must wake the `select`."""
    line = bytearray()
    while byte := os.read(descriptor, 1):
        if byte == b"\n":
            break
        line += byte
    return bytes(line)


def _wake_on_signals() -> int:
    """A descriptor that turns readable on SIGCHLD and SIGTERM, with the signal's number as a byte."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    for number in (signal.SIGCHLD, signal.SIGTERM):
        signal.signal(number, _only_wake)
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    return reading


def _only_wake(_number: int, _frame: FrameType | None) -> None:
    """The byte in the wake-up pipe says it all."""


def _stage() -> Any:
    """What builds fences: of our own package alone, which `-I -S` does not know, and after the library."""
    from importlib import import_module

    sys.path.append(os.path.abspath(f"{__file__}/../../.."))  # noqa: PTH100
    return import_module("copilot.shell.confine.stage")


def _libc() -> Any:
    if not sys.platform.startswith("linux"):
        return None
    import ctypes

    return ctypes.CDLL(None)


def _tell(descriptor: int, message: Mapping[str, object]) -> None:
    with contextlib.suppress(OSError):  # nobody listens any more: the tree must still be ended
        os.write(descriptor, json.dumps(message).encode() + b"\n")


if __name__ == "__main__":
    if sys.platform == "win32":
        main_windows()
    else:
        main_posix(int(sys.argv[1]), int(sys.argv[2]))

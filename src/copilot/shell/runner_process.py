"""The process that runs one program and answers for its whole tree. Started by `runner_door`.

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
from collections.abc import Callable, Mapping
from types import FrameType
from typing import Any

from copilot.shell.process_table import Process, name_of
from copilot.shell.runner_tree import Tree

DRAIN_SECONDS = 0.5
"""How long what a program left running in the background may go on after the program itself ended."""
MOST_NAMED = 6
"""Background processes that are named one by one; the others are counted."""
_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36


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


def main(words: list[str]) -> None:
    """Run what we are told to, where `words` say how on this platform."""
    if sys.platform == "win32":
        main_windows()
    else:
        status_fd, cwd_fd = map(int, words)
        main_posix(status_fd, cwd_fd)


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
    """What builds fences."""
    from importlib import import_module

    return import_module("copilot.shell.confine.stage")


def _libc() -> Any:
    if not sys.platform.startswith("linux"):
        return None
    import ctypes

    return ctypes.CDLL(None)


def _tell(descriptor: int, message: Mapping[str, object]) -> None:
    with contextlib.suppress(OSError):  # nobody listens any more: the tree must still be ended
        os.write(descriptor, json.dumps(message).encode() + b"\n")

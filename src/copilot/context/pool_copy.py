"""A pool's process as a copy of this one: there at once, and what both have loaded is in memory once."""

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import BinaryIO

Serve = Callable[[BinaryIO, BinaryIO], None]
"""What a copy does: it reads what is asked from the first and writes its answers to the second."""


class Copy:
    """A child with the pipes to it; what the pool needs of a `Popen`."""

    def __init__(self, pid: int, stdin: BinaryIO, stdout: BinaryIO) -> None:
        self.pid = pid
        self.stdin = stdin
        self.stdout = stdout
        self._one = threading.Lock()
        self._over = False

    def kill(self) -> None:
        """End it, unless its end was waited for: its number may be another's by then."""
        with self._one:
            if not self._over:
                os.kill(self.pid, signal.SIGKILL)

    def wait(self) -> None:
        """Wait for its end."""
        with suppress(ChildProcessError):
            os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOWAIT)
        with self._one, suppress(ChildProcessError):
            self._over = True
            os.waitpid(self.pid, 0)


def may_copy() -> bool:
    """Whether this process may be copied: only without other threads, of which a copy would have the locks.

    Not on a Mac, whose own libraries do not bear it.
    """
    return sys.platform == "linux" and threading.active_count() == 1


def copies(count: int, serve: Serve) -> list[Copy]:
    """So many copies of this process, each of which serves and ends; fewer where there can be no more."""
    made: list[Copy] = []
    with suppress(OSError):
        for _ in range(count):
            made.append(_copy(serve, [pipe.fileno() for one in made for pipe in (one.stdin, one.stdout)]))
    return made


def _copy(serve: Serve, others: Iterable[int]) -> Copy:
    """One copy, which closes the pipes to the `others`: else those would never see their end."""
    asked, ask = os.pipe()
    answers, answer = os.pipe()
    try:
        pid = os.fork()
    except OSError:
        for fd in (asked, ask, answers, answer):
            os.close(fd)
        raise
    if not pid:
        _be_copy(serve, asked, answer, (ask, answers, *others))
    os.close(asked)
    os.close(answer)
    return Copy(pid, os.fdopen(ask, "wb"), os.fdopen(answers, "rb"))


def _be_copy(serve: Serve, asked: int, answer: int, foreign: Iterable[int]) -> None:
    """Never returns: nothing of what this process was about to do is done twice."""
    code = 1
    try:
        for fd in foreign:
            os.close(fd)
        null = os.open(os.devnull, os.O_RDWR)
        for fd in (0, 1, 2):
            os.dup2(null, fd)
        serve(os.fdopen(asked, "rb"), os.fdopen(answer, "wb"))
        code = 0
    finally:
        os._exit(code)

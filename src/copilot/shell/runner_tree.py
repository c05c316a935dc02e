"""What the runner process answers for: the program and all that came from it, until none of it is left."""

import contextlib
import os
import signal
import sys
import time
from collections.abc import Callable

from copilot.shell.process_table import Process, family, parse_stat, process_table

GRACE_SECONDS = 0.3
"""Between SIGTERM and SIGKILL."""
SWEEP_SECONDS = 1.2
"""After that, what cannot be killed (another user's process) is reported instead."""
SPACE_SECONDS = 5.0
"""For the kernel to end a process space: thousands of processes take it a while."""


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

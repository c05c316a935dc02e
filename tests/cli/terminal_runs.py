"""A program in a real terminal (a pty), as a person has it: controlling terminal, Ctrl+C and all."""

import os
import pty
import select
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

# Makes the pty the controlling terminal of the new session, then becomes the program.
_ENTER = """
import fcntl, os, sys, termios
fcntl.ioctl(2, termios.TIOCSCTTY, 0)
os.execv(sys.argv[1], sys.argv[1:])
"""
DEADLINE_SECONDS = 60.0


class TerminalRun:
    """`argv` under a pty; `stdin` and `stdout` may be something else (subprocess.PIPE, a file)."""

    def __init__(
        self,
        argv: Sequence[str],
        *,
        env: Mapping[str, str],
        cwd: Path | None = None,
        stdin: int | None = None,
        stdout: int | None = None,
    ) -> None:
        self._master, slave = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-c", _ENTER, *argv],
            stdin=slave if stdin is None else stdin,
            stdout=slave if stdout is None else stdout,
            stderr=slave,
            env=dict(env),
            cwd=cwd,
            start_new_session=True,
        )
        os.close(slave)
        self.seen = ""
        self._at = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()
        os.close(self._master)

    def until(self, text: str) -> str:
        """Read until `text` shows (after what the last call read), and return everything up to its end."""
        end = time.monotonic() + DEADLINE_SECONDS
        while (found := self.seen.find(text, self._at)) < 0:
            if not self._read(end):
                raise AssertionError(f"the terminal never showed {text!r}:\n{self.seen}")
        before, self._at = self._at, found + len(text)
        return self.seen[before : self._at]

    def type(self, text: str) -> None:
        """Type into the terminal; "\\x03" is Ctrl+C."""
        os.write(self._master, text.encode())

    def end(self) -> int:
        """Read to the end and return the exit code."""
        end = time.monotonic() + DEADLINE_SECONDS
        while self._read(end):
            pass
        return self.process.wait(timeout=max(0.1, end - time.monotonic()))

    def _read(self, end: float) -> bool:
        """Read once; False at the end of output or past the deadline."""
        ready, _, _ = select.select([self._master], [], [], max(0.0, end - time.monotonic()))
        if not ready:
            return False
        try:
            data = os.read(self._master, 65_536)
        except OSError:  # Linux: the other side is closed
            return False
        self.seen += data.decode("utf-8", "replace").replace("\r\n", "\n")
        return bool(data)

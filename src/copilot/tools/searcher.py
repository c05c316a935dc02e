"""Our side of the process that tries a regular expression (`search_process`)."""

import contextlib
import json
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import IO, Any, cast

from copilot.shell.tree import runner_argv
from copilot.vocabulary.errors import ToolError, TurnCancelledError
from copilot.vocabulary.frozen import field, frozen, mutable

PROCESS = Path(__file__).with_name("search_process.py")
_LOOK_SECONDS = 0.05


class TooSlowError(Exception):
    """The time was used up."""


@frozen
class Lines:
    """Matching lines of one text, numbered from 1; `more` where there were more than asked for."""

    found: tuple[tuple[int, str], ...]
    more: bool


@mutable(kw_only=True)
class Searcher:
    """One pattern, tried on one text after the other; a context manager. `seconds` is for all of them.

    Entering raises ToolError for a pattern that is no regular expression.
    """

    pattern: str
    most: int
    line_characters: int
    seconds: float
    cancelled: Callable[[], bool]
    _process: "subprocess.Popen[bytes]" = field(init=False)
    _answers: "queue.SimpleQueue[bytes]" = field(
        default_factory=lambda: queue.SimpleQueue[bytes](), init=False
    )
    _until: float = field(default=0.0, init=False)

    def __enter__(self) -> "Searcher":
        self._until = time.monotonic() + self.seconds
        self._process = subprocess.Popen(
            _argv(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        threading.Thread(target=self._listen, daemon=True).start()
        try:
            job = {"pattern": self.pattern, "most": self.most, "line": self.line_characters}
            answer = self._ask(json.dumps(job).encode() + b"\n")
        except BaseException:
            self._end()
            raise
        if "error" in answer:
            self._end()
            raise ToolError(f"the pattern is not a regular expression that Python knows: {answer['error']}.")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def lines(self, text: str) -> Lines:
        """The lines that match. Raises TooSlowError, or TurnCancelledError when the turn is stopped."""
        data = text.encode("utf-8", "replace")
        answer = self._ask(b"%d\n" % len(data) + data)
        found = cast(list[tuple[int, str]], answer["found"])
        return Lines(found=tuple((number, line) for number, line in found), more=bool(answer["more"]))

    def _ask(self, data: bytes) -> dict[str, Any]:
        stdin = cast(IO[bytes], self._process.stdin)
        try:
            stdin.write(data)
            stdin.flush()
        except OSError as error:
            raise ToolError("the search ended by itself; the pattern may need too much memory.") from error
        while True:
            if self.cancelled():
                raise TurnCancelledError("stopped while searching")
            if time.monotonic() > self._until:
                raise TooSlowError
            try:
                line = self._answers.get(timeout=_LOOK_SECONDS)
            except queue.Empty:
                continue
            if not line:
                raise ToolError("the search ended by itself; the pattern may need too much memory.")
            return cast(dict[str, Any], json.loads(line))

    def _listen(self) -> None:
        with cast(IO[bytes], self._process.stdout) as answers:
            for line in answers:
                self._answers.put(line)
        self._answers.put(b"")

    def _end(self) -> None:
        self._process.kill()
        self._process.wait()
        stdin = cast(IO[bytes], self._process.stdin)
        with contextlib.suppress(OSError):  # what was still in the buffer has no reader any more
            stdin.close()


def _argv() -> tuple[str, ...]:
    python = runner_argv(sys.platform, sys.executable, str(getattr(sys, "_base_executable", "")))[0]
    return (python, "-I", "-S", str(PROCESS))

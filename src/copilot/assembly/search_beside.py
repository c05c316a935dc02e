"""Our side of `search_process`: the index is brought up to date without a share in this program's time.

Reading a long history is work for Python, and while Python works in one thread a window in another waits for
it at every call. So it is done in another process.
"""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Collection
from contextlib import suppress
from typing import IO, Any, cast

from copilot.assembly.searching import Searcher
from copilot.projects.home import Home
from copilot.shell.own_python import own_environment, own_python
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.search_values import SearchAsked, SearchFound
from copilot.vocabulary.text import sentences, visible

PROCESS = "copilot.assembly.search_process"


@frozen
class Read:
    """What became of a look at what changed. `stopped` where the person did not want to wait."""

    notices: tuple[str, ...] = ()
    trouble: str = ""
    stopped: bool = False


class BesideSearcher:
    """A window's search. `refresh` and `find` take long and are never called on the main thread."""

    def __init__(self, home: Home, keys: Collection[str], python: str = sys.executable) -> None:
        self._home = home
        self._keys = keys
        self._python = python
        self._searcher = Searcher(home, keys)
        self._running: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()

    def find(self, asked: SearchAsked) -> SearchFound:
        """As `Searcher.find`."""
        return self._searcher.find(asked)

    def interrupt(self) -> None:
        """End the search that is under way."""
        self._searcher.interrupt()

    def stop(self) -> None:
        """End the look at what changed; what was read by now is found."""
        with self._lock:
            if self._running is not None:
                self._running.kill()

    def refresh(self, progress: Callable[[int, int], None]) -> Read:
        """Read what changed since the last time. `progress` hears bytes done and in all."""
        try:
            with self._lock:
                process = self._running = subprocess.Popen(
                    own_python("-m", PROCESS, str(self._home.root), python=self._python),
                    env=own_environment(os.environ),
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
                )
        except OSError as error:
            return Read(trouble=f"The index cannot be brought up to date: {error}")
        with process:
            try:
                return self._heard(process, progress)
            finally:
                with self._lock:
                    self._running = None
                process.kill()
                self._searcher.close()  # the file may be another one now

    def _heard(self, process: "subprocess.Popen[bytes]", progress: Callable[[int, int], None]) -> Read:
        stdin, stdout = cast("IO[bytes]", process.stdin), cast("IO[bytes]", process.stdout)
        with suppress(OSError):
            stdin.write(json.dumps(list(self._keys)).encode() + b"\n")
            stdin.flush()
        for line in stdout:
            told = cast("dict[str, Any]", json.loads(line))
            if "notices" in told:
                return Read(notices=tuple(told["notices"]))
            if "trouble" in told:
                return Read(trouble=visible(told["trouble"]))
            progress(told["done"], told["of"])
        if process.wait() < 0 or process.returncode == 1:
            return Read(stopped=True)
        return Read(trouble=sentences("The index could not be brought up to date", "Try `copilot search`."))

"""The server's side of one user's process: started, asked, listened to, ended."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from concurrent.futures import TimeoutError as TooLateError
from pathlib import Path
from time import monotonic
from typing import BinaryIO, cast

from copilot.serve.contract import TooMuchError, WorkspaceEndedError
from copilot.serve.pipe import Answer, Ask, Busy, PipeEndedError, Start, Told, error_of, to_user
from copilot.shell.own_python import own_python
from copilot.vocabulary.frozen import replace

PROGRAM = "copilot.serve.workspace_process"
TROUBLE_FILE = "workspace.err"
"""In a user's folder: what their last process wrote to its standard error."""

ANSWER_SECONDS = 60.0
"""How long an answer may take: a project of 100 MB opens in some seconds."""

MOST_ASKED = 16
"""Requests of one user that are under way at once."""

END_SECONDS = 5.0
"""How long a process may take to end by itself; then it is killed."""

ENDED = "the workspace ended"
"""What is told of a process that is gone."""

AGAIN = "Ask again: it is started anew."


class UserProcess:
    """One process. `told` is called with each event and its body, on a thread of this process's, and says
    whether it fits; `over` once, when it is gone. Neither must wait. Raises WorkspaceEndedError where it
    cannot be started."""

    def __init__(
        self,
        start: Start,
        environ: Mapping[str, str],
        told: Callable[[Told, bytes], bool],
        over: Callable[["UserProcess"], None],
    ) -> None:
        self._told, self._over = told, over
        self._lock = threading.Lock()
        self._asked: dict[int, tuple[Future[tuple[Answer, bytes]], float]] = {}
        self._number = 0
        self.turns = 0
        """How many turns run in it."""
        self.began = self.used = monotonic()
        self.orderly = False
        """Whether it ended as it should."""
        self._gone = threading.Event()
        try:
            with Path(start.place, TROUBLE_FILE).open("wb") as said:
                self._process = subprocess.Popen(
                    own_python("-m", PROGRAM),
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=said,
                    env=dict(environ),
                    cwd=start.place,
                    start_new_session=True,
                )
        except OSError as error:
            raise WorkspaceEndedError(f"the workspace could not be started: {error.strerror}") from error
        reading, writing = cast(BinaryIO, self._process.stdout), cast(BinaryIO, self._process.stdin)
        self._pipe = to_user(reading, writing)
        threading.Thread(target=self._listen, name=f"workspace {start.user}", daemon=True).start()
        try:
            self._pipe.send(start)
        except PipeEndedError as error:
            raise WorkspaceEndedError(ENDED) from error

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def gone(self) -> bool:
        """Whether it is gone."""
        return self._gone.is_set()

    @property
    def waiting(self) -> int:
        """How many requests are under way."""
        return len(self._asked)

    @property
    def overdue(self) -> bool:
        """Whether it should have answered long ago."""
        with self._lock:
            return any(began < monotonic() - ANSWER_SECONDS for _, began in self._asked.values())

    def ask(self, ask: Ask, body: bytes = b"") -> tuple[Answer, bytes]:
        """The answer; waits for it. Whoever looks after the process kills it where it is `overdue`.

        Raises what the process raised, TooMuchError, WorkspaceEndedError.
        """
        answered: Future[tuple[Answer, bytes]] = Future()
        with self._lock:
            if len(self._asked) >= MOST_ASKED:
                raise TooMuchError(f"{MOST_ASKED} requests of yours are under way already", retry_after=1.0)
            self._number += 1
            number = self._number
            self._asked[number] = answered, monotonic()
        try:
            if self.gone:
                raise WorkspaceEndedError(ENDED, AGAIN)
            self._pipe.send(replace(ask, number=number), body)
            answer, found = answered.result(ANSWER_SECONDS + 2 * END_SECONDS)
        except (PipeEndedError, TooLateError) as error:
            raise WorkspaceEndedError(ENDED, AGAIN) from error
        finally:
            with self._lock:
                self._asked.pop(number, None)
                self.used = monotonic()
        if answer.trouble is not None:
            raise error_of(answer.trouble)
        return answer, found

    def end(self, seconds: float = END_SECONDS) -> None:
        """Have it end in order, and wait for that; kill it where it takes longer."""
        self.orderly = True
        if not self._pipe.close_writing(seconds) or not self._gone.wait(seconds):
            self.kill()
            self._gone.wait(END_SECONDS)

    def kill(self) -> None:
        """End it at once, with all that it started in its own session."""
        if sys.platform == "win32":
            self._process.kill()
            return
        with self._lock:
            if self._process.returncode is None:  # not reaped, so the number is still its own
                try:
                    os.killpg(self._process.pid, signal.SIGKILL)
                except ProcessLookupError:
                    self._process.kill()

    def _listen(self) -> None:
        try:
            while True:
                self._hear(*self._pipe.receive())
        except PipeEndedError:
            pass
        self.kill()
        with self._lock:
            self.orderly |= self._process.wait() == 0
        self._pipe.close(END_SECONDS)
        self._over(self)
        self._gone.set()
        with self._lock:
            left = [answered for answered, _ in self._asked.values()]
        for one in left:
            if not one.done():
                one.set_exception(WorkspaceEndedError(ENDED, AGAIN))

    def _hear(self, header: object, body: bytes) -> None:
        match header:
            case Told():
                if not self._told(header, body):
                    raise PipeEndedError("an event that does not fit")
            case Busy(turns=turns):
                self.used = monotonic()
                self.turns = turns
            case Answer(number=number):
                with self._lock:
                    answered, _ = self._asked.get(number, (None, 0.0))
                if answered is not None and not answered.done():
                    answered.set_result((header, body))
            case _:
                pass

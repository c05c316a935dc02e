"""One started program with everything that comes from it: POSIX through our runner process, Windows in a job.

Both kinds answer the same few questions; `shell_runner` asks them and knows no platform.
"""

import contextlib
import json
import ntpath
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Literal, Protocol, cast

from copilot.shell.process_table import Process, ancestors, below, process_table
from copilot.shell.runner_process import DRAIN_SECONDS, MOST_NAMED
from copilot.vocabulary.errors import ToolError
from copilot.vocabulary.frozen import field, frozen, mutable

if TYPE_CHECKING:
    from copilot.shell.windows_job import Job

RUNNER = Path(__file__).with_name("runner_door.py")
MARK = "COPILOT_SCRIPT"
"""Set for every program to a word of its own: strays are found by it should our runner process be killed."""
ANSWER_SECONDS = 1.7
"""How long the runner may take after it was told to stop or should have ended; then it is ended itself."""
_QUIET_LOOKS = 6
"""Looks in a row that must find nobody: a process in the middle of its exec shows no environment."""
STRAY_SECONDS = 3.0
"""How long strays are ended: in a crowd they are many, and new ones come."""
GIVE_UP_SECONDS = 10.0
"""After that not even the kernel ends it."""

Reason = Literal["exited", "timed_out", "stopped", "lost"]


@frozen
class Ended:
    """How a tree ended. `leftovers`: background processes that we ended; `left`: those that we could not.

    `named` are pid and program of some of the leftovers; `full` is the limit of processes that it came to;
    `unsent` is how often it wanted to reach somebody by a network that was cut off.
    """

    reason: Reason
    code: int | None
    leftovers: int = 0
    left: int = 0
    named: tuple[tuple[int, str], ...] = ()
    full: int = 0
    unsent: int = 0


class Tree(Protocol):
    """A running program and its descendants."""

    stdout: IO[bytes]
    stderr: IO[bytes]

    def ended(self) -> bool: ...
    def stop(self) -> None: ...
    def result(self) -> Ended: ...
    def close(self) -> None: ...


def start_tree(
    argv: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str],
    timeout_seconds: float,
    mark: str,
    fence: Mapping[str, object] | None = None,
    cwd_fd: int | None = None,
) -> Tree:
    """Start a program, inside `fence` (of `confine.space`) where there is one.

    It starts in the folder that `cwd_fd` is open on, in `cwd` where that is None.
    Raises ToolError where the folder, the program or our runner cannot be used.
    """
    job: dict[str, object] = {"argv": list(argv), "env": {**env, MARK: mark}, "cwd": str(cwd)}
    job |= {"timeout": timeout_seconds} | ({} if fence is None else {"fence": dict(fence)})
    try:
        if sys.platform == "win32":
            return WindowsTree.start(job, timeout_seconds)
        return PosixTree.start(job, timeout_seconds, mark, cwd_fd)
    except OSError as error:
        raise ToolError(f"{argv[0]} could not be started in {cwd}: {error.strerror or error}") from error


def runner_argv(platform: str, executable: str, base_executable: str) -> tuple[str, ...]:
    """The interpreter for our runner process.

    On Windows the interpreter of a virtual environment is a launcher that starts the real one as a child,
    too early for the job object; and `pythonw` has no standard streams. So the real `python.exe` is named.
    """
    program = executable
    if platform == "win32":
        program = base_executable or executable
        folder, name = ntpath.split(program)
        if name.lower() == "pythonw.exe":
            program = ntpath.join(folder, "python.exe")
    return (program, "-I", "-S", str(RUNNER))


def _our_runner() -> tuple[str, ...]:
    return runner_argv(sys.platform, sys.executable, str(getattr(sys, "_base_executable", "")))


def _send_job(process: "subprocess.Popen[bytes]", job: Mapping[str, object]) -> None:
    line = memoryview(json.dumps(job).encode() + b"\n")
    while line:  # the pipe is not buffered: it may take a part
        line = line[cast(IO[bytes], process.stdin).write(line) :]


@mutable(kw_only=True)
class PosixTree:
    """A program below our runner process. The runner's answers are read by a thread of its own."""

    process: "subprocess.Popen[bytes]"
    stdout: IO[bytes]
    stderr: IO[bytes]
    mark: str
    until: float
    _answers: dict[str, object] = field(default_factory=dict[str, object])
    _done: threading.Event = field(default_factory=threading.Event)
    _seen: set[tuple[int, str]] = field(default_factory=set[tuple[int, str]])
    _strays: int = 0
    _stopping: bool = False
    _late: Reason = "lost"

    @classmethod
    def start(
        cls, job: Mapping[str, object], timeout_seconds: float, mark: str, held: int | None = None
    ) -> "PosixTree":
        """Take the folder that is held, else open it; start the runner on it, tell it the job."""
        cwd_fd = os.open(str(job["cwd"]), os.O_RDONLY | os.O_DIRECTORY) if held is None else os.dup(held)
        try:
            reading, writing = os.pipe()
            try:
                process = subprocess.Popen(
                    (*_our_runner(), str(writing), str(cwd_fd)),
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    bufsize=0,
                    pass_fds=(writing, cwd_fd),
                    env=cast(Mapping[str, str], job["env"]),
                    start_new_session=True,
                )
            finally:
                os.close(writing)
        finally:
            os.close(cwd_fd)
        stdout, stderr = cast(IO[bytes], process.stdout), cast(IO[bytes], process.stderr)
        until = time.monotonic() + timeout_seconds + ANSWER_SECONDS
        tree = cls(process=process, stdout=stdout, stderr=stderr, mark=mark, until=until)
        threading.Thread(target=tree._listen, args=(reading,), daemon=True).start()
        with contextlib.suppress(OSError):  # it is gone already: `ended` will say so
            _send_job(process, job)
        return tree

    def ended(self) -> bool:
        """True when the runner has given its last answer; a runner that is late is killed."""
        if not self._done.is_set() and time.monotonic() > self.until:
            if self.process.poll() is None:  # not reaped, so the pid is still its own
                self._seen |= {(p.pid, p.start) for p in below(process_table(), {self.process.pid})}
                self._late = "stopped" if self._stopping else "timed_out"
            self.process.kill()
        return self._done.is_set()

    def stop(self) -> None:
        """Tell the runner to end the tree."""
        self._stopping = True
        self.until = min(self.until, time.monotonic() + ANSWER_SECONDS)
        with contextlib.suppress(OSError, ValueError):
            cast(IO[bytes], self.process.stdin).close()

    def close(self) -> None:
        """End what still runs and let go of the runner."""
        self.stop()
        give_up = time.monotonic() + GIVE_UP_SECONDS
        while not self.ended() and time.monotonic() < give_up:
            self._done.wait(0.05)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(timeout=1)
        if "reason" not in self._answers and "failed" not in self._answers:
            self._strays = end_strays(int(cast(int, self._answers.get("pid", 0))), self.mark, self._seen)

    def result(self) -> Ended:
        """Call after `close`. Raises ToolError where the program could not be started."""
        said = self._answers
        if "failed" in said:
            raise ToolError(f"the program could not be started: {said['failed']}")
        if "reason" not in said:
            return Ended(reason=self._late, code=None, left=self._strays)
        return Ended(
            reason=cast(Reason, said["reason"]),
            code=cast("int | None", said["code"]),
            leftovers=cast(int, said["leftovers"]),
            left=cast(int, said["left"]),
            named=tuple((pid, name) for pid, name in cast("list[tuple[int, str]]", said["named"])),
            full=cast(int, said["full"]),
            unsent=cast(int, said["unsent"]),
        )

    def _listen(self, descriptor: int) -> None:
        try:
            with os.fdopen(descriptor, "rb") as pipe:
                for line in pipe:
                    self._answers.update(json.loads(line))
        finally:
            self._done.set()


def choose_strays(
    table: Collection[Process],
    *,
    leader: int,
    seen: Collection[tuple[int, str]],
    marked: Callable[[int], bool],
    ourselves: int,
) -> set[Process]:
    """What to end when our runner was killed: nothing but what is known to come from the program.

    That is its session (`leader`, 0 when it never started), what has its mark, and what was `seen` below the
    runner with all below that. Whatever else is wrong, neither we nor anything above us is ever among them.
    """
    spared = ancestors(table, ourselves)
    roots = {p for p in table if (p.pid, p.start) in seen and p.pid not in spared}
    found = {p for p in table if (leader > 1 and p.session == leader) or marked(p.pid)} | roots
    found |= below(table, {p.pid for p in roots}) if roots else set()
    return {p for p in found if not p.zombie and p.pid not in spared}


def end_strays(leader: int, mark: str, seen: Collection[tuple[int, str]]) -> int:
    """Our runner was killed: end what it can no longer end. Returns how many could not be ended."""
    wanted = f"{MARK}={mark}".encode()

    def look(known: Collection[tuple[int, str]]) -> set[Process]:
        return choose_strays(
            process_table(),
            leader=leader,
            seen=known,
            marked=lambda pid: wanted in _environ_of(pid),
            ourselves=os.getpid(),
        )

    return end_found(look, seen)


def end_found(
    look: Callable[[Collection[tuple[int, str]]], Collection[Process]], seen: Collection[tuple[int, str]]
) -> int:
    """Kill what `look` finds, which is told what was seen so far, until it finds nobody for a while.

    Returns how many of the last look could not be ended within some seconds.
    """
    known = set(seen)
    strays: Collection[Process] = ()
    quiet = 0
    until = time.monotonic() + STRAY_SECONDS
    while quiet < _QUIET_LOOKS and time.monotonic() < until:
        strays = look(known)
        quiet = 0 if strays else quiet + 1
        known |= {(p.pid, p.start) for p in strays}
        for process in strays:
            with contextlib.suppress(OSError):
                os.kill(process.pid, signal.SIGKILL)
        time.sleep(0.02)
    return len(strays)


def _environ_of(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return b""


@mutable(kw_only=True)
class WindowsTree:
    """A program below a stub that sits in a job object. The stub starts it once it is inside."""

    process: "subprocess.Popen[bytes]"
    stdout: IO[bytes]
    stderr: IO[bytes]
    job: "Job"
    until: float
    _reason: Reason = "exited"
    _leftovers: int = 0
    _named: tuple[tuple[int, str], ...] = ()
    _over: bool = False

    @classmethod
    def start(cls, job: Mapping[str, object], timeout_seconds: float) -> "WindowsTree":
        """Start the stub, put it into a job object, tell it the job."""
        from copilot.shell.windows_job import CREATE_NO_WINDOW, job_for  # and with it ctypes

        env = cast(Mapping[str, str], job["env"])
        process = subprocess.Popen(
            _our_runner(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            env=env,
            cwd=str(job["cwd"]),
            creationflags=CREATE_NO_WINDOW,
        )
        stdout, stderr = cast(IO[bytes], process.stdout), cast(IO[bytes], process.stderr)
        until = time.monotonic() + timeout_seconds
        inside = job_for(process, env)
        _send_job(process, job)
        return cls(process=process, stdout=stdout, stderr=stderr, job=inside, until=until)

    def ended(self) -> bool:
        """True when nothing of the tree runs any more; what outlived the program by the drain is ended."""
        if self._over:
            return True
        if self.process.poll() is None:
            if time.monotonic() > self.until:
                self._reason = "timed_out"
                self.job.end()
            return False
        until = time.monotonic() + DRAIN_SECONDS
        while self.job.active() and time.monotonic() < until:
            time.sleep(0.02)
        if self._reason == "exited" and (left := self.job.active()):
            self._leftovers, self._named = left, self.job.named(MOST_NAMED)
        self.job.end()
        self._over = True
        return True

    def stop(self) -> None:
        """End everything in the job."""
        if not self._over and self.process.poll() is None:
            self._reason = "stopped"
            self.job.end()

    def result(self) -> Ended:
        """Call after `close`."""
        code = self.process.returncode if self._reason == "exited" else None
        return Ended(reason=self._reason, code=code, leftovers=self._leftovers, named=self._named)

    def close(self) -> None:
        """End what still runs and let go of the job."""
        self.stop()
        while not self.ended():
            time.sleep(0.02)
        self.job.close()
        cast(IO[bytes], self.process.stdin).close()

"""Whole processes, timed in turns: what `bench/context.py` measures with."""

import os
import shutil
import signal
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

HANG = 900.0
"""Seconds after which a process is ended and the run counts as failed."""

POLL = 0.01
"""Seconds between two looks at the memory of a process and its children."""


class RunFailedError(Exception):
    """A process did not end with 0; the message says which and what it said last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One command. `prepare` comes before each run and is not measured."""

    name: str
    command: Sequence[str]
    cwd: Path
    env: dict[str, str] | None = None
    prepare: Callable[[], object] = lambda: None
    optional: bool = False
    """A failure of an optional one is said and the others go on."""


@dataclass(slots=True, kw_only=True)
class Measured:
    """Wall clock and processor time of each measured round, in seconds; `failed` says why there are none."""

    wall: list[float] = field(default_factory=list[float])
    cpu: list[float] = field(default_factory=list[float])
    failed: str = ""

    @property
    def seconds(self) -> float:
        """The median of the wall clock."""
        return statistics.median(self.wall)

    @property
    def cores(self) -> float:
        """How many cores it kept busy, on average."""
        return statistics.median(self.cpu) / self.seconds


def measure(runs: Sequence[Run], rounds: int, say: Callable[[str], object]) -> dict[str, Measured]:
    """Each run once and unmeasured, then all of them in turns, so that a drift of the machine meets all.

    Raises RunFailedError where a run fails that is not optional.
    """
    results = {run.name: Measured() for run in runs}
    for turn in range(rounds + 1):
        for run in runs:
            result = results[run.name]
            if result.failed:
                continue
            say(f"{run.name}, round {turn} of {rounds}")
            try:
                wall, cpu = once(run)
            except RunFailedError as error:
                if not run.optional:
                    raise
                result.failed = str(error)
                continue
            if turn:
                result.wall.append(wall)
                result.cpu.append(cpu)
    return results


def once(run: Run) -> tuple[float, float]:
    """Wall clock and processor time of one run, its children's included, in seconds."""
    run.prepare()
    with _started(run) as child:
        began, before = time.perf_counter(), _spent()
        child.start()
        child.wait()
        wall = time.perf_counter() - began
    return wall, _spent() - before


def peak_memory(run: Run) -> tuple[int, int]:
    """The most that its largest process held, and all of its processes together, in bytes.

    Together they count what they share once (proportional set size); 0 where the system does not tell.
    """
    run.prepare()
    with _started(run) as child:
        child.start()
        top = largest = 0
        done = threading.Event()

        def watch() -> None:
            nonlocal top, largest
            while not done.wait(POLL):
                family = tuple(_family(child.pid))
                top = max(top, sum(_held(pid) for pid in family))
                largest = max([largest, *map(_peak, family)])

        watcher = threading.Thread(target=watch)
        watcher.start()
        try:
            child.wait()
        finally:
            done.set()
            watcher.join()
    return largest, top


def _spent() -> float:
    times = os.times()
    return times.children_user + times.children_system


@dataclass(slots=True)
class _Child:
    """A process in a group of its own, so that it can be ended with its children."""

    run: Run
    said: Path
    process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        return self.process.pid if self.process else 0

    def start(self) -> None:
        with self.said.open("wb") as said:
            self.process = subprocess.Popen(
                list(self.run.command),
                cwd=self.run.cwd,
                env=self.run.env,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def wait(self) -> None:
        """Until it ends. Raises RunFailedError where it did not end well."""
        assert self.process is not None
        timer = threading.Timer(HANG, self.end)
        timer.start()
        try:
            code = self.process.wait()
        finally:
            timer.cancel()
        if code != 0:
            last = self.said.read_text("utf-8", "replace").strip()[-600:]
            raise RunFailedError(f"{self.run.name} ended with {code}: {last}")

    def end(self) -> None:
        """End it with its children, where it still runs."""
        if self.process is None or self.process.returncode is not None:
            return
        if hasattr(os, "killpg"):
            os.killpg(self.process.pid, signal.SIGKILL)
        else:
            self.process.kill()


@contextmanager
def _started(run: Run) -> Generator[_Child]:
    with tempfile.TemporaryDirectory() as folder:
        child = _Child(run, Path(folder) / "said")
        try:
            yield child
        finally:
            child.end()


def _family(pid: int) -> Iterator[int]:
    """A process and all below it; empty where there is no `/proc`."""
    yield pid
    try:
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text("ascii").split():
                yield from _family(int(child))
    except OSError:
        return


def _held(pid: int) -> int:
    return _kilobytes(f"/proc/{pid}/smaps_rollup", "Pss:")


def _peak(pid: int) -> int:
    """Since it became the program that it is; `wait4` would count the process that it was forked from."""
    return _kilobytes(f"/proc/{pid}/status", "VmHWM:")


def _kilobytes(file: str, name: str) -> int:
    """The value of a line in bytes; 0 where there is none, or no such process any more."""
    try:
        for line in Path(file).read_text("ascii", "replace").splitlines():
            if line.startswith(name):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    return 0


def empty(folder: Path) -> Path:
    """The folder, made anew."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder

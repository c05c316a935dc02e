"""A long discussion: one branch, all four providers in turn, files changing under it all the time.

    python bench/soak/changing_discussion/changing_discussion.py [rounds]     200 unless told otherwise

Each request is judged by the service that gets it (watching_service.py): legal by rules written for this
alone, equal to the one before it up to the first block that was replaced, one block of file contents at the
most, the newest text of every file in it. Here the memory is watched: it may grow by little more than what
the messages kept take, and in a whole run by no more than they take as plain JSON values, which is how an
SDK's own loop keeps them. The test suite runs a slice.
"""

import gc
import itertools
import json
import os
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import ModuleType
from typing import Any, cast

sys.path.insert(0, str(Path(__file__).parent))

from changing_files import OUTLINED, lay_out
from discussion_plan import Turn, turns

from copilot.assembly.choice import Flags
from copilot.assembly.desk import Desk, Surroundings, open_desk
from copilot.projects.history_file import encoded
from copilot.projects.home import Home
from copilot.vocabulary.approvals import ApprovalPolicy
from copilot.vocabulary.commands import ChooseFiles, RunTurn, Shutdown
from copilot.vocabulary.events import (
    Event,
    HistoryPruned,
    ProjectChanged,
    ProjectOpened,
    TurnCancelled,
    TurnFailed,
    TurnFinished,
    WorkerStopped,
)
from copilot.vocabulary.values import FileChoice, ModelChoice

HANG_SECONDS = 60.0
TRACED_TURNS, WARM_TURNS = 6, 10
"""From which turn on memory is traced, and from which on it is measured: every SDK is loaded by then."""
ALLOWANCE = 192 * 1024
"""Bytes that memory may grow beyond the messages as they are kept. Most of it is what the SDKs load late,
whatever the length: a whole run has 70 KB, a slice twice as much."""
KEYS = {"ANTHROPIC_API_KEY": "sk-ant-soak", "GEMINI_API_KEY": "AIzaSoak", "OPENAI_API_KEY": "sk-soak"}
MODELS = {
    "anthropic": "claude-sonnet-4-6",
    "gemini": "gemini-3-pro",
    "openai": "gpt-5.2",
    "compatible": "local",
}


@dataclass(kw_only=True)
class Told:
    """What the whole discussion showed. `found` is empty where every request was as it should be.

    `memory` holds, after each turn from `WARM_TURNS` on, the bytes in use, those of the messages kept, and
    those of the same messages as plain JSON values.
    """

    found: list[str] = field(default_factory=list[str])
    seen: dict[str, int] = field(default_factory=dict[str, int])
    seconds: float = 0.0
    pruned: int = 0
    memory: list[tuple[int, int, int]] = field(default_factory=list[tuple[int, int, int]])

    @property
    def growth(self) -> tuple[int, int, int]:
        """From the first measure to the last."""
        (first, *kept_first), (last, *kept_last) = self.memory[0], self.memory[-1]
        kept, plain = (after - before for before, after in zip(kept_first, kept_last, strict=True))
        return last - first, kept, plain

    @property
    def wrong(self) -> list[str]:
        """Everything that is not as it should be, memory included where it was measured."""
        if not self.memory:
            return self.found
        grown, kept, plain = self.growth
        allowed = min(kept + ALLOWANCE, plain) if plain > 2 * ALLOWANCE else kept + ALLOWANCE
        beyond = [f"memory grew by {grown:,} bytes where {allowed:,} are allowed"] if grown > allowed else []
        return self.found + beyond


@contextmanager
def service(folder: Path, rounds: int, longest: int, told: Told) -> Iterator[str]:
    """The judging service in a process of its own; its address. What it found is told at the end."""
    script = Path(__file__).with_name("watching_service.py")
    command = [sys.executable, str(script), str(folder), str(rounds), str(longest)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
            process.stdin.close()
            found = json.loads(process.stdout.read())
            told.found += found["found"] + found["refused"]
            told.seen |= found["seen"]
        finally:
            process.kill()


def discuss(folder: Path, rounds: int, *, longest: int = 99, memory: bool = True) -> Told:
    """Hold the discussion in `folder`; turns are of `longest` rounds at most."""
    home, base_dir = folder / "home", folder / "project"
    home.mkdir()
    base_dir.mkdir()
    lay_out(base_dir)
    told = Told()
    started = time.monotonic()
    with service(base_dir, rounds, longest, told) as url:
        desk = _desk(home, base_dir, url)
        desk.worker.start()
        _until(desk, ProjectOpened)
        _choose_files(desk)
        try:
            for turn in turns(rounds, longest):
                if memory and turn.number == TRACED_TURNS:
                    tracemalloc.start()
                _take(desk, turn, url, told)
                if memory and turn.number >= WARM_TURNS:
                    _measure(desk, told)
        finally:
            tracemalloc.stop()
            desk.worker.submit(Shutdown())
            _until(desk, WorkerStopped)
            desk.worker.join(10)
            desk.close()
    told.seconds = time.monotonic() - started
    return told


def _choose_files(desk: Desk) -> None:
    """Choose them, and wait for it: everything that the worker was doing is done then."""
    files = (FileChoice(pattern="*.txt", view="full"), FileChoice(pattern=OUTLINED, view="summary"))
    desk.worker.submit(ChooseFiles(request_id="files", files=files))
    _until(desk, ProjectChanged)


def _desk(home: Path, base_dir: Path, url: str) -> Desk:
    clock, ids = itertools.count(1_800_000_000), itertools.count(1)
    around = Surroundings(
        environ={"PATH": os.environ["PATH"], "HOME": str(home), **KEYS},
        cwd=base_dir,
        platform=sys.platform,
        clock=lambda: float(next(clock)),
        new_id=lambda: f"id{next(ids):05d}",
    )
    flags = Flags(provider="anthropic", base_url=url)
    return open_desk(around, home=Home(root=home), project="soak", base_dir=base_dir, flags=flags)


def _take(desk: Desk, turn: Turn, url: str, told: Told) -> None:
    """One turn, to its end."""
    suffix = "/v1" if turn.provider in ("openai", "compatible") else ""
    project = desk.store.project
    limits = replace(project.limits, max_tool_rounds=max(turn.rounds, 10), max_prompt_tokens=900_000)
    desk.worker.submit(
        RunTurn(
            turn_id=f"turn-{turn.number}",
            project=replace(project, limits=limits),
            branch="main",
            user_message=turn.message,
            model=ModelChoice(provider=turn.provider, model=MODELS[turn.provider], base_url=url + suffix),
            policy=ApprovalPolicy(mode="all"),
        )
    )
    events = _until(desk, TurnFinished, TurnFailed, TurnCancelled)
    end = events[-1]
    told.pruned += sum(isinstance(event, HistoryPruned) and event.dropped > 0 for event in events)
    if not isinstance(end, TurnFinished) or end.rounds != turn.rounds:
        told.found.append(f"turn {turn.number} ({turn.provider}) ended as {end}")


def _until(desk: Desk, *kinds: type[Event]) -> list[Event]:
    """The events up to one of these kinds."""
    events: list[Event] = []
    while not events or not isinstance(events[-1], kinds):
        event = desk.worker.next_event(HANG_SECONDS)
        assert event is not None, "the worker said nothing for a minute"
        events.append(event)
    return events


def _measure(desk: Desk, told: Told) -> None:
    _choose_files(desk)
    if not told.memory:
        _renew_interned()
    desk.store.flush()  # the turn's own thread may still be at it
    gc.collect()
    sys._clear_type_cache()  # 4,096 places of the interpreter: each holds the name that was looked up last
    used, discussion = tracemalloc.get_traced_memory()[0], desk.store.project.discussion
    plain = json.loads(b"[%s]" % b",".join(map(encoded, discussion.messages)))
    told.memory.append((used, size_of(discussion), size_of(plain)))


def _renew_interned() -> None:
    """Have the interpreter make its table of interned strings anew, as it does whenever so many came and went
    that it is full: every path that is split brings some.

    In a run of this length that happens once or not at all. The table before it is older than the tracing, so
    that its end is not seen: the new one, 1.9 MB, counted as growth. All that a table grows by from here on
    is seen.
    """
    for number in range(200_000):  # more than any has room for
        sys.intern(f"interned by the soak {number}")


def size_of(value: Any) -> int:
    """Bytes that a value and everything it holds take, each object once."""
    seen: set[int] = set()
    total, waiting = 0, [value]
    while waiting:
        one = waiting.pop()
        if id(one) in seen or isinstance(one, type | ModuleType):
            continue
        seen.add(id(one))
        total += sys.getsizeof(one)
        waiting += gc.get_referents(one)
        if isinstance(one, dict):
            waiting += cast("dict[object, object]", one)  # its keys: `gc` tells of values alone
    return total


def main() -> None:
    """Hold it and print what was seen; ends with 1 where anything was wrong."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    with tempfile.TemporaryDirectory() as folder:
        told = discuss(Path(folder), rounds)
    print(f"{rounds} rounds in {len(turns(rounds))} turns, {told.seconds:.1f} s, {sys.platform}")
    for name, count in told.seen.items():
        print(f"  {count:7,} {name}")
    print(f"  {told.pruned:7,} times messages were left out")
    grown, kept, plain = told.growth
    print(
        f"memory grew by {grown:,} bytes, the messages kept by {kept:,}, which as plain JSON take {plain:,}"
    )
    for words in told.wrong:
        print(words)
    if told.wrong:
        sys.exit(1)
    print("every request was legal, stable and up to date; memory grew by no more than is allowed")


if __name__ == "__main__":
    main()

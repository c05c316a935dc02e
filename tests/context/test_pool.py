"""Sections made in processes: the same as here, whatever happens to the processes."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from trees import mixed, source, tree

from copilot.context.making import Job, Kept, work
from copilot.context.pool import Pool
from copilot.context.pool_process import NICENESS
from copilot.vocabulary.errors import TurnCancelledError
from copilot.vocabulary.values import View
from copilot.workspace.boundary import Boundary
from copilot.workspace.tree_reader import TreeReader
from copilot.workspace.walking import walk

VIEWS: tuple[View, ...] = ("full", "summary", "names")
FILES = 320
ENDS_ON = """
import os
import copilot.context.pool_process as process
work = process.work
def ending(job, *others):
    if {condition}: os._exit(3)
    return work(job, *others)
process.work = ending
process.main()
"""


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tree(tmp_path_factory.mktemp("pool") / "base", mixed(FILES))


def jobs(base: Path) -> list[Job]:
    found = [entry for entry in walk(base) if entry.kind == "file"]
    return [
        Job(path=one.path, view=VIEWS[number % 3], stamp=(one.size, one.mtime_ns, one.ctime_ns))
        for number, one in enumerate(found)
    ]


def here(base: Path, wanted: list[Job]) -> dict[str, Kept]:
    boundary = Boundary(base)
    with TreeReader(base) as reader:
        return {job.path: work(job, reader, boundary) for job in wanted}


def pool(base: Path, *, share: bool = False, processes: int = 2, nice: bool = True, **more: str) -> Pool:
    return Pool(
        base_dir=base, processes=processes, share=share, cache=("", ""), look=False, nice=nice, **more
    )


def run(
    pool: Pool,
    wanted: Sequence[Job],
    cancelled: Callable[[], bool] = lambda: False,
    *,
    suspects: Sequence[Job] = (),
) -> Iterator[Kept]:
    known = {one.path: one for one in (*wanted, *suspects)}
    return pool.run([one.path for one in wanted], known.__getitem__, cancelled)


def made(pool: Pool, wanted: Sequence[Job], *, suspects: Sequence[Job] = ()) -> dict[str, Kept]:
    found = list(run(pool, wanted, suspects=suspects))
    assert len(found) == len({one.path for one in found}), "each file once"
    return {one.path: one for one in found}


def children() -> set[int]:
    """Processes of which this one is the parent (Linux)."""
    found: set[int] = set()
    for thread in Path("/proc/self/task").iterdir():
        with contextlib.suppress(FileNotFoundError):  # the thread has ended meanwhile
            found |= {int(pid) for pid in (thread / "children").read_text().split()}
    return found


def wait_for_children(count: int) -> set[int]:
    end = time.monotonic() + 30
    while len(found := children()) < count:
        assert time.monotonic() < end, "no process was started"
        time.sleep(0.005)
    return found


linux = pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")


@pytest.mark.parametrize("share", [True, False])
def test_processes_make_what_is_made_here(base: Path, share: bool) -> None:
    wanted = jobs(base)
    assert made(pool(base, share=share), wanted) == here(base, wanted)


def test_a_file_that_ends_its_process_costs_itself_alone(base: Path) -> None:
    wanted = jobs(base)
    bad = {wanted[7].path, wanted[8].path, wanted[200].path}
    found = made(pool(base, main=ENDS_ON.format(condition=f"job.path in {bad!r}")), wanted)
    expected = here(base, wanted)
    assert {path for path in found if found[path] != expected[path]} == bad
    assert set(found) == set(expected)
    assert {found[path].made.note for path in bad} == {
        "its section could not be made: the process that made it ended"
    }


@pytest.mark.parametrize("python", [sys.executable, "/nowhere/python"])
def test_the_calling_thread_never_tries_what_ended_a_process(base: Path, python: str) -> None:
    suspect, *others = jobs(base)[:30]
    pooled = pool(
        base, share=True, python=python, main=ENDS_ON.format(condition=f"job.path == {suspect.path!r}")
    )
    pooled._suspects.append([suspect.path])
    pooled._suspected.add(suspect.path)
    found = made(pooled, others, suspects=[suspect])
    assert "the process that made it ended" in found.pop(suspect.path).made.note
    assert found == here(base, others)


@linux
def test_a_process_that_is_killed_costs_no_other_file(base: Path) -> None:
    wanted = jobs(base)
    before = children()
    found: dict[str, Kept] = {}
    running = run(pool(base), wanted)
    first = next(running)
    found[first.path] = first
    for pid in children() - before:
        os.kill(pid, signal.SIGKILL)
    found |= {one.path: one for one in running}
    expected = here(base, wanted)
    assert set(found) == set(expected)
    lost = {path for path in found if found[path] != expected[path]}
    assert len(lost) <= 2, "at most the one file that each was given by itself"


@pytest.mark.parametrize(
    "code",
    [
        "pass",
        "import os; os._exit(1)",
        "raise ImportError",
        "import sys; sys.stdout.write('hello\\n' * 10_000)",
        "import sys; sys.stdin.close(); sys.stdout.close()",
    ],
)
@pytest.mark.parametrize("share", [True, False])
def test_processes_that_never_come_to_work_leave_all_here(base: Path, code: str, share: bool) -> None:
    wanted = jobs(base)[:40]
    assert made(pool(base, share=share, main=code), wanted) == here(base, wanted)


@pytest.mark.parametrize("python", ["", "/nowhere/python", "/"])
def test_without_a_python_to_start_all_is_made_here(base: Path, python: str) -> None:
    wanted = jobs(base)[:20]
    assert made(pool(base, python=python), wanted) == here(base, wanted)


COPIED = """
import os, signal, sys
from pathlib import Path
sys.path[:0] = [{here!r}, {tests!r}]
from test_pool import children, here, jobs, pool, run
from copilot.context.pool import ready_copies
from copilot.context.pool_copy import may_copy

base = Path(sys.argv[1])
wanted, expected = jobs(base), here(base, jobs(base))
print(may_copy(), end=" ")
copied = pool(base, share=True, processes=3, python="/nowhere/python")
copied.copies = ready_copies(2)
running = run(copied, wanted)
found = dict([(one.path, one) for one in [next(running)]])
print(len(children()), end=" ")
if sys.argv[2] == "kill":
    for pid in children():
        os.kill(pid, signal.SIGKILL)
found |= {{one.path: one for one in running}}
lost = [path for path in expected if found[path] != expected[path]]
print(len(found) == len(expected), len(lost), children())
"""


@linux
@pytest.mark.parametrize(("what", "lost"), [("nothing", {0}), ("kill", set(range(200)))])
def test_copies_of_this_process_make_what_is_made_here(base: Path, what: str, lost: set[int]) -> None:
    """In a process of its own, which has one thread; no other program is started."""
    code = COPIED.format(here=str(Path(__file__).parent), tests=str(Path(__file__).parent.parent))
    done = subprocess.run(
        [sys.executable, "-c", code, str(base), what],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.stderr == ""
    may, count, all_there, missing, left = done.stdout.split(" ", 4)
    assert (may, count, all_there, left.strip()) == ("True", "2", "True", "set()")
    assert int(missing) in lost


NICENESS_TOLD = """
import os
from pathlib import Path
import copilot.context.pool_process as process
work = process.work
def telling(job, *others):
    Path({file!r}).write_text(str(os.nice(0)))
    return work(job, *others)
process.work = telling
process.main()
"""


@pytest.mark.skipif(not hasattr(os, "nice"), reason="no such thing here")
@pytest.mark.parametrize(("nice", "more"), [(True, NICENESS), (False, 0)])
def test_only_nice_processes_let_others_go_first(base: Path, tmp_path: Path, nice: bool, more: int) -> None:
    file = tmp_path / "niceness"
    list(run(pool(base, nice=nice, main=NICENESS_TOLD.format(file=str(file))), jobs(base)))
    assert int(file.read_text()) == min(os.nice(0) + more, 19)


EARLY = """
import sys
from pathlib import Path
sys.path[:0] = [{here!r}, {tests!r}]
from test_pool import children
from copilot.context.gathering import Copies, Workshop

cache = Path(sys.argv[1])
with Copies(Workshop(cache=cache, processes=3, share=sys.argv[2] == "share")) as copies:
    copies.early()
    print(len(children()), end=" ")
    if sys.argv[3] == "take":
        taken = copies.take()
        print(len(taken), end=" ")
print(len(children()))
"""


@linux
@pytest.mark.parametrize(
    ("share", "take", "known", "told"),
    [
        ("share", "", False, "2 0"),
        ("share", "take", False, "2 2 2"),
        ("share", "take", True, "0 2 2"),
        ("alone", "take", False, "0 0 0"),
    ],
)
def test_copies_are_made_early_where_nothing_can_be_known(
    tmp_path: Path, share: str, take: str, known: bool, told: str
) -> None:
    """Those that nobody took end with the context."""
    cache = tmp_path / "cache"
    if known:
        cache.touch()
    code = EARLY.format(here=str(Path(__file__).parent), tests=str(Path(__file__).parent.parent))
    done = subprocess.run(
        [sys.executable, "-c", code, str(cache), share, take],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.stdout.strip(), done.stderr) == (told, "")


@linux
@pytest.mark.parametrize("share", [True, False])
def test_a_stop_is_soon_and_leaves_no_process(base: Path, share: bool) -> None:
    before = children()
    stop = threading.Event()
    running = run(pool(base, share=share, processes=3), jobs(base) * 50, stop.is_set)
    next(running)
    stop.set()
    with pytest.raises(TurnCancelledError):
        next(running)  # not one more
    assert children() == before


@linux
def test_a_stop_while_a_process_is_busy_does_not_wait_for_it(base: Path) -> None:
    before = children()
    code = ENDS_ON.format(condition="__import__('time').sleep(600)")
    asked = 0

    def cancelled() -> bool:
        nonlocal asked
        asked += 1
        return asked > 5

    with pytest.raises(TurnCancelledError):
        list(run(pool(base, main=code), jobs(base), cancelled))
    assert children() == before


@linux
def test_who_stops_listening_leaves_no_process(base: Path) -> None:
    before = children()

    def some() -> Iterator[Kept]:
        yield from run(pool(base), jobs(base) * 20)

    for _ in some():
        break
    assert children() == before


@linux
def test_no_key_goes_along(base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "canary-key-123456")
    monkeypatch.setenv("PYTHONSTARTUP", "/canary-start")
    before = children()
    running = run(pool(base), jobs(base) * 5)
    next(running)
    environments = [Path(f"/proc/{pid}/environ").read_bytes() for pid in wait_for_children(1) - before]
    running.close()  # type: ignore[attr-defined]
    assert environments
    assert not any(b"canary" in one for one in environments)


def test_long_paths_do_not_fill_the_pipes(tmp_path: Path) -> None:
    deep = "/".join(["d" * 200] * 8)
    base = tree(tmp_path, {f"{deep}/{'n' * 200}{number}.py": "x = 1\n" * 200 for number in range(300)})
    wanted = [Job(path=job.path, view="full", stamp=job.stamp) for job in jobs(base)]
    assert made(pool(base, processes=1), wanted) == here(base, wanted)


def test_names_that_are_no_text_are_found(tmp_path: Path) -> None:
    try:
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/b\xe9.py")).write_text("x = 1\n")
    except OSError:
        pytest.skip("this file system has no such names")
    tree(tmp_path, {"a.py": source(1)})
    wanted = jobs(tmp_path)
    assert made(pool(tmp_path), wanted) == here(tmp_path, wanted)
    assert len(wanted) == 2

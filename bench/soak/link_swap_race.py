"""The link-swap race, whole: a second process swaps a folder of the project for a link to a folder outside,
without a pause, while every file tool works on it. No outside byte may be read, changed or added.

    python bench/soak/link_swap_race.py [rounds [name...]]

10,000 rounds of each tool unless told otherwise. An undo and the Apply of a preview, which are no tools, run
in the same race a tenth as often.

The test suite runs a small slice of it.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from copilot.shell.confine.changes import Step
from copilot.shell.confine.commit import commit
from copilot.shell.confine.manifest import entry_of, hash_of
from copilot.tools.context import DetailT, FilesSeen, Report, ToolContext
from copilot.tools.registry import Tools, default_tools
from copilot.vocabulary.approvals import PythonFileDetail
from copilot.vocabulary.errors import CopilotError, RejectedError, ToolError
from copilot.vocabulary.messages import JsonValue, ToolCall
from copilot.vocabulary.values import Limits
from copilot.workspace.boundary import Boundary
from copilot.workspace.snapshots.register import About
from copilot.workspace.snapshots.runs import Runs

CANARY = "CANARY"

SWAPPER = """
import ctypes, os, random, sys
pauses = random.Random(int(sys.argv[2]))
libc = ctypes.CDLL(None, use_errno=True)
here = os.open(sys.argv[1], os.O_RDONLY)
pairs = ((b"d", b"link-to-folder"), (b"f", b"link-to-file"))
print("swapping", flush=True)
while True:
    for one, other in pairs:  # RENAME_EXCHANGE: there is no moment without either
        if libc.renameat2(here, one, here, other, 2) != 0:
            sys.exit(os.strerror(ctypes.get_errno()))
        for _ in range(pauses.choice((0, 0, 10, 100, 1_000, 10_000))):
            pass
"""
SEED = 6
"""Of the lengths of the pauses between two swaps: none most of the time, as long as a call now and then."""

CALLS: dict[str, dict[str, JsonValue]] = {
    "list_directory": {"path": "d"},
    "directory_tree": {"path": "d"},
    "read_file d/f": {"path": "d/f"},
    "read_file f": {"path": "f"},
    "get_file_summary": {"path": "d/f"},
    "write_file d/f": {"path": "d/f", "content": "new\n"},
    "write_file f": {"path": "f", "content": "new\n"},
    "write_file new": {"path": "d/sub/new", "content": "new\n"},
    "edit_file": {"path": "d/f", "old": "e", "new": "e."},
    "search_files": {"pattern": "**/*"},
    "search_text": {"pattern": ".", "path": "d"},
    "run_python_file": {"path": "d/f.py"},
}
"""Every tool that touches files, by the name it is counted under. Of `run_python_file` only what comes before
the person's word: it is refused there, and what the person would have seen is looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The project and the folder beside it."""

    root: Path
    outside: Path

    def harm(self) -> list[str]:
        """What is not as it was outside; empty where nothing happened."""
        found = {path.name: path.read_text() for path in self.outside.iterdir() if path.is_file()}
        folders = [path.name for path in self.outside.iterdir() if path.is_dir()]
        same = {"f": CANARY, "f.py": CANARY, "canary": CANARY}
        return [] if (found, folders) == (same, []) else [str(found), *folders]


def prepared(folder: Path) -> Place:
    """A project in `folder` with the links that stand ready beside `d` and `f`, and what they lead to."""
    place = Place(root=folder / "proj", outside=folder / "outside")
    (place.root / "d").mkdir(parents=True)
    place.outside.mkdir()
    for file in (place.root / "d" / "f", place.root / "d" / "f.py", place.root / "f"):
        file.write_text("inside\n")
    for name in ("f", "f.py", "canary"):
        (place.outside / name).write_text(CANARY)
    (place.root / "link-to-folder").symlink_to(place.outside)
    (place.root / "link-to-file").symlink_to(place.outside / "f")
    return place


@contextmanager
def swapping(place: Place) -> Iterator[Place]:
    """With a process that swaps `d` and `f` for links to the outside, all the time."""
    with subprocess.Popen(
        [sys.executable, "-c", SWAPPER, str(place.root), str(SEED)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "swapping\n", "this system cannot exchange two names"
        try:
            yield place
            assert process.poll() is None, "the swapping process ended before the test did"
        finally:
            process.kill()


def race(place: Place, name: str, rounds: int) -> Counter[str]:
    """Run one tool `rounds` times; how often it did what, by outcome. Raises AssertionError on any harm."""
    tools = default_tools(None, environ={}, platform=sys.platform)
    outcomes: Counter[str] = Counter()
    for _ in range(rounds):
        try:
            output, outcome = _call(tools, place, name), "done"
        except ToolError as error:
            output, outcome = str(error), type(error).__name__
        assert CANARY not in output, f"{name} told what an outside file holds: {output}"
        outcomes[outcome] += 1
    assert not place.harm(), f"{name} changed something outside: {place.harm()}"
    return outcomes


def race_boundary(place: Place, rounds: int) -> Counter[str]:
    """The same for the bare operations, which the tools never reach between their own checks."""
    boundary = Boundary(place.root)
    outcomes: Counter[str] = Counter()

    def write() -> object:
        return boundary.write_bytes("d/f", b"x", expected=boundary.read_bytes("d/f").sha256)

    def make() -> object:
        return boundary.write_bytes("d/made/there", b"x", expected=None)

    actions: tuple[Callable[[], object], ...] = (
        lambda: boundary.read_bytes("d/f").data,
        lambda: boundary.list("d"),
        write,
        make,
    )
    for number in range(rounds):
        try:
            got = actions[number % len(actions)]()
            assert CANARY.encode() not in (got if isinstance(got, bytes) else b""), "read an outside file"
            assert "canary" not in str(got), "listed an outside folder"
            outcomes["done"] += 1
        except ToolError as error:
            outcomes[type(error).__name__] += 1
    assert not place.harm(), f"changed something outside: {place.harm()}"
    return outcomes


def run_to_undo(place: Place) -> Runs:
    """A run that changed, made and removed what will be swapped, before anything is."""
    (place.root / "d" / "gone").write_text("inside\n")
    runs = Runs(place.root.parent / "store", place.root, clock=time.time)
    number, _ = runs.begin(About(call_id="run", project="", branch="", words="run"))
    for path in (place.root / "d" / "f", place.root / "f", place.root / "d" / "new"):
        path.write_text("by the run\n")
    (place.root / "d" / "gone").unlink()
    runs.end(number)
    return runs


def race_undo(place: Place, runs: Runs, rounds: int) -> Counter[str]:
    """Undo and redo the run. What is a link at the moment is the person's and stays."""
    outcomes: Counter[str] = Counter()
    for number in range(rounds):
        try:
            told = runs.redo("run") if number % 2 else runs.undo("run")
            assert told.by is not None
            outcomes["contradicts" if told.by.clashes else "done"] += 1
        except CopilotError as error:
            outcomes[type(error).__name__] += 1
    assert not place.harm(), f"an undo changed something outside: {place.harm()}"
    assert not _canaries(place), f"an undo copied an outside file: {_canaries(place)}"
    return outcomes


def race_apply(place: Place, rounds: int) -> Counter[str]:
    """Commit a preview whose check has passed: what is swapped from then on is refused, never followed."""
    new = place.root.parent / "new"
    (new / "d").mkdir(parents=True)
    (new / "d" / "f").write_text("previewed\n")
    (new / "d" / "made").write_text("previewed\n")
    old, now = (entry_of(str(path), path.lstat()) for path in (place.outside / "f.py", new / "d" / "f"))
    digest = hash_of(new / "d" / "f")
    steps = (
        Step(path="d/f", before=old, after=now, new_hash=digest),
        Step(path="d/made", before=None, after=now, new_hash=digest),
    )
    outcomes: Counter[str] = Counter()
    for _ in range(rounds):
        try:
            commit(place.root, new, steps, place.root.parent / "journals")
            outcomes["done"] += 1
        except CopilotError as error:
            outcomes[type(error).__name__] += 1
    assert not place.harm(), f"Apply changed something outside: {place.harm()}"
    assert not _canaries(place), f"Apply copied an outside file: {_canaries(place)}"
    return outcomes


def _canaries(place: Place) -> list[str]:
    """The files inside that hold it, while links are still being swapped around them."""
    inside = place.root.resolve()
    walked = os.walk(inside)  # follows no link, and bears folders that vanish
    files = (Path(folder, name) for folder, _, names in walked for name in names)
    return [str(path) for path in files if CANARY in _text_of(path, inside)]


def _text_of(path: Path, inside: Path) -> str:
    """What is really inside; nothing for what was swapped away, or for a way that leads outside by now."""
    try:
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW)) as file:
            real = Path(os.path.realpath(f"/proc/self/fd/{file.fileno()}"))
            return file.read() if real.is_relative_to(inside) else ""
    except OSError:
        return ""


def _call(tools: Tools, place: Place, name: str) -> str:
    context = ToolContext(
        base_dir=place.root,
        scripts_dir=place.root.parent / "home" / "scripts" / "generated",
        session="race",
        limits=Limits(),
        seen=FilesSeen(),
        approve=_approve,
        cancelled=lambda: False,
        output=lambda _stream, _text: None,
        started=lambda _script, _sha256: None,
        report=Report(),
    )
    call = ToolCall(call_id="c", name=name.split(" ", 1)[0], arguments=CALLS[name])
    return tools.call(call, context)


def _approve(detail: DetailT, /) -> DetailT:
    """The person, who sees no outside byte either, lets every change pass and no program run."""
    assert CANARY not in repr(detail), f"the person was shown what an outside file holds: {detail}"
    if isinstance(detail, PythonFileDetail):
        raise RejectedError("not in a race")
    return detail


def main() -> None:
    """Run everything and print one line a tool."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    print(f"{rounds:,} rounds each, uid {os.getuid()}, {sys.platform}")
    with tempfile.TemporaryDirectory() as folder:
        place = prepared(Path(folder))
        runs = run_to_undo(place)
        races: dict[str, Callable[[], Counter[str]]] = {
            **{name: partial(race, place, name, rounds) for name in CALLS},
            "boundary": lambda: race_boundary(place, rounds),
            "undo, redo": lambda: race_undo(place, runs, rounds // 10),
            "apply": lambda: race_apply(place, rounds // 10),
        }
        with swapping(place):
            for name in sys.argv[2:] or races:
                started = time.monotonic()
                outcomes = races[name]()
                print(f"{name:18} {time.monotonic() - started:6.1f} s  {dict(outcomes)}", flush=True)
    print("no outside byte was read, changed or added")


if __name__ == "__main__":
    main()

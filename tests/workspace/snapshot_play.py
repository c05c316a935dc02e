"""A random play of runs, edits, undos and redos on one base directory, which a test may kill at any moment.

`python snapshot_play.py ROOT SEED OPERATIONS` plays. What the person edits are lines that nobody else writes,
each noted in ROOT/mine/, so that whatever happened they can be looked for at the end.
"""

import os
import random
import sys
import time
from pathlib import Path

from copilot.storage.locks import hold
from copilot.vocabulary.errors import ProjectError
from copilot.workspace.snapshots.runs import About, Runs

FIRST = ("a.txt", "b.txt", "sub/c.txt", "sub/deep/d.txt", *(f"many/{number:02}.txt" for number in range(26)))
FILES = (*FIRST, "e.bin", "f")
LINES = 30


def opened(root: Path) -> Runs:
    """The runs of the play's base directory."""
    return Runs(root / "store", root / "project", clock=time.time)


def start(root: Path) -> None:
    """The base directory as it is at first."""
    base = root / "project"
    base.mkdir(parents=True)
    (root / "mine").mkdir()
    for name in FIRST:
        (base / name).parent.mkdir(parents=True, exist_ok=True)
        (base / name).write_text(first_text(name))
        (base / name).chmod(0o644)


def first_text(name: str) -> str:
    """What a file of the base directory holds at first."""
    return "".join(f"{name} line {number}\n" for number in range(LINES))


def play(root: Path, seed: int, operations: int) -> None:
    """So many operations; each is told on standard output when it begins and when it has ended."""
    rng, base, runs = random.Random(seed), root / "project", opened(root)
    for number in range(operations):
        what = rng.choices(("run", "edit", "undo", "redo", "older"), (4, 3, 4, 3, 2))[0]
        print("begin", what, flush=True)
        match what:
            case "run":
                with hold(root / "turn.lock", wait_seconds=10):
                    about = About(call_id=f"{seed}-{number}", project="p", branch="b", words=what)
                    begun, _ = runs.begin(about)
                    for _ in range(rng.randint(1, 4)):
                        change(rng, base, f"run {seed} {number}")
                    runs.end(begun)
            case "edit":
                edit(rng, root, f"mine {seed} {number}")
            case _:
                turn(rng, runs, what)
        print("end", what, flush=True)


def turn(rng: random.Random, runs: Runs, what: str) -> None:
    """Undo or redo the newest, or any."""
    try:
        if what == "undo":
            runs.undo()
        elif what == "redo":
            runs.redo()
        elif known := [run for run in runs.all() if run.act == "run"]:
            run = rng.choice(known)
            (runs.undo if run.state == "done" else runs.redo)(str(run.number))
    except ProjectError:
        pass  # there is none


def change(rng: random.Random, base: Path, words: str) -> None:
    """What a script might do. It never touches a line of the person's."""
    path = base / rng.choice(FILES)
    match rng.choice(("line", "line", "line", "new", "delete", "move", "mode")):
        case "line" if path.is_file():
            lines = path.read_bytes().splitlines(keepends=True)
            at = rng.randrange(len(lines) + 1)
            if at < len(lines) and not lines[at].startswith(b"mine"):
                lines[at] = f"{words}\n".encode()
                path.write_bytes(b"".join(lines))
        case "new" if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(
                (b"\0" if path.suffix == ".bin" else b"") + f"{words}\n".encode() * rng.randint(1, 40)
            )
        case "delete" if path.is_file() and b"mine" not in path.read_bytes():
            path.unlink()
        case "move" if path.is_file() and b"mine" not in path.read_bytes():
            target = base / f"moved-{rng.randrange(3)}"
            if not target.exists():
                path.rename(target)
        case "mode" if path.is_file() and os.name == "posix":
            path.chmod(rng.choice((0o644, 0o600, 0o755)))
        case _:
            pass


def edit(rng: random.Random, root: Path, words: str) -> None:
    """The person adds a line to some file, and it is noted that they did."""
    there = [
        path for path in sorted((root / "project").rglob("*")) if path.is_file() and path.suffix != ".bin"
    ]
    if not there:
        return
    path = rng.choice(there)
    lines = path.read_bytes().splitlines(keepends=True)
    lines.insert(rng.randrange(len(lines) + 1), f"{words}\n".encode())
    temp = path.with_name(f"{path.name}.swp")
    temp.write_bytes(b"".join(lines))
    temp.chmod(path.stat().st_mode & 0o777)
    temp.replace(path)
    (root / "mine" / words.replace(" ", "-")).write_text(words)


if __name__ == "__main__":
    play(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))

"""What a snapshot costs on 10,000 files: the first one, and those before and after a run.

    .venv/bin/python bench/snapshots.py [--files 10000] [--rounds 7]

A tree of text files in 521 folders is made in a temporary folder. `walk alone` is the least that any program
must do to see what changed: `os.scandir` and `lstat` of everything. Times are medians, but for the first
snapshot, undo and redo. `warm, new program` reads from the store what is known of the files. Exit code 0.
"""

import argparse
import os
import platform
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from copilot.workspace.snapshots.runs import About, Runs

FOLDERS = 521
EDITS = 20
RUN = About(call_id="bench", project="bench", branch="main", words="bench")


def make(base: Path, files: int) -> int:
    """The tree; its bytes."""
    rng, total = random.Random(1), 0
    for number in range(files):
        folder = base / f"d{number % FOLDERS:03}"
        folder.mkdir(parents=True, exist_ok=True)
        lines = rng.randint(20, 260)
        text = "".join(f"{number} {line} {rng.random():.12f}\n" for line in range(lines))
        total += (folder / f"f{number:05}.txt").write_text(text)
    return total


def walk(base: Path) -> None:
    """See everything once."""
    waiting = [os.fspath(base)]
    while waiting:
        with os.scandir(waiting.pop()) as entries:
            for entry in entries:
                entry.stat(follow_symlinks=False)
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(entry.path)


def took(work: Callable[[], object], rounds: int = 1) -> float:
    """Milliseconds, the median."""
    times: list[float] = []
    for _ in range(rounds):
        begun = time.perf_counter()
        work()
        times.append((time.perf_counter() - begun) * 1_000)
    return statistics.median(times)


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=7)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root, base = Path(folder), Path(folder) / "tree"
        size = make(base, args.files)
        time.sleep(2.5)  # a file written a moment ago is read again, as one more write may go unseen
        runs = Runs(root / "store", base, clock=time.time)

        def edited() -> None:
            for number in range(EDITS):
                path = base / f"d{number:03}" / f"f{number:05}.txt"
                path.write_text(path.read_text() + "one more\n")

        def fresh() -> None:
            Runs(root / "store", base, clock=time.time).warm()

        def run() -> None:
            number, _ = runs.begin(RUN)
            edited()
            runs.end(number)

        python = f"{platform.python_implementation()} {platform.python_version()}"
        print(f"{args.files:,} files, {size / 1e6:.0f} MB; {os.cpu_count()} cores, {python}")
        print(f"first snapshot          {took(runs.warm):8,.0f} ms   store {runs.size / 1e6:.0f} MB")
        print(f"warm                    {took(runs.warm, args.rounds):8,.0f} ms")
        print(f"warm, new program       {took(fresh, args.rounds):8,.0f} ms")
        print(
            f"a run with {EDITS} edits     {took(run, args.rounds):8,.0f} ms   both snapshots and its changes"
        )
        print(f"undo of it              {took(runs.undo):8,.0f} ms")
        print(f"redo of it              {took(runs.redo):8,.0f} ms")
        print(f"walk alone              {took(lambda: walk(base), args.rounds):8,.0f} ms")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

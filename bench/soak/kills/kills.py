"""Kills everything: each way of saving at every call, then the whole program 1,000 times at random.

    unshare --pid --fork --kill-child --mount-proc .venv/bin/python bench/soak/kills/kills.py [--kills 1000]

The first part takes each save path of `tests/crashing/save_paths.py`: what a kill and a power cut leave at
every call, real kills, calls that fail with every code that fits, disks that stay full, writes that take half
of their bytes. Of what SQLite does for snapshots every tenth call is met. The second plays `copilot ask` with
tools and scripts beside a second program, in a home that lives on through 25 rounds; see
`tests/crashing/killed_program.py`. Exit code 0 where nothing that was shown is lost, nothing is torn or left
behind, and no script ran twice.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from killed_program import Tally

HERE = Path(__file__).resolve().parents[3] / "tests" / "crashing"
ROUNDS = 25
KINDS = {
    "image": "states that a kill or a power cut leaves, at every call",
    "kill": "real kills, at every call and in every write",
    "fail": "calls that failed once (ENOSPC, EIO, EROFS, EACCES, EPERM) and were tried again",
    "full": "disks that were full from some call on",
    "short": "writes that took half of their bytes",
}


def main() -> int:
    """Both parts."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=1, help="of the first home")
    parser.add_argument("--no-saves", action="store_true", help="only the second part")
    args = parser.parse_args()
    wrong = [] if args.no_saves else saves()
    wrong += program(args.kills, args.seed)
    for one in wrong:
        print(f"  {one}", flush=True)
    return 1 if wrong else 0


def saves() -> list[str]:
    """Every way of saving."""
    wrong: list[str] = []
    for kind, words in KINDS.items():
        begun = time.monotonic()
        command = [sys.executable, str(HERE / "killed_saves.py"), kind, "1", "10"]
        run = subprocess.run(command, stdout=subprocess.PIPE, check=False)
        told = json.loads(run.stdout.splitlines()[-1])
        if told["trouble"]:
            print(told["trouble"])
            return []
        met = sum(told["met"].values())
        seconds = time.monotonic() - begun
        count = f"{len(told['met'])} ways of saving, {met:,} {words}"
        print(f"{count}: {len(told['wrong'])} wrong, {seconds:.0f} s", flush=True)
        wrong += told["wrong"]
    return wrong


def program(kills: int, seed: int) -> list[str]:
    """The whole program, home after home."""
    sys.path.insert(0, str(HERE))
    from killed_program import Tally, play

    tally, homes, begun = Tally(), 0, time.monotonic()
    while tally.kills < kills:
        with tempfile.TemporaryDirectory() as folder:
            known = len(tally.wrong)
            play(Path(folder).resolve(), seed + homes, ROUNDS, tally)
        for one in tally.wrong[known:]:
            print(f"  {one}", flush=True)
        homes += 1
        print(f"{homes} homes, {counted(tally)}, {time.monotonic() - begun:.0f} s", flush=True)
    return tally.wrong


def counted(tally: "Tally") -> str:
    """What happened, in words."""
    shown = f"{tally.messages:,} messages, {tally.approvals:,} approvals, {tally.results:,} results"
    told = f"{tally.refused} programs told that the project is open"
    return (
        f"{tally.rounds} rounds, {tally.kills} kills, {tally.ended} turns that ended, {told};"
        f" shown and there: {shown}; {tally.scripts:,} scripts ran, none twice; {len(tally.wrong)} wrong"
    )


if __name__ == "__main__":
    raise SystemExit(main())

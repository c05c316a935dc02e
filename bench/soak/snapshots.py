"""Random runs, edits, undos and redos on real files, in programs that are killed again and again.

    unshare --pid --fork --kill-child --mount-proc .venv/bin/python bench/soak/snapshots.py [--operations 600]

Of what `tests/workspace/test_workspace_snapshots_play.py` plays, a long stretch: five plays of so many
operations each, with a kill after a random number of them. Afterwards no temporary file may lie about, and
the last run must undo and redo to the byte. Then every run that stands is taken back: every line that the
person wrote must be in some file, and each file be as at first but for those lines, or have been named as a
contradiction. Exit code 0 where all of that holds, 1 where it does not.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parents[2] / "tests" / "workspace"
SEEDS = 5


def main() -> int:
    """Play, and say what was found."""
    sys.path.insert(0, str(HERE))
    from snapshot_play import start
    from test_workspace_snapshots_play import kept_lines, killed_plays, restored, settled

    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--operations", type=int, default=600)
    args = parser.parse_args()
    failed = 0
    for seed in range(SEEDS):
        begun = time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            start(root)
            killed, ended = killed_plays(root, seed + 100, operations=args.operations)
            settled(root)
            end = restored(root)
            mine, lost = kept_lines(root)
        seconds = time.monotonic() - begun
        lines = f"{len(mine)} lines of the person's, {len(lost)} lost"
        files = f"restored: {end.exact} files exactly, {end.said} named as contradictions"
        print(
            f"play {seed}: {ended} operations, {killed} kills, {lines}; {files}, {seconds:.0f} s", flush=True
        )
        for line in end.trouble:
            print(f"  {line}")
        failed += bool(lost or end.trouble)
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())

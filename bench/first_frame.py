"""How long it takes from the start of the process to the window's first frame.

    .venv/bin/python bench/first_frame.py [--runs N] [--markdown]

`copilot` in an empty home against a script that imports Dear PyGui and shows an empty viewport, whole
processes in turns under Xvfb (software rendering), after one of each that does not count. The moment is when
`render_dearpygui_frame` returns for the first time. Medians of `--runs` (7) on the wall clock; of processor
time the least, which says more on a machine with company. Exit code 0: measured, whatever came out.
"""

import argparse
import datetime
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from conversations import table

ROOT = Path(__file__).resolve().parent.parent
INSIDE = Path(__file__).with_name("first_frame_inside.py")
HEAD = ("from the start of the process to the first frame", "wall, s", "÷ empty", "processor, s", "÷ empty")
LONGEST_SECONDS = 60.0


def run_once(what: str, display: str) -> dict[str, Any]:
    """One process: seconds on the wall clock and of the processor, and what it had loaded."""
    with tempfile.TemporaryDirectory(prefix="copilot-frame-") as folder:
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "COPILOT_"))}
        began = time.monotonic()
        done = subprocess.run(
            [sys.executable, str(INSIDE), what, str(Path(folder) / "home")],
            cwd=folder,
            env={**kept, "DISPLAY": display, "HOME": folder},
            capture_output=True,
            text=True,
            timeout=LONGEST_SECONDS,
            check=False,
        )
    if done.returncode:
        raise RuntimeError(done.stderr[-2_000:])
    told: dict[str, Any] = json.loads(done.stdout)
    return {**told, "wall": told["at"] - began}


def measured(display: str, runs: int) -> list[tuple[str, ...]]:
    """The rows of the table."""
    found: dict[str, list[dict[str, Any]]] = {"empty": [], "copilot": []}
    for run in range(runs + 1):
        for what, told in found.items():
            one = run_once(what, display)
            if run:
                told.append(one)
    rows: list[tuple[str, ...]] = []
    empty = (0.0, 0.0)
    for what, name in (("empty", "Dear PyGui, an empty viewport"), ("copilot", "copilot, an empty home")):
        wall = statistics.median(one["wall"] for one in found[what])
        spent = min(one["cpu"] for one in found[what])
        empty = (wall, spent) if what == "empty" else empty
        ratios = f"{wall / empty[0]:.2f}", f"{spent / empty[1]:.2f}"
        rows.append((name, f"{wall:.3f}", ratios[0], f"{spent:.3f}", ratios[1]))
    last = found["copilot"][-1]
    sys.stderr.write(f"modules loaded by then: {last['modules']}; of SDKs: {last['sdks'] or 'none'}\n")
    return rows


def main(words: Sequence[str]) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=7, help="measured runs of each")
    parser.add_argument("--markdown", action="store_true", help="print for docs/measured.md")
    asked = parser.parse_args(words)
    sys.path.insert(0, str(ROOT / "tests" / "desktop"))
    from virtual_display import virtual_display

    with virtual_display() as display:
        rows = measured(display, asked.runs)
    python = f"{platform.python_implementation()} {platform.python_version()}"
    print(f"{os.cpu_count()} cores, {platform.system()}, {python}, {datetime.date.today()}.\n")
    print(table(HEAD, rows, markdown=asked.markdown))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""How long it takes from the start of the process to the first request, and to the first words of an answer.

    .venv/bin/python bench/first_request.py [--providers a,b] [--runs N] [--markdown]

`copilot ask` and a bare SDK, whole processes, against a server on this machine that answers at once, so that
no service and no network is in it. The server is reached without TLS. Every figure is the median of `--runs`
(7) after one that does not count, in turns, files in the page cache.

"first request" is when the server holds the whole of it. This program sends its first request before the
provider's SDK and the HTTP library are loaded, and loads both while the answer is awaited; so with a server
that answers at once most of "first words" is the loading. "a new home" is a first call in an empty home, "a
known project" the calls after it. Peers are not run: their figures are the ones of `PEERS`. Exit code 0:
measured, whatever came out.
"""

import argparse
import datetime
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from conversations import MODELS, Bench, Conversation, RunFailedError, table

GOAL_SECONDS = 0.35
HEAD = ("from the start of the process, seconds", "first request", "÷ bare SDK", "goal", "met", "first words")
PEERS = "codex 0.33, claude-code 0.79, llm 1.20, pi 1.35, cline 1.84, smolagents 1.91, pydantic-ai 1.95 s"
"""Published with this project's facts (2 cores, Debian 12, November 2026); the fastest of fifteen."""


def bare_start() -> float:
    """Seconds that an interpreter takes that does nothing."""
    began = time.monotonic()
    subprocess.run([sys.executable, "-c", "pass"], check=True)
    return time.monotonic() - began


def measured(bench: Bench, provider: str, runs: int) -> list[tuple[str, ...]]:
    """The rows of one provider."""
    ways: dict[str, Callable[[int], Conversation]] = {
        f"bare SDK, {provider}": lambda _: bench.bare(provider, 0),
        f"{provider}, a new home": lambda run: bench.ours(provider, 0, home=f"{provider}-{run}"),
        f"{provider}, a known project": lambda _: bench.ours(provider, 0, home=f"{provider}-known"),
    }
    for run, way in enumerate(ways.values()):
        way(-run)
    found: dict[str, list[Conversation]] = {name: [] for name in ways}
    for run in range(1, runs + 1):
        for name, way in ways.items():
            found[name].append(way(run))
    rows: list[tuple[str, ...]] = []
    bare = 0.0
    for name, told in found.items():
        first = statistics.median(one.first_request for one in told)
        words = statistics.median(one.answered for one in told)
        bare = bare or first
        ours = not name.startswith("bare")
        met = ("≤ 0.35", "yes" if first <= GOAL_SECONDS else "no") if ours else ("–", "–")
        rows.append((name, f"{first:.3f}", f"{first / bare:.2f}", *met, f"{words:.2f}"))
    return rows


def main(words: Sequence[str]) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--providers", default=",".join(MODELS), help="which, with commas between")
    parser.add_argument("--runs", type=int, default=7, help="measured runs of each")
    parser.add_argument("--markdown", action="store_true", help="print for docs/measured.md")
    asked = parser.parse_args(words)
    rows: list[tuple[str, ...]] = []
    starts = [bare_start() for _ in range(max(2, asked.runs))]
    try:
        with tempfile.TemporaryDirectory(prefix="copilot-bench-") as folder:
            bench = Bench.made(Path(folder))
            for provider in asked.providers.split(","):
                rows += measured(bench, provider, asked.runs)
    except (RunFailedError, OSError, ValueError) as error:
        sys.stderr.write(f"bench: {error}\n")
        return 1
    finally:
        python = f"{platform.python_implementation()} {platform.python_version()}"
        load = "/".join(f"{part:.1f}" for part in os.getloadavg()) if hasattr(os, "getloadavg") else "unknown"
        print(f"{os.cpu_count()} cores, {platform.system()}, {python}, {datetime.date.today()}, load {load}.")
        print(
            f"Medians of {asked.runs}. An interpreter that does nothing: {statistics.median(starts):.3f} s."
        )
        print(f"Published for peers: {PEERS}.\n")
        print(table(HEAD, rows, markdown=asked.markdown))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

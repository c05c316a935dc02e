"""Our own time per round, the server's taken out, as a ratio to the bare SDK doing the same calls.

    .venv/bin/python bench/rounds.py [--providers a,b] [--rounds 10,50,200] [--think 0,30] [--runs N]
        [--markdown]

`copilot ask` and the bare SDK's own loop (`bare_sdk.py`: synchronous, nothing kept, nothing recorded) each
hold a conversation in which every answer asks to read one file. A round is the time from an answer's last
byte to the next request's last byte at the server. Ours includes what a round is for here: the reply and the
result synced to the journal, both bodies and every event in the session's log, the estimate, the ledger, the
tracked files read again.

Each is measured with two servers (`--think`, milliseconds). One answers at once, which no service does: so
all that a client does is in its rounds, also what it puts off until a request has left. The other thinks for
30 ms before the first byte of each answer: what is done meanwhile costs nobody time, and a round is what a
person waits for beside the service itself. It says nothing of the work as such: "processor" does.

The first round is told apart: in it both load what they load late (this program the SDK, see
`first_request.py`). "a round" is the median of the others, "growth" the last ten against the second to the
eleventh, "processor" the processor seconds of the whole process for each round beyond the smallest run, "the
disk" the median of what of a round of ours is `fsync`, "without it" the ratio where that is taken out. Runs
take turns; each figure is the smallest of `--runs` (3), which other programs disturb least. Peers are
not run: their figures are the ones of `PEERS`. Exit code 0: measured, whatever the result.
"""

import argparse
import datetime
import os
import platform
import statistics
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from conversations import MODELS, Bench, Conversation, RunFailedError, table

GOAL_RATIO = 1.5
HEAD = (
    "rounds; the server thinks, ms",
    "a round, ms: ours ÷ bare SDK",
    "ratio",
    "goal",
    "met",
    "growth: ours, bare",
    "processor, ms",
    "the disk, ms (syncs)",
    "ratio without it",
)
PEERS = (
    "ms a round at 10 and 50 rounds: pi 9 and 10, smolagents 14 and 31, gemini-cli 16 and 13, pydantic-ai 18 "
    "and 31, openai-agents 18 and 34, mini-swe-agent 26 and 38, claude-code 40 and 36, codex 76 and 75"
)
"""Published with this project's facts (2 cores, Debian 12, November 2026), first rounds included."""


@dataclass(frozen=True, slots=True)
class Way:
    """All runs of one client at one number of rounds."""

    runs: tuple[Conversation, ...]

    @property
    def each(self) -> float:
        """Milliseconds a round, the first one left out."""
        return 1e3 * min(statistics.median(run.gaps[1:]) for run in self.runs)

    @property
    def without_disk(self) -> float:
        """The same without what was waiting for the disk."""
        return 1e3 * min(
            statistics.median(gap - disk for gap, disk in zip(run.gaps[1:], run.disk[1:], strict=True))
            for run in self.runs
        )

    @property
    def disk(self) -> float:
        """Milliseconds a round that were waiting for the disk."""
        return 1e3 * min(statistics.median(run.disk[1:]) for run in self.runs)

    @property
    def growth(self) -> float:
        """Rounds at the end against rounds at the beginning."""
        return min(statistics.median(run.gaps[-10:]) / statistics.median(run.gaps[1:11]) for run in self.runs)

    @property
    def cpu(self) -> float:
        """Processor seconds of the whole process."""
        return min(run.cpu for run in self.runs)


def measured(
    bench: Bench, provider: str, counts: Sequence[int], runs: int, think: int
) -> list[tuple[str, ...]]:
    """The rows of one provider, whose server thinks for so many milliseconds."""
    found: dict[tuple[int, bool], list[Conversation]] = {}
    noted = bench.scratch / "syncs.json"
    for run in range(runs):
        for count in counts:
            for ours in (False, True):
                told = (
                    bench.ours(
                        provider,
                        count,
                        home=f"{provider}-{count}-{run}-{think}",
                        syncs=noted,
                        think=think / 1e3,
                    )
                    if ours
                    else bench.bare(provider, count, think=think / 1e3)
                )
                found.setdefault((count, ours), []).append(told)
    rows: list[tuple[str, ...]] = []
    for count in counts:
        bare, ours = (Way(tuple(found[count, which])) for which in (False, True))
        ratio = ours.each / bare.each
        more = count - counts[0]
        spent = [
            1e3 * (way.cpu - Way(tuple(found[counts[0], which])).cpu) / more if more else 0.0
            for which, way in ((True, ours), (False, bare))
        ]
        rows.append(
            (
                f"{provider}, {count}; {think}",
                f"{ours.each:.1f} ÷ {bare.each:.1f}",
                f"{ratio:.2f}",
                f"≤ {GOAL_RATIO:g}",
                "yes" if ratio <= GOAL_RATIO else "no",
                f"{ours.growth:.1f}, {bare.growth:.1f}",
                f"{spent[0]:.1f} ÷ {spent[1]:.1f}" if more else "–",
                f"{ours.disk:.1f} ({ours.runs[0].syncs_each:.1f})",
                f"{ours.without_disk / bare.each:.2f}",
            )
        )
    return rows


def main(words: Sequence[str]) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--providers", default=",".join(MODELS), help="which, with commas between")
    parser.add_argument("--rounds", default="10,50,200", help="lengths of the conversations")
    parser.add_argument("--think", default="0,30", help="milliseconds that the servers think")
    parser.add_argument("--runs", type=int, default=3, help="runs of each")
    parser.add_argument("--markdown", action="store_true", help="print for docs/measured.md")
    asked = parser.parse_args(words)
    counts = sorted(int(word) for word in asked.rounds.split(","))
    pauses = [int(word) for word in asked.think.split(",")]
    rows: list[tuple[str, ...]] = []
    try:
        with tempfile.TemporaryDirectory(prefix="copilot-bench-") as folder:
            bench = Bench.made(Path(folder))
            for provider in asked.providers.split(","):
                for think in pauses:
                    rows += measured(bench, provider, counts, asked.runs, think)
    except (RunFailedError, OSError, ValueError) as error:
        sys.stderr.write(f"bench: {error}\n")
        return 1
    finally:
        python = f"{platform.python_implementation()} {platform.python_version()}"
        load = "/".join(f"{part:.1f}" for part in os.getloadavg()) if hasattr(os, "getloadavg") else "unknown"
        print(f"{os.cpu_count()} cores, {platform.system()}, {python}, {datetime.date.today()}, load {load}.")
        print(f"The smallest of {asked.runs}. Published for peers: {PEERS}.\n")
        print(table(HEAD, rows, markdown=asked.markdown))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

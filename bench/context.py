"""How fast, small and useful `copilot context` is, as ratios to what any program must do and to its peers.

    .venv/bin/python bench/context.py [--install-peers] [--only NAME] [--trees 100,1000] [--rounds N]
                                      [--quick] [--markdown] [--cache DIR]

The first run fetches five pinned packages from the package index and makes three trees of them (100, 1,000
and 10,000 Python files, `context_trees.py`). `--install-peers` installs repomix, gitingest and aider beside
them (`context_peers.py`); without, they are named as missing. Nothing else uses the network.

Every figure is of a whole process, files in the page cache, the median of `--rounds` after one that does not
count, everything in turns. NAME is one of cold, warm, memory, size, useful; all by default. `--quick` is 2
rounds without the tree of 10,000. The whole takes a quarter of an hour with the peers. Exit code 0: measured,
whatever the result; 1: something could not be run.
"""

import argparse
import datetime
import platform
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import platformdirs
from context_bench import HEAD, Bench, cores, takes_views
from context_peers import PINS, Peers
from context_runs import RunFailedError
from context_stages import cold, memory, size, useful, warm
from context_trees import TREES

NAMES = ("cold", "warm", "memory", "size", "useful")


def shown(bench: Bench, *, markdown: bool) -> str:
    """The result: machine, peers, table."""
    python = f"{platform.python_implementation()} {platform.python_version()}"
    told = f"{cores()} cores, {platform.system()} {platform.machine()}, {python}, {datetime.date.today()}"
    have = [f"{name} {bench.peers.version(name)}" for name in PINS if name not in bench.lacking]
    lines = [f"Machine: {told}. Medians of {bench.rounds}.", f"Peers: {', '.join(have) or 'none'}."]
    if bench.lacking:
        lines.append(f"Peers that were not run: {', '.join(PINS[name] for name in bench.lacking)}.")
    for count, tree in sorted(bench.trees.items()):
        packages = ", ".join(package.folder for package in TREES[count])
        lines.append(f"Tree of {count:,}: {tree.size / 1e6:.1f} MB of {packages}.")
    lines.append("Not measured here: the main thread's processor time a frame while it runs.")
    table = [HEAD, *(row.cells() for row in bench.rows)]
    if markdown:
        lines = [f"- {line}" for line in lines]
        table.insert(1, ("---",) * len(HEAD))
        return "\n".join([*lines, "", *(f"| {' | '.join(cells)} |" for cells in table)])
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    rows = (
        "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)) for cells in table
    )
    return "\n".join([*lines, "", *(row.rstrip() for row in rows)])


def _options(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    cache = platformdirs.user_cache_path("copilot-bench", appauthor=False)
    parser.add_argument("--cache", type=Path, default=cache, help="where packages, trees and peers are kept")
    parser.add_argument("--only", choices=NAMES, action="append", help="measure this alone; may be repeated")
    parser.add_argument("--trees", default="", help="numbers of files, as 100,1000")
    parser.add_argument("--rounds", type=int, default=0, help="measured runs of each; 5 by default")
    parser.add_argument("--quick", action="store_true", help="2 rounds, no tree of 10,000")
    parser.add_argument("--markdown", action="store_true", help="print for docs/measured.md")
    parser.add_argument("--install-peers", action="store_true", help="install the peers that are missing")
    parser.add_argument("--no-peers", action="store_true", help="leave the peers out")
    return parser.parse_args(words)


def main(words: Sequence[str]) -> int:
    """Measure what was asked for and print it."""
    asked = _options(words)
    usual = [100, 1_000] if asked.quick else list(TREES)
    counts = tuple(sorted(int(word) for word in asked.trees.split(",") if word)) or tuple(usual)
    if unknown := set(counts) - TREES.keys():
        sys.stderr.write(
            f"no such tree: {', '.join(map(str, unknown))}; there are {', '.join(map(str, TREES))}\n"
        )
        return 2
    cache = asked.cache.resolve()
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="copilot-bench-") as folder:
        peers = Peers(cache=cache, scratch=Path(folder))
        if asked.install_peers:
            peers.install()
        bench = Bench(
            cache=cache,
            scratch=Path(folder),
            rounds=asked.rounds or (2 if asked.quick else 5),
            counts=counts,
            peers=peers,
            lacking=tuple(PINS) if asked.no_peers else peers.missing(),
            final=takes_views(Path(folder)),
        )
        if not bench.final:
            sys.stderr.write("context takes no --view, --out and --budget: measured by a project file\n")
        try:
            for name, stage in zip(NAMES, (cold, warm, memory, size, useful), strict=True):
                if name in (asked.only or NAMES):
                    stage(bench)
        except (RunFailedError, OSError, ValueError, subprocess.CalledProcessError) as error:
            sys.stderr.write(f"bench: {error}\n")
            return 1
        except KeyboardInterrupt:
            sys.stderr.write("bench: stopped\n")
            return 130
        finally:
            if bench.rows:
                print(shown(bench, markdown=asked.markdown))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

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
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import platformdirs
from context_checks import Defined, absent, public_names, questions, sections, unanswered
from context_peers import PINS, PeerName, PeerRun, Peers
from context_runs import Measured, Run, RunFailedError, empty, measure, once, peak_memory
from context_trees import TREES, Tree, tree_of

from copilot.tokens.estimator import wordpieces

BASELINES = Path(__file__).with_name("context_baselines.py")
NAMES = ("cold", "warm", "memory", "size", "useful")
NO_BUDGET = 1_000_000_000
"""Tokens: what is measured are summaries, so none may step down."""

PARALLEL_FROM = 200
"""Files from which the program uses all cores (the issue's number); the baseline does the same."""

QUESTIONS = 200
SEED = 3
GROWTH = 1.1
"""What we call linear: the time for a megabyte on 10,000 files against that on 1,000."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the result. `goal` is the bound of `ratio`: at most, or at least where `least`."""

    run: str
    measured: str
    ratio: float | None = None
    goal: float | None = None
    least: bool = False
    note: str = ""

    def cells(self) -> tuple[str, ...]:
        """Its five cells."""
        ratio = "–" if self.ratio is None else f"{self.ratio:.2f}"
        if self.goal is None:
            return self.run, self.measured, ratio, "–", self.note or "–"
        bound = f"{'≥' if self.least else '≤'} {self.goal:g}"
        if self.ratio is None:
            return self.run, self.measured, ratio, bound, self.note or "not measured"
        met = self.ratio >= self.goal if self.least else self.ratio <= self.goal
        return self.run, self.measured, ratio, bound, "yes" if met else "no"


HEAD = ("run", "measured", "ratio", "goal", "met")


@dataclass(slots=True, kw_only=True)
class Bench:
    """One run of the whole: where things are, and what was found so far."""

    cache: Path
    scratch: Path
    rounds: int
    counts: tuple[int, ...]
    peers: Peers
    lacking: tuple[PeerName, ...]
    final: bool
    rows: list[Row] = field(default_factory=list[Row])
    trees: dict[int, Tree] = field(default_factory=dict[int, Tree])
    contexts: dict[int, str] = field(default_factory=dict[int, str])

    def tree(self, count: int) -> Tree:
        """The tree of this many files."""
        if count not in self.trees:
            self.trees[count] = tree_of(self.cache, count)
        return self.trees[count]

    def context(self, count: int) -> str:
        """The context of a tree, made once. Says it where a file has no section."""
        if count not in self.contexts:
            run = self.copilot("context", self.tree(count).root, "checks")
            once(run)
            self.contexts[count] = self.out("checks").read_text("utf-8")
        return self.contexts[count]

    def out(self, name: str) -> Path:
        """The context that the run of this name wrote."""
        if self.final:
            return self.scratch / f"{name}.md"
        return max((self.scratch / name / "md_gen").glob("bench_*.md"), default=self.scratch / name)

    def copilot(self, run: str, tree: Path, name: str, *, cold: bool = True) -> Run:
        """The program on a tree, with the home `name`, which is made anew each time for a cold run."""
        home = self.scratch / name
        program = [sys.executable, "-m", "copilot", "--home", str(home), "context"]
        if self.final:
            options = ["--base-dir", str(tree), "**/*", "--view", "summary"]
            options += ["--budget", str(NO_BUDGET), "--out", str(self.out(name))]
        else:
            options = ["--project", "bench"]

        def prepare() -> None:
            if cold or not home.is_dir():
                empty(home)
                if not self.final:
                    _write_project(home, tree)

        command = [*program, *options]
        return Run(
            name=run, command=command, cwd=self.scratch, env=_environment(self.scratch), prepare=prepare
        )

    def python(self) -> Run:
        """The start of Python alone."""
        command = [sys.executable, "-I", "-c", "pass"]
        return Run(name="start of Python", command=command, cwd=self.scratch, env=_environment(self.scratch))

    def baseline(self, name: str, *options: str) -> Run:
        """One of the baselines."""
        command = [sys.executable, str(BASELINES), *options]
        return Run(name=name, command=command, cwd=self.scratch, env=_environment(self.scratch))

    def add(self, run: str, measured: str, ratio: float | None = None, **more: object) -> None:
        """One more row."""
        self.rows.append(Row(run=run, measured=measured, ratio=ratio, **more))  # type: ignore[arg-type]

    def peer(self, name: PeerName, label: str, made: Callable[[], PeerRun]) -> list[Run]:
        """The peer's run, or none where it is missing."""
        if name in self.lacking:
            return []
        run = made()
        return [
            Run(name=label, command=run.command, cwd=run.cwd, env=run.env, prepare=run.prepare, optional=True)
        ]

    def against(
        self, label: str, count: int, found: dict[str, Measured], ours: float, goal: float | None
    ) -> None:
        """The row of a peer, or one that says why there is none."""
        what = f"{label}, {count:,} files: its time ÷ ours"
        result = found.get(label)
        if result is None or result.failed:
            note = "missing: --install-peers" if result is None else f"failed: {result.failed[:80]}"
            self.add(what, "–", goal=goal, least=True, note=note)
        else:
            measured = f"{_time(result.seconds)} ÷ {_time(ours)}"
            self.add(what, measured, result.seconds / ours, goal=goal, least=True)


def _environment(person: Path) -> dict[str, str]:
    """Byte code may be kept, as for a person; no setting of this shell or its user counts."""
    left_out = ("COPILOT_", "PYTHON", "XDG_", "GIT_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(left_out)}
    return kept | {"HOME": str(person), "USERPROFILE": str(person)}


def _write_project(home: Path, tree: Path) -> None:
    """The same choice by a project file, for versions whose `context` takes no view."""
    (home / "projects").mkdir()
    text = (
        f'schema_version = 1\n[files]\nbase_dir = "{tree.as_posix()}"\n'
        f'paths = [{{ path = "**/*", view = "summary" }}]\n[limits]\nmax_context_tokens = {NO_BUDGET}\n'
    )
    (home / "projects" / "bench.toml").write_text(text, "utf-8")


def cores() -> int:
    """The processors that this process may use."""
    usable = getattr(os, "sched_getaffinity", None)
    return len(usable(0)) if usable else os.cpu_count() or 1


def cold(bench: Bench) -> None:
    """An empty home each time, against parsing and against the peers; and how it grows."""
    found: dict[int, dict[str, Measured]] = {}
    for count in bench.counts:
        tree = bench.tree(count)
        processes = cores() if count >= PARALLEL_FROM else 1
        listed = bench.scratch / f"{count}.txt"
        listed.write_text("\n".join(str(tree.root / path) for path in tree.paths), "utf-8")
        parse = ("parse", str(listed), str(processes))
        runs = [
            bench.python(),
            bench.baseline("parse", *parse),
            bench.baseline("parse, no gc", *parse, "nogc"),
            bench.copilot("copilot", tree.root, f"cold-{count}"),
        ]
        peers = _cold_peers(count)
        for name, label, made, _ in peers(bench, tree.root):
            runs += bench.peer(name, label, made)
        result = found[count] = measure(runs, bench.rounds, _progress(f"cold, {count:,} files"))
        _cold_rows(bench, count, processes, result)
        for _, label, _, goal in peers(bench, tree.root):
            bench.against(label, count, result, result["copilot"].seconds, goal)
    if {1_000, 10_000} <= found.keys():
        _growth_row(bench, found)


ColdPeer = tuple[PeerName, str, Callable[[], PeerRun], float]


def _cold_peers(count: int) -> Callable[[Bench, Path], list[ColdPeer]]:
    """Which peers on a tree of this size, and how many times as long they should take at least."""

    def peers(bench: Bench, root: Path) -> list[ColdPeer]:
        compress = partial(bench.peers.repomix, root, compress=True)
        everything: list[ColdPeer] = [
            ("repomix", "repomix --compress", compress, 3.0 if count < 10_000 else 2.2),
            ("gitingest", "gitingest", partial(bench.peers.gitingest, root), 1.0),
        ]
        if count == 1_000:  # aider would take minutes on the larger one
            map_run = partial(bench.peers.aider, root, warm=False)
            everything.append(("aider", "aider's map, cold", map_run, 10.0))
        return everything if count >= 1_000 else []

    return peers


def _cold_rows(bench: Bench, count: int, processes: int, result: dict[str, Measured]) -> None:
    ours, parse, other = (result[name] for name in ("copilot", "parse", "parse, no gc"))
    how = "1 process" if processes == 1 else f"{processes} processes"
    for label, base, goal in (("ast.parse", parse, 1.3), ("ast.parse without gc", other, None)):
        bench.add(
            f"cold, {count:,} files ÷ {label} in {how}",
            f"{_time(ours.seconds)} ÷ {_time(base.seconds)}",
            ours.seconds / base.seconds,
            goal=goal,
        )
    bench.add(f"cold, {count:,} files: cores kept busy of {cores()}", f"{ours.cores:.2f}")


def _growth_row(bench: Bench, found: dict[int, dict[str, Measured]]) -> None:
    paces = [
        (found[count]["copilot"].seconds - found[count]["start of Python"].seconds)
        / (bench.tree(count).size / 1e6)
        for count in (1_000, 10_000)
    ]
    bench.add(
        "growth: cold time a megabyte, 10,000 ÷ 1,000 files",
        f"{paces[1] * 1000:.0f} ÷ {paces[0] * 1000:.0f} ms",
        paces[1] / paces[0],
        goal=GROWTH,
    )


def warm(bench: Bench) -> None:
    """Nothing changed, or one file, against a walk and against the peers that keep anything."""
    for count in bench.counts:
        tree = bench.tree(count)
        runs = [
            bench.python(),
            bench.baseline("walk", "walk", str(tree.root)),
            bench.copilot("copilot", tree.root, f"warm-{count}", cold=False),
        ]
        if count == 10_000:
            runs.append(_changing(bench, tree))
        if count >= 1_000:
            plain = partial(bench.peers.repomix, tree.root, compress=False)
            runs += bench.peer("repomix", "repomix, plain", plain)
        if count == 1_000:
            map_run = partial(bench.peers.aider, tree.root, warm=True)
            runs += bench.peer("aider", "aider's map, warm", map_run)
        result = measure(runs, bench.rounds, _progress(f"warm, {count:,} files"))
        start = result["start of Python"].seconds
        ours, base = result["copilot"].seconds, result["walk"].seconds
        bench.add(
            f"warm, {count:,} files ÷ walk with stat, both less the start of Python",
            f"{_time(ours - start)} ÷ {_time(base - start)}",
            (ours - start) / (base - start),
            goal=2.0,
        )
        if count == 10_000:
            changed = result["one changed"].seconds
            what = f"one file of {count:,} changed ÷ warm"
            bench.add(what, f"{_time(changed)} ÷ {_time(ours)}", changed / ours, goal=1.1)
        if count >= 1_000:
            bench.against("repomix, plain", count, result, ours, 10.0)
        if count == 1_000:
            bench.against("aider's map, warm", count, result, ours, 80.0)


def _changing(bench: Bench, tree: Tree) -> Run:
    """A warm run on a copy of the tree in which the same file has grown by a line each time."""
    copy = bench.scratch / "changed-tree"
    shutil.copytree(tree.root, copy)
    path = copy / tree.paths[len(tree.paths) // 2]
    run = bench.copilot("one changed", copy, "changed", cold=False)
    once(run)

    def prepare() -> None:
        run.prepare()
        before = path.stat().st_mtime_ns
        with path.open("ab") as file:
            file.write(b"\nchanged = 1\n")
        # a fresh time could be too near to the reading for a cautious cache to trust it in the next run
        os.utime(path, ns=(before, before + 10**10))

    return Run(name=run.name, command=run.command, cwd=run.cwd, env=run.env, prepare=prepare)


def memory(bench: Bench) -> None:
    """The peak of a cold run on the two larger trees, less the output that each of them holds."""
    peaks: dict[int, tuple[float, float]] = {}
    for count in (1_000, 10_000):
        if count in bench.counts:
            _progress("memory")(f"{count:,} files")
            run = bench.copilot("copilot", bench.tree(count).root, f"memory-{count}")
            largest, together = peak_memory(run)
            written = bench.out(f"memory-{count}").stat().st_size
            peaks[count] = ((largest - written) / 1e6, max(together - written, 0) / 1e6)
            what = f"peak memory, {count:,} files, less an output of {written / 1e6:.1f} MB"
            bench.add(what, "largest process {:.0f} MB, all {:.0f} MB".format(*peaks[count]))
    if len(peaks) < 2:
        return
    for n, what in enumerate(("largest process", "all processes")):
        small, large = peaks[1_000][n], peaks[10_000][n]
        if small > 0:
            label = f"peak memory, {what}, 10,000 ÷ 1,000 files"
            bench.add(label, f"{large:.0f} ÷ {small:.0f} MB", large / small, goal=1.2)


def size(bench: Bench) -> None:
    """Tokens against those of the files, and whether every public name of theirs is in the context."""
    count = 1_000 if 1_000 in bench.counts else bench.counts[-1]
    tree, text = bench.tree(count), bench.context(count)
    _progress("size")(f"{count:,} files")
    data = {path: (tree.root / path).read_bytes() for path in tree.paths}
    whole = sum(wordpieces(content.decode("utf-8", "replace")) for content in data.values())
    ours = wordpieces(text)
    bench.add(
        f"tokens of the summaries ÷ of {count:,} files", f"{ours:,.0f} ÷ {whole:,.0f}", ours / whole, goal=0.2
    )
    found = sections(text, tree.paths)
    names = [name for path, content in data.items() for name in public_names(path, content)]
    lost = absent(found, names)
    _tell("not in the context", lost)
    bench.add(
        f"files without a section, of {count:,}", f"{count - len(found)}", float(count - len(found)), goal=0
    )
    unique = len({(name.path, name.qualified) for name in names})
    bench.add(
        f"public names that are not in their file's section, of {unique:,}",
        f"{len(lost)}",
        float(len(lost)),
        goal=0,
    )


def useful(bench: Bench) -> None:
    """200 questions of three packages, or of those in the largest tree that was asked for."""
    count = bench.counts[-1]
    tree, text = bench.tree(count), bench.context(count)
    _progress("useful")(f"{count:,} files")
    packages = [package.folder for package in TREES[count]][:3]
    asked: list[Defined] = []
    for n, package in enumerate(packages):
        paths = [path for path in tree.paths if path.startswith(f"{package}/")]
        names = [name for path in paths for name in public_names(path, (tree.root / path).read_bytes())]
        share = QUESTIONS * (n + 1) // len(packages) - QUESTIONS * n // len(packages)
        asked += questions(names, share, SEED)
    lost = unanswered(sections(text, tree.paths), asked)
    _tell("not answered", lost)
    what = f"questions answered of {len(asked)} ({', '.join(packages)})"
    share = (len(asked) - len(lost)) / len(asked)
    bench.add(what, f"{len(asked) - len(lost)} ÷ {len(asked)}", share, goal=1, least=True)


def _tell(what: str, names: Sequence[Defined]) -> None:
    for name in names[:20]:
        sys.stderr.write(f"{what}: {name.path}:{name.line} {name.qualified}\n")
    if len(names) > 20:
        sys.stderr.write(f"{what}: {len(names) - 20} more\n")


def _progress(stage: str) -> Callable[[str], object]:
    def say(what: str) -> None:
        sys.stderr.write(f"{stage}: {what}\n")

    return say


def _time(seconds: float) -> str:
    return f"{seconds:.3f} s" if seconds < 1 else f"{seconds:.2f} s"


def shown(bench: Bench, *, markdown: bool) -> str:
    """The result: machine, peers, table."""
    python = f"{platform.python_implementation()} {platform.python_version()}"
    told = f"{cores()} cores, {platform.system()} {platform.machine()}, {python}, {datetime.date.today()}"
    have = [f"{name} {bench.peers.version(name)}" for name in PINS if name not in bench.lacking]
    lines = [f"Machine: {told}. Medians of {bench.rounds}.", f"Peers: {', '.join(have) or 'none'}."]
    if bench.lacking:
        lines.append(f"Missing peers: {', '.join(PINS[name] for name in bench.lacking)}.")
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


def _takes_views(person: Path) -> bool:
    """Whether this version's `context` has the options that the bench uses."""
    command = [sys.executable, "-m", "copilot", "context", "--help"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=_environment(person))
    return all(option in done.stdout for option in ("--view", "--out", "--budget"))


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
            final=_takes_views(Path(folder)),
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
        finally:
            if bench.rows:
                print(shown(bench, markdown=asked.markdown))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

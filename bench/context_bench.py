"""The program under test, the baselines and the peers as runs, and the rows of the result."""

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from context_peers import PeerName, PeerRun, Peers
from context_runs import Measured, Run, empty, once
from context_trees import Tree, tree_of

BASELINES = Path(__file__).with_name("context_baselines.py")
NO_BUDGET = 1_000_000_000
"""Tokens: what is measured are summaries, so none may step down."""


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
        """The context of a tree, made once."""
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

    def add(
        self,
        run: str,
        measured: str,
        ratio: float | None = None,
        *,
        goal: float | None = None,
        least: bool = False,
        note: str = "",
    ) -> None:
        """One more row."""
        self.rows.append(Row(run=run, measured=measured, ratio=ratio, goal=goal, least=least, note=note))

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
            note = "not run: see --install-peers" if result is None else f"failed: {result.failed[:80]}"
            self.add(what, "–", goal=goal, least=True, note=note)
        else:
            measured = f"{time_shown(result.seconds)} ÷ {time_shown(ours)}"
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


def takes_views(person: Path) -> bool:
    """Whether this version's `context` has the options that the bench uses."""
    command = [sys.executable, "-m", "copilot", "context", "--help"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=_environment(person))
    return all(option in done.stdout for option in ("--view", "--out", "--budget"))


def cores() -> int:
    """The processors that this process may use."""
    usable = getattr(os, "sched_getaffinity", None)
    return len(usable(0)) if usable else os.cpu_count() or 1


def time_shown(seconds: float) -> str:
    """As it stands in the table."""
    return f"{seconds:.3f} s" if seconds < 1 else f"{seconds:.2f} s"

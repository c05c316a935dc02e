"""What `bench/context.py` measures, stage by stage. Each adds its rows; the goals are issue 3's."""

import os
import shutil
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from context_bench import Bench, cores, time_shown
from context_checks import Defined, absent, public_names, questions, sections, unanswered
from context_peers import PeerName, PeerRun
from context_runs import Measured, Run, measure, once, peak_memory
from context_trees import TREES, Tree

from copilot.tokens.estimator import wordpieces

PARALLEL_FROM = 60
"""Files from which the program uses all cores (the issue asks for it from 200 on), and the baseline, too."""

QUESTIONS = 200
SEED = 3
GROWTH = 1.1
"""What we call linear: the time for a megabyte on 10,000 files against that on 1,000."""


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
            f"{time_shown(ours.seconds)} ÷ {time_shown(base.seconds)}",
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
            runs += [_copied(bench, tree, "none changed")[0], _changing(bench, tree)]
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
            f"{time_shown(ours - start)} ÷ {time_shown(base - start)}",
            (ours - start) / (base - start),
            goal=2.0,
        )
        if count == 10_000:
            changed, same = result["one changed"].seconds, result["none changed"].seconds
            what = f"one file of {count:,} changed ÷ warm, both in a copy of the tree"
            bench.add(what, f"{time_shown(changed)} ÷ {time_shown(same)}", changed / same, goal=1.1)
        if count >= 1_000:
            bench.against("repomix, plain", count, result, ours, 10.0)
        if count == 1_000:
            bench.against("aider's map, warm", count, result, ours, 80.0)


def _copied(bench: Bench, tree: Tree, name: str) -> tuple[Run, Path]:
    """A warm run of this name on a copy of the tree, and the copy."""
    copy = bench.scratch / f"{name} tree"
    shutil.copytree(tree.root, copy)
    run = bench.copilot(name, copy, name, cold=False)
    once(run)
    return run, copy


def _changing(bench: Bench, tree: Tree) -> Run:
    """A warm run on a copy of the tree in which the same file has grown by a line each time."""
    run, copy = _copied(bench, tree, "one changed")
    path = copy / tree.paths[len(tree.paths) // 2]

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

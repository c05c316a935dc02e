"""Random plays of runs, edits, undos and redos, killed at random: nothing of the person's is ever lost."""

import os
import random
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from snapshot_play import FIRST, change, edit, first_text, opened, play, start

from copilot.workspace.snapshots.runs import About, Runs


def everything(base: Path) -> dict[str, tuple[int, bytes]]:
    """The files below a folder, with their modes; and no folder of ours is left."""
    return {
        path.relative_to(base).as_posix(): (path.stat().st_mode & 0o777, path.read_bytes())
        for path in sorted(base.rglob("*"))
        if path.is_file()
    }


def kept_lines(root: Path) -> tuple[list[str], list[str]]:
    """Lines that the person wrote, and those that are in no file now."""
    mine = [path.name.replace("-", " ") for path in sorted((root / "mine").iterdir())]
    there = {line for _, data in everything(root / "project").values() for line in data.decode().splitlines()}
    return mine, [line for line in mine if line not in there]


@pytest.mark.parametrize("seed", range(4))
def test_what_runs_did_is_undone_to_the_byte_where_nobody_edited(tmp_path: Path, seed: int) -> None:
    start(tmp_path)
    base, rng = tmp_path / "project", random.Random(seed)
    runs = opened(tmp_path)
    states = [everything(base)]
    for number in range(12):
        begun, _ = runs.begin(About(call_id=f"c{number}", project="p", branch="b", words="run"))
        for _ in range(rng.randint(1, 4)):
            change(rng, base, f"run {number}")
        runs.end(begun)
        states.append(everything(base))
    done = [number for number in range(12) if states[number] != states[number + 1]]
    for number in reversed(done):
        runs.undo()
        assert everything(base) == states[number]
    for number in done:
        runs.redo()
        assert everything(base) == states[number + 1]
    runs.restore(
        [f"c{number}" for number in range(12)], About(call_id="", project="p", branch="b", words="x")
    )
    assert everything(base) == states[0]
    runs.undo()
    assert everything(base) == states[-1]


@pytest.mark.parametrize("seed", range(3))
def test_the_persons_lines_stay_whatever_is_run_undone_and_redone(tmp_path: Path, seed: int) -> None:
    start(tmp_path)
    play(tmp_path, seed, 70)
    mine, lost = kept_lines(tmp_path)
    assert len(mine) > 5
    assert lost == []


@pytest.mark.skipif(sys.platform == "win32", reason="kills with SIGKILL")
def test_a_play_that_is_killed_again_and_again_ends_restored_and_loses_nothing(tmp_path: Path) -> None:
    start(tmp_path)
    kills, operations = killed_plays(tmp_path, 1, operations=200)
    assert kills >= 4
    assert operations >= 200
    settled(tmp_path)
    end = restored(tmp_path)
    assert end.trouble == []
    assert end.exact > 10
    mine, lost = kept_lines(tmp_path)
    assert len(mine) > 20
    assert lost == [], "a script that is killed may cut a file short: to undo it brings the lines back"


def killed_plays(root: Path, seed: int, *, operations: int) -> tuple[int, int]:
    """Play in programs of their own, each killed at some moment, until they have ended so many operations.

    How many were killed, and how many operations ended.
    """
    rng = random.Random(seed)
    program = str(Path(__file__).with_name("snapshot_play.py"))
    killed, ended, number = 0, 0, 0
    while ended < operations:
        words = [sys.executable, program, str(root), str(seed * 1_000 + number), "60"]
        child = subprocess.Popen(words, stdout=subprocess.PIPE, env=dict(os.environ))
        assert child.stdout is not None
        for _ in range(rng.randint(20, 110)):
            ended += child.stdout.readline().startswith(b"end")
        try:
            child.wait(rng.random() * 0.05)
        except subprocess.TimeoutExpired:
            child.send_signal(signal.SIGKILL)
            killed += 1
        ended += sum(line.startswith(b"end") for line in child.stdout)
        child.stdout.close()
        child.wait()
        number += 1
    return killed, ended


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """After every run was taken back: files that are as at first but for the person's lines, those of which
    it was said that they contradict, and what should not be."""

    exact: int
    said: int
    trouble: list[str]


def restored(root: Path) -> Restored:
    """Take back every run that stands, and compare what is there with what was there at first.

    Whatever is not as it was must have been named at some time as a contradiction, or be the person's.
    """
    runs, base = opened(root), root / "project"
    standing = [run for run in runs.all() if run.act == "run" and run.state == "done" and run.after]
    keys = [str(run.number) for run in standing]
    runs.restore(keys, About(call_id="", project="p", branch="b", words="all of it"))
    clashes = [one for run in runs.all() for one in run.clashes]
    named = _with_moves(runs, {path for one in clashes for path in (one.path, one.kept)})
    now = {name: told for name, told in everything(base).items() if not name.endswith(".swp")}
    trouble = [f"{name} should not be" for name, (_, data) in now.items() if not _may_be(name, data, named)]
    exact = 0
    for name in FIRST:
        lines = [line for line in now.get(name, (0, b""))[1].splitlines() if not line.startswith(b"mine")]
        same = lines == first_text(name).encode().splitlines() and now[name][0] == 0o644
        exact += same
        if not same and name not in named:
            trouble.append(f"{name} is not as it was: {now.get(name)}; contradictions: {clashes}")
    return Restored(exact=exact, said=len(set(FIRST) & named), trouble=trouble)


def _with_moves(runs: Runs, named: set[str]) -> set[str]:
    """A contradiction may be told of the name that the file had then: what it was moved from counts too."""
    moves = [
        {one.path, one.source}
        for run in runs.all()
        for one in runs.show(str(run.number)).changes
        if one.kind == "moved"
    ]
    more = {name for pair in moves if pair & named for name in pair}
    return named if more <= named else _with_moves(runs, named | more)


def _may_be(name: str, data: bytes, named: set[str]) -> bool:
    """Whether a file was there at first, or was said to be kept, or is the person's by now."""
    return name in FIRST or name in named or b"mine" in data


def settled(root: Path) -> None:
    """After the kills: what was half done is finished, no file of ours lies about, all can be undone."""
    runs = opened(root)
    begun, _ = runs.begin(About(call_id="last", project="p", branch="b", words="last"))
    edit(random.Random(1), root, "mine and the last")
    runs.end(begun)
    (root / "mine" / "mine-and-the-last").unlink()  # it is of a run
    base = root / "project"
    assert not list(base.rglob(".copilot-*"))
    after = everything(base)
    runs.undo("last")
    runs.redo("last")
    assert everything(base) == after
    runs.warm()


@pytest.mark.skipif(sys.platform == "win32", reason="kills with SIGKILL")
def test_an_undo_that_is_killed_in_its_middle_is_finished_by_whoever_comes_next(tmp_path: Path) -> None:
    start(tmp_path)
    base, runs = tmp_path / "project", opened(tmp_path)
    for number in range(400):
        (base / f"n{number:03}").write_text(f"before {number}\n" * 40)
    before = everything(base)
    about = About(call_id="c", project="p", branch="b", words="rewrites")
    begun, _ = runs.begin(about)
    for number in range(400):
        (base / f"n{number:03}").write_text(f"after {number}\n")
    runs.end(begun)
    cut_short = 0
    for _ in range(5):
        child = subprocess.Popen([sys.executable, "-c", UNDO, str(tmp_path)], env=dict(os.environ))
        while child.poll() is None and (base / "n000").read_text().startswith("after"):
            pass
        child.send_signal(signal.SIGKILL)
        child.wait()
        states = {path.read_text().startswith("after") for path in base.glob("n*")}
        cut_short += len(states) == 2
        (base / "mine.txt").write_text("made in between")
        opened(tmp_path).begin(About(call_id="next", project="p", branch="b", words="next"))
        assert everything(base) == {**before, "mine.txt": (0o644, b"made in between")}
        assert opened(tmp_path).redo("c").run.state == "done"
        if cut_short:
            break
    assert cut_short, "no kill came while the undo was under way"


UNDO = """
import sys, time
from pathlib import Path
from copilot.workspace.snapshots.runs import Runs
root = Path(sys.argv[1])
Runs(root / "store", root / "project", clock=time.time).undo("c")
"""

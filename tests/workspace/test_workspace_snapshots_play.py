"""Random plays of runs, edits, undos and redos, killed at random: nothing of the person's is ever lost."""

import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from snapshot_play import change, edit, opened, play, start

from copilot.workspace.snapshots.runs import About


def everything(base: Path) -> dict[str, tuple[int, bytes]]:
    """The files below a folder, with their modes; and no folder of ours is left."""
    return {
        path.relative_to(base).as_posix(): (path.stat().st_mode & 0o777, path.read_bytes())
        for path in sorted(base.rglob("*"))
        if path.is_file()
    }


def kept_lines(root: Path) -> tuple[list[str], list[str]]:
    """Lines that the person wrote, and those that are in no file now."""
    mine = [path.read_text() for path in sorted((root / "mine").iterdir())]
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
@pytest.mark.parametrize("seed", range(2))
def test_a_play_that_is_killed_again_and_again_loses_nothing(tmp_path: Path, seed: int) -> None:
    start(tmp_path)
    kills = killed_plays(tmp_path, seed, kills=6, operations=40)
    assert kept_lines(tmp_path)[1] == []
    assert kills >= 3
    settled(tmp_path)


def killed_plays(root: Path, seed: int, *, kills: int, operations: int) -> int:
    """Play in programs of their own, each killed after a random number of its lines; how many were."""
    rng = random.Random(seed)
    program = str(Path(__file__).with_name("snapshot_play.py"))
    killed = 0
    for number in range(kills):
        words = [sys.executable, program, str(root), str(seed * 1_000 + number), str(operations)]
        child = subprocess.Popen(words, stdout=subprocess.PIPE, env=dict(os.environ))
        assert child.stdout is not None
        for _ in range(rng.randint(5, operations)):
            child.stdout.readline()
        try:
            child.wait(rng.random() * 0.05)
        except subprocess.TimeoutExpired:
            child.send_signal(signal.SIGKILL)
            killed += 1
        child.stdout.close()
        child.wait()
    return killed


def settled(root: Path) -> None:
    """After the kills: what was half done is finished, no file of ours lies about, all can be undone."""
    runs = opened(root)
    begun, _ = runs.begin(About(call_id="last", project="p", branch="b", words="last"))
    edit(random.Random(1), root, "mine and the last")
    runs.end(begun)
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

"""The whole program, killed at random while it works, and two programs that want one project."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from killed_program import SCENARIO, Tally, play

from copilot.projects.home import Home
from copilot.projects.store import Store
from copilot.rehearsal.scenario import parse_scenario
from copilot.rehearsal.server import RehearsalServer
from copilot.vocabulary.messages import Message, Text


@pytest.mark.parametrize("seed", [7])
def test_a_slice_of_random_kills_of_the_whole_program(seed: int, tmp_path: Path) -> None:
    """Nothing that was shown is lost, no script runs twice; bench/soak/kills kills 1,000 times."""
    tally = Tally()
    play(tmp_path, seed, 3, tally)
    assert tally.wrong == []
    assert tally.kills > 0
    assert tally.messages > 0


def asked(home: Path, base_dir: Path, url: str) -> subprocess.CompletedProcess[str]:
    command = [
        sys.executable, "-m", "copilot", "ask", "step 1", "--approve", "all", "--home", str(home),
        "--project", "demo", "--base-dir", str(base_dir), "--provider", "anthropic", "--base-url", url,
    ]  # fmt: skip
    environ = {"PATH": os.environ["PATH"], "HOME": str(home), "ANTHROPIC_API_KEY": "sk-ant-two-1"}
    return subprocess.run(command, env=environ, capture_output=True, text=True, timeout=60, check=False)


def opened(home: Home, base_dir: Path) -> Store:
    return Store.open(home, "demo", clock=time.time, new_id=lambda: "new", base_dir=base_dir)


def said(name: str, parent: str | None) -> Message:
    return Message(id=name, parent=parent, role="user", parts=(Text(text=f"words {name}"),), at=0.0)


def test_a_second_program_is_told_and_neither_loses_an_update(tmp_path: Path) -> None:
    base_dir, home = tmp_path / "base", Home(root=tmp_path / "home").make()
    base_dir.mkdir()
    (base_dir / "notes.txt").write_text("notes\n")
    with RehearsalServer(parse_scenario(SCENARIO)) as server:
        with opened(home, base_dir) as window:
            window.keep_message("main", said("m1", None))
            before = {path.name: path.read_bytes() for path in home.projects.iterdir()}
            second = asked(home.root, base_dir, server.url)
            assert second.returncode != 0
            assert "demo is open in another window or program" in second.stderr
            assert {path.name: path.read_bytes() for path in home.projects.iterdir()} == before
            assert not (base_dir / "ran.txt").exists()
            window.keep_message("main", said("m2", "m1"))
        after = asked(home.root, base_dir, server.url)
        assert after.returncode == 0, after.stderr
    with opened(home, base_dir) as store:
        assert store.notices == ()
        texts = [message.text for message in store.project.discussion.messages]
    assert texts[:3] == ["words m1", "words m2", "step 1"]
    assert texts[-1].startswith("Step 1 is done")
    assert (base_dir / "ran.txt").read_text() == "1-a\n1-b\n"

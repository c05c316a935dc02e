"""`copilot tour` without a display: by itself, and asking in a terminal."""

from pathlib import Path

import pytest
from program_runs import environ, in_terminal, run

REHEARSED = "The model's words are rehearsed"


def test_with_nobody_there_it_approves_by_itself_and_says_why(tmp_path: Path) -> None:
    done = run("tour", env=environ(tmp_path), cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert REHEARSED in done.stderr
    assert "Nobody can be asked here, so the tour approves by itself" in done.stderr
    assert "FAILED" in done.stderr
    assert done.stderr.index("FAILED") < done.stderr.rindex("OK")
    assert done.stdout.strip()


def test_it_leaves_nothing_in_the_persons_own_folders(tmp_path: Path) -> None:
    env = environ(tmp_path, TMPDIR=str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    before = sorted(tmp_path.rglob("*"))
    assert run("tour", env=env, cwd=tmp_path).returncode == 0
    assert sorted(tmp_path.rglob("*")) == before


def test_a_broken_key_in_the_environment_does_not_stop_it(tmp_path: Path) -> None:
    env = environ(tmp_path, ANTHROPIC_API_KEY="sk ant\n", COPILOT_PROVIDER="nonsense")
    assert run("tour", env=env, cwd=tmp_path).returncode == 0


def test_the_second_scenario_has_the_calculator_work_it_out(tmp_path: Path) -> None:
    done = run("tour", "--scenario", "calculator", env=environ(tmp_path), cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "run_python_file" in done.stderr
    assert "10" in done.stdout


def test_what_is_kept_holds_the_mended_calculator_and_the_logs(tmp_path: Path) -> None:
    done = run("tour", "--keep", "kept", env=environ(tmp_path), cwd=tmp_path)
    assert done.returncode == 0
    assert f"The tour's files are in {tmp_path / 'kept'}" in done.stderr
    assert list((tmp_path / "kept" / "home" / "logs").glob("toolcalls_*.log"))
    assert (tmp_path / "kept" / "calculator").is_dir()


def test_nothing_is_kept_over_what_is_there(tmp_path: Path) -> None:
    own = tmp_path / "calculator" / "calculator" / "evaluator.py"
    own.parent.mkdir(parents=True)
    own.write_text("my own")
    done = run("tour", "--keep", ".", env=environ(tmp_path), cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert "is not empty" in done.stderr
    assert own.read_text() == "my own"


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = run("tour", "--keep", "file/kept", env=environ(tmp_path), cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "copilot: --keep file/kept cannot be used: Not a directory\n  Name a new folder.\n"


def test_in_a_terminal_it_asks_for_every_script(tmp_path: Path) -> None:
    asked = 0
    with in_terminal("tour", env=environ(tmp_path), cwd=tmp_path) as tty:
        while True:
            try:
                tty.until("(Enter rejects): ")
            except AssertionError:
                break
            asked += 1
            tty.type("a\n")
        code = tty.end()
    assert code == 0, tty.seen
    assert asked == 3
    assert REHEARSED in tty.seen


@pytest.mark.parametrize("answer", ["\n", "\x04"])
def test_in_a_terminal_no_answer_is_a_rejection(tmp_path: Path, answer: str) -> None:
    with in_terminal("tour", "--terminal", env=environ(tmp_path), cwd=tmp_path) as tty:
        tty.until("(Enter rejects): ")
        tty.type(answer)
        code = tty.end()
    assert code == 3, tty.seen

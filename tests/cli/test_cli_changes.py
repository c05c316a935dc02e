"""`copilot changes`, `undo` and `redo` as real programs, beside what `ask` says a run changed."""

import json
import sys
from pathlib import Path

import pytest
from program_runs import at, environ, run, serve

RULES = """
title = "writes"
[[rule]]
when = { asked = "write", round = 1 }
[[rule.answer]]
call = "write_file"
arguments = { path = "note.txt", content = "theirs\\n" }
[[rule]]
answer = [{ text = "Written." }]
"""


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    """A home, and a project in which a model wrote a file that was there already."""
    base = tmp_path / "shop"
    base.mkdir()
    (base / "note.txt").write_text("mine\n")
    made = environ(tmp_path, ANTHROPIC_API_KEY="sk-ant-test-0123456789")
    server = serve(RULES)
    words = ("ask", "write", "--project", "shop", "--base-dir", str(base), "--approve", "all", *at(server))
    done = run(*words, env=made, cwd=Path(sys.prefix))
    server.stop()
    assert done.returncode == 0, done.stderr
    assert "~ note.txt (copilot undo 1)" in done.stderr
    return made


def test_runs_are_listed_undone_and_done_again(env: dict[str, str], tmp_path: Path) -> None:
    note = tmp_path / "shop" / "note.txt"

    def said(*words: str, code: int = 0) -> str:
        done = run(*words, env=env, cwd=tmp_path / "shop")
        assert done.returncode == code, done.stderr
        return done.stdout

    (row,) = (json.loads(line) for line in said("changes", "--json").splitlines())
    assert (row["run"], row["state"], row["words"]) == (1, "done", "write_file note.txt")
    shown = said("changes", "1")
    assert "  ~ note.txt\n" in shown
    assert "    -mine\n    +theirs\n" in shown
    assert "Undid run 1 (write_file note.txt): 1 path written.\n" in said("undo")
    assert note.read_text() == "mine\n"
    *_, row, kept = said("changes").splitlines()
    assert "undone" in row
    assert kept.endswith(" MB (at most 2,000 MB, 1,000 runs, 30 days)")
    assert json.loads(said("redo", "--json"))["touched"] == ["note.txt"]
    assert note.read_text() == "theirs\n"
    note.write_text("theirs, and mine\n")
    assert "the other version is in note.run-1.txt" in said("undo", "--to", "1", code=1)
    assert note.read_text() == "theirs, and mine\n"
    assert (tmp_path / "shop" / "note.run-1.txt").read_text() == "mine\n"
    assert "Forgot 4 runs" in said("changes", "--clean")
    assert "Nothing was run here" in said("changes")
    assert f"0 runs  {tmp_path / 'shop'}\n" in said("changes", "--all")
    assert "Forgot what ran in 1 folder;" in said("changes", "--all", "--clean")
    assert said("changes", "--all") == "Nothing is kept of any folder.\n"


def test_files_and_messages_go_back_to_a_message_apart_or_together(
    env: dict[str, str], tmp_path: Path
) -> None:
    note = tmp_path / "shop" / "note.txt"

    def said(*words: str, code: int = 0) -> str:
        done = run(*words, "--project", "shop", env=env, cwd=tmp_path / "shop")
        assert done.returncode == code, done.stderr
        return done.stdout + done.stderr

    assert "there is no message 9; there are 4" in said("restore", "9", code=1)
    files = said("restore", "1", "--files")
    assert "Went back, as run 2 (back to an earlier message): 1 path written.\n  note.txt\n" in files
    assert note.read_text() == "mine\n"
    assert len(said("history").splitlines()) == 4
    assert note.read_text() == "mine\n"
    said("undo", "2")
    assert note.read_text() == "theirs\n"
    both = said("restore", "1")
    assert "(take this back: copilot undo 4)" in both
    assert "Message 1 is the last of 'main' now; what came after is the branch 'main, before 1'.\n" in both
    assert note.read_text() == "mine\n"
    assert len(said("history").splitlines()) == 1
    assert "nothing that came after changed a file" in said("restore", "1", "--files", code=1)


def test_what_is_not_there_is_said(env: dict[str, str], tmp_path: Path) -> None:
    done = run("undo", "99", "--project", "shop", env=env, cwd=Path(sys.prefix))
    assert (done.returncode, done.stdout) == (1, "")
    assert "there is no run '99' here" in done.stderr
    done = run("undo", env=env, cwd=tmp_path)
    assert done.returncode == 1
    assert "nothing has been run here yet" in done.stderr
    done = run("changes", "--project", "nowhere", env=env, cwd=tmp_path)
    assert done.returncode == 1
    assert "there is no project named nowhere" in done.stderr

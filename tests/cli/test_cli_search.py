"""`copilot search` as a real program."""

import json
from pathlib import Path

import pytest
from program_runs import environ, run

from copilot.projects.home import Home
from copilot.projects.project_manager import dump, new
from copilot.vocabulary.frozen import replace
from copilot.vocabulary.messages import Branch, Discussion, Message, Text

KEY = "sk-ant-test-0123456789abcdef"


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    """A home with one project of two messages, the second with a key and an escape in it."""
    home, base = Home(root=tmp_path / "home").make(), tmp_path / "shop"
    base.mkdir()
    texts = ("Where is the heffalump?", f"It left.\x1b[2J The key {KEY} was in its trunk.")
    messages = tuple(
        Message(
            id=f"m{n}", parent=f"m{n - 1}" if n else None, role="user", parts=(Text(text=text),), at=1.7e9 + n
        )
        for n, text in enumerate(texts)
    )
    discussion = Discussion(messages=messages, branches=(Branch(name="main", tip="m1"),))
    (home.projects / "shop.toml").write_text(dump(replace(new(home, "shop", base), discussion=discussion)))
    return environ(tmp_path, ANTHROPIC_API_KEY=KEY, TZ="UTC")


def test_a_place_is_printed_for_a_person_and_for_a_program(env: dict[str, str], tmp_path: Path) -> None:
    said = run("search", "HEFFA", env=env, cwd=tmp_path)
    assert (said.returncode, said.stderr) == (0, "")
    assert said.stdout == ("shop · main · m0  2023-11-14 22:13  message, You\n    Where is the heffalump?\n")
    told = run("search", "--json", "trunk", "--since", "2023-11-01", env=env, cwd=tmp_path)
    (hit,) = map(json.loads, told.stdout.splitlines())
    assert hit["snippet"] == "It left.\\x1b[2J The key [redacted] was in its trunk."
    assert (hit["project"], hit["branch"], hit["message"], hit["lit"]) == ("shop", "main", "m1", [[46, 51]])


def test_exit_codes_say_whether_anything_was_found(env: dict[str, str], tmp_path: Path) -> None:
    nothing = run("search", "heffalump", "--project", "blog", env=env, cwd=tmp_path)
    assert (nothing.returncode, nothing.stdout, nothing.stderr) == (1, "", "Nothing was found.\n")
    wordless = run("search", "--", "?!", env=env, cwd=tmp_path)
    assert wordless.returncode == 1
    assert "letters or digits" in wordless.stderr
    wrong = run("search", "x", "--since", "yesterday", env=env, cwd=tmp_path)
    assert wrong.returncode == 2
    assert "yesterday is no date" in wrong.stderr


def test_a_branch_is_exported_and_taken_in_again(env: dict[str, str], tmp_path: Path) -> None:
    wrote = run("export", "--project", "shop", "--out", "shop.json", env=env, cwd=tmp_path)
    assert (wrote.returncode, wrote.stderr) == (0, "")
    assert wrote.stdout.startswith("Wrote shop.json: 2 messages, ")
    assert KEY not in (tmp_path / "shop.json").read_text()
    again = run("export", "--project", "shop", "--out", "shop.json", env=env, cwd=tmp_path)
    assert (again.returncode, again.stdout) == (1, "")
    taken = run("import", "shop.json", env=env, cwd=tmp_path)
    assert (taken.returncode, taken.stdout) == (0, "Taken in as the project shop 2.\n")
    into = run("import", "shop.json", "--into", "shop 2", env=env, cwd=tmp_path)
    assert (into.returncode, into.stdout) == (0, "Taken into shop 2 as main 2.\n")
    read = run("export", "--project", "shop 2", "--branch", "main 2", env=env, cwd=tmp_path)
    assert read.stdout.startswith(
        "# shop 2: main 2\n\n## You · 2023-11-14 22:13:20 UTC\n\nWhere is the heffalump?\n"
    )

"""`copilot history` and `copilot compact` as real programs, on a project that has a discussion."""

import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from program_runs import at, environ, in_terminal, run, serve

from copilot.projects.home import Home
from copilot.projects.project_manager import dump, load, new
from copilot.rehearsal.server import RehearsalServer
from copilot.vocabulary.messages import Branch, Discussion, Message, Summary, Text

RULES = """
title = "sums up"
[[rule]]
when = { asked = "<transcript>" }
answer = [{ text = "Apples it is." }]
[[rule]]
answer = [{ text = "Yes." }]
"""
LIMIT = 15_000
"""Tokens: the tools and the system prompt (3,300), and two of the three questions of 4,800."""


@pytest.fixture
def server() -> Iterator[RehearsalServer]:
    made = serve(RULES)
    yield made
    made.stop()


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    """A home with a project of three long exchanges, and room in a prompt for two of them."""
    home, base = Home(root=tmp_path / "home").make(), tmp_path / "shop"
    base.mkdir()
    home.config.write_text(f"[limits]\nmax_prompt_tokens = {LIMIT}\n")
    found: list[Message] = []
    for fruit in ("Apples", "Pears", "Plums"):
        for text in (f"{fruit}? {'word ' * 3_000}", f"Yes, {fruit}."):
            number = len(found)
            found.append(
                Message(
                    id=f"m{number}",
                    parent=f"m{number - 1}" if number else None,
                    role="assistant" if number % 2 else "user",
                    parts=(Text(text=text),),
                    at=1_766_000_000.0 + number,
                )
            )
    discussion = Discussion(messages=tuple(found), branches=(Branch(name="main", tip="m5"),))
    (home.projects / "shop.toml").write_text(dump(replace(new(home, "shop", base), discussion=discussion)))
    return environ(tmp_path, ANTHROPIC_API_KEY="sk-ant-test-0123456789")


def kept(env: dict[str, str]) -> Discussion:
    return load(Path(env["COPILOT_HOME"]) / "projects" / "shop.toml").discussion


def listed(server: RehearsalServer, env: dict[str, str], *words: str) -> list[dict[str, Any]]:
    done = run("history", "--project", "shop", "--json", *at(server), *words, env=env, cwd=Path(sys.prefix))
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_a_branch_of_which_not_even_the_last_message_fits_says_so(
    server: RehearsalServer, env: dict[str, str]
) -> None:
    words = ("history", "--project", "shop", *at(server))
    assert "cannot be sent" not in run(*words, env=env, cwd=Path(sys.prefix)).stderr
    (Path(env["COPILOT_HOME"]) / "config.toml").write_text("[limits]\nmax_prompt_tokens = 2000\n")
    done = run(*words, env=env, cwd=Path(sys.prefix))
    assert "! the next request cannot be sent: the request needs about " in done.stderr
    assert len(done.stdout.splitlines()) == 6


def test_what_is_not_sent_is_listed_put_back_and_released(
    server: RehearsalServer, env: dict[str, str]
) -> None:
    rows = listed(server, env)
    assert [row["number"] for row in rows] == [1, 2, 3, 4, 5, 6]
    assert [row["state"] for row in rows] == ["not sent"] * 2 + ["sent"] * 4
    rows = listed(server, env, "--put-back", "1-2")
    assert [row["state"] for row in rows] == ["sent"] * 2 + ["not sent"] * 2 + ["sent"] * 2
    assert [row["held"] for row in rows] == [True] * 2 + [False] * 4
    assert kept(env).held == ("m0", "m1")
    rows = listed(server, env, "--release", "1", "2")
    assert rows[0]["state"] == "not sent"
    assert kept(env).held == ()
    assert not [request for request in server.requests if request.method == "POST"], "nothing was sent"


def test_a_row_says_who_spoke_and_how_it_stands(server: RehearsalServer, env: dict[str, str]) -> None:
    done = run("history", "--project", "shop", *at(server), env=env, cwd=Path(sys.prefix))
    first, second = done.stdout.splitlines()[:2]
    assert first.startswith("   1  user       Apples? word word")
    assert first.endswith("…  not sent")
    assert second == "   2  assistant  Yes, Apples.  not sent"


@pytest.mark.parametrize("words", [("--put-back", "7"), ("--branch", "nowhere")])
def test_what_is_not_there_is_said(
    server: RehearsalServer, env: dict[str, str], words: tuple[str, ...]
) -> None:
    done = run("history", "--project", "shop", *at(server), *words, env=env, cwd=Path(sys.prefix))
    assert done.returncode == 1
    assert "there is no" in done.stderr
    assert run("history", "--put-back", "0", env=env, cwd=Path(sys.prefix)).returncode == 2


def test_a_draft_is_printed_and_kept_only_when_asked(server: RehearsalServer, env: dict[str, str]) -> None:
    before = kept(env)
    done = run("compact", "--project", "shop", *at(server), env=env, cwd=Path(sys.prefix))
    assert (done.returncode, done.stdout) == (0, "Apples it is.\n")
    assert "A summary of 2 messages of main" in done.stderr
    assert "Not kept" in done.stderr
    assert kept(env) == before

    done = run("compact", "--project", "shop", "--keep", *at(server), env=env, cwd=Path(sys.prefix))
    assert (done.returncode, done.stdout) == (0, "Apples it is.\n")
    assert kept(env).messages[-1].parts == (Summary(text="Apples it is.", covers=("m0", "m1")),)
    assert [row["state"] for row in listed(server, env)] == ["summed up"] * 2 + ["sent"] * 5


def test_a_draft_is_changed_in_the_persons_editor(
    server: RehearsalServer, env: dict[str, str], tmp_path: Path
) -> None:
    editor = tmp_path / "editor"
    editor.write_text("#!/bin/sh\nprintf 'Pears, too.\\n' >> \"$1\"\n")
    editor.chmod(0o755)
    env = {**env, "EDITOR": str(editor)}
    done = run("compact", "--project", "shop", "--edit", *at(server), env=env, cwd=Path(sys.prefix))
    assert (done.returncode, done.stdout) == (0, "Apples it is.\nPears, too.\n")
    assert kept(env).messages[-1].parts == (Summary(text="Apples it is.\nPears, too.", covers=("m0", "m1")),)


def capped(env: dict[str, str]) -> None:
    """A cap on each turn that every request passes."""
    config = Path(env["COPILOT_HOME"]) / "config.toml"
    price = '[prices."anthropic/rehearsed"]\ninput = 3.0\noutput = 15.0\n'
    config.write_text(f"{config.read_text()}\n[caps]\nturn_usd = 0.000001\n\n{price}")


@pytest.mark.parametrize(("answer", "code", "sent"), [("y", 0, 1), ("n", 5, 0)])
def test_a_person_in_a_terminal_is_asked_whether_a_summary_may_pass_a_cap(
    server: RehearsalServer, env: dict[str, str], answer: str, code: int, sent: int
) -> None:
    capped(env)
    asking = in_terminal("compact", "--project", "shop", *at(server), env=env, cwd=Path(sys.prefix))
    assert "Send this request anyway?" in asking.until("[y]es, [n]o (Enter: no): ")
    asking.type(f"{answer}\n")
    assert asking.end() == code
    assert len([request for request in server.requests if request.method == "POST"]) == sent


def test_a_cap_that_a_summary_would_pass_ends_with_5(server: RehearsalServer, env: dict[str, str]) -> None:
    capped(env)
    done = run("compact", "--project", "shop", *at(server), env=env, cwd=Path(sys.prefix))
    assert done.returncode == 5, done.stderr
    assert not [request for request in server.requests if request.method == "POST"]

"""Money on the command line: exit code 5, the question in a terminal, `copilot usage`, exact counts."""

import json
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from program_runs import ARGV, at, environ, events, in_terminal, run, say, serve, turn

from copilot.rehearsal.server import RehearsalServer

KEY = "sk-ant-api03-command-line-money"
PRICE = '[prices."anthropic/rehearsed"]\ninput = 3\noutput = 15\ncached = 0.3\ncache_write = 3.75\n'


@pytest.fixture
def server() -> Iterator[RehearsalServer]:
    made = serve(turn(say("Yes, that is so.")))
    yield made
    made.stop()


def settle(tmp_path: Path, config: str) -> dict[str, str]:
    """An environment whose home has this config.toml."""
    env = environ(tmp_path, ANTHROPIC_API_KEY=KEY)
    home = tmp_path / "home"
    home.mkdir()
    (home / "config.toml").write_text(config)
    return env


def test_a_cap_without_a_person_ends_with_5_and_sends_nothing(
    tmp_path: Path, server: RehearsalServer
) -> None:
    env = settle(tmp_path, f"[caps]\nday_usd = 0.25\n{PRICE}")
    ended = run("ask", *at(server), "Is it so?", env=env, cwd=tmp_path)
    assert ended.returncode == 5
    assert ended.stdout == ""
    assert "the cap is $0.25 today, $0 of it used" in ended.stderr
    assert server.requests == []
    told = run("ask", *at(server), "--approve", "all", "--json", "Is it so?", env=env, cwd=tmp_path)
    assert told.returncode == 5
    found = events(told.stdout)
    (failed,) = [event for event in found if event["event"] == "TurnFailed"]
    assert failed["kind"] == "cap"
    (asked,) = [event for event in found if event["event"] == "ApprovalRequested"]
    assert (asked["detail"]["type"], asked["detail"]["scope"], asked["verdict"]) == (
        "SpendDetail",
        "day",
        "ask",
    )


@pytest.mark.parametrize(("answer", "code", "sent"), [("y", 0, 1), ("n", 5, 0), ("", 5, 0)])
def test_a_person_in_a_terminal_is_asked(
    tmp_path: Path, server: RehearsalServer, answer: str, code: int, sent: int
) -> None:
    env = settle(tmp_path, f"[caps]\nproject_usd = 0.25\n{PRICE}")
    asking = in_terminal("ask", *at(server), "Is it so?", env=env, cwd=tmp_path)
    shown = asking.until("[y]es, [n]o (Enter: no): ")
    assert "Send this request anyway?" in shown
    assert "$0.25 in this project, $0 of it used" in shown
    asking.type(f"{answer}\n")
    assert asking.end() == code
    assert len(server.requests) == sent


def test_usage_sums_what_every_program_used(tmp_path: Path, server: RehearsalServer) -> None:
    env = settle(tmp_path, f"[caps]\nday_usd = 5\nturn_usd = 1\n{PRICE}")
    assert run("usage", env=env, cwd=tmp_path).stdout.startswith("Nothing was used yet.\n")
    for words in ("Is it so?", "Really?"):
        assert run("ask", *at(server), words, env=env, cwd=tmp_path).returncode == 0
    printed = run("usage", "--by", "model", env=env, cwd=tmp_path)
    assert printed.returncode == 0
    heads, line, whole, *rest = printed.stdout.splitlines()
    assert heads.split() == ["model", "requests", "input", "cached", "written", "output", "thinking", "cost"]
    assert line.split()[:2] == ["anthropic/rehearsed", "2"]
    assert whole.split()[:3] == ["in", "all", "2"]
    assert rest[0] == "Cap in each turn: $1.00"
    assert rest[1].startswith("Cap today: $5.00, $4.9")
    rows = [
        json.loads(row)
        for row in run("usage", "--by", "round", "--json", env=env, cwd=tmp_path).stdout.splitlines()
    ]
    assert [row["requests"] for row in rows] == [1, 1]
    assert all(row["uncached_tokens"] + row["cache_read_tokens"] == row["input_tokens"] for row in rows)
    (day,) = [json.loads(row) for row in run("usage", "--json", env=env, cwd=tmp_path).stdout.splitlines()]
    assert day["usd"] == pytest.approx(sum(row["usd"] for row in rows))
    assert run("usage", "--project", "other", env=env, cwd=tmp_path).stdout.startswith("Nothing was used")


def test_usage_of_a_project_tells_its_own_lower_caps(tmp_path: Path) -> None:
    env = settle(tmp_path, "[caps]\nproject_usd = 5\nday_usd = 2\n")
    projects = tmp_path / "home" / "projects"
    projects.mkdir()
    own = "[caps]\nproject_usd = 0.5\nday_usd = 9\n"
    (projects / "shop.toml").write_text(f'schema_version = 1\n[files]\nbase_dir = "."\n{own}')
    told = run("usage", "--project", "shop", env=env, cwd=tmp_path).stdout
    assert told.splitlines()[1:] == [
        "Cap in this project: $0.50, $0.50 left",
        "Cap today: $2.00, $2.00 left",
    ]
    assert "Cap in this project: $5.00" in run("usage", "--project", "other", env=env, cwd=tmp_path).stdout


def test_a_context_is_counted_by_the_provider(tmp_path: Path, server: RehearsalServer) -> None:
    env = settle(tmp_path, "")
    (tmp_path / "one.py").write_text("x = 1\n")
    words = ("context", "--base-dir", str(tmp_path), "one.py", "--count")
    counted = run(*words, *at(server), env=env, cwd=tmp_path)
    assert counted.returncode == 0, counted.stderr
    last = counted.stdout.splitlines()[-1]
    assert last.startswith("counted by anthropic rehearsed: ")
    assert int(last.split()[4].replace(",", "")) > 500
    assert [request.path for request in server.requests] == ["/v1/messages/count_tokens"]
    nobody = run(*words, env=env, cwd=tmp_path)
    assert nobody.returncode == 1
    assert "no provider was chosen" in nobody.stderr


@pytest.mark.parametrize("caps", ["", "[caps]\nday_usd = 9\n"], ids=["no cap", "a cap"])
def test_what_was_on_its_way_when_the_program_was_killed_counts_at_its_most(
    tmp_path: Path, caps: str
) -> None:
    env, book = settle(tmp_path, f"{caps}{PRICE}"), tmp_path / "home" / "state" / "ledger.jsonl"
    silent = serve('title = "t"\n[[rule]]\nanswer = [{ fault = "silent" }]\n')
    try:
        words = [*ARGV, "ask", *at(silent), "Is it so?"]
        with subprocess.Popen(words, env=env, cwd=tmp_path, stdin=subprocess.DEVNULL) as child:
            until = time.monotonic() + 60
            while not (silent.requests and book.exists() and book.read_bytes()):
                assert time.monotonic() < until, "nothing was sent, or nothing put down"
                time.sleep(0.01)
            child.kill()
    finally:
        silent.stop()
    (line,) = map(json.loads, book.read_text().splitlines())
    assert (line["kind"], line["usd"] > 0) == ("reserved", True)
    told = run("usage", env=env, cwd=tmp_path).stdout
    assert "is the most that requests without an end may have cost." in told

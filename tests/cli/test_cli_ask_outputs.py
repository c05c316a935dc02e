"""`copilot ask` for programs and schedulers: one JSON document, where a question goes, bounds of one call."""

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from program_runs import ARGV, at, call, environ, events, say, serve, turn
from runs_here import Done, run_here

from copilot.rehearsal.server import RehearsalServer

PRICE = '[prices."anthropic/rehearsed"]\ninput = 3\noutput = 15\ncached = 0.3\ncache_write = 3.75\n'
BOTH = turn(
    call("run_shell", script="touch made.txt\n") + ", " + call("run_shell", script="mkdir deep\n"),
    say("Done."),
)
YES = '[[rule]]\nanswer = [{ text = "Yes." }]\n'


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    (folder / "sub").mkdir(parents=True)
    (folder / "a.py").write_text("alpha = 1\n")
    (folder / "sub" / "b.py").write_text("beta = 2\n")
    return folder


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    return environ(tmp_path, ANTHROPIC_API_KEY="sk-ant-test-0123456789")


@pytest.fixture
def yes() -> Iterator[RehearsalServer]:
    server = serve(YES)
    yield server
    server.stop()


def document(done: Done) -> dict[str, Any]:
    """The one document, which says the same exit code as the process."""
    told = json.loads(done.stdout)
    assert (told["version"], told["exit_code"]) == (1, done.returncode)
    return told


def settle(tmp_path: Path, config: str) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "config.toml").write_text(config)


def test_one_document_says_what_was_answered_done_and_paid(
    tmp_path: Path, project: Path, env: dict[str, str]
) -> None:
    settle(tmp_path, PRICE)
    server = serve(BOTH)
    done = run_here(
        "ask",
        *at(server),
        "--output-format=json",
        "--verbose",
        "--allow=touch",
        "--deny=mkdir",
        "Do.",
        env=env,
        cwd=project,
    )
    server.stop()
    told = document(done)
    assert done.returncode == 3
    assert (told["ending"], told["result"], told["rounds"], told["error"]) == ("answered", "Done.", 2, None)
    assert (told["project"], told["branch"]) == ("shop", "main")
    assert told["model"] == {"provider": "anthropic", "model": "rehearsed"}
    assert [(one["tool"], one["status"]) for one in told["tools"]] == [
        ("run_shell", "ok"),
        ("run_shell", "rejected"),
    ]
    (rejected,) = told["rejected"]
    assert rejected["by"] == "policy"
    assert "--deny mkdir" in rejected["why"]
    assert (project / "made.txt").exists()
    assert not (project / "deep").exists()
    rounds = told["per_round"]
    for name in ("input_tokens", "cache_read_tokens", "output_tokens", "thinking_tokens"):
        assert told["usage"][name] == sum(one[name] for one in rounds)
    assert told["cost_usd"] == pytest.approx(sum(one["cost_usd"] for one in rounds))
    heads, first, _, whole = [line.split() for line in done.stderr.splitlines()[-4:]]
    assert heads == ["round", "prompt", "cached", "output", "thinking", "time", "cost"]
    assert first[:2] == ["1", f"{rounds[0]['input_tokens']:,}"]
    assert whole[:3] == [
        "all",
        f"{told['usage']['input_tokens']:,}",
        f"{told['usage']['cache_read_tokens']:,}",
    ]


def test_what_keeps_a_turn_from_beginning_is_told_in_every_form(project: Path, env: dict[str, str]) -> None:
    done = run_here("ask", "--output-format", "json", "Hello", env=env, cwd=project)
    told = document(done)
    assert (done.returncode, told["ending"], told["error"]["kind"]) == (1, "failed", "config")
    assert "no provider was chosen" in done.stderr
    done = run_here("ask", "--output-format", "stream-json", "Hello", env=env, cwd=project)
    (event,) = events(done.stdout)
    assert (event["event"], event["message"]) == ("CommandFailed", "no provider was chosen")


def test_a_question_goes_on_where_it_is_told_to(
    project: Path, env: dict[str, str], yes: RehearsalServer
) -> None:
    def asked(*words: str) -> tuple[str, int]:
        told = document(run_here("ask", *at(yes), "--output-format", "json", *words, env=env, cwd=project))
        return told["branch"], len(yes.requests[-1].body["messages"])

    assert asked("one") == ("main", 1)
    assert asked("two") == ("ask-1", 1)
    assert asked("--continue", "three") == ("ask-1", 3)
    assert asked("--branch", "idea", "four") == ("idea", 1)
    assert asked("--branch", "main", "five") == ("main", 3)
    assert asked("--continue", "--branch", "idea", "six") == ("idea", 3)
    nowhere = run_here("ask", *at(yes), "--continue", "--branch", "nope", "x", env=env, cwd=project)
    assert nowhere.returncode == 1
    assert "There are: main, ask-1, idea." in nowhere.stderr


def test_what_a_question_names_goes_with_it_whole_and_only_with_it(
    project: Path, env: dict[str, str], yes: RehearsalServer
) -> None:
    done = run_here("ask", *at(yes), "What of @a.py, @sub and @src/no.py?", env=env, cwd=project)
    first = str(yes.requests[-1].body)
    assert "alpha = 1" in first
    assert "beta = 2" in first
    assert f"@src/no.py names nothing in {project}" in done.stderr
    run_here("ask", *at(yes), "--continue", "-", env=env, cwd=project, stdin="@sub/b.py is data of a pipe")
    assert "beta = 2" not in str(yes.requests[-1].body["system"])


def test_a_turn_ends_before_it_costs_more_than_was_said(
    tmp_path: Path, project: Path, env: dict[str, str], yes: RehearsalServer
) -> None:
    settle(tmp_path, f"[caps]\nturn_usd = 100\n{PRICE}")
    told = document(
        run_here("ask", *at(yes), "--output-format", "json", "--max-cost", "0.01", "x", env=env, cwd=project)
    )
    assert (told["exit_code"], told["ending"], told["error"]["kind"]) == (5, "cap", "cap")
    assert yes.requests == []
    assert run_here("ask", *at(yes), "--max-cost", "1", "x", env=env, cwd=project).returncode == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--allow", "tool = 3"), "--allow tool = 3 is no rule: tool: 3"),
        (("--deny", 'effects = "bla"'), "'bla' is not one of"),
        (("--allow", 'tool = "a", decision = "deny"'), "is no rule"),
    ],
)
def test_what_is_no_rule_is_wrong_usage(
    project: Path, env: dict[str, str], words: tuple[str, str], said: str
) -> None:
    done = run_here("ask", "--provider", "rehearsal", *words, "x", env=env, cwd=project)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr


def test_a_rule_of_one_call_loosens_nothing_of_the_persons(
    tmp_path: Path, project: Path, env: dict[str, str]
) -> None:
    settle(tmp_path, '[[policy]]\ndecision = "deny"\ncommand = "touch"\n')
    server = serve(BOTH)
    done = run_here(
        "ask", *at(server), "--approve=all", "--allow=touch", "--allow=mkdir", "Do.", env=env, cwd=project
    )
    everything = [
        run_here("ask", *at(server), "--allow", rule, "Do.", env=env, cwd=project)
        for rule in ('tool = "*"', 'pattern = "*"', 'tool = "*", paths = "**"')
    ]
    server.stop()
    assert done.returncode == 3
    assert not (project / "made.txt").exists()
    assert (project / "deep").exists()
    assert "--allow" not in (tmp_path / "home" / "config.toml").read_text()
    assert [one.returncode for one in everything] == [1, 1, 1]
    assert all("it allows everything" in one.stderr for one in everything)


def test_a_signal_keeps_what_was_said_in_the_document(project: Path, env: dict[str, str]) -> None:
    server = serve('[[rule]]\nanswer = [{ text = "' + "word " * 300 + '", piece = 5, delay = 0.02 }]\n')
    with subprocess.Popen(
        [*ARGV, "ask", *at(server), "--output-format", "json", "--verbose", "Talk."],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env, cwd=project,
    ) as process:  # fmt: skip
        assert process.stderr is not None
        seen = b""
        while b"word word" not in seen:
            piece = os.read(process.stderr.fileno(), 4096)
            assert piece, seen
            seen += piece
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=60)
    server.stop()
    told = json.loads(out)
    assert process.returncode == told["exit_code"] == 130
    assert told["ending"] == "cancelled"
    assert told["result"].startswith("word word")


def test_nothing_to_read_and_nobody_there_is_an_end_and_no_wait(project: Path, env: dict[str, str]) -> None:
    """As cron starts it: every stream closed or empty, no terminal, a session of its own."""
    for closing in ("<&- ", "</dev/null ", "<&- 2>&- "):
        done = subprocess.run(
            ["/bin/sh", "-c", f'exec "$0" -m copilot ask --provider rehearsal {closing}', ARGV[0]],
            env=env, cwd=project, stdin=subprocess.PIPE, capture_output=True, timeout=60, check=False,
            start_new_session=True,
        )  # fmt: skip
        assert done.returncode == 2, (closing, done.stderr)

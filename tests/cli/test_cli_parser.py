"""The command line's grammar: what it refuses, what it guesses, what it loads."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from copilot.cli.parser import build

HEAVY = ("dearpygui", "anthropic", "openai", "google.genai", "httpx2", "pydantic", "rich", "asyncio")


def copilot(*words: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "copilot", *words],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=60,
        check=False,
        cwd=cwd,
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["aks", "hello"], "Did you mean ask?"),
        (["ask", "--provder", "openai", "hello"], "Did you mean --provider?"),
        (["ask", "--provider", "opnai", "hello"], "Did you mean openai?"),
        (["--homee", "x"], "Did you mean --home?"),
        (["doctor", "--verbos"], "there is no option '--verbos' here"),
        (["ask", "--approve", "some", "hello"], "invalid choice: 'some'"),
        (["ask", "--max-rounds", "0", "hello"], "not a whole number from 1 on"),
        (["ask", "--max-rounds", "many", "hello"], "invalid whole number value: 'many'"),
        (["ask", "--max-cost", "-1", "hello"], "-1 is no amount of US dollars"),
        (["ask", "--output-format", "jsn", "hello"], "Did you mean json?"),
        (["rehearse"], "SCENARIO"),
        (["rehearse", "tour", "--port", "99999"], "not a port"),
        (["tour", "--scenario", "tuor"], "Did you mean tour?"),
        (["ask"], "nothing was asked"),
        (["ask", "   "], "nothing was asked"),
        (["context"], "name some files or a project"),
    ],
)
def test_wrong_usage_ends_with_2_and_says_what_was_meant(words: list[str], said: str) -> None:
    done = copilot(*words)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_control_characters_of_a_wrong_word_do_not_reach_the_terminal() -> None:
    done = copilot("ask", "--\x1b[2Jprovider", "hello")
    assert done.returncode == 2
    assert "\x1b" not in done.stderr


def test_the_version_is_one_line() -> None:
    done = copilot("--version")
    assert done.returncode == 0
    assert done.stdout.startswith("copilot ")
    assert done.stdout.count("\n") == 1


@pytest.mark.parametrize("words", [["--help"], ["ask", "--help"], ["context", "-h"], ["rehearse", "--help"]])
def test_help_shows_examples_and_exit_codes(words: list[str]) -> None:
    done = copilot(*words)
    assert done.returncode == 0
    assert "examples:" in done.stdout
    assert "exit codes: 0 answered" in done.stdout


def test_the_shared_options_stand_before_or_after_the_subcommand() -> None:
    before = build().parse_args(["--home", "H", "ask", "--project", "p", "hello"])
    after = build().parse_args(["ask", "hello", "--project", "p", "--home", "H"])
    assert {**vars(before), "parser": None} == {**vars(after), "parser": None}
    assert (before.home, before.project, before.prompt) == (Path("H"), "p", ["hello"])


def test_no_subcommand_is_the_window() -> None:
    from copilot.cli import window

    assert build().parse_args(["--project", "shop"]).run is window.run


def test_the_command_line_loads_nothing_heavy() -> None:
    program = (
        "import sys, copilot.__main__ as entry\n"
        "assert entry.main(['--version']) == 0\n"
        "print(' '.join(name for name in sys.argv[1:] if name in sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *HEAVY], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.splitlines()[1:] == [""]


def test_the_version_comes_at_once() -> None:
    """The promise is 0.1 s; ten times that is a hang, not a slow machine."""
    copilot("--version")
    started = time.monotonic()
    copilot("--version")
    assert time.monotonic() - started < 1.0

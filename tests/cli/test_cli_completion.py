"""`copilot completion` and `--help`: what the shell completes, and that every example can be typed."""

import itertools
import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
from runs_here import run_here
from terminal_runs import TerminalRun

from copilot.cli.completion_scripts import SHELLS
from copilot.cli.completion_words import Command, commands_of
from copilot.cli.parser import build
from copilot.projects.project_manager import dump
from copilot.vocabulary.messages import Branch, Discussion
from copilot.vocabulary.values import Project

BASH = shutil.which("bash") or ""
COMMANDS = commands_of(build())
NAMES = [one.name for one in COMMANDS[1:]]


def printed(shell: str, folder: Path) -> str:
    done = run_here("completion", shell, env={}, cwd=folder)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def completed(script: Path, lines: list[list[str]]) -> list[list[str]]:
    """What bash's own programmable completion gives for the last word of each line."""
    asks = "".join(
        f"COMP_WORDS=({' '.join(map(shlex.quote, words))}); COMP_CWORD={len(words) - 1}; _copilot; "
        'printf "%s\\n" "${COMPREPLY[@]}"; echo ,,\n'
        for words in lines
    )
    done = subprocess.run(
        [BASH, "--norc", "-c", f"source {shlex.quote(str(script))}\n{asks}"],
        cwd=script.parent,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stderr == ""
    blocks = done.stdout.split(",,\n")[:-1]
    return [[line for line in block.splitlines() if line] for block in blocks]


def begins(command: Command, start: str) -> list[str]:
    return [name for one in command.options for name in one.names if name.startswith(start)]


def test_bash_completes_every_subcommand_option_and_choice(tmp_path: Path) -> None:
    script = tmp_path / "copilot.bash"
    script.write_text(printed("bash", tmp_path))
    (tmp_path / "a picture.png").touch()
    (tmp_path / "folder").mkdir()
    lines = [["copilot", ""], ["copilot", "--home", "x", "com"], ["copilot", "--home=x", "--no-color", "doc"]]
    wanted = [NAMES, ["compact", "completion"], ["document", "doctor"]]
    for command in COMMANDS[1:]:
        lines.append(["copilot", command.name, "--"])
        wanted.append(begins(command, "--"))
        for option in command.options:
            if option.choices:
                lines.append(["copilot", "--no-color", command.name, option.names[0], ""])
                wanted.append(list(option.choices))
    lines += [
        ["copilot", "ask", "--attach", "a"],
        ["copilot", "ask", "--base-dir", ""],
        ["copilot", "ask", "--output-format", "=", "js"],
        ["copilot", "ask", "--output-format", "="],
        ["copilot", "policy", "te"],
        ["copilot", "ask", "--model", ""],
        ["copilot", "import", "f"],
    ]
    wanted += [
        ["a picture.png"],
        ["folder"],
        ["json"],
        ["text", "json", "stream-json"],
        ["test"],
        [],
        ["folder"],
    ]
    assert len(wanted) > 2 * len(NAMES)
    for line, found, expected in zip(lines, completed(script, lines), wanted, strict=True):
        assert sorted(found) == sorted(expected), line


def test_names_of_projects_branches_and_assistants_are_asked_of_the_program(tmp_path: Path) -> None:
    home = tmp_path / "home"
    (home / "projects").mkdir(parents=True)
    branches = (Branch(name="main"), Branch(name="an idea"))
    shop = Project(name="shop", base_dir=str(tmp_path), discussion=Discussion(branches=branches))
    (home / "projects" / "shop.toml").write_text(dump(shop))
    (home / "config.toml").write_text("[assistants.tester]\n")

    def names(*words: str) -> list[str]:
        done = run_here(*words, env={"COPILOT_HOME": str(home)}, cwd=tmp_path)
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout.splitlines()

    ask = ("completion", "--names")
    assert names(*ask, "project", "ask", "--project") == ["shop"]
    assert names(*ask, "branch", "ask", "--project=shop", "--branch") == ["an idea", "main"]
    assert names(*ask, "branch", "ask", "--branch") == ["an idea", "main"]  # of the folder's project
    assert names(*ask, "branch", "ask", "--project", "gone", "--branch") == []
    assert names(*ask, "assistant", "assistants", "create", "--may-ask") == ["tester"]
    assert names(*ask, "weather") == []

    program = tmp_path / "copilot"  # what the shell starts
    program.write_text('#!/bin/sh\necho "$@" >> "$0.asked"\nprintf "main\\nan idea\\n"\n')
    program.chmod(0o755)
    script = tmp_path / "script"
    script.write_text(f"PATH={tmp_path}:$PATH\n{printed('bash', tmp_path)}")
    assert completed(script, [["copilot", "ask", "--project", "=", "shop", "--branch", "an"]]) == [
        ["an idea"]
    ]
    assert (tmp_path / "copilot.asked").read_text() == (
        "completion --names branch ask --project = shop --branch\n"
    )


def test_tab_completes_in_a_real_bash(tmp_path: Path) -> None:
    (tmp_path / "rc").write_text(f"PS1='> '\ncopilot() {{ echo \"ran: $*.\"; }}\n{printed('bash', tmp_path)}")
    env = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "TERM": "dumb", "LC_ALL": "C.UTF-8"}
    with TerminalRun(
        [BASH, "--noprofile", "--rcfile", str(tmp_path / "rc"), "-i"], env=env, cwd=tmp_path
    ) as tty:
        tty.until("> ")
        tty.type("copilot doct\t--no-c\t\n")
        tty.until("ran: doctor --no-color.")
        tty.type("copilot ask --output-f\tj\tWhy\n")
        tty.until("ran: ask --output-format json Why.")
        tty.type("exit\n")
        assert tty.end() == 0


@pytest.mark.parametrize("shell", SHELLS)
def test_every_shells_script_names_all_there_is(shell: str, tmp_path: Path) -> None:
    text = printed(shell, tmp_path)
    for command in COMMANDS[1:]:
        assert command.name in text
        for option in command.options:
            name = option.names[0]
            assert (f"-l {name[2:]} " if shell == "fish" and name.startswith("--") else name[1:]) in text
    program = shutil.which({"powershell": "pwsh"}.get(shell, shell))
    if program is not None and shell != "powershell":
        (tmp_path / "script").write_text(text)
        subprocess.run([program, "-n", str(tmp_path / "script")], timeout=60, check=True)


def test_help_begins_with_examples_that_can_be_typed(capsys: pytest.CaptureFixture[str]) -> None:
    parser = build()
    for name in ("", *NAMES):
        assert run_here(*filter(None, [name]), "--help", env={}, cwd=Path()).returncode == 0
        text = capsys.readouterr().out
        assert text.startswith("examples:\n"), name
        assert "usage: copilot" in text
        assert "exit codes: 0 answered" in text
        shown = text.partition("examples:\n")[2].partition("\n\n")[0]
        examples = re.sub(r"\\\n\s+", "", shown).splitlines()
        assert examples
        for line in examples:
            parser.parse_args(typed(line))  # ends the test where it is wrong usage


def typed(example: str) -> list[str]:
    """What an example has the program called with; an aside stands behind three spaces or more."""
    line = example.strip().replace('"$(', " ").replace(')"', " ").partition("   ")[0]
    words = shlex.split(line)
    called = words[words.index("copilot") + 1 :]
    return list(itertools.takewhile(lambda word: not word.startswith(("|", ">", "<")), called))


def test_every_option_of_every_command_is_explained() -> None:
    silent = [f"{c.name} {o.names[0]}" for c in COMMANDS for o in c.options if len(o.about) < 8]
    assert silent == []

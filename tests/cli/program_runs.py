"""Running the real program as a person or a scheduler does, with an environment and a home of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from terminal_runs import TerminalRun

from copilot.rehearsal.scenario import parse_scenario
from copilot.rehearsal.server import RehearsalServer

ARGV = (sys.executable, "-m", "copilot")
TIMEOUT_SECONDS = 90


def environ(folder: Path, **more: str) -> dict[str, str]:
    """An environment with nothing of the person's: no key, no display, an empty HOME."""
    home = folder / "person"
    home.mkdir(exist_ok=True)
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "TERM": "xterm",
        "COPILOT_HOME": str(folder / "home"),
        **more,
    }


def serve(rules: str) -> RehearsalServer:
    """A started rehearsal server with these rules (TOML)."""
    server = RehearsalServer(parse_scenario(rules))
    server.start()
    return server


def at(server: RehearsalServer) -> tuple[str, ...]:
    """The options that make a turn talk to `server` by Anthropic's protocol."""
    return ("--provider", "anthropic", "--base-url", server.url, "--model", "rehearsed")


def run(
    *words: str, env: Mapping[str, str], cwd: Path, stdin: str | None = None
) -> subprocess.CompletedProcess[str]:
    """Run to the end without a terminal. Standard input is empty unless `stdin` is given."""
    return subprocess.run(
        [*ARGV, *words],
        env=dict(env),
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_SECONDS,
        check=False,
        **({"stdin": subprocess.DEVNULL} if stdin is None else {"input": stdin}),
    )


def in_terminal(*words: str, env: Mapping[str, str], cwd: Path, **streams: int) -> TerminalRun:
    """Run in a terminal."""
    return TerminalRun([*ARGV, *words], env=env, cwd=cwd, **streams)


def events(output: str) -> list[dict[str, Any]]:
    """The JSON lines of `--json`."""
    return [json.loads(line) for line in output.splitlines()]


def call(tool: str, **arguments: object) -> str:
    """A part of an answer, as TOML: the model calls a tool."""
    return f"{{ call = {json.dumps(tool)}, arguments = {{ {_inline(arguments)} }} }}"


def say(text: str) -> str:
    """A part of an answer, as TOML: the model says something."""
    return f"{{ text = {json.dumps(text)} }}"


def turn(*answers: str) -> str:
    """A scenario, as TOML: the first round answers the first, and so on."""
    steps = "".join(f"[[rule.step]]\nanswer = [{answer}]\n" for answer in answers)
    return f"[[rule]]\n{steps}"


def _inline(arguments: Mapping[str, object]) -> str:
    return ", ".join(f"{name} = {json.dumps(value)}" for name, value in arguments.items())

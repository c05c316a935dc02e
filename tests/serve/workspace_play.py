"""Workspaces with the rehearsal behind them, and a person who uses them from afar."""

import json
import os
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import pytest

from copilot.assembly.surroundings import Surroundings
from copilot.projects.home import Home
from copilot.rehearsal.scenario import parse_scenario
from copilot.rehearsal.server import RehearsalServer
from copilot.serve.contract import Follow, Limits, Numbered, User
from copilot.serve.stream import SLOW
from copilot.serve.workspaces import ServedWorkspaces, open_workspaces
from copilot.shell.confine.fences import Fences

KEY = "sk-the-owners-own-key-0123456789"
PATIENCE = 60.0
"""Seconds: ten times what a start under load takes."""

SCENARIO = r"""
title = "Serve"

[[rule]]
when = { tool = "run_shell", result_regex = '(?s)stdout:\s*(?P<out>.*)stderr' }
answer = [{ text = "It said: {{out}}" }]

[[rule]]
when = { tool = "run_shell" }
answer = [{ text = "It did not run." }]

[[rule]]
when = { asked_regex = '(?s)^RUN (?P<script>.*)' }
answer = [{ call = "run_shell", arguments = { script = "{{script}}" } }]

[[rule]]
when = { asked = "stay" }
answer = [{ text = "I stay. " }, { fault = "trickle" }]

[[rule]]
answer = [{ text = "You said {{asked}}" }]
"""
CONFIG = """
provider = "compatible"
[providers.compatible]
model = "m"
base_url = "{url}/v1"
[prices."compatible/m"]
input = 1.0
output = 1.0
"""
ENDS = ("TurnFinished", "TurnCancelled", "TurnFailed", "CommandFailed")


class Spaces(Protocol):
    """What a person needs of workspaces, which may be behind a door."""

    def create(self, user: User, project: str) -> None: ...

    def submit(self, user: User, project: str, command: Mapping[str, Any]) -> None: ...

    def follow(self, user: User, project: str, after: int = 0) -> Follow: ...


class Person:
    """One user at one project; `seen` are the events that were told, and the numbers they had."""

    def __init__(self, spaces: Spaces, name: str, limits: Limits, project: str = "work") -> None:
        self.spaces = spaces
        self.user = User(name=name, limits=limits)
        self.project = project
        self.seen: list[dict[str, Any]] = []
        self.after = 0
        spaces.create(self.user, project)
        self.follow: Follow = spaces.follow(self.user, project)

    def again(self) -> None:
        """Follow again from where it was left."""
        self.follow.close()
        self.follow = self.spaces.follow(self.user, self.project, self.after)

    def take(self, seconds: float = PATIENCE) -> list[dict[str, Any]]:
        """What comes next, a snapshot's events in its place."""
        found: list[dict[str, Any]] = []
        for one in self.follow.take(seconds):
            self.after = one.number
            found += events_of(one)
        self.seen += found
        return found

    def until(self, *names: str, seconds: float = PATIENCE) -> dict[str, Any]:
        """The first event from now on that has one of these names."""
        give_up = time.monotonic() + seconds
        while time.monotonic() < give_up:
            for event in self.take(1.0):
                if event["event"] in names:
                    return event
            if self.follow.over == SLOW:
                self.again()
            assert not self.follow.over, self.follow.over
        raise AssertionError(f"none of {names} came; {[one['event'] for one in self.seen]}")

    def do(self, command: str, **fields: Any) -> None:
        """Hand in a command."""
        self.spaces.submit(self.user, self.project, {"command": command, **fields})

    def ask(self, words: str, **fields: Any) -> str:
        """Begin a turn; its id."""
        turn = uuid.uuid4().hex
        self.do("RunTurn", **{"turn_id": turn, "branch": "main", "user_message": words, **fields})
        return turn

    def decide(self, approval: Mapping[str, Any], decision: str = "approve", **more: Any) -> None:
        """Answer an approval."""
        said = {"request_id": approval["request_id"], "decision": decision, **more}
        self.do("Decide", decision=said)

    def __enter__(self) -> "Person":
        return self

    def __exit__(self, *_: object) -> None:
        self.follow.close()

    def talk(self, words: str) -> str:
        """One turn with a yes to each approval; what was answered, or how it ended."""
        turn = self.ask(words)
        while True:
            event = self.until("ApprovalRequested", *ENDS)
            if event["event"] == "ApprovalRequested":
                if event["verdict"] == "ask":
                    self.decide(event)
            elif event.get("turn_id", event.get("request_id")) == turn:
                return str(event.get("text") or event.get("message") or event["event"])

    def script(self, text: str) -> str:
        """Have a script run; what it printed, as the model told it."""
        return self.talk(f"RUN {text}")

    @property
    def pid(self) -> int:
        """The user's process."""
        assert isinstance(self.spaces, ServedWorkspaces)
        return self.spaces.pids()[self.user.name]


def events_of(one: Numbered) -> list[dict[str, Any]]:
    """The events in a line."""
    said = json.loads(one.line)
    return list(said["snapshot"]) if one.kind == "snapshot" else [said]


class Play:
    """A server's workspaces."""

    def __init__(self, home: Path, spaces: Any, server: RehearsalServer, pid: int = 0) -> None:
        """`pid` is that of `copilot serve`, where it is another process."""
        self.home, self.spaces, self.server, self.pid = home, spaces, server, pid

    def person(self, name: str, project: str = "work", **limits: Any) -> Person:
        """A user with a project that they follow."""
        return Person(self.spaces, name, Limits(**limits), project)

    def folder(self, name: str) -> Path:
        """A user's folder."""
        return self.home / "serve" / "users" / name


@contextmanager
def playing(
    home: Path, *, scenario: str = SCENARIO, config: str = CONFIG, unconfined: bool = False, **environ: str
) -> Iterator[Play]:
    """Workspaces whose owner's home this is; every answer comes from the scenario."""
    home.mkdir(exist_ok=True)
    with RehearsalServer(parse_scenario(scenario)) as server:
        (home / "config.toml").write_text(config.format(url=server.url))
        around = Surroundings(
            environ={
                "PATH": os.environ["PATH"],
                "HOME": str(home.parent),
                "COPILOT_COMPATIBLE_API_KEY": KEY,
                **environ,
            },
            cwd=home,
            platform=sys.platform,
            clock=time.time,
            new_id=lambda: uuid.uuid4().hex,
        )
        with open_workspaces(around, Home(root=home), unconfined=unconfined) as spaces:
            yield Play(home, spaces, server)


def require_fences(folder: Path) -> None:
    """Skip the test where no script of a remote user runs."""
    here = Fences(folder / "fences", {"PATH": os.environ["PATH"]}, sys.platform).here()
    if not (here.files and here.network and here.processes):
        pytest.skip(f"scripts cannot be confined here: {' '.join(here.missing)}")


def eventually(true: Callable[[], bool], seconds: float = PATIENCE) -> None:
    """Wait until it is so."""
    give_up = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < give_up, "it did not come to be"
        time.sleep(0.02)

"""Two stand-ins for the services that others wrote, each a process of its own, and a desk that talks to them.

`./run second-opinions` installs them; where one is missing, its tests are named in the last lines.
"""

import importlib
import itertools
import json
import os
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from copilot.assembly.choice import Flags
from copilot.assembly.desk import Desk, Surroundings, open_desk
from copilot.projects.home import Home
from copilot.vocabulary.approvals import ApprovalPolicy, Decision
from copilot.vocabulary.commands import Decide, RunTurn, Shutdown
from copilot.vocabulary.events import (
    ApprovalRequested,
    Event,
    ProjectOpened,
    TurnCancelled,
    TurnFailed,
    TurnFinished,
    WorkerStopped,
)

ROOT = Path(__file__).parents[2]
OPINIONS = ROOT / ".venv-opinions"
AIMOCK = OPINIONS / "node_modules" / "@copilotkit" / "aimock" / "dist" / "aimock-cli.js"
HANG_SECONDS = 60.0
ENDS = (TurnFinished, TurnFailed, TurnCancelled)

LLMOCK = """
import sys
from llmock.testing import LLMockServer
with LLMockServer() as server:
    print(server.url, flush=True)
    sys.stdin.read()
"""

MODELS = {
    "anthropic": "claude-sonnet-4-6",
    "gemini": "gemini-2.5-pro",
    "openai": "gpt-5.2",
    "compatible": "a-local-model",
}
KEYS = {
    "ANTHROPIC_API_KEY": "sk-ant-second-opinion",
    "GEMINI_API_KEY": "AIzaSecondOpinion",
    "OPENAI_API_KEY": "sk-second-opinion",
}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder is a second opinion."""
    for item in items:
        if item.path.parent == Path(__file__).parent:
            item.add_marker(pytest.mark.second_opinion)


@dataclass(frozen=True, slots=True)
class StandIn:
    """A stand-in's address, and what it answers at its own paths."""

    url: str

    def get(self, path: str) -> Any:
        """What it tells."""
        return self._ask(urllib.request.Request(self.url + path))

    def post(self, path: str, body: Mapping[str, Any] | list[Any]) -> Any:
        """Tell it something."""
        return self._ask(
            urllib.request.Request(
                self.url + path, json.dumps(body).encode(), {"content-type": "application/json"}
            )
        )

    def _ask(self, request: urllib.request.Request) -> Any:
        with urllib.request.urlopen(request, timeout=HANG_SECONDS) as answer:
            return json.loads(answer.read() or b"null")


@contextmanager
def served(command: list[str]) -> Iterator[StandIn]:
    """A stand-in, until the end; it prints its address as the last word of a line."""
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            address = next((line.split()[-1] for line in process.stdout if "http://" in line), "")
            assert address, f"{command[0]} did not start"
            yield StandIn(address)
        finally:
            process.kill()


@pytest.fixture(scope="session")
def llmock() -> Iterator[StandIn]:
    """PyPI's llmock."""
    python = OPINIONS / "bin" / "python"
    if not (python.exists() and list(OPINIONS.glob("lib/*/site-packages/llmock"))):
        pytest.skip("needs llmock: ./run second-opinions installs it")
    with served([str(python), "-c", LLMOCK]) as server:
        yield server


@pytest.fixture(scope="session")
def aimock(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandIn]:
    """npm's @copilotkit/aimock."""
    node = shutil.which("node")
    if node is None or not AIMOCK.exists():
        pytest.skip("needs node and aimock: ./run second-opinions installs it where npm is found")
    config = tmp_path_factory.mktemp("aimock") / "aimock.json"
    config.write_text(json.dumps({"strict": True, "llm": {"logLevel": "silent"}}))
    with served([node, str(AIMOCK), "--config", str(config)]) as server:
        yield server


@dataclass(slots=True, kw_only=True)
class Sitting:
    """A desk that talks to a stand-in, and everything it has said."""

    desk: Desk
    base_dir: Path
    events: list[Event] = field(default_factory=list[Event])
    turns: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def turn(self, message: str, before_running: Callable[[], object] | None = None) -> Event:
        """A whole turn in which everything is approved, after `before_running()` where given; its end."""
        self.desk.worker.submit(
            RunTurn(
                turn_id=f"turn-{next(self.turns)}",
                project=self.desk.store.project,
                branch="main",
                user_message=message,
                model=self.desk.model,
                policy=ApprovalPolicy(mode="ask" if before_running else "all"),
            )
        )
        while isinstance(event := self.until(*ENDS, ApprovalRequested), ApprovalRequested):
            if before_running is not None:
                before_running()
                decision = Decision(request_id=event.request_id, decision="approve")
                self.desk.worker.submit(Decide(decision=decision))
        return event

    def until(self, *kinds: type[Event]) -> Event:
        """Read events up to one of these kinds."""
        while True:
            event = self.desk.worker.next_event(HANG_SECONDS)
            assert event is not None, "the worker said nothing for a minute"
            self.events.append(event)
            if isinstance(event, kinds):
                return event

    def of(self, kind: type[Event]) -> list[Any]:
        """The events of one kind."""
        return [event for event in self.events if isinstance(event, kind)]

    def close(self) -> None:
        """Shut down."""
        self.desk.worker.submit(Shutdown())
        self.until(WorkerStopped)
        self.desk.close()


@pytest.fixture
def legal(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, Any], list[str]]:
    """`legal(provider, body)`: what is wrong with a request, by the rules of the long discussion."""
    monkeypatch.syspath_prepend(str(ROOT / "bench" / "soak" / "changing_discussion"))
    return importlib.import_module("legal_requests").breaches


Open = Callable[..., Sitting]


@pytest.fixture
def sit(tmp_path: Path, home_dir: Path) -> Iterator[Open]:
    """Opens a sitting: `sit(provider, base_url)`."""
    opened: list[Sitting] = []
    base_dir = tmp_path / "project"
    base_dir.mkdir()
    (base_dir / "notes.txt").write_text("Rye is at three.\n")

    def opener(provider: str, base_url: str, **limits: float) -> Sitting:
        lines = [f"{name} = {value}\n" for name, value in limits.items()]
        (home_dir / "config.toml").write_text("[limits]\nlongest_wait_seconds = 2.0\n" + "".join(lines))
        ids, clock = itertools.count(1), itertools.count(1_800_000_000)
        around = Surroundings(
            environ={"PATH": os.environ["PATH"], "HOME": str(tmp_path), **KEYS},
            cwd=base_dir,
            platform=sys.platform,
            clock=lambda: float(next(clock)),
            new_id=lambda: f"id{len(opened)}{next(ids):04d}",
        )
        desk = open_desk(
            around,
            home=Home(root=home_dir),
            project="opinions",
            base_dir=base_dir,
            flags=Flags(provider=provider, model=MODELS[provider], base_url=base_url, api_version="v1beta"),
        )
        sitting = Sitting(desk=desk, base_dir=base_dir)
        opened.append(sitting)
        desk.worker.start()
        sitting.until(ProjectOpened)
        return sitting

    yield opener
    for sitting in opened:
        sitting.close()

"""The front door: a desk on a copy of the calculator, driven by commands, with a rehearsal answering."""

import itertools
import os
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from copilot.assembly.choice import Flags
from copilot.assembly.desk import Desk, Surroundings, open_desk
from copilot.projects.home import Home
from copilot.rehearsal.scenario import Scenario, shipped
from copilot.rehearsal.server import RehearsalServer
from copilot.rehearsal.tour import copy_calculator, plant_bug
from copilot.vocabulary.approvals import ApprovalPolicy, Decision
from copilot.vocabulary.commands import CancelTurn, Command, Decide, RunTurn, Shutdown
from copilot.vocabulary.events import (
    ApprovalRequested,
    Event,
    ProjectChanged,
    ProjectOpened,
    TurnCancelled,
    TurnFailed,
    TurnFinished,
    WorkerStopped,
)
from copilot.vocabulary.values import Project

ENDS = (TurnFinished, TurnCancelled, TurnFailed)
HANG_SECONDS = 60.0

Answer = Callable[[ApprovalRequested], Decision | None]


def approve(event: ApprovalRequested) -> Decision:
    """Approve as it was proposed."""
    return Decision(request_id=event.request_id, decision="approve")


def reject(event: ApprovalRequested) -> Decision:
    """Reject without a reason."""
    return Decision(request_id=event.request_id, decision="reject")


@dataclass(slots=True, kw_only=True)
class Sitting:
    """One desk, its worker running, and everything it has said."""

    desk: Desk
    server: RehearsalServer
    base_dir: Path
    events: list[Event] = field(default_factory=list[Event])
    turns: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    @property
    def project(self) -> Project:
        """The project as the last event that holds one gave it, with the store's messages."""
        return self.desk.store.project

    def next(self) -> Event:
        """The next event; a test that waits for longer than a minute has hung."""
        event = self.desk.worker.next_event(HANG_SECONDS)
        assert event is not None, "the worker said nothing for a minute"
        self.events.append(event)
        return event

    def until(self, *kinds: type[Event]) -> Event:
        """Read events up to one of these kinds."""
        while not isinstance(event := self.next(), kinds):
            pass
        return event

    def start(self, message: str, policy: ApprovalPolicy, branch: str = "main") -> str:
        """Submit a turn; its id."""
        turn_id = f"turn-{next(self.turns)}"
        self.desk.worker.submit(
            RunTurn(
                turn_id=turn_id,
                project=self.project,
                branch=branch,
                user_message=message,
                model=self.desk.model,
                policy=policy,
            )
        )
        return turn_id

    def turn(self, message: str, answer: Answer = approve, policy: ApprovalPolicy | None = None) -> Event:
        """A whole turn; `answer` stands for the person. Returns its end."""
        self.start(message, policy or ApprovalPolicy())
        while True:
            event = self.next()
            if isinstance(event, ENDS):
                return event
            if isinstance(event, ApprovalRequested) and event.verdict == "ask":
                decision = answer(event)
                if decision is not None:
                    self.desk.worker.submit(Decide(decision=decision))

    def do(self, command: Command) -> Event:
        """A command outside a turn, and the event that answers it."""
        self.desk.worker.submit(command)
        return self.until(ProjectChanged)

    def stop(self, turn_id: str) -> None:
        """Cancel a turn."""
        self.desk.worker.submit(CancelTurn(turn_id=turn_id))

    def close(self) -> None:
        """Shut down and check that the thread ended."""
        self.desk.worker.submit(Shutdown())
        self.until(WorkerStopped)
        assert self.desk.worker.join(10)
        self.desk.close()


KEYS = {
    "ANTHROPIC_API_KEY": "sk-ant-api03-front-door-key-000001",
    "GEMINI_API_KEY": "AIzaFrontDoorKey00000000000000000000002",
    "OPENAI_API_KEY": "sk-proj-front-door-key-000003",
}

Open = Callable[..., Sitting]


@pytest.fixture
def sit(tmp_path: Path, home_dir: Path) -> Iterator[Open]:
    """Opens sittings: `sit(provider, scenario)`; all are closed at the end of the test."""
    opened: list[Sitting] = []
    servers: list[RehearsalServer] = []
    base_dir = tmp_path / "calculator"

    def opener(
        provider: str = "anthropic",
        scenario: Scenario | str = "tour",
        *,
        bug: bool = True,
        model: str = "",
        server: RehearsalServer | None = None,
    ) -> Sitting:
        if not base_dir.exists():
            copy_calculator(base_dir)
            if bug:
                plant_bug(base_dir)
        if server is None:
            server = RehearsalServer(shipped(scenario) if isinstance(scenario, str) else scenario)
            server.start()
            servers.append(server)
        suffix = "/v1" if provider in ("openai", "compatible") else ""
        clock, ids, lock = itertools.count(1_800_000_000), itertools.count(1), threading.Lock()

        def now() -> float:
            with lock:
                return float(next(clock))

        around = Surroundings(
            environ={"PATH": os.environ["PATH"], "HOME": str(tmp_path), **KEYS},
            cwd=base_dir,
            platform=sys.platform,
            clock=now,
            new_id=lambda: f"id{len(opened)}{next(ids):04d}",
        )
        desk = open_desk(
            around,
            home=Home(root=home_dir),
            project="calculator",
            base_dir=base_dir,
            flags=Flags(provider=provider, model=model, base_url=server.url + suffix),
        )
        sitting = Sitting(desk=desk, server=server, base_dir=base_dir)
        opened.append(sitting)
        desk.worker.start()
        sitting.until(ProjectOpened)
        return sitting

    yield opener
    for sitting in opened:
        if sitting.desk.worker.join(0):
            continue
        sitting.close()
    for server in servers:
        server.stop()

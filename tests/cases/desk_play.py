"""The real core on a folder, answered by the rehearsal's server: for hostile cases that need all of it."""

import itertools
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from copilot.assembly.choice import Flags
from copilot.assembly.desk import Desk, Surroundings, open_desk
from copilot.projects.home import Home
from copilot.rehearsal.scenario import parse_scenario
from copilot.rehearsal.server import RehearsalServer
from copilot.vocabulary.approvals import ApprovalPolicy, Decision
from copilot.vocabulary.commands import Decide, RunTurn, Shutdown
from copilot.vocabulary.events import (
    ApprovalRequested,
    Event,
    ProjectOpened,
    ToolFinished,
    TurnCancelled,
    TurnFailed,
    TurnFinished,
    WorkerStopped,
)
from copilot.vocabulary.values import FileChoice

HANG_SECONDS = 60.0
ENDS = (TurnFinished, TurnCancelled, TurnFailed)
Answer = Callable[[ApprovalRequested], Decision | None]


def runs(script: str) -> str:
    """A scenario in which the model runs one script and then ends."""
    return f"""
[[rule]]
when = {{ round = 1 }}
answer = [{{ call = "run_shell", arguments = {{ script = '''{script}''' }} }}]
[[rule]]
answer = [{{ text = "Done." }}]
"""


def approve(event: ApprovalRequested) -> Decision:
    return Decision(request_id=event.request_id, decision="approve")


@dataclass(slots=True)
class Play:
    """A desk whose worker runs, and all that it said."""

    desk: Desk
    events: list[Event] = field(default_factory=list[Event])
    stopped: bool = False

    def next(self) -> Event:
        event = self.desk.worker.next_event(HANG_SECONDS)
        assert event is not None, "the worker said nothing for a minute"
        self.events.append(event)
        return event

    def turn(
        self,
        answer: Answer = approve,
        policy: ApprovalPolicy | None = None,
        *,
        words: str = "go",
        files: tuple[FileChoice, ...] | None = None,
    ) -> Event:
        """One turn to its end; with `files` in its context instead of the project's own."""
        project = self.desk.store.project
        self.desk.worker.submit(
            RunTurn(
                turn_id="turn",
                project=project if files is None else replace(project, files=files),
                branch="main",
                user_message=words,
                model=self.desk.model,
                policy=policy or ApprovalPolicy(),
            )
        )
        while not isinstance(event := self.next(), ENDS):
            if isinstance(event, ApprovalRequested) and event.verdict == "ask":
                decision = answer(event)
                if decision is not None:
                    self.desk.worker.submit(Decide(decision=decision))
        return event

    @property
    def result(self) -> ToolFinished:
        """The last result of a tool."""
        return [event for event in self.events if isinstance(event, ToolFinished)][-1]

    def close(self) -> None:
        if self.stopped:
            return
        self.stopped = True
        self.desk.worker.submit(Shutdown())
        while not isinstance(self.next(), WorkerStopped):
            pass
        assert self.desk.worker.join(10)
        self.desk.close()


@contextmanager
def playing(
    home: Path,
    base_dir: Path,
    scenario: str,
    *,
    environ: Mapping[str, str] | None = None,
    provider: str = "compatible",
    url: str = "",
) -> Iterator[Play]:
    """The core at work in `base_dir`; `url` is another server than the rehearsal's."""
    ids = itertools.count(1)
    given = environ or {"PATH": "/usr/bin:/bin", "HOME": str(home.parent)}
    with RehearsalServer(parse_scenario(scenario)) as server:
        around = Surroundings(
            environ=given,
            cwd=base_dir,
            platform=sys.platform,
            clock=lambda: 1_800_000_000.0 + next(ids),
            new_id=lambda: f"id{next(ids):06d}",
        )
        desk = open_desk(
            around,
            home=Home(root=home).make(),
            project="p",
            base_dir=base_dir,
            flags=Flags(provider=provider, model="m", base_url=url or f"{server.url}/v1"),
        )
        play = Play(desk)
        desk.worker.start()
        try:
            while not isinstance(play.next(), ProjectOpened):
                pass
            yield play
        finally:
            play.close()

"""What the window's controller says of commands that could not be done."""

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from copilot.desktop.controller import Controller
from copilot.desktop.view_state import ViewState
from copilot.projects.config import Settings
from copilot.projects.home import Home
from copilot.vocabulary.approvals import ApprovalPolicy
from copilot.vocabulary.commands import (
    Command,
    DeleteBranch,
    EditMessage,
    MergeNote,
    RenameBranch,
    UndoDiscussion,
)
from copilot.vocabulary.events import CommandFailed, ProjectChanged
from copilot.vocabulary.values import ModelChoice, Project

MODEL = ModelChoice(provider="rehearsal", model="m")


@dataclass
class Inbox:
    commands: list[Command] = field(default_factory=list[Command])

    def submit(self, command: Command) -> None:
        self.commands.append(command)


@dataclass
class Desk:
    worker: Inbox = field(default_factory=Inbox)
    settings: Settings = field(default_factory=Settings)
    model: ModelChoice = MODEL
    home: Home = field(default_factory=lambda: Home(root=Path("nowhere")))


@pytest.fixture
def control() -> Controller:
    return Controller(Desk(), ApprovalPolicy(), lambda: 1.0, lambda: "id")  # type: ignore[arg-type]


def refused(request_id: str) -> CommandFailed:
    return CommandFailed(
        at=1.0, worker="w", request_id=request_id, message="a turn runs on it", hint="Wait.", kind="project"
    )


def notes(state: ViewState) -> list[str]:
    return [one.text for one in state.notices]


@pytest.mark.parametrize(
    "command",
    [
        RenameBranch(request_id="r", name="main", to="x"),
        DeleteBranch(request_id="r", name="main"),
        EditMessage(request_id="r", branch="main", message="m", text="x"),
        UndoDiscussion(request_id="r"),
    ],
)
def test_an_act_on_branches_that_was_refused_is_said_once(control: Controller, command: Command) -> None:
    control.submit(command)
    control.take(refused("another"))
    assert notes(control.state) == []
    control.take(refused("r"))
    control.take(refused("r"))
    assert notes(control.state) == ["a turn runs on it. Wait."]


def test_what_was_done_or_is_told_in_its_own_dialog_is_not(control: Controller, tmp_path: Path) -> None:
    control.submit(RenameBranch(request_id="r", name="main", to="x"))
    project = Project(name="shop", base_dir=str(tmp_path))
    control.take(ProjectChanged(at=1.0, worker="w", request_id="r", project=project))
    control.take(refused("r"))
    control.submit(MergeNote(request_id="n", branch="main", source="x", message=None, text="y"))
    control.take(refused("n"))
    assert notes(control.state) == []

"""What the window's controller says of commands that could not be done."""

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from copilot.desktop.controller import Controller
from copilot.desktop.view_state import ViewState
from copilot.projects.config import Settings
from copilot.projects.home import Home
from copilot.vocabulary.approvals import ApprovalPolicy
from copilot.vocabulary.assistants import Assistant
from copilot.vocabulary.commands import (
    Command,
    DeleteBranch,
    EditMessage,
    MergeNote,
    Regenerate,
    RenameBranch,
    UndoDiscussion,
)
from copilot.vocabulary.events import CommandFailed, ProjectChanged, TrustAsked
from copilot.vocabulary.frozen import replace
from copilot.vocabulary.messages import Branch, Discussion, Message, Text
from copilot.vocabulary.values import ModelChoice, Project

ASK = ApprovalPolicy()
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

    def model_of(self, assistant: Assistant, usual: ModelChoice) -> ModelChoice:
        return replace(usual, model=assistant.model) if assistant.model else usual


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


def test_who_answers_next_is_the_assistant_of_the_branch_that_is_shown(control: Controller) -> None:
    said = Message(
        id="a", parent=None, role="assistant", parts=(Text(text="x"),), at=1.0, assistant="checker"
    )
    branches = (Branch(name="main"), Branch(name="checked", tip="a"))

    def show(active: str) -> None:
        tree = Discussion(messages=(said,), branches=branches, active=active)  # type: ignore[arg-type]
        project = Project(name="p", base_dir="b", discussion=tree)
        control.take(ProjectChanged(at=1.0, worker="w", request_id="", project=project))

    show("checked")
    assert (control.assistant, control.answering) == (None, MODEL)  # no such profile is there any more
    checker = Assistant(name="checker", model="other", project=True)
    control.take(TrustAsked(at=1.0, worker="w", base_dir="b", items=(), assistants=(checker,)))
    assert control.assistant == checker
    assert control.answering == replace(MODEL, model="other")
    own = Assistant(name="checker")
    control.change_settings(replace(control.settings, assistants=(own,)))
    assert (control.assistants, control.answering) == ((own,), MODEL)
    show("main")
    assert (control.assistant, control.answering) == (None, MODEL)
    control.submit(Regenerate(turn_id="t", branch="main", message="a", model=control.answering, policy=ASK))
    asked = control._desk.worker.commands[-1]  # type: ignore[attr-defined]
    assert isinstance(asked, Regenerate)
    assert asked.model == MODEL

"""Going on from a recording: its window asks, the project's window has the branch and the turn."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from copilot.desktop.errands import Errands
from copilot.desktop.going_on import FRESH_SECONDS, GoingOn, ask_to_go_on
from copilot.desktop.panels.actions import Actions
from copilot.desktop.panels.chooser import Question
from copilot.desktop.view_state import ViewState, apply
from copilot.projects.changes import changed
from copilot.projects.home import Home
from copilot.projects.project_manager import list_projects, new
from copilot.record.session_logger import SessionLogger
from copilot.storage.redaction import Redactor
from copilot.vocabulary import events as e
from copilot.vocabulary.commands import Command, RunTurn, SwitchBranch, TakeIn
from copilot.vocabulary.errors import ProjectError
from copilot.vocabulary.messages import Branch, Discussion, Message, Text, ToolCall, ToolResult
from copilot.vocabulary.values import ModelChoice, Project

AT = 1_763_704_800.0
SESSION = "20260101_000000_aaaa"
TURN: dict[str, Any] = {"at": AT, "worker": "w", "turn_id": "t", "branch": "main"}
OTHER = ModelChoice(provider="openai", model="other")
CALL = ToolCall(call_id="c", name="read_file", arguments={"path": "a.py"})
ASKED = Message(id="m1", parent=None, role="user", parts=(Text(text="Why?"),), at=AT)
CALLED = Message(id="m2", parent="m1", role="assistant", parts=(CALL,), at=AT)
GIVEN = ToolResult(call_id="c", name="read_file", output="1 + 1")


class Apart:
    """Errands that are done at once."""

    def apart(self, work: Callable[[], Any], then: Callable[[Any], None]) -> None:
        then(work())


class World:
    """A session of one turn, and the window of its project."""

    def __init__(self, folder: Path) -> None:
        self.home = Home(root=folder / "home").make()
        self.base = folder
        self.now = AT
        self.commands: list[Command] = []
        self.asked: list[Question] = []
        numbers = iter(range(99))
        actions = SimpleNamespace(
            submit=self.commands.append, ask=self.asked.append, new_id=lambda: f"r{next(numbers)}"
        )
        self.window = GoingOn(
            self.home,
            cast(Actions, actions),
            cast(Errands, Apart()),
            lambda: self.now,
            lambda: self.now,
        )
        log = SessionLogger(self.home.logs, SESSION, Redactor(()), lambda: AT, state=self.home.state)
        project = Project(name="shop", base_dir=str(folder))
        asked = e.ToolCallRequested(call_id="c", name="read_file", arguments=CALL.arguments, **TURN)
        done = e.ToolFinished(call_id="c", name="read_file", status="ok", output="1 + 1", seconds=0.1, **TURN)
        tools = Message(id="m3", parent="m2", role="tool", parts=(GIVEN,), at=AT)
        for event in (
            e.ProjectOpened(at=AT, worker="w", project=project),
            e.TurnStarted(model=ModelChoice(provider="openai", model="m"), user_message="Why?", **TURN),
            e.MessageKept(at=AT, worker="w", branch="main", message=ASKED),
            e.MessageKept(at=AT, worker="w", branch="main", message=CALLED),
            asked,
            done,
            e.MessageKept(at=AT, worker="w", branch="main", message=tools),
            e.TurnFinished(text="", rounds=1, reason="answered", **TURN),
        ):
            log.event(event)
        log.close()
        self.around = cast(Any, SimpleNamespace(clock=lambda: self.now, new_id=lambda: "never", environ={}))

    def ask(self, step: int) -> str:
        return ask_to_go_on(self.home, self.home.logs, SESSION, step, OTHER, self.around)

    def look(self, state: ViewState) -> None:
        self.now += 2
        self.window.tick(state)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def shown(project: Project) -> ViewState:
    return apply(ViewState(), e.ProjectOpened(at=AT, worker="w", project=project))


def test_the_projects_window_makes_the_branch_and_has_it_answered(world: World) -> None:
    new(world.home, "shop", world.base)
    assert world.ask(3) == "shop"
    taken = Discussion(branches=(Branch(name="main"), Branch(name="main from 3")))
    project = Project(name="shop", base_dir=str(world.base), discussion=taken)
    world.look(shown(project))
    (command,) = world.commands
    assert isinstance(command, TakeIn)
    world.look(shown(project))
    assert len(world.commands) == 1
    after = changed(project, command, lambda: "x", lambda: AT)
    world.look(shown(after))
    _, switch, turn = world.commands
    assert isinstance(switch, SwitchBranch)
    assert switch.name == "main from 3 2"
    assert isinstance(turn, RunTurn)
    assert (turn.branch, turn.model, turn.resumes, turn.user_message) == ("main from 3 2", OTHER, True, "")
    assert [(one.name, one.output) for one in turn.recorded] == [("read_file", "1 + 1")]
    assert after.discussion.path("main from 3 2") == (ASKED,)
    world.look(shown(after))
    assert len(world.commands) == 3


def test_a_project_that_is_gone_is_made_with_the_branch(world: World) -> None:
    assert world.ask(3) == "shop"
    assert list_projects(world.home) == ("shop",)
    branch = "main from 3"
    history = Discussion(messages=(ASKED,), branches=(Branch(name=branch, tip="m1"),), active=branch)  # type: ignore[arg-type]
    world.look(shown(Project(name="shop", base_dir=str(world.base), discussion=history)))
    assert [type(command).__name__ for command in world.commands] == ["SwitchBranch", "RunTurn"]


def test_where_no_turn_goes_on_it_is_said_at_once(world: World) -> None:
    with pytest.raises(ProjectError, match="no turn is under way"):
        world.ask(8)
    assert not (world.home.state / "windows").exists()


def test_a_note_that_is_old_or_says_nothing_leads_nowhere(world: World) -> None:
    new(world.home, "shop", world.base)
    state = shown(Project(name="shop", base_dir=str(world.base)))
    world.ask(3)
    world.now += FRESH_SECONDS + 1
    world.look(state)
    for told in (b"", b"[]", b"{}", b'{"at": 7}'):
        (world.home.state / "windows" / "shop.go_on").write_bytes(told)
        world.look(state)
    assert (world.commands, world.asked) == ([], [])


def test_a_recording_that_has_gone_meanwhile_is_told(world: World) -> None:
    new(world.home, "shop", world.base)
    world.ask(3)
    (world.home.logs / f"comms_{SESSION}.log").unlink()
    world.look(shown(Project(name="shop", base_dir=str(world.base))))
    assert world.commands == []
    assert world.asked[0].nothing.startswith("The recording cannot be gone on with")

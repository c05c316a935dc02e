"""Every command by its type: what a remote user may have done, and what is in it."""

from contextlib import suppress
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from copilot.projects.attachments import AttachmentFolder, Attachments
from copilot.serve.allowed import Means, allowed, ruled
from copilot.serve.contract import ForbiddenError
from copilot.vocabulary.approvals import ScriptDetail, SpendDetail
from copilot.vocabulary.assistants import Assistant
from copilot.vocabulary.codec import to_json
from copilot.vocabulary.commands import ChooseFiles, Command, Decide, RunTurn, Trust
from copilot.vocabulary.errors import ProjectError
from copilot.vocabulary.events import ApprovalRequested
from copilot.vocabulary.frozen import names_of
from copilot.vocabulary.trusts import TrustItem
from copilot.vocabulary.values import ModelChoice, Project
from copilot.workspace.boundary import Boundary

PROJECT = Project(name="work", base_dir="/srv/users/anna/files/work")
USUAL = ModelChoice(provider="compatible", model="m", base_url="http://owner.example/v1")
HELPER = Assistant(name="helper", instructions="Help.")


def approval(detail: ScriptDetail | SpendDetail) -> ApprovalRequested:
    return ApprovalRequested(
        at=0.0,
        worker="w",
        turn_id="t",
        branch="main",
        request_id="waits",
        call_id="c",
        tool="run_shell",
        detail=detail,
        verdict="ask",
    )


SCRIPT = approval(ScriptDetail(script="ls", shell="sh", shell_path="/bin/sh", cwd="/", timeout_seconds=1.0))
SPEND = approval(SpendDetail(scope="day", cap_usd=1.0, spent_usd=1.0, least_usd=1.0, most_usd=2.0, model="m"))


def means(folder: Path, waiting: ApprovalRequested = SCRIPT, *, network: bool = False) -> Means:
    def model_of(provider: Any, model: str) -> ModelChoice:
        return ModelChoice(provider=provider, model=model or "m", base_url=USUAL.base_url)

    shelf = AttachmentFolder(folder)
    servers = TrustItem(kind="servers", name=".mcp.json", sha256="bad", text="")
    guide = TrustItem(kind="instructions", name="AGENTS.md", sha256="good", text="")
    return Means(
        project=lambda: PROJECT,
        usual=USUAL,
        model_of=model_of,
        assistant=lambda name: HELPER if name == "helper" else None,
        approval=lambda request_id: waiting if request_id == "waits" else None,
        trust=lambda project: (servers, guide),
        pattern=Boundary(folder).pattern,
        attachments=Attachments(shelf, shelf),
        network=network,
    )


TURN: dict[str, Any] = {"command": "RunTurn", "turn_id": "t1", "branch": "main", "user_message": "hi"}


WORDS = ("ask", "waits", "main", "approve")
ANY = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(("ask", "waits")),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.text(max_size=8), inside, max_size=3),
    max_leaves=8,
)


@st.composite
def commands(draw: st.DrawFn) -> dict[str, Any]:
    """A command that there is, with some of its fields and whatever in them."""
    kind = draw(st.sampled_from(sorted(get_args(Command), key=str)))
    fields = {name: draw(ANY) for name in names_of(kind) if draw(st.booleans())}
    return {"command": kind.__name__, **fields}


@given(commands())
@settings(deadline=None)
def test_whatever_comes_is_a_command_or_refused(data: dict[str, Any]) -> None:
    with suppress(ForbiddenError, ProjectError):
        assert type(allowed(data, means(Path("/nowhere")))).__name__ == data["command"]


def test_something_is_said_about_every_command() -> None:
    assert ruled() == set(get_args(Command))


def test_a_turn_is_about_the_project_that_the_store_holds(tmp_path: Path) -> None:
    theirs = {"name": "other", "base_dir": "/etc", "limits": {"script_seconds": 1e9}}
    command = allowed({**TURN, "project": theirs}, means(tmp_path))
    assert isinstance(command, RunTurn)
    assert (command.project, command.model) == (PROJECT, USUAL)
    assert (command.policy.mode, command.policy.unconfined) == ("ask", False)


@pytest.mark.parametrize(
    "said",
    [
        {"model": {"provider": "compatible", "model": "m", "base_url": "http://evil.example"}},
        {"model": {"provider": "compatible", "model": "m", "api_version": "v9"}},
        {"model": {"provider": "compatible", "model": "m", "max_output_tokens": 10**9}},
        {"policy": {"mode": "all"}},
        {"policy": {"mode": "ask", "unconfined": True}},
        {"handed": {"type": "Handed", "root": "r", "waiting": [], "branch": "main"}},
        {"recorded": [{"name": "n", "arguments": {}, "output": "", "status": "ok"}]},
        {"assistant": {"type": "Assistant", "name": "helper", "instructions": "Obey."}},
        {"assistant": {"type": "Assistant", "name": "nobody"}},
        {"attachments": [{"name": "a", "media_type": "image/png", "size": 1, "sha256": "0" * 64}]},
    ],
)
def test_what_a_turn_may_not_say(tmp_path: Path, said: dict[str, Any]) -> None:
    with pytest.raises(ForbiddenError):
        allowed({**TURN, **said}, means(tmp_path))


def test_what_a_turn_may_say(tmp_path: Path) -> None:
    said = {
        "model": {"provider": "compatible", "model": "other", "base_url": USUAL.base_url},
        "policy": {"mode": "none", "dry_run": True},
        "assistant": to_json(HELPER),
    }
    command = allowed({**TURN, **said}, means(tmp_path))
    assert isinstance(command, RunTurn)
    assert (command.model.model, command.policy.mode, command.assistant) == ("other", "none", HELPER)


@pytest.mark.parametrize(
    "data",
    [
        {"command": "Shutdown"},
        {"command": "AddRule", "request_id": "r", "rule": {"name": "all", "decision": "allow"}},
        {"command": "ProposeRule", "request_id": "r", "request": {}},
        {"command": "Trust", "request_id": "r", "sha256s": ["good", "bad"]},
        {"command": "ChooseFiles", "request_id": "r", "files": [{"pattern": "../other/*"}]},
        {"command": "ChooseFiles", "request_id": "r", "files": [{"pattern": "/etc/passwd"}]},
        {"command": "Decide", "decision": {"request_id": "waits", "decision": "approve", "confined": False}},
        {"command": "Decide", "decision": {"request_id": "waits", "decision": "approve", "network": True}},
    ],
)
def test_what_is_not_for_remote_users(tmp_path: Path, data: dict[str, Any]) -> None:
    with pytest.raises(ForbiddenError):
        allowed(data, means(tmp_path))


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"command": 1},
        {"command": "Event"},
        {**TURN, "turn_id": ""},
        {**TURN, "turn_id": "../x"},
        {**TURN, "turn_id": "x" * 200},
        {**TURN, "branch": 5},
        {**TURN, "extra": 1},
        {"command": "RunTurn"},
        {"command": "Decide", "decision": {"request_id": "gone", "decision": "approve"}},
        {"command": "Decide", "decision": "yes"},
    ],
)
def test_what_is_no_command(tmp_path: Path, data: dict[str, Any]) -> None:
    with pytest.raises(ProjectError):
        allowed(data, means(tmp_path))


def test_a_cap_can_be_kept_and_not_passed(tmp_path: Path) -> None:
    for decision in ("approve", "reject"):
        data: dict[str, Any] = {
            "command": "Decide",
            "decision": {"request_id": "waits", "decision": decision},
        }
        assert isinstance(allowed(data, means(tmp_path)), Decide)
        if decision == "reject":
            assert isinstance(allowed(data, means(tmp_path, SPEND)), Decide)
            continue
        with pytest.raises(ForbiddenError):
            allowed(data, means(tmp_path, SPEND))


def test_a_network_that_the_owner_gives_may_be_asked_for(tmp_path: Path) -> None:
    data: dict[str, Any] = {
        "command": "Decide",
        "decision": {"request_id": "waits", "decision": "approve", "network": True},
    }
    assert isinstance(allowed(data, means(tmp_path, network=True)), Decide)


def test_what_needs_no_look(tmp_path: Path) -> None:
    chosen = allowed(
        {"command": "ChooseFiles", "request_id": "r", "files": [{"pattern": "src/**/*.py"}]}, means(tmp_path)
    )
    assert isinstance(chosen, ChooseFiles)
    trusted = allowed({"command": "Trust", "request_id": "r", "sha256s": ["good"]}, means(tmp_path))
    assert isinstance(trusted, Trust)

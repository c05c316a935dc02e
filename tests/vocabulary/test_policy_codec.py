"""Rules and trust go through JSON and come back the same."""

import json

import pytest

from copilot.vocabulary.approvals import ConfirmDialog, ScriptDetail
from copilot.vocabulary.codec import decode_command, decode_event, encode_command, encode_event
from copilot.vocabulary.commands import AddRule, Command, Distrust, LookAtTrust, ProposeRule, Trust
from copilot.vocabulary.events import ApprovalRequested, Event, RuleAdded, RuleProposed, TrustAsked
from copilot.vocabulary.policies import PolicyRule, RuleMatch, RuleProposal
from copilot.vocabulary.slash import SlashCommand
from copilot.vocabulary.trusts import TrustItem

RULE = PolicyRule(
    name="tests",
    decision="allow",
    tools=("run_*",),
    commands=("pytest -q",),
    patterns=("pytest *",),
    paths=("tests/**",),
    effects=("reads", "unknown"),
    examples=("pytest -q tests",),
    counterexamples=("pytest -q /etc",),
)
SCRIPT = ScriptDetail(script="pytest", shell="sh", shell_path="/bin/sh", cwd="/p", timeout_seconds=1.0)
REQUEST = ConfirmDialog(
    request_id="r",
    turn_id="t",
    branch="main",
    call_id="c",
    tool="run_shell",
    detail=SCRIPT,
    why="so",
    rule="x",
)
MATCH = RuleMatch(
    log="comms_1.log", line=3, at=2.0, project="p", tool="run_shell", text="ls", answered="approve"
)
PROPOSAL = RuleProposal(rule=RULE, words="w", toml="[[policy]]", matches=(MATCH,), total=1, looked=9)
ITEM = TrustItem(
    kind="instructions",
    name="AGENTS.md",
    sha256="f" * 64,
    text="Do.",
    tokens=2,
    diff="+Do.",
    warnings=("hidden",),
)

EVENTS: tuple[Event, ...] = (
    RuleProposed(at=1.0, worker="w", request_id="q", approval="r", proposals=(PROPOSAL,), trouble="no"),
    RuleAdded(at=1.0, worker="w", request_id="q", rule=RULE),
    TrustAsked(
        at=1.0,
        worker="w",
        base_dir="/p",
        items=(ITEM,),
        budget=32_768,
        commands=(SlashCommand(name="review", about="Review", mine=True),),
    ),
    ApprovalRequested(
        at=1.0,
        worker="w",
        turn_id="t",
        branch="main",
        request_id="r",
        call_id="c",
        tool="run_shell",
        detail=SCRIPT,
        verdict="ask",
        why="a rule asks",
        rule="tests",
    ),
)
COMMANDS: tuple[Command, ...] = (
    ProposeRule(request_id="q", request=REQUEST),
    AddRule(request_id="q", rule=RULE),
    LookAtTrust(request_id="q"),
    Trust(request_id="q", sha256s=("a", "b")),
    Distrust(request_id="q", sha256s=("a",)),
)


@pytest.mark.parametrize("event", EVENTS, ids=lambda one: type(one).__name__)
def test_an_event_comes_back(event: Event) -> None:
    assert decode_event(json.loads(json.dumps(encode_event(event)))) == event


@pytest.mark.parametrize("command", COMMANDS, ids=lambda one: type(one).__name__)
def test_a_command_comes_back(command: Command) -> None:
    assert decode_command(json.loads(json.dumps(encode_command(command)))) == command


def test_an_approval_of_an_older_log_has_no_reason() -> None:
    told = encode_event(EVENTS[-1])
    del told["why"], told["rule"]
    read = decode_event(told)
    assert isinstance(read, ApprovalRequested)
    assert (read.why, read.rule) == ("", "")


def test_what_waits_is_what_has_no_answer() -> None:
    trusted = TrustItem(kind="rules", name="p.toml", sha256="a", text="", state="trusted")
    asked = TrustAsked(at=1.0, worker="w", base_dir="/p", items=(trusted, ITEM))
    assert asked.waiting == (ITEM,)

"""Fences at the gate: a run outside needs its own click or `unconfined`; choices never exceed the machine."""

from copilot.ai.approval import verdict
from copilot.ai.fencing import chosen
from copilot.vocabulary.approvals import ApprovalPolicy, Decision, McpDetail, ScriptDetail
from copilot.vocabulary.codec import decode_command, decode_event, encode_command, encode_event
from copilot.vocabulary.commands import ApplyPreview, Decide, DiscardPreview, PreviewScript
from copilot.vocabulary.confinement import Confinement, Fence, PreviewChange
from copilot.vocabulary.events import ApprovalRequested, PreviewEnded, PreviewReady, PreviewStarted
from copilot.vocabulary.frozen import replace
from copilot.vocabulary.policies import Ruling

ABLE = Confinement(view="overlay", files=True, network=True, processes=True, limits=True)


def script(fence: Fence | None) -> ScriptDetail:
    return ScriptDetail(
        script="ls\n", shell="sh", shell_path="/bin/sh", cwd="/p", timeout_seconds=9.0, fence=fence
    )


def yes(**choice: object) -> Decision:
    return Decision(request_id="r", decision="approve", **choice)  # type: ignore[arg-type]


def test_a_run_outside_the_fence_is_asked_for() -> None:
    every = ApprovalPolicy(mode="all", person=False)
    inside, outside = script(Fence(confined=True, network=False, here=ABLE)), script(Fence(here=ABLE))
    assert verdict(every, inside) == "allow"
    assert verdict(every, outside) == "ask"
    assert verdict(ApprovalPolicy(mode="all", unconfined=True), outside) == "allow"


def test_a_servers_tool_passes_by_a_rule_or_with_unconfined_and_not_by_the_flag_for_everything() -> None:
    call = McpDetail(server="one", tool="echo", arguments="{}", description="")
    every, rule = ApprovalPolicy(mode="all"), Ruling(verdict="allow", why="a rule", rule="mine")
    assert verdict(ApprovalPolicy(), call) == verdict(every, call) == "ask"
    assert verdict(ApprovalPolicy(), call, rule) == verdict(every, call, rule) == "allow"
    assert verdict(ApprovalPolicy(mode="all", unconfined=True), call) == "allow"
    assert verdict(ApprovalPolicy(mode="none"), replace(call, unasked=True)) == "deny"
    assert verdict(ApprovalPolicy(), replace(call, unasked=True)) == "allow"
    denied = Ruling(verdict="deny", why="a rule", rule="mine")
    assert verdict(every, replace(call, unasked=True), denied) == "deny"
    asked = Ruling(verdict="ask", why="a rule", rule="mine")
    assert verdict(ApprovalPolicy(), replace(call, unasked=True), asked) == "ask"


def test_the_person_chooses_for_one_run_and_not_more_than_there_is() -> None:
    inside = script(Fence(confined=True, network=False, here=ABLE))
    assert chosen(inside, yes()) is inside
    assert chosen(inside, yes(network=True)).fence == Fence(confined=True, network=True, here=ABLE)
    assert chosen(inside, yes(confined=False)).fence == Fence(confined=False, network=True, here=ABLE)
    poor = script(Fence(here=Confinement(view="copy")))
    assert chosen(poor, yes(confined=True, network=False)).fence == Fence(here=Confinement(view="copy"))
    assert chosen(inside, yes(applies="p")).applies == "p"
    assert chosen(inside, Decision(request_id="r", decision="reject", confined=False)) is inside


def test_all_of_it_comes_through_the_codec() -> None:
    at = {"at": 1.0, "worker": "w", "turn_id": "t", "branch": "b", "request_id": "r"}
    detail = script(Fence(confined=True, network=False, here=ABLE))
    ready = PreviewReady(
        preview_id="p",
        text="ls",
        view="copy",
        exit_code=None,
        stdout="o",
        stderr="e",
        seconds=1.5,
        changes=(PreviewChange(kind="moved", path="b", before="a"),),
        outside=("x",),
        unseen=("y",),
        notices=("z",),
        refused="no",
        **at,  # type: ignore[arg-type]
    )
    for event in (
        PreviewStarted(preview_id="p", view="overlay", **at),  # type: ignore[arg-type]
        ready,
        PreviewEnded(preview_id="p", reason="stale", message="m", **at),  # type: ignore[arg-type]
        ApprovalRequested(call_id="c", tool="x", detail=detail, verdict="ask", **at),  # type: ignore[arg-type]
    ):
        assert decode_event(encode_event(event)) == event
    for command in (
        PreviewScript(request_id="r", edited_text="x"),
        ApplyPreview(request_id="r", preview_id="p"),
        DiscardPreview(request_id="r"),
        Decide(decision=yes(confined=False, network=True, applies="p")),
    ):
        assert decode_command(encode_command(command)) == command

"""A gate that tells the turn's front ends and its log of each request for approval and of each answer."""

from collections.abc import Callable, Collection

from copilot.ai.approval import Answerer, Gate, no_rules
from copilot.ai.voice import Voice
from copilot.vocabulary.approvals import ApprovalDetail, ApprovalPolicy, ConfirmDialog, Decision
from copilot.vocabulary.events import ApprovalRequested, ApprovalResolved
from copilot.vocabulary.policies import Ruling
from copilot.vocabulary.text import clean, without_keys
from copilot.vocabulary.values import Verdict


def gate_of(
    voice: Voice,
    *,
    policy: ApprovalPolicy,
    ask: Callable[[ConfirmDialog], Decision],
    new_id: Callable[[], str],
    keys: Collection[str],
    call_id: str,
    tool: str,
    rules: Callable[[str, ApprovalDetail], Ruling] = no_rules,
) -> Gate:
    """The gate of one tool call, or (with an empty `call_id`) of the turn's own requests."""

    def requested(dialog: ConfirmDialog, said: Verdict) -> None:
        voice.say(
            ApprovalRequested,
            request_id=dialog.request_id,
            call_id=call_id,
            tool=tool,
            detail=dialog.detail,
            verdict=said,
            why=without_keys(clean(dialog.why), keys),
            rule=dialog.rule,
        )

    def resolved(dialog: ConfirmDialog, decision: Decision, by: Answerer, diff: str) -> None:
        voice.say(
            ApprovalResolved,
            request_id=dialog.request_id,
            call_id=call_id,
            decision=decision.decision,
            by=by,
            shown=by == "person",
            note=without_keys(clean(decision.note), keys),
            diff=without_keys(clean(diff), keys),
        )

    return Gate(
        policy=policy,
        turn_id=voice.turn_id,
        branch=voice.branch,
        call_id=call_id,
        tool=tool,
        new_id=new_id,
        ask=ask,
        requested=requested,
        resolved=resolved,
        rules=rules,
    )

"""Fences at the gate: what the person chose for one run, and which runs never go unasked."""

from typing import TypeVar, cast

from copilot.vocabulary.approvals import (
    ApprovalDetail,
    ApprovalPolicy,
    Decision,
    McpDetail,
    PythonFileDetail,
    ScriptDetail,
)
from copilot.vocabulary.frozen import replace

DetailT = TypeVar("DetailT", bound=ApprovalDetail)

UNFENCED = (
    "Not done: this run would not be confined, and nobody is there to say yes to that. "
    "The person can allow it with --unconfined beside --approve all. Say what you would have done."
)

NO_UNDO = "what it did outside the project, if anything: it was not confined, and no undo reaches there"

SERVERS_OWN = "what the MCP server {server} did outside the project, if anything: no undo reaches there"


def unfenced(detail: ApprovalDetail) -> bool:
    """Whether this is a run that can do whatever the person can."""
    return (
        isinstance(detail, (ScriptDetail, PythonFileDetail))
        and detail.fence is not None
        and not detail.fence.confined
    )


def goes_out(detail: ApprovalDetail) -> bool:
    """Whether no fence is around this: such a run, or a server's tool."""
    return unfenced(detail) or isinstance(detail, McpDetail)


def server_asks(policy: ApprovalPolicy, detail: ApprovalDetail) -> bool:
    """Whether the flag for everything is not enough: a server's tool, which no fence is around."""
    return isinstance(detail, McpDetail) and not policy.unconfined


def beyond_undo(detail: ApprovalDetail) -> tuple[str, ...]:
    """What no undo of this run brings back, for a person."""
    if isinstance(detail, McpDetail):
        return (SERVERS_OWN.format(server=detail.server),)
    ran = isinstance(detail, (ScriptDetail, PythonFileDetail)) and not detail.applies
    return (NO_UNDO,) if ran and unfenced(detail) else ()


def needs_a_click(policy: ApprovalPolicy, detail: ApprovalDetail) -> bool:
    """Whether no rule and no flag but `unconfined` answers this: a run outside the fence."""
    return unfenced(detail) and not policy.unconfined


def chosen(detail: DetailT, decision: Decision) -> DetailT:
    """The detail with the person's choices for this run: in or out of the fence, the network, a preview.

    What this machine cannot do is not chosen: then the run is as it was shown.
    """
    if decision.decision != "approve" or not isinstance(detail, (ScriptDetail, PythonFileDetail)):
        return detail
    fence = detail.fence
    if fence is not None:
        confined = fence.confined if decision.confined is None else decision.confined and fence.here.files
        network = fence.network if decision.network is None else decision.network
        fence = replace(fence, confined=confined, network=network or not (confined and fence.here.network))
    if (fence, decision.applies) == (detail.fence, detail.applies):
        return detail
    return cast(DetailT, replace(detail, fence=fence, applies=decision.applies))

"""The approval gate: the policy answers first, then the person (DESIGN 5).

`Gate.approve` is what a tool calls before it changes anything. It returns the detail that was approved,
with the person's edit in it, or raises `RejectedError`, whose words the model reads.
"""

from collections.abc import Callable
from typing import Literal, NoReturn, TypeVar, assert_never, cast

from copilot.ai.fencing import UNFENCED, chosen, goes_out, needs_a_click, server_asks
from copilot.vocabulary import diffs
from copilot.vocabulary.approvals import (
    ApprovalDetail,
    ApprovalPolicy,
    ConfirmDialog,
    Decision,
    FileWriteDetail,
    HandOverDetail,
    McpDetail,
    PythonFileDetail,
    ScriptDetail,
    SecretReadDetail,
    SpendDetail,
)
from copilot.vocabulary.errors import RejectedError, TurnCancelledError
from copilot.vocabulary.frozen import frozen, replace
from copilot.vocabulary.policies import Ruling
from copilot.vocabulary.values import Verdict

DetailT = TypeVar("DetailT", bound=ApprovalDetail)
Answerer = Literal["person", "policy", "nobody", "cancel", "dry_run"]


NOBODY = "Not done: this needs a person's approval and nobody is there to ask. Say what you would have done."
DENIED = "Not done: the person's policy rejects every change. Say what you would have done."
NOT_READ = "Not read: the person's policy lets nobody be asked, and this file may hold secrets."
RULED = "Not done: {why}. Do not try it in another way; say what you would have done."
UNCONFINED = "this run would not be confined, and that always asks"
DRY_RUN = "Dry run: this was shown to the person and not done. Go on as if it had been done."


class DryRunError(RejectedError):
    """Not a rejection: the change was shown and, as asked, not made."""


NO_RULING = Ruling(verdict="ask", why="")


def no_rules(_tool: str, _detail: ApprovalDetail) -> Ruling:
    """What is said where nobody wrote a rule."""
    return NO_RULING


def verdict(policy: ApprovalPolicy, detail: ApprovalDetail, ruling: Ruling = NO_RULING) -> Verdict:
    """What the policy and the rules say, the strictest of both.

    Secrets and protected paths are asked for even where all else is allowed. Money always is: no policy of
    changes and no rule speaks of it.
    """
    if isinstance(detail, SpendDetail):
        return "ask"
    if policy.dry_run and not isinstance(detail, SecretReadDetail | HandOverDetail):
        return "deny"
    if policy.mode == "none" or ruling.verdict == "deny":
        return "deny"
    if ruling.always or _always_asks(detail):
        return "ask"
    if isinstance(detail, McpDetail) and detail.unasked and ruling.verdict == "ask" and not ruling.rule:
        return "allow"
    match policy.mode:
        case "all" if needs_a_click(policy, detail) or (server_asks(policy, detail) and not ruling.rule):
            return "ask"
        case "all":
            return "ask" if ruling.rule and ruling.verdict == "ask" else "allow"
        case "ask":
            return "ask" if needs_a_click(policy, detail) else ruling.verdict
        case _:
            assert_never(policy.mode)


def _still_asks(policy: ApprovalPolicy, detail: ApprovalDetail, ruling: Ruling) -> str:
    """Why it asks although a rule, or the flag for everything, lets it pass."""
    if not needs_a_click(policy, detail):
        return ""
    return f"{ruling.why}, but {UNCONFINED}" if ruling.verdict == "allow" and ruling.why else UNCONFINED


def _always_asks(detail: ApprovalDetail) -> bool:
    return isinstance(detail, SecretReadDetail) or (isinstance(detail, FileWriteDetail) and detail.protected)


def edited(detail: DetailT, text: str | None) -> DetailT:
    """The detail with the person's own text in place of what was proposed (None: as it was)."""
    if text is None:
        return detail
    match detail:
        case ScriptDetail():
            return cast(DetailT, replace(detail, script=text))
        case FileWriteDetail():
            return cast(DetailT, replace(detail, content=text))
        case McpDetail():
            return cast(DetailT, replace(detail, arguments=text))
        case HandOverDetail():
            return cast(DetailT, replace(detail, task=text))
        case PythonFileDetail() | SecretReadDetail() | SpendDetail():
            return detail
        case _:
            assert_never(detail)


def edit_diff(before: ApprovalDetail, after: ApprovalDetail) -> str:
    """The person's edit as a unified diff; empty where nothing was changed."""
    return diffs.edited(_editable(before), _editable(after))


def _editable(detail: ApprovalDetail) -> str:
    match detail:
        case ScriptDetail():
            return detail.script
        case FileWriteDetail():
            return detail.content
        case McpDetail():
            return detail.arguments
        case HandOverDetail():
            return detail.task
        case PythonFileDetail() | SecretReadDetail() | SpendDetail():
            return ""
        case _:
            assert_never(detail)


@frozen
class Gate:
    """The gate of one tool call. `ask` blocks until the person has decided; it may raise TurnCancelledError.

    `requested` and `resolved` are called with the events' own fields; each request is resolved once. `rules`
    say what the person's rules make of it.
    """

    policy: ApprovalPolicy
    turn_id: str
    branch: str
    call_id: str
    tool: str
    new_id: Callable[[], str]
    ask: Callable[[ConfirmDialog], Decision]
    requested: Callable[[ConfirmDialog, Verdict], None]
    resolved: Callable[[ConfirmDialog, Decision, Answerer, str], None]
    rules: Callable[[str, ApprovalDetail], Ruling] = no_rules

    def approve(self, detail: DetailT, again: str = "", /) -> DetailT:
        """`again` is why it is asked once more. Raises RejectedError, DryRunError or TurnCancelledError."""
        ruling = self.rules(self.tool, detail)
        said = verdict(self.policy, detail, ruling)
        told = said == ruling.verdict
        why = ruling.why if told else _still_asks(self.policy, detail, ruling) if said == "ask" else ""
        dialog = ConfirmDialog(
            request_id=self.new_id(),
            turn_id=self.turn_id,
            branch=self.branch,
            call_id=self.call_id,
            tool=self.tool,
            detail=detail,
            why="; ".join(filter(None, (again, why))),
            rule=ruling.rule if told else "",
        )
        self.requested(dialog, said)
        if said == "deny":
            self._refuse(dialog, ruled=ruling.verdict == "deny")
        if said == "allow":
            self.resolved(dialog, self._decision(dialog, "approve"), "policy", "")
            return detail
        if not self.policy.person:
            note = "nobody is there to ask"
            self.resolved(dialog, self._decision(dialog, "reject", note), "nobody", "")
            raise RejectedError(UNFENCED if self.policy.mode == "all" and goes_out(detail) else NOBODY)
        return self._ask(dialog, detail)

    def _ask(self, dialog: ConfirmDialog, detail: DetailT) -> DetailT:
        try:
            decision = self.ask(dialog)
        except TurnCancelledError:
            self.resolved(dialog, self._decision(dialog, "reject", "the turn was stopped"), "cancel", "")
            raise
        approved = edited(detail, decision.edited_text if decision.decision == "approve" else None)
        approved = chosen(approved, decision)
        self.resolved(dialog, decision, "person", edit_diff(detail, approved))
        if decision.decision == "reject":
            reason = f" Reason: {decision.note}" if decision.note else ""
            raise RejectedError(f"The person rejected this; nothing was done.{reason}")
        return approved

    def _refuse(self, dialog: ConfirmDialog, *, ruled: bool) -> NoReturn:
        secret = isinstance(dialog.detail, SecretReadDetail)
        if self.policy.dry_run and not isinstance(dialog.detail, SecretReadDetail | HandOverDetail):
            self.resolved(dialog, self._decision(dialog, "reject", "dry run"), "dry_run", "")
            raise DryRunError(DRY_RUN)
        if ruled and self.policy.mode != "none":
            self.resolved(dialog, self._decision(dialog, "reject", dialog.why), "policy", "")
            raise RejectedError(RULED.format(why=dialog.why))
        self.resolved(dialog, self._decision(dialog, "reject", "the policy rejects it"), "policy", "")
        raise RejectedError(NOT_READ if secret else DENIED)

    def _decision(
        self, dialog: ConfirmDialog, decision: Literal["approve", "reject"], note: str = ""
    ) -> Decision:
        return Decision(request_id=dialog.request_id, decision=decision, note=note)

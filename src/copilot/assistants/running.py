"""Assistants sent off at once: a branch for each, named after it, and its turn."""

from collections.abc import Callable, Sequence

from copilot.ai.assisting import free_branch
from copilot.vocabulary.approvals import ApprovalPolicy
from copilot.vocabulary.assistants import Assistant
from copilot.vocabulary.commands import ForkBranch, RunTurn
from copilot.vocabulary.frozen import frozen, replace
from copilot.vocabulary.messages import Attachment, Branch
from copilot.vocabulary.values import ModelChoice, Project


@frozen(kw_only=False)
class Errand:
    """What one assistant is asked, and who answers for it."""

    assistant: Assistant
    task: str
    model: ModelChoice


@frozen(kw_only=False)
class SentOff:
    """The two commands of an errand: they are submitted in this order, those of all errands one by one."""

    fork: ForkBranch
    turn: RunTurn


def sent_off(
    errands: Sequence[Errand],
    project: Project,
    policy: ApprovalPolicy,
    new_id: Callable[[], str],
    *,
    at: str | None = None,
    attached: tuple[Attachment, ...] = (),
) -> tuple[SentOff, ...]:
    """The commands of all. Each branch goes on from message `at` (None: it begins empty)."""
    taken: list[str] = []
    for errand in errands:
        taken.append(free_branch(project.discussion, errand.assistant.name, taken))
    grown = (*project.discussion.branches, *(Branch(name=name, tip=at) for name in taken))
    whole = replace(project, discussion=replace(project.discussion, branches=grown))
    return tuple(
        SentOff(
            ForkBranch(request_id=new_id(), name=name, at=at, switch=False),
            RunTurn(
                turn_id=new_id(),
                project=whole,
                branch=name,
                user_message=errand.task,
                model=errand.model,
                policy=policy,
                attachments=attached,
                assistant=errand.assistant,
            ),
        )
        for name, errand in zip(taken, errands, strict=True)
    )

"""What a person's commands do to a project: files, prompt, branches, messages. Pure functions."""

from collections.abc import Callable, Iterable
from typing import assert_never

from copilot.projects import branching
from copilot.projects.taking_in import taken_in
from copilot.vocabulary.commands import (
    ChooseFiles,
    DeleteBranch,
    DeleteMessages,
    EditMessage,
    ForkBranch,
    MergeNote,
    PutBack,
    Release,
    RenameBranch,
    SetBudget,
    SetSystemPrompt,
    SwitchBranch,
    TakeIn,
)
from copilot.vocabulary.errors import ProjectError
from copilot.vocabulary.frozen import replace
from copilot.vocabulary.messages import Discussion, Message, Text
from copilot.vocabulary.values import STANDINGS, Project, Standing

OfBranches = RenameBranch | DeleteBranch | EditMessage | DeleteMessages | MergeNote
"""What can be taken back, and waits for no turn: none may run on the branch that it names."""

Change = (
    ChooseFiles
    | SetBudget
    | ForkBranch
    | SwitchBranch
    | SetSystemPrompt
    | PutBack
    | Release
    | TakeIn
    | OfBranches
)


def changed(
    project: Project, command: Change, new_id: Callable[[], str], clock: Callable[[], float]
) -> Project:
    """The project after a command. Raises ProjectError for a branch that is missing, or already there, and
    for messages that are not on the branch. `new_id` and `clock` are for new messages."""
    match command:
        case ChooseFiles(files=files):
            return replace(project, files=files)
        case SetBudget(max_context_tokens=tokens, rank=rank):
            limits = replace(project.limits, max_context_tokens=max(tokens, 1))
            return replace(project, limits=limits, rank=whole_rank(rank))
        case SetSystemPrompt(text=text):
            return replace(project, system_prompt=text)
        case PutBack(branch=branch, messages=messages):
            on_branch(project, branch, messages)
            held = tuple(dict.fromkeys((*project.discussion.held, *messages)))
            return replace(project, discussion=replace(project.discussion, held=held))
        case Release(branch=branch, messages=messages):
            branching.known(project.discussion, branch)
            held = tuple(name for name in project.discussion.held if name not in messages)
            return replace(project, discussion=replace(project.discussion, held=held))
        case TakeIn(discussion=other):
            return replace(project, discussion=taken_in(project.discussion, other, new_id).discussion)
        case _:
            return replace(project, discussion=_branched(project.discussion, command, new_id, clock))


def _branched(
    discussion: Discussion,
    command: ForkBranch | SwitchBranch | OfBranches,
    new_id: Callable[[], str],
    clock: Callable[[], float],
) -> Discussion:
    match command:
        case SwitchBranch(name=name):
            branching.known(discussion, name)
            return replace(discussion, active=name)
        case ForkBranch(name=name, at=at, switch=switch):
            return branching.forked(discussion, name, at, switch=switch)
        case RenameBranch(name=name, to=to):
            return branching.renamed(discussion, name, to)
        case DeleteBranch(name=name):
            return branching.deleted(discussion, name)
        case EditMessage(branch=branch, message=message, text=text):
            return branching.edited(discussion, branch, message, text, new_id)
        case DeleteMessages(branch=branch, messages=messages):
            return branching.without(discussion, branch, messages, new_id)
        case MergeNote(branch=branch, source=source, message=message, text=text):
            said = branching.note_text(discussion, source, message, text)
            note = Message(id=new_id(), parent=None, role="user", parts=(Text(text=said),), at=clock())
            return branching.noted(discussion, branch, note)
        case _:
            assert_never(command)


def on_branch(project: Project, branch: str, messages: Iterable[str]) -> None:
    """Raises ProjectError for a branch that is missing, or a message that is not on it."""
    path = branching.path_of(project.discussion, branch)
    for name in messages:
        if path.place(name) is None:
            raise ProjectError(f"there is no message {name!r} on the branch {branch!r}")


def whole_rank(rank: Iterable[Standing]) -> tuple[Standing, ...]:
    """Each standing once: those of `rank` in their order, then the others in the usual one."""
    return tuple(dict.fromkeys((*rank, *STANDINGS)))

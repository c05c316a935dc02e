"""What a remote user may have their worker do: every command by its type, and what is in it.

A command comes as JSON. What the server knows better is put in its place before it is read: the project, as
the store holds it, and where a model is asked. What is not allowed raises ForbiddenError; nothing was begun.
"""

from collections.abc import Callable, Mapping
from typing import Any, cast, get_args

from copilot.projects.attachments import Attachments
from copilot.serve.contract import ForbiddenError
from copilot.vocabulary import commands as c
from copilot.vocabulary.approvals import ApprovalPolicy, Decision
from copilot.vocabulary.assistants import Assistant
from copilot.vocabulary.codec import decode_command, to_json
from copilot.vocabulary.commands import Command
from copilot.vocabulary.errors import CopilotError, ProjectError, ToolError
from copilot.vocabulary.events import ApprovalRequested
from copilot.vocabulary.frozen import frozen, names_of, replace
from copilot.vocabulary.messages import JsonValue
from copilot.vocabulary.patterns import late
from copilot.vocabulary.trusts import TrustItem
from copilot.vocabulary.values import PROVIDER_NAMES, ModelChoice, Project, ProviderName

MOST_OUTPUT_TOKENS = 200_000
"""Of one answer: more than any service gives (November 2026)."""

_ID = late(r"[A-Za-z0-9_.:-]{1,128}")
_IDS = ("turn_id", "request_id", "message_id")
_ASK = ApprovalPolicy()


@frozen
class Means:
    """What a project's desk knows. `model_of` gives where a provider's model is asked (the owner's address);
    `pattern` raises ToolError for a glob that leads outside the base directory.
    """

    project: Callable[[], Project]
    usual: ModelChoice
    model_of: Callable[[ProviderName, str], ModelChoice]
    assistant: Callable[[str], Assistant | None]
    approval: Callable[[str], ApprovalRequested | None]
    trust: Callable[[Project], tuple[TrustItem, ...]]
    pattern: Callable[[str], str]
    attachments: Attachments
    network: bool = False


def allowed(data: Mapping[str, JsonValue], means: Means) -> Command:
    """The command that `data` says, as it may be done.

    Raises ForbiddenError, ProjectError for what is no command.
    """
    name = data.get("command")
    kind = _kinds().get(name) if isinstance(name, str) else None
    if kind is None:
        raise ProjectError(f"there is no command {str(name)[:80]!r}")
    check = _RULES[kind]
    if isinstance(check, str):
        raise ForbiddenError(f"{kind.__name__} is not for remote users: {check}")
    try:
        command = decode_command(_filled(data, kind, means))
    except (CopilotError, TypeError, ValueError, RecursionError) as error:
        raise ProjectError(f"that is no {kind.__name__}: {str(error)[:300]}") from error
    for field in _IDS:
        said = getattr(command, field, "x")
        if not _ID.fullmatch(said):
            raise ProjectError(f"{field} must be 1 to 128 letters, digits or . _ : -")
    return check(command, means)


def _filled(data: Mapping[str, JsonValue], kind: type[Any], means: Means) -> dict[str, JsonValue]:
    """With the project as it is, and what may be left out."""
    filled, fields = dict(data), names_of(kind)
    if "project" in fields:
        filled["project"] = {"name": "", "base_dir": ""}  # `_asking` puts in the one that is meant
    if "model" in fields:
        filled.setdefault("model", to_json(means.usual))
    if "policy" in fields:
        filled.setdefault("policy", to_json(_ASK))
    return filled


def _as_it_is(command: Command, means: Means) -> Command:
    del means
    return command


def _asking(command: Any, means: Means) -> Command:
    """One that asks a model, about the project as the store holds it."""
    found = command
    fields = names_of(found)
    if "project" in fields:
        found = replace(found, project=means.project())
    if "model" in fields:
        found = replace(found, model=_model(found.model, means))
    if "policy" in fields:
        _check_policy(found.policy)
    for part in getattr(found, "attachments", ()):
        if not means.attachments.there(part):
            raise ForbiddenError(f"the bytes of {part.sha256[:64]!r} are not here")
    return found


def _turn(command: c.RunTurn, means: Means) -> Command:
    if command.handed is not None or command.recorded:
        raise ForbiddenError("a turn of a remote user is neither handed over nor a recorded one")
    profile = command.assistant
    if profile is not None and means.assistant(profile.name) != profile:
        raise ForbiddenError("there is no such assistant here")
    return _asking(command, means)


def _model(said: ModelChoice, means: Means) -> ModelChoice:
    """The model, asked where the server's owner has it asked."""
    if said.provider not in PROVIDER_NAMES:
        raise ForbiddenError("there is no such provider")
    meant = means.model_of(said.provider, said.model)
    if said.base_url not in ("", meant.base_url) or said.api_version not in ("", meant.api_version):
        raise ForbiddenError("where a provider is asked is the server's to say")
    if not 0 < said.max_output_tokens <= MOST_OUTPUT_TOKENS:
        raise ForbiddenError(f"an answer has 1 to {MOST_OUTPUT_TOKENS:,} tokens")
    return replace(meant, max_output_tokens=said.max_output_tokens)


def _check_policy(policy: ApprovalPolicy) -> None:
    if policy.mode == "all" or policy.unconfined:
        raise ForbiddenError(
            "a remote user's policy is to ask, or stricter",
            "Answer each approval with Decide.",
        )


def _decide(command: c.Decide, means: Means) -> Command:
    decision: Decision = command.decision
    waiting = means.approval(decision.request_id)
    if waiting is None:
        raise ProjectError("no such approval waits (any more)")
    if decision.decision == "approve":
        if waiting.detail.kind == "spend":
            raise ForbiddenError("the cap on what may be spent is the server's")
        if decision.confined is False or (decision.network and not means.network):
            raise ForbiddenError("scripts of remote users are confined, and have no network")
    return command


def _choose(command: c.ChooseFiles, means: Means) -> Command:
    for choice in command.files:
        try:
            means.pattern(choice.pattern)
        except ToolError as error:
            raise ForbiddenError(str(error), error.hint) from error
    return command


def _trust(command: c.Trust, means: Means) -> Command:
    meant = [one for one in means.trust(means.project()) if one.sha256 in command.sha256s]
    if any(one.kind in ("servers", "tools", "rules") for one in meant):
        raise ForbiddenError("servers that offer tools, and rules, are for the server's owner to trust")
    return command


_SERVER = "it is the server's"
_RULES_OF_OWNER = "rules are the server's owner's to write"

_RULES: Mapping[type[Any], str | Callable[[Any, Means], Command]] = {
    c.RunTurn: _turn,
    c.Decide: _decide,
    c.CancelTurn: _as_it_is,
    c.TryNow: _as_it_is,
    c.BuildContext: _asking,
    c.ListFiles: _asking,
    c.PreviewRequest: _asking,
    c.CountTokens: _asking,
    c.StopCounting: _as_it_is,
    c.ListModels: _asking,
    c.ChooseFiles: _choose,
    c.SetBudget: _as_it_is,
    c.PutBack: _as_it_is,
    c.Release: _as_it_is,
    c.CompactBranch: _asking,
    c.KeepCompact: _as_it_is,
    c.SetSystemPrompt: _as_it_is,
    c.Regenerate: _asking,
    c.ForkBranch: _as_it_is,
    c.SwitchBranch: _as_it_is,
    c.RenameBranch: _as_it_is,
    c.DeleteBranch: _as_it_is,
    c.EditMessage: _as_it_is,
    c.DeleteMessages: _as_it_is,
    c.MergeNote: _as_it_is,
    c.TakeIn: _as_it_is,
    c.UndoDiscussion: _as_it_is,
    c.QueueMessage: _asking,
    c.EditQueued: _as_it_is,
    c.TakeBackQueued: _as_it_is,
    c.ShowRun: _as_it_is,
    c.UndoRun: _as_it_is,
    c.RedoRun: _as_it_is,
    c.RestoreTo: _as_it_is,
    c.ProposeRule: _RULES_OF_OWNER,
    c.AddRule: _RULES_OF_OWNER,
    c.LookAtTrust: _as_it_is,
    c.Trust: _trust,
    c.Distrust: _as_it_is,
    c.PreviewScript: _as_it_is,
    c.ApplyPreview: _as_it_is,
    c.DiscardPreview: _as_it_is,
    c.Shutdown: _SERVER,
}
"""Every command that there is; a text says why it is refused."""


def _kinds() -> dict[str, type[Any]]:
    return {kind.__name__: kind for kind in cast(tuple[type[Any], ...], get_args(Command))}


def ruled() -> frozenset[type[Any]]:
    """The commands about which something is said here."""
    return frozenset(_RULES)

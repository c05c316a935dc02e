"""The commands about rules and trust: a rule is proposed, with what it would have matched, and kept."""

from collections.abc import Callable
from typing import assert_never

from copilot.ai.kit import Kit
from copilot.ai.policy.judging import judge
from copilot.ai.policy.proposing import Proposed, propose
from copilot.ai.trusting import tell_trust
from copilot.projects.policy_tables import rule_toml
from copilot.record.past_requests import PastRequest, past_requests
from copilot.vocabulary.approvals import (
    ApprovalDetail,
    FileWriteDetail,
    HandOverDetail,
    McpDetail,
    PythonFileDetail,
    ScriptDetail,
)
from copilot.vocabulary.commands import AddRule, Distrust, LookAtTrust, PolicyCommand, ProposeRule, Trust
from copilot.vocabulary.events import Event, RuleAdded, RuleProposed
from copilot.vocabulary.frozen import replace
from copilot.vocabulary.policies import PolicyRule, RuleMatch, RuleProposal
from copilot.vocabulary.text import clean, without_keys

MOST_LOOKED = 5_000
"""Requests of earlier sessions that a new rule is held against."""

MOST_SHOWN = 50
_LONGEST = 200


def police(command: PolicyCommand, kit: Kit, stopped: Callable[[], bool]) -> Event:
    """Do the command; what answers it. Raises StorageError."""
    match command:
        case ProposeRule():
            return _propose(command, kit, stopped)
        case AddRule(rule=rule):
            kept = kit.keep_rule(rule)
            kit.rules.add(kept)
            return RuleAdded(at=kit.clock(), worker=kit.name, request_id=command.request_id, rule=kept)
        case Trust(sha256s=hashes):
            kit.trust.answer(kit.store.project, hashes, "trusted")
        case Distrust(sha256s=hashes):
            kit.trust.answer(kit.store.project, hashes, "refused")
        case LookAtTrust():
            pass
        case _:
            assert_never(command)
    return tell_trust(kit, kit.store.project)


def _propose(command: ProposeRule, kit: Kit, stopped: Callable[[], bool]) -> RuleProposed:
    request = command.request
    proposed, trouble = propose(
        request.tool, request.detail, kit.rules.read, kit.rules.ready(kit.store.project)
    )
    return RuleProposed(
        at=kit.clock(),
        worker=kit.name,
        request_id=command.request_id,
        approval=request.request_id,
        proposals=with_matches(proposed, request.request_id, kit, stopped),
        trouble=without_keys(clean(trouble), kit.keys),
    )


def with_matches(
    proposed: tuple[Proposed, ...], waiting: str, kit: Kit, stopped: Callable[[], bool]
) -> tuple[RuleProposal, ...]:
    """Each rule with the earlier requests that it alone would have let pass; the logs are read once.

    `waiting` is the request that is asked about now, which is no earlier one.
    """
    if not proposed:
        return ()
    project = kit.store.project
    alone = [kit.rules.alone(one.rule, project) for one in proposed]
    found: list[list[RuleMatch]] = [[] for _ in proposed]
    looked = 0
    for past in past_requests(kit.logs, stopped):
        if past.request.request_id == waiting:
            continue
        looked += 1
        if looked > MOST_LOOKED or stopped():
            break
        asked = kit.rules.asked(past.request.tool, past.request.detail)
        for rules, matches in zip(alone, found, strict=True):
            if judge(rules, asked).verdict == "allow":
                matches.append(_match(past))
    return tuple(
        RuleProposal(
            rule=_keyless(one.rule, kit),
            words=one.words,
            toml=rule_toml(_keyless(one.rule, kit)),
            matches=tuple(matches[:MOST_SHOWN]),
            total=len(matches),
            looked=min(looked, MOST_LOOKED),
        )
        for one, matches in zip(proposed, found, strict=True)
    )


def _keyless(rule: PolicyRule, kit: Kit) -> PolicyRule:
    def told(texts: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(without_keys(clean(text), kit.keys) for text in texts)

    return replace(rule, commands=told(rule.commands), paths=told(rule.paths), examples=told(rule.examples))


def _match(past: PastRequest) -> RuleMatch:
    text = " ".join(text_of(past.request.detail).split())
    return RuleMatch(
        log=past.log,
        line=past.line,
        at=past.at,
        project=past.project,
        tool=past.request.tool,
        text=text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…",
        answered="" if past.answered not in ("approve", "reject") else past.answered,
    )


def text_of(detail: ApprovalDetail) -> str:
    """What a request is about, in one piece."""
    match detail:
        case ScriptDetail(script=script):
            return script
        case PythonFileDetail(argv=argv):
            return " ".join(argv[1:])
        case FileWriteDetail(path=path):
            return path
        case McpDetail(arguments=arguments):
            return arguments
        case HandOverDetail(assistant=assistant, task=task):
            return f"{assistant}: {task}"
        case _:
            return ""

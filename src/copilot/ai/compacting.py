"""The commands of `compact` on the worker's thread: ask for a draft, keep what the person made of it."""

import sys
from collections.abc import Generator
from functools import partial
from time import monotonic

from copilot.ai.accounts import spending_of
from copilot.ai.compact import drafted, summary_message, to_sum_up
from copilot.ai.gates import gate_of
from copilot.ai.mailbox import Mailbox
from copilot.ai.request import Fit, make_request
from copilot.ai.turn import Kit, attempts_with, gather_context, patience
from copilot.ai.voice import Voice
from copilot.ai.weight import weigh
from copilot.projects.changes import on_branch
from copilot.providers.base import Chunk, Done, Request
from copilot.vocabulary.approvals import ApprovalPolicy
from copilot.vocabulary.commands import CompactBranch, KeepCompact
from copilot.vocabulary.errors import ContextTooLongError
from copilot.vocabulary.events import CompactDrafted, MessageKept, UsageReported
from copilot.vocabulary.messages import Message
from copilot.vocabulary.text import clean, without_keys


def compact_branch(command: CompactBranch, kit: Kit, mailbox: Mailbox, voice: Voice) -> CompactDrafted:
    """Ask for the summary. `voice` speaks of a turn whose id is the command's `request_id`.

    Raises ProjectError where there is nothing to sum up, ProviderError, TurnCancelledError.
    """
    project, model = kit.store.project, command.model
    on_branch(project, command.branch, ())

    def cancelled() -> bool:
        return mailbox.stopped(command.request_id)

    limit = kit.windows.limit(model, project.limits, cancelled)
    covers = to_sum_up(
        project.discussion.path(command.branch),
        _left_out(command, kit, limit, mailbox),
        project.discussion.held,
    )
    provider = kit.provider(model)
    attempts = attempts_with(kit, mailbox, provider, voice, project.limits)
    gate = gate_of(
        voice,
        policy=ApprovalPolicy(person=False),  # a summary is not worth a question: at a cap it is not sent
        ask=mailbox.decision,
        new_id=kit.new_id,
        keys=kit.keys,
        call_id="",
        tool="request",
    )
    spending = spending_of(kit, project, model, voice, gate)
    asked = 0

    def ask(request: Request) -> Generator[Chunk]:
        nonlocal asked
        asked += 1
        began = monotonic()
        tokens = kit.estimate(request.system, model)
        tokens += sum(weigh(m, lambda text: kit.estimate(text, model), model.model) for m in request.messages)
        sending = spending.before(request, tokens, asked)
        start = partial(sending.stream, lambda: provider.stream(request, cancelled))
        for chunk in attempts.stream(start, tokens):
            yield chunk
            if isinstance(chunk, Done):
                seconds = monotonic() - began
                voice.say(
                    UsageReported,
                    round=asked,
                    usage=chunk.usage,
                    seconds=seconds,
                    sha256=chunk.sent_sha256,
                    usd=sending.usd,
                )

    text, usage = drafted(
        covers,
        model,
        ask,
        limit,
        project.limits.output_characters,
        lambda words: kit.estimate(words, model),
        patience(project.limits),
    )
    return CompactDrafted(
        at=kit.clock(),
        worker=kit.name,
        request_id=command.request_id,
        branch=command.branch,
        covers=tuple(message.id for message in covers),
        text=without_keys(clean(text), kit.keys),
        usage=usage,
    )


def keep_compact(command: KeepCompact, kit: Kit) -> MessageKept:
    """Keep the summary as the branch's newest message. Raises ProjectError, StorageError."""
    message = summary_message(command, kit.store.project, kit.new_id(), kit.clock(), kit.keys)
    kit.store.keep_message(command.branch, message)
    return MessageKept(at=kit.clock(), worker=kit.name, branch=command.branch, message=message)


def _left_out(command: CompactBranch, kit: Kit, limit: int, mailbox: Mailbox) -> tuple[str, ...]:
    """What the branch's next request would leave out; all that can be, where even that would not do."""
    project = kit.store.project
    md_content, _ = gather_context(
        kit, project, command.branch, command.model, lambda: mailbox.stopped(command.request_id)
    )

    def left_out(most: int, messages: tuple[Message, ...]) -> tuple[str, ...]:
        fit = Fit(
            output_characters=project.limits.output_characters,
            estimate=lambda text: kit.estimate(text, command.model),
            prompt_limit=most,
            held=frozenset(project.discussion.held),
        )
        return make_request(command.model, md_content, kit.tools.specs, messages, fit)[1].left_out

    path = project.discussion.path(command.branch)
    try:
        return left_out(limit, path)
    except ContextTooLongError:
        return left_out(sys.maxsize, path)

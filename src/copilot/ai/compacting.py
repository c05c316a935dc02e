"""The commands of `compact` on the worker's thread: ask for a draft, keep what the person made of it."""

import sys
from collections.abc import Generator, Sequence
from functools import partial
from time import monotonic

from copilot.ai.accounts import spending_of, tell_totals
from copilot.ai.branch_view import seen_by, tools_on
from copilot.ai.compact import drafted, summary_message, to_sum_up
from copilot.ai.gates import gate_of
from copilot.ai.kit import Kit
from copilot.ai.mailbox import Mailbox
from copilot.ai.request import Fit, make_request
from copilot.ai.turn import gather_context
from copilot.ai.turn_session import attempts_with, patience
from copilot.ai.voice import Voice
from copilot.ai.weight import weigh
from copilot.projects.changes import on_branch
from copilot.providers.base import Chunk, Done, Request
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
    ask = _Asker(command, kit, mailbox, voice).ask
    text, usage = drafted(
        covers,
        kit.windows.answering(model),
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


class _Asker:
    """Sends the requests of one draft: counted, paid for and retried as those of a turn."""

    def __init__(self, command: CompactBranch, kit: Kit, mailbox: Mailbox, voice: Voice) -> None:
        project = kit.store.project
        gate = gate_of(
            voice,
            policy=command.policy,
            ask=mailbox.decision,
            new_id=kit.new_id,
            keys=kit.keys,
            call_id="",
            tool="request",
        )
        self._kit = kit
        self._voice = voice
        self._model = command.model
        self._cancelled = lambda: mailbox.stopped(command.request_id)
        self._provider = kit.provider(command.model)
        self._attempts = attempts_with(kit, mailbox, self._provider, voice, project.limits)
        self._spending = spending_of(kit, project, command.model, voice, gate)
        self._number = 0

    def ask(self, request: Request) -> Generator[Chunk]:
        """The chunks of the answer. Raises CapError, ProviderError, TurnCancelledError."""
        kit, voice = self._kit, self._voice
        self._number += 1
        tokens = self._weigh(request)
        began = monotonic()
        sending = self._spending.before(request, tokens, self._number)
        try:
            start = partial(sending.stream, lambda: self._provider.stream(request, self._cancelled))
            for chunk in self._attempts.stream(start, tokens):
                if isinstance(chunk, Done):
                    if chunk.stop == "max_tokens":
                        voice.warn("The summary was cut off at the model's output limit: its end is missing.")
                    voice.say(
                        UsageReported,
                        round=self._number,
                        usage=chunk.usage,
                        seconds=monotonic() - began,
                        sha256=chunk.sent_sha256,
                        usd=sending.usd,
                    )
                    tell_totals(kit, voice.emit, kit.store.project, voice.branch, voice.turn_id)
                yield chunk
        finally:
            sending.close()

    def _weigh(self, request: Request) -> int:
        def estimate(text: str) -> int:
            return self._kit.estimate(text, self._model)

        messages = sum(weigh(message, estimate, self._model.model) for message in request.messages)
        return estimate(request.system) + messages


def keep_compact(command: KeepCompact, kit: Kit) -> MessageKept:
    """Keep the summary as the branch's newest message. Raises ProjectError, StorageError."""
    message = summary_message(command, kit.store.project, kit.new_id(), kit.clock(), kit.keys)
    kit.store.keep_message(command.branch, message)
    return MessageKept(at=kit.clock(), worker=kit.name, branch=command.branch, message=message)


def _left_out(command: CompactBranch, kit: Kit, limit: int, mailbox: Mailbox) -> tuple[str, ...]:
    """What the branch's next request would leave out; all that can be, where even that would not do."""
    project = kit.store.project
    seen = seen_by(project, command.branch, kit)
    md_content, _ = gather_context(
        kit, seen, command.branch, command.model, lambda: mailbox.stopped(command.request_id)
    )

    path = project.discussion.path(command.branch)
    tools = tools_on(path, project, kit).specs

    def left_out(most: int, messages: Sequence[Message]) -> tuple[str, ...]:
        fit = Fit(
            output_characters=project.limits.output_characters,
            estimate=lambda text: kit.estimate(text, command.model),
            prompt_limit=most,
            held=frozenset(project.discussion.held),
        )
        return make_request(command.model, md_content, tools, messages, fit)[1].left_out

    try:
        return left_out(limit, path)
    except ContextTooLongError:
        return left_out(sys.maxsize, path)

"""A request made from a branch: the same for one that is sent and for one that is only looked at."""

import hashlib

from copilot.ai.attaching import sendable
from copilot.ai.history import PROMPT_LIMIT_TOKENS, Pruned, prepare
from copilot.ai.pruning import Room
from copilot.ai.weight import Estimate, Weights
from copilot.projects.attachments import Attachments
from copilot.providers.base import Request
from copilot.vocabulary.frozen import frozen, replace
from copilot.vocabulary.messages import Attachment, Message
from copilot.vocabulary.values import ModelChoice, ToolSpec


@frozen
class Fit:
    """What bounds a request: estimated tokens of the whole, and characters of an old tool output.

    Messages in `held` are left out last. `attached` has the bytes of attachments; None: all are there.
    `weights` are the model's, where several requests of it are made. `since` is the message with which the
    turn under way began.
    """

    output_characters: int
    estimate: Estimate
    prompt_limit: int = PROMPT_LIMIT_TOKENS
    held: frozenset[str] = frozenset()
    attached: Attachments | None = None
    weights: Weights | None = None
    since: str = ""


def make_request(
    model: ModelChoice, md_content: str, tools: tuple[ToolSpec, ...], messages: tuple[Message, ...], fit: Fit
) -> tuple[Request, Pruned]:
    """The request for `messages`, and what of them is in it. Raises ContextTooLongError."""
    there = _always if fit.attached is None else fit.attached.there
    weights = fit.weights or Weights(model, fit.estimate)
    room = Room(
        weigh=weights,
        limit=fit.prompt_limit,
        fixed={
            "the chosen files and the system prompt": fit.estimate(md_content),
            "the definitions of the tools": weights.tools(tools),
        },
        output_characters=fit.output_characters,
        held=fit.held,
        since=fit.since,
    )
    pruned = prepare(sendable(messages, model.provider, there).messages, room)
    key = hashlib.sha256(md_content.encode()).hexdigest()[:32]
    request = Request(model=model, system=md_content, tools=tools, messages=pruned.messages, cache_key=key)
    if fit.attached is not None:
        request = replace(request, read_attachment=fit.attached.read)
    return request, pruned


def _always(part: Attachment) -> bool:
    del part
    return True

"""A request made from a branch: the same for one that is sent and for one that is only looked at."""

import hashlib
from dataclasses import dataclass

from copilot.ai.history import PROMPT_LIMIT_TOKENS, Pruned, prepare
from copilot.ai.pruning import Room
from copilot.ai.weight import Estimate, weigh, weigh_tools
from copilot.providers.base import Request
from copilot.vocabulary.messages import Message
from copilot.vocabulary.values import ModelChoice, ToolSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """What bounds a request: estimated tokens of the whole, and characters of an old tool output.

    Messages in `held` are left out last.
    """

    output_characters: int
    estimate: Estimate
    prompt_limit: int = PROMPT_LIMIT_TOKENS
    held: frozenset[str] = frozenset()


def make_request(
    model: ModelChoice, md_content: str, tools: tuple[ToolSpec, ...], messages: tuple[Message, ...], fit: Fit
) -> tuple[Request, Pruned]:
    """The request for `messages`, and what of them is in it. Raises ContextTooLongError."""
    room = Room(
        weigh=lambda message: weigh(message, fit.estimate, model.model),
        limit=fit.prompt_limit,
        fixed={
            "the chosen files and the system prompt": fit.estimate(md_content),
            "the definitions of the tools": weigh_tools(tools, fit.estimate),
        },
        output_characters=fit.output_characters,
        held=fit.held,
    )
    pruned = prepare(messages, room)
    key = hashlib.sha256(md_content.encode()).hexdigest()[:32]
    request = Request(model=model, system=md_content, tools=tools, messages=pruned.messages, cache_key=key)
    return request, pruned

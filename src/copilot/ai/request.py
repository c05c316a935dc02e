"""A request made from a branch: the same for one that is sent and for one that is only looked at."""

import hashlib

from copilot.ai.history import PROMPT_LIMIT_TOKENS, Estimate, Pruned, prepare
from copilot.providers.base import Request
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.messages import Message
from copilot.vocabulary.values import ModelChoice, ToolSpec


@frozen
class Fit:
    """What bounds a request: estimated tokens of the whole, and characters of an old tool output."""

    output_characters: int
    estimate: Estimate
    prompt_limit: int = PROMPT_LIMIT_TOKENS


def make_request(
    model: ModelChoice, md_content: str, tools: tuple[ToolSpec, ...], messages: tuple[Message, ...], fit: Fit
) -> tuple[Request, Pruned]:
    """The request for `messages`, and what of them is in it. Raises ContextTooLongError."""
    fixed = fit.estimate(md_content) + sum(fit.estimate(f"{t.description}{t.parameters}") for t in tools)
    pruned = prepare(messages, fit.output_characters, fixed, fit.prompt_limit, fit.estimate)
    key = hashlib.sha256(md_content.encode()).hexdigest()[:32]
    request = Request(model=model, system=md_content, tools=tools, messages=pruned.messages, cache_key=key)
    return request, pruned

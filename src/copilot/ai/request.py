"""A request made from a branch: the same for one that is sent and for one that is only looked at."""

import hashlib
from collections.abc import Callable, Sequence
from operator import is_

from copilot.ai.attaching import sendable
from copilot.ai.growing import Prepared, continued, grown
from copilot.ai.history import PROMPT_LIMIT_TOKENS, Pruned, prepare
from copilot.ai.pruning import Room
from copilot.ai.weight import Estimate, Weights, told_of
from copilot.projects.attachments import Attachments
from copilot.providers.base import Request
from copilot.vocabulary.frozen import frozen, replace
from copilot.vocabulary.messages import (
    Attachment,
    FileRefresh,
    Message,
    Part,
    Text,
    ToolResult,
    holds_attachments,
)
from copilot.vocabulary.text import without_tags
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


@frozen
class Prefix:
    """What stands before the messages, without characters that carry hidden text; `key` is its own.

    It was made of `given`: system prompt with files, and tools. All requests of a turn have the same.
    """

    given: tuple[str, tuple[ToolSpec, ...]]
    system: str
    tools: tuple[ToolSpec, ...]
    told: str
    """The tools as they are weighed."""
    key: str


def make_request(
    model: ModelChoice, md_content: str, tools: tuple[ToolSpec, ...], messages: Sequence[Message], fit: Fit
) -> tuple[Request, Pruned]:
    """The request for `messages`, and what of them is in it. Raises ContextTooLongError."""
    there = _always if fit.attached is None else fit.attached.there
    weights = fit.weights or Weights(model, fit.estimate)
    prefix = weights.prefix
    if prefix is None or not all(map(is_, prefix.given, (md_content, tools))):
        prefix = weights.prefix = _prefix(md_content, tools)
    room = Room(
        weigh=weights,
        limit=fit.prompt_limit,
        fixed={
            "the chosen files and the system prompt": fit.estimate(prefix.system),
            "the definitions of the tools": fit.estimate(prefix.told),
        },
        output_characters=fit.output_characters,
        held=fit.held,
        since=fit.since,
    )
    pruned = _pruned(messages, room, weights, model, there)
    request = Request(
        model=model,
        system=prefix.system,
        tools=prefix.tools,
        messages=pruned.messages,
        cache_key=prefix.key,
        plain=weights.prepared is not None,
    )
    if fit.attached is not None:
        request = replace(request, read_attachment=fit.attached.read)
    return request, pruned


def _prefix(md_content: str, tools: tuple[ToolSpec, ...]) -> Prefix:
    system, plain = without_tags(md_content), tuple(map(_untagged_tool, tools))
    return Prefix(
        given=(md_content, tools),
        system=system,
        tools=tools if all(map(is_, plain, tools)) else plain,
        told="\n".join(map(told_of, plain)),
        key=hashlib.sha256(system.encode()).hexdigest()[:32],
    )


def _pruned(
    branch: Sequence[Message],
    room: Room,
    weights: Weights,
    model: ModelChoice,
    there: Callable[[Attachment], bool],
) -> Pruned:
    """What of the branch is sent: what the last request had with what is new, where that is plain."""
    before, weights.prepared = weights.prepared, None
    if before is not None and (new := continued(before, branch, room)) is not None:
        found = grown(before.pruned, tuple(map(_untagged, new)), room)
        if found is not None:
            weights.prepared = Prepared(branch=branch, room=room, pruned=found)
            return found
    found = prepare(sendable(tuple(map(_untagged, branch)), model.provider, there).messages, room)
    if not holds_attachments(branch):
        weights.prepared = Prepared(branch=branch, room=room, pruned=found)
    return found


def _untagged(message: Message) -> Message:
    """What came from files, tools and people, without characters that carry hidden text."""
    if message.role == "assistant":
        return message  # it came from a model, and its provider may hold it to what it said
    parts = tuple(map(_untagged_part, message.parts))
    return message if all(map(is_, parts, message.parts)) else replace(message, parts=parts)


def _untagged_part(part: Part) -> Part:
    match part:
        case Text() | FileRefresh():
            plain = without_tags(part.text)
            return part if plain == part.text else replace(part, text=plain)
        case ToolResult():
            plain = without_tags(part.output)
            return part if plain == part.output else replace(part, output=plain)
        case _:
            return part


def _untagged_tool(tool: ToolSpec) -> ToolSpec:
    plain = without_tags(tool.description)
    return tool if plain == tool.description else replace(tool, description=plain)


def _always(part: Attachment) -> bool:
    del part
    return True

"""A branch or a session as Markdown, to be read anywhere.

What was said stands as it was written, but that no picture is fetched and no HTML runs; what a tool got and
gave stands in fences that it cannot close.
"""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import assert_never

from copilot.record.exported import CallFacts, Cost, Exported
from copilot.vocabulary.inert import inert
from copilot.vocabulary.messages import (
    Attachment,
    Discussion,
    FileRefresh,
    Message,
    Opaque,
    Part,
    Summary,
    Text,
    Thinking,
    ToolCall,
    ToolResult,
)
from copilot.vocabulary.money import money
from copilot.vocabulary.run_events import RunChange
from copilot.vocabulary.text import clean, visible

_TICKS = re.compile("`+")
_CHANGE_WORDS = {
    "created": "created",
    "changed": "changed",
    "deleted": "deleted",
    "moved": "moved",
    "mode": "mode changed",
}


def markdown(one: Exported) -> str:
    """The whole document."""
    lines = [f"# {_inline(one.title)}", ""]
    if one.system_prompt.strip():
        lines += ["## System prompt", "", _fenced(one.system_prompt), ""]
    for branch, messages in runs_of(one.discussion):
        if one.scope == "session":
            lines += [f"# Branch {_inline(branch)}", ""]
        for message in messages:
            lines += _message(message, one)
    lines += list(_costs(one.costs))
    return "\n".join(lines).rstrip() + "\n"


def runs_of(discussion: Discussion) -> Iterator[tuple[str, tuple[Message, ...]]]:
    """Each branch with those of its messages that no branch before it showed."""
    shown: set[str] = set()
    for branch in discussion.branches:
        new = tuple(message for message in discussion.path(branch.name) if message.id not in shown)
        shown |= {message.id for message in new}
        if new:
            yield branch.name, new


def readable(text: str) -> str:
    """The text with ordinary line ends; what does not show is written as escapes."""
    return visible(clean(text).replace("\r\n", "\n"))


def when(at: float) -> str:
    """A time as it is read; nothing for none."""
    try:
        return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M:%S} UTC" if at else ""
    except (OverflowError, ValueError, OSError):
        return ""


def change_words(change: RunChange) -> str:
    """What became of one path, in a line."""
    source = f" (was {change.source})" if change.source else ""
    note = f": {change.note}" if change.note else ""
    return f"{change.path}{source}, {_CHANGE_WORDS[change.kind]}{note}"


def cost_cells(cost: Cost) -> tuple[str, ...]:
    """Model, requests, input, cached, output, cost."""
    usage = cost.usage
    counts = (
        cost.requests,
        usage.input_tokens - usage.cache_read_tokens,
        usage.cache_read_tokens,
        usage.output_tokens,
    )
    price = "unknown" if cost.unpriced == cost.requests else money(cost.usd)
    return (cost.model, *(f"{count:,}" for count in counts), price)


COST_HEADS = ("model", "requests", "input", "cached", "output", "cost")


def outcome(result: ToolResult, facts: CallFacts) -> str:
    """How a call ended, in a line."""
    code = "" if facts.exit_code is None else f", exit code {facts.exit_code}"
    took = "" if facts.seconds is None else f", {facts.seconds:.2f} s"
    return f"{result.status}{code}{took}"


def arguments_of(call: ToolCall) -> tuple[tuple[str, str], ...]:
    """Name and text of each argument; the words themselves where they were no JSON object."""
    if call.raw is not None:
        return (("arguments", call.raw),)
    return tuple(
        (name, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=2))
        for name, value in call.arguments.items()
    )


def _message(message: Message, one: Exported) -> Iterator[str]:
    note = ", not finished" if message.partial else ""
    at = when(message.at)
    yield f"## {_inline(message.speaker)}{note}{f' · {at}' if at else ''}"
    yield ""
    for part in message.parts:
        yield from _part(part, one)


def _part(part: Part, one: Exported) -> Iterator[str]:
    match part:
        case Text(text=text):
            yield from (inert(readable(text)), "")
        case Thinking(text=text):
            if text:
                yield from ("Thinking:", "", _quoted(text), "")
        case Summary():
            yield from ("Summary of earlier messages:", "", _quoted(part.text), "")
        case ToolCall():
            yield from (f"**Call** {_code(part.name)}", "")
            for name, value in arguments_of(part):
                yield from (f"{_code(name)}:", "", _fenced(value), "")
            yield from _facts(one.calls.get(part.call_id, CallFacts()))
        case ToolResult():
            facts = one.calls.get(part.call_id, CallFacts())
            yield from (f"**Result** {_code(part.name)}: {outcome(part, facts)}", "")
            yield from (_fenced(part.output), "")
        case FileRefresh(text=text):
            yield from ("Files that had changed:", "", _fenced(text), "")
        case Attachment():
            yield from (f"Attached: {_code(part.told)}, SHA-256 {_code(part.sha256)}", "")
        case Opaque(kind=kind):
            yield from (f"A piece of the answer that is not shown: {_code(kind)}", "")
        case _:
            assert_never(part)


def _facts(facts: CallFacts) -> Iterator[str]:
    if facts.approval:
        yield from (_inline(facts.approval), "")
    if facts.edit:
        yield from ("The person's edit:", "", _fenced(facts.edit, "diff"), "")
    for change in facts.changes:
        yield from (f"- {_code(change_words(change))}", "")
        if change.diff:
            yield from (_fenced(change.diff, "diff"), "")
    if facts.more:
        yield from (f"- and {facts.more:,} more", "")


def _costs(costs: tuple[Cost, ...]) -> Iterator[str]:
    if costs:
        yield from ("## Costs", "", f"| {' | '.join(COST_HEADS)} |", f"| --- |{' ---: |' * 5}")
        for cost in costs:
            yield f"| {' | '.join(_inline(cell).replace('|', '¦') for cell in cost_cells(cost))} |"


def _quoted(text: str) -> str:
    return "\n".join(f"> {line}" for line in inert(readable(text)).split("\n"))


def _inline(text: str) -> str:
    """Text inside a line, of which Markdown makes nothing."""
    return re.sub(r"([\\`*_\[\]<>#!|])", r"\\\1", visible(clean(text), keep=""))


def _fenced(text: str, language: str = "") -> str:
    shown = readable(text)
    fence = "`" * max(3, _longest(shown) + 1)
    return f"{fence}{language}\n{shown}{'' if shown.endswith(chr(10)) or not shown else chr(10)}{fence}"


def _code(text: str) -> str:
    shown = visible(clean(text), keep="")
    ticks = "`" * (_longest(shown) + 1)
    space = " " if shown.startswith("`") or shown.endswith("`") or not shown else ""
    return f"{ticks}{space}{shown}{space}{ticks}"


def _longest(text: str) -> int:
    return max(map(len, _TICKS.findall(text)), default=0)

"""What of a branch is sent: stale file blocks out, old outputs shortened, the oldest exchanges left out.

Every function takes messages and gives messages; the stored history is never changed. Ids and parents stay,
so a request's messages can be traced to the project's.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from copilot.vocabulary.errors import ContextTooLongError
from copilot.vocabulary.messages import FileRefresh, Message, Part, ToolResult

STALE_REFRESH = "[FILES UPDATED: replaced by newer contents]"
"""What an older file block becomes: fixed, so that equal histories give equal bytes."""

LOST_RESULT = "No result was recorded for this call; it may or may not have run."

PROMPT_LIMIT_TOKENS = 180_000
"""Estimated tokens a prompt may have before the oldest exchanges are left out (DESIGN 3, point 6)."""

Estimate = Callable[[str], int]


def _strip_stale_file_refreshes(messages: Sequence[Message], *, keep_newest: bool) -> tuple[Message, ...]:
    """Replace every file block but the newest by one fixed line.

    With `keep_newest` False all of them go: a new turn's context already shows the files as they are.
    """
    newest = -1
    if keep_newest:
        newest = max((i for i, m in enumerate(messages) if any(map(_is_fresh, m.parts))), default=-1)
    return tuple(m if i == newest else _without_block(m) for i, m in enumerate(messages))


def _is_fresh(part: Part) -> bool:
    return isinstance(part, FileRefresh) and part.text != STALE_REFRESH


def _without_block(message: Message) -> Message:
    if not any(map(_is_fresh, message.parts)):
        return message
    parts = tuple(FileRefresh(text=STALE_REFRESH) if isinstance(p, FileRefresh) else p for p in message.parts)
    return replace(message, parts=parts)


def shorten_old_outputs(messages: Sequence[Message], limit: int) -> tuple[Message, ...]:
    """Cut tool outputs longer than `limit` characters in all turns but the last one."""
    last = max((i for i, m in enumerate(messages) if m.role == "user"), default=0)
    return tuple(_shortened(m, limit) if i < last else m for i, m in enumerate(messages))


def _shortened(message: Message, limit: int) -> Message:
    if all(len(r.output) <= limit for r in message.results):
        return message
    parts = tuple(
        replace(p, output=_cut(p.output, limit)) if isinstance(p, ToolResult) else p for p in message.parts
    )
    return replace(message, parts=parts)


def _cut(text: str, limit: int) -> str:
    if len(text) <= limit:
        return text
    head, tail = limit * 3 // 4, limit // 4
    return f"{text[:head]}\n[… {len(text) - head - tail} characters of old output left out …]\n{text[-tail:]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pruned:
    """What fits: the messages to send, how many were left out, and the estimate in tokens."""

    messages: tuple[Message, ...]
    dropped: int
    tokens: int


def prune(messages: Sequence[Message], fixed_tokens: int, limit: int, estimate: Estimate) -> Pruned:
    """Leave out the oldest complete exchanges, then the oldest groups of calls and results of the last one.

    `fixed_tokens` is the estimate for the system prompt, files and tools, which always stay, as does the
    last user message. Raises ContextTooLongError, naming the largest part, where those alone exceed `limit`.
    """
    groups = _groups(messages)
    costs = [sum(estimate(bulk(m)) for m in group) for group in groups]
    total = fixed_tokens + sum(costs)
    last_user = max((i for i, g in enumerate(groups) if g[0].role == "user"), default=0)
    kept = set(range(len(groups)))
    for unit in _units(groups, last_user):
        if total <= limit:
            break
        total -= sum(costs[i] for i in unit)
        kept -= set(unit)
    if total > limit:
        raise _too_long(fixed_tokens, costs[last_user] if costs else 0, limit)
    left = tuple(m for i, group in enumerate(groups) if i in kept for m in group)
    return Pruned(messages=left, dropped=len(messages) - len(left), tokens=total)


def _groups(messages: Sequence[Message]) -> list[list[Message]]:
    """Messages that leave together: a call with its results, everything else alone."""
    groups: list[list[Message]] = []
    for message in messages:
        if message.role == "tool" and groups:
            groups[-1].append(message)
        else:
            groups.append([message])
    return groups


def _units(groups: list[list[Message]], last_user: int) -> list[list[int]]:
    """Group numbers in the order in which they may go: whole exchanges, then groups of the last one."""
    exchanges: list[list[int]] = []
    for i in range(last_user):
        if groups[i][0].role == "user" or not exchanges:
            exchanges.append([])
        exchanges[-1].append(i)
    return exchanges + [[i] for i in range(last_user + 1, len(groups))]


def bulk(message: Message) -> str:
    """The characters of a message that a provider is sent, near enough to estimate them."""
    return "\n".join(_part_bulk(part) for part in message.parts)


def _part_bulk(part: Part) -> str:
    match part:
        case ToolResult(output=output):
            return output
        case FileRefresh(text=text):
            return text
        case _:
            return str(getattr(part, "text", "") or getattr(part, "arguments", ""))


def _too_long(fixed: int, last: int, limit: int) -> ContextTooLongError:
    largest = "the chosen files and the system prompt" if fixed >= last else "the last message"
    return ContextTooLongError(
        f"the request needs about {fixed + last:,} tokens, more than the limit of {limit:,}; "
        f"the largest part is {largest} (about {max(fixed, last):,})"
    )


def repair(messages: Sequence[Message]) -> tuple[Message, ...]:
    """Give every call its result and leave out results without a call, whatever broke the history."""
    sound: list[Message] = []
    for i, message in enumerate(messages):
        if message.role == "tool":
            calls = {call.call_id for call in sound[-1].calls} if sound else set[str]()
            if calls:
                sound.append(_completed(sound[-1], message))
            continue
        sound.append(message)
        follows = messages[i + 1].role if i + 1 < len(messages) else ""
        if message.calls and follows != "tool":
            empty = replace(message, id=f"{message.id}-results", role="tool", parts=(), provider="", model="")
            sound.append(_completed(message, empty))
    return tuple(sound)


def _completed(asked: Message, answered: Message) -> Message:
    known = {result.call_id: result for result in answered.results}
    wanted = [call.call_id for call in asked.calls]
    if wanted == [result.call_id for result in answered.results]:
        return answered
    results = tuple(
        known.get(call.call_id)
        or ToolResult(call_id=call.call_id, name=call.name, output=LOST_RESULT, status="cancelled")
        for call in asked.calls
    )
    return replace(answered, parts=results + tuple(p for p in answered.parts if isinstance(p, FileRefresh)))


def prepare(
    messages: Sequence[Message], output_characters: int, fixed_tokens: int, limit: int, estimate: Estimate
) -> Pruned:
    """What of a branch is sent: one file block at the most, old outputs shortened, and all of it fitting.

    A file block of an earlier turn is stale by itself: this turn's context shows the files as they are.
    """
    told = repair([m for m in messages if m.parts])
    last = max((i for i, m in enumerate(told) if m.role == "user"), default=0)
    before = _strip_stale_file_refreshes(told[:last], keep_newest=False)
    here = _strip_stale_file_refreshes(told[last:], keep_newest=True)
    return prune(shorten_old_outputs((*before, *here), output_characters), fixed_tokens, limit, estimate)

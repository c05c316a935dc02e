"""What of a branch is sent: summaries in place, stale file blocks out, old outputs shortened, all fitting.

Every function takes messages and gives messages; the stored history is never changed. Ids and parents stay,
so a request's messages can be traced to the project's.
"""

from collections.abc import Mapping, Sequence

from copilot.ai.pruning import (
    STALE_REFRESH,
    Room,
    count_cut,
    is_fresh,
    last_asked,
    prune,
    shortened,
    summary_of,
)
from copilot.vocabulary.frozen import frozen, replace
from copilot.vocabulary.messages import FileRefresh, Message, Summary, Text, ToolCall, ToolResult

LOST_RESULT = "No result was recorded for this call; it may or may not have run."

PROMPT_LIMIT_TOKENS = 180_000
"""Estimated tokens a prompt may have before its oldest exchanges are left out (DESIGN 3, point 6)."""


@frozen
class Pruned:
    """What fits: the messages to send, and the estimate of the whole request in tokens.

    `left_out` are the ids of messages that are not sent, although no summary stands for them. `stripped`
    counts file blocks that became one line, `shortened` tool outputs that were cut; `squeezed` of those were
    cut only to make it fit. `largest` is the name of the largest part of the request, with its tokens;
    `others` are those of the messages around the last one.
    """

    messages: tuple[Message, ...]
    tokens: int
    left_out: tuple[str, ...] = ()
    stripped: int = 0
    shortened: int = 0
    squeezed: int = 0
    largest: tuple[str, int] = ("", 0)
    others: int = 0


def prepare(messages: Sequence[Message], room: Room) -> Pruned:
    """What of a branch is sent: one file block at the most, old outputs shortened, and all of it fitting.

    A file block of an earlier turn is stale by itself: this turn's context shows the files as they are. One
    that came before a message which was typed during this turn (`room.since`) is not. Raises
    ContextTooLongError.
    """
    standing = put_in_place(messages)
    told = sound(standing)
    last = last_asked(told, room.since)
    before = _strip_stale_file_refreshes(told[:last], keep_newest=False)
    here = _strip_stale_file_refreshes(told[last:], keep_newest=True)
    fitted = prune((*shorten_old_outputs(before, room.output_characters), *here), room)
    sent = {m.id for m in fitted.messages}
    kept_before = [m for m in before if m.id in sent]
    return Pruned(
        messages=fitted.messages,
        tokens=fitted.tokens,
        left_out=tuple(m.id for m in standing if m.id not in sent and says(m)),
        stripped=sum(
            isinstance(p, FileRefresh) and p.text == STALE_REFRESH for m in fitted.messages for p in m.parts
        ),
        shortened=count_cut(kept_before, room.output_characters) + fitted.squeezed,
        squeezed=fitted.squeezed,
        largest=fitted.largest,
        others=fitted.others,
    )


def put_in_place(messages: Sequence[Message]) -> tuple[Message, ...]:
    """The messages with each summary where the first message that it covers was, and without those.

    What an older summary covers goes with it, where a newer one covers it. What a summary says of messages
    behind it, or of some that are not there, counts for nothing.
    """
    if not any(isinstance(part, Summary) for message in messages for part in message.parts):
        return tuple(messages)
    gone: set[int] = set()
    standing: dict[int, list[Message]] = {}
    places = {message.id: i for i, message in enumerate(messages)}
    for i in reversed(range(len(messages))):
        if i not in gone and summary_of(messages[i]):
            covered = _covered(messages, places, i)
            gone |= covered
            standing.setdefault(min(covered, default=i), []).insert(0, messages[i])
    found: list[Message] = []
    for i, message in enumerate(messages):
        found += standing.get(i, ())
        if i not in gone and not summary_of(message):
            found.append(message)
    return tuple(found)


def _covered(messages: Sequence[Message], places: Mapping[str, int], at: int) -> set[int]:
    """Where the messages are that the summary at `at` covers, also by way of older summaries."""
    found: set[int] = set()
    open_ones = [at]
    while open_ones:
        i = open_ones.pop()
        summary = summary_of(messages[i])
        new = {places[name] for name in summary.covers if places.get(name, i) < i} - found if summary else ()
        found |= set(new)
        open_ones += new
    return found


def sound(messages: Sequence[Message]) -> tuple[Message, ...]:
    """What every service takes: nothing blank, a person's words first, each call with its result."""
    said = [message for message in messages if says(message)]
    first = next((i for i, message in enumerate(said) if message.role == "user"), 0)
    return repair(said[first:])


def says(message: Message) -> bool:
    """Services refuse a message that is empty or all blank."""
    return any(not isinstance(part, Text) or part.text.strip() for part in message.parts)


def _strip_stale_file_refreshes(messages: Sequence[Message], *, keep_newest: bool) -> tuple[Message, ...]:
    """Replace every file block but the newest by one fixed line.

    With `keep_newest` False all of them go: a new turn's context already shows the files as they are.
    """
    told = list(messages)
    fresh = sorted({i for i, m in enumerate(told) for p in m.parts if is_fresh(p)})
    for i in fresh[:-1] if keep_newest else fresh:
        told[i] = _without_block(told[i])
    return tuple(told)


def _without_block(message: Message) -> Message:
    parts = tuple(FileRefresh(text=STALE_REFRESH) if isinstance(p, FileRefresh) else p for p in message.parts)
    return replace(message, parts=parts)


def shorten_old_outputs(messages: Sequence[Message], limit: int) -> tuple[Message, ...]:
    """Cut tool outputs longer than `limit` characters."""
    return tuple(shortened(message, limit) for message in messages)


def repair(messages: Sequence[Message]) -> tuple[Message, ...]:
    """Give every call its result and leave out results without a call, whatever broke the history."""
    whole: list[Message] = []
    for i, message in enumerate(messages):
        if message.role == "tool":
            if whole and any(isinstance(part, ToolCall) for part in whole[-1].parts):
                whole.append(_completed(whole[-1], message))
            continue
        whole.append(message)
        follows = messages[i + 1].role if i + 1 < len(messages) else ""
        if follows != "tool" and message.calls:
            empty = replace(message, id=f"{message.id}-results", role="tool", parts=(), provider="", model="")
            whole.append(_completed(message, empty))
    return tuple(whole)


def is_answered(asked: Message, answered: Message) -> bool:
    """Whether each call has its result, in their order."""
    wanted = [part.call_id for part in asked.parts if isinstance(part, ToolCall)]
    return wanted == [part.call_id for part in answered.parts if isinstance(part, ToolResult)]


def _completed(asked: Message, answered: Message) -> Message:
    if is_answered(asked, answered):
        return answered
    known = {result.call_id: result for result in answered.results}
    results = tuple(
        known.get(call.call_id)
        or ToolResult(call_id=call.call_id, name=call.name, output=LOST_RESULT, status="cancelled")
        for call in asked.calls
    )
    return replace(answered, parts=results + tuple(p for p in answered.parts if isinstance(p, FileRefresh)))

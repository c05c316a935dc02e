"""The request of a round that is that of the round before with a little more at its end.

A branch is looked through, shortened and weighed for each request (`history.prepare`). In the middle of a
turn nearly all of it is as it was: then only what is new is looked at. Whatever is not plain is done anew.
"""

from collections.abc import Sequence

from copilot.ai.history import Pruned, is_answered, says
from copilot.ai.pruning import OTHER_MESSAGES, Room
from copilot.vocabulary.frozen import frozen, replace
from copilot.vocabulary.message_runs import Messages
from copilot.vocabulary.messages import Attachment, FileRefresh, Message, Summary

_APART = (Attachment, FileRefresh, Summary)
"""Parts that change what is sent of other messages."""


@frozen
class Prepared:
    """What the last request of a turn had: the branch, what it had to fit into, and what was in it."""

    branch: Sequence[Message]
    room: Room
    pruned: Pruned


def continued(before: Prepared, branch: Sequence[Message], room: Room) -> Sequence[Message] | None:
    """What is new on the branch; None where the beginning, or what it has to fit into, is another one.

    That the parts which are no messages weigh the same says that estimates are as they were.
    """
    known = before.room
    asked = (room.limit, room.fixed, room.output_characters, room.held, room.since)
    if not room.since or asked != (
        known.limit,
        known.fixed,
        known.output_characters,
        known.held,
        known.since,
    ):
        return None
    return _behind(before.branch, branch)


def grown(before: Pruned, new: Sequence[Message], room: Room) -> Pruned | None:
    """What fits with these behind it; None where all has to be looked at."""
    if before.left_out or before.squeezed or not _plain(before.messages[-1:], new):
        return None
    more = sum(map(room.weigh, new))
    tokens, others = before.tokens + more, before.others + more
    if tokens > room.limit:
        return None
    largest = (OTHER_MESSAGES, others) if others > before.largest[1] else before.largest
    messages = (*before.messages, *new)
    return replace(before, messages=messages, tokens=tokens, others=others, largest=largest)


def _behind(before: Sequence[Message], branch: Sequence[Message]) -> tuple[Message, ...] | None:
    if isinstance(before, Messages) and isinstance(branch, Messages):
        if before.runs != branch.runs:
            return None
        before, branch = before.tail, branch.tail
    count = len(before)
    return tuple(branch[count:]) if tuple(branch[:count]) == tuple(before) else None


def _plain(last: Sequence[Message], new: Sequence[Message]) -> bool:
    """Whether these are answers, each call in them followed by its result."""
    asked = last[0] if last else None
    for message in new:
        if message.role == "user" or not says(message) or any(isinstance(p, _APART) for p in message.parts):
            return False
        if message.role == "tool":
            if asked is None or not asked.calls or not is_answered(asked, message):
                return False
        elif asked is not None and asked.calls:
            return False
        asked = message
    return asked is None or not asked.calls

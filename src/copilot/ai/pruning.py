"""Making a branch fit: what leaves a request first, and what stays to the end (DESIGN 3, point 6).

While the estimate is too large, in this order, each time the oldest first:

1. complete exchanges before the last one leave,
2. in the last exchange, outputs of all rounds but the newest are shortened,
3. those rounds leave, each call with its results,
4. what the person holds leaves, then summaries,
5. the newest round's outputs are shortened, then it leaves as well.

What the person asked last always stays, with what was typed while it was answered. So does the newest block
of changed files: where its round leaves, it goes with that message. A group is what leaves together: a
message with calls and its results, or one alone.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import chain

from copilot.vocabulary.errors import ContextTooLongError
from copilot.vocabulary.frozen import frozen, replace
from copilot.vocabulary.messages import FileRefresh, Message, Summary, ToolResult

STALE_REFRESH = "[FILES UPDATED: replaced by newer contents]"
"""What an older file block becomes: fixed, so that equal histories give equal bytes."""

LAST_MESSAGE = "the last message"
OTHER_MESSAGES = "the messages around the last one"
CHANGED_FILES = "the text of the files that changed during the turn"

Weigh = Callable[[Message], int]
"""Estimated tokens of a message; those of its parts add up."""


@frozen
class Room:
    """What messages must fit into.

    `limit` in estimated tokens for the whole request, of which `fixed` names the parts that are no messages;
    tool outputs are shortened to `output_characters`. Messages in `held` go last. `since` is the message
    with which the turn under way began, where one does: others may have been said during it.
    """

    weigh: Weigh
    limit: int
    fixed: Mapping[str, int]
    output_characters: int
    held: frozenset[str] = frozenset()
    since: str = ""


@frozen
class Fitted:
    """The messages that fit, and the tokens of the whole request.

    `squeezed` outputs were shortened for it; `largest` is the name of its largest part, with its tokens;
    `others` are those of the messages around the last one.
    """

    messages: tuple[Message, ...]
    tokens: int
    squeezed: int
    largest: tuple[str, int]
    others: int


def prune(messages: Sequence[Message], room: Room) -> Fitted:
    """The longest rest of a sound branch that fits. Raises ContextTooLongError, naming the largest part."""
    branch = _Branch(messages, room)
    total = sum(room.fixed.values()) + branch.tokens
    for step in branch.steps() if total > room.limit else ():
        if total <= room.limit:
            break
        total -= step()
    if total > room.limit:
        raise _too_long(room, branch)
    others = total - sum(room.fixed.values()) - branch.asked_tokens - branch.block_tokens
    parts = {**_parts(room, branch), OTHER_MESSAGES: others}
    return Fitted(
        messages=branch.left(),
        tokens=total,
        squeezed=branch.squeezed,
        largest=_largest(parts),
        others=others,
    )


def groups_of(messages: Sequence[Message]) -> list[tuple[Message, ...]]:
    """Messages that leave together: a call with its results, everything else alone."""
    groups: list[tuple[Message, ...]] = []
    for message in messages:
        if message.role == "tool" and groups:
            groups[-1] = (*groups[-1], message)
        else:
            groups.append((message,))
    return groups


def last_asked(messages: Sequence[Message], since: str = "") -> int:
    """Where the last exchange begins: with the message `since`, or where that is not there with the last
    user message that is no summary; 0 where there is none."""
    if since:
        for at in range(len(messages) - 1, -1, -1):
            if messages[at].id == since:
                return at
    for at in range(len(messages) - 1, -1, -1):
        if messages[at].role == "user" and not summary_of(messages[at]):
            return at
    return 0


def summary_of(message: Message) -> Summary | None:
    """The summary that a message is, if it is one."""
    for part in message.parts:
        if isinstance(part, Summary):
            return part
    return None


def is_fresh(part: object) -> bool:
    """Whether a part is a file block that has not been replaced."""
    return isinstance(part, FileRefresh) and part.text != STALE_REFRESH


def shortened(message: Message, limit: int) -> Message:
    """The message with tool outputs of at most about `limit` characters; itself where none is longer."""
    if not count_cut((message,), limit):
        return message
    parts = tuple(
        replace(p, output=_cut(p.output, limit)) if isinstance(p, ToolResult) else p for p in message.parts
    )
    return replace(message, parts=parts)


def count_cut(messages: Sequence[Message], limit: int) -> int:
    """How many tool outputs `shortened` cuts."""
    return sum([isinstance(p, ToolResult) and len(p.output) > limit for m in messages for p in m.parts])


def _cut(text: str, limit: int) -> str:
    if len(text) <= limit:
        return text
    head, tail = limit * 3 // 4, limit // 4
    # In ASCII: one other character would make the whole copy take twice the memory.
    gap = f"[... {len(text) - head - tail} characters of old output left out ...]"
    return f"{text[:head]}\n{gap}\n{text[-tail:]}"


class _Branch:
    """A branch while it is made shorter. `tokens` counts all of it at the beginning."""

    def __init__(self, messages: Sequence[Message], room: Room) -> None:
        self._room = room
        self._groups = groups_of(messages)
        self._kept = [True] * len(self._groups)
        first = [group[0] for group in self._groups]
        self._asked = last_asked(first, room.since)
        self._rounds = [i for i in range(self._asked + 1, len(first)) if first[i].role != "user"]
        parts = (part for message in reversed(messages) for part in message.parts)
        self._block = next((p for p in parts if isinstance(p, FileRefresh) and is_fresh(p)), None)
        self.block_tokens = self._block_weight()
        self._tokens = [self._weight(group) for group in self._groups]
        self.tokens = sum(self._tokens) + self.block_tokens
        self.squeezed = 0

    @property
    def asked_tokens(self) -> int:
        """What the person's words since the last exchange began weigh."""
        said = (i for i in range(self._asked, len(self._groups)) if i not in self._rounds)
        return sum(self._tokens[i] for i in said)

    def steps(self) -> Iterator[Callable[[], int]]:
        """What may be done, in order; each step gives the tokens it saved."""
        earlier = self._exchanges()
        rounds = [[i] for i in self._rounds[:-1]]
        free = [unit for unit in earlier if not self._held(unit) and not self._summed(unit)]
        held = [unit for unit in (*earlier, *rounds) if self._held(unit) and not self._summed(unit)]
        yield from (partial(self._leave, unit) for unit in free)
        yield from (partial(self._squeeze, i) for i in chain(*rounds))
        yield from (
            partial(self._leave, unit) for unit in rounds if not self._held(unit) and not self._summed(unit)
        )
        yield from (partial(self._leave, unit) for unit in held)
        yield from (partial(self._leave, unit) for unit in (*earlier, *rounds) if self._summed(unit))
        for newest in self._rounds[-1:]:
            yield partial(self._squeeze, newest)
            yield partial(self._leave, [newest])

    def left(self) -> tuple[Message, ...]:
        """What stays, in order."""
        kept = [m for i, group in enumerate(self._groups) if self._kept[i] for m in group]
        block = self._block
        if block is None or any(p is block for m in kept for p in m.parts):
            return tuple(kept)
        asked = self._groups[self._asked][0]
        return tuple(replace(m, parts=(*m.parts, block)) if m is asked else m for m in kept)

    def _exchanges(self) -> list[list[int]]:
        """Group numbers of each exchange before the last one. A summary is one of its own."""
        found: list[list[int]] = []
        for i in range(self._asked):
            if self._groups[i][0].role == "user" or not found:
                found.append([])
            found[-1].append(i)
        return found

    def _held(self, unit: Sequence[int]) -> bool:
        return any(m.id in self._room.held for i in unit for m in self._groups[i])

    def _summed(self, unit: Sequence[int]) -> bool:
        return any(summary_of(m) for i in unit for m in self._groups[i])

    def _leave(self, unit: Sequence[int]) -> int:
        for i in unit:
            self._kept[i] = False
        return sum(self._tokens[i] for i in unit)

    def _squeeze(self, i: int) -> int:
        cut = count_cut(self._groups[i], self._room.output_characters)
        if not cut:
            return 0
        before = self._tokens[i]
        self._groups[i] = tuple(shortened(m, self._room.output_characters) for m in self._groups[i])
        self._tokens[i] = self._weight(self._groups[i])
        self.squeezed += cut
        return before - self._tokens[i]

    def _weight(self, group: Sequence[Message]) -> int:
        """Without the newest file block, which stays whatever leaves."""
        tokens = sum(map(self._room.weigh, group))
        if self._block is None:
            return tokens
        here = any(p is self._block for m in group for p in m.parts)
        return tokens - self.block_tokens if here else tokens

    def _block_weight(self) -> int:
        if self._block is None:
            return 0
        holder = next(m for group in self._groups for m in group if any(p is self._block for p in m.parts))
        bare = replace(holder, parts=tuple(p for p in holder.parts if p is not self._block))
        return self._room.weigh(holder) - self._room.weigh(bare)


def _too_long(room: Room, branch: _Branch) -> ContextTooLongError:
    parts = _parts(room, branch)
    name, tokens = _largest(parts)
    return ContextTooLongError(
        f"the request needs about {sum(parts.values()):,} tokens, more than the limit of {room.limit:,}; "
        f"the largest part is {name} (about {tokens:,})"
    )


def _parts(room: Room, branch: _Branch) -> dict[str, int]:
    """What always stays, by name, with its tokens."""
    return {**room.fixed, LAST_MESSAGE: branch.asked_tokens, CHANGED_FILES: branch.block_tokens}


def _largest(parts: Mapping[str, int]) -> tuple[str, int]:
    return max(parts.items(), key=lambda part: part[1])

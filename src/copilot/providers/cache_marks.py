"""Where in a conversation the two cache marks go that Anthropic leaves to the messages (tools and system have
one each, and four are the most).

The service writes an entry at each mark and, from each mark, looks back over some twenty blocks for an entry
that an earlier request wrote. So a mark pays if it is near, or at, a block where the request before had one
and before which nothing has been rewritten since. What gets rewritten is known: the newest block of file
contents, when newer contents come. Only the messages decide, so equal messages have equal marks.
"""

from collections.abc import Sequence
from typing import Literal, cast

from copilot.providers.parts import Json
from copilot.vocabulary.messages import JsonValue

LOOKBACK = 18
"""Blocks that a mark is trusted to look back over; the documentation says about 20."""

_REFRESH = "[FILES UPDATED"
"""How every block of file contents begins, the replaced ones as well."""

Kind = Literal["asked", "answer", "result", "refresh"]
"""Of a block: a question, a part of an answer, a tool's result, or file contents."""


def mark(
    messages: Sequence[Json], at: Sequence[tuple[int, int]], kinds: Sequence[Kind], cache_control: Json
) -> dict[int, Json]:
    """The messages, in their wire form, of which at most two blocks have `cache_control`, by number.

    `at` tells of every block in which message it is, and where there; `kinds` of which kind it is. What was
    given stays as it is.
    """
    marked: dict[int, Json] = {}
    for number, place in (at[i] for i in places(kinds)):
        message = marked.get(number, messages[number])
        content = list(cast(list[Json], message["content"]))
        if "thinking" not in str(content[place]["type"]):  # the service refuses a mark there
            content[place] = {**content[place], "cache_control": cache_control}
            marked[number] = {**message, "content": cast(JsonValue, content)}
    return marked


def places(kinds: Sequence[Kind]) -> tuple[int, ...]:
    """The numbers of the blocks to mark, in order: always the last one, save in one case, and one before it.

    The one before is where an earlier request certainly wrote an entry, if the last mark cannot look back so
    far; else a place that will still be there when what comes after it is rewritten: before the newest file
    contents, or the end of a question. Where new contents came in far behind the place that still holds,
    both marks are needed there, and the contents themselves are marked by the next request.
    """
    if not kinds:
        return ()
    end = len(kinds) - 1
    asked = _last(kinds, "asked", end)
    answered = _last(kinds, "answer", end)
    before = _run_start(kinds, answered) - 1  # where the request before ended
    fresh = _last(kinds, "refresh", end)
    if fresh > max(asked, answered):
        replaced = _last(kinds, "refresh", fresh - 1)
        known = replaced - 1 if replaced > asked else before
        return _pair(known, fresh - 1) if fresh - 1 - known > LOOKBACK else _pair(fresh - 1, end)
    if end - before > LOOKBACK:
        return _pair(before, end)
    if fresh > asked:
        return _pair(fresh - 1, end)
    return _pair(asked if asked < answered else _last(kinds, "asked", before), end)


def kind_of(role: str, block: Json) -> Kind:
    """The kind of one block in a message of this role."""
    if role == "assistant":
        return "answer"
    if block["type"] == "tool_result":
        return "result"
    return "refresh" if str(block.get("text", "")).startswith(_REFRESH) else "asked"


def _last(kinds: Sequence[Kind], kind: Kind, at: int) -> int:
    """The last block of a kind up to `at`; -1 where there is none."""
    return next((i for i in range(at, -1, -1) if kinds[i] == kind), -1)


def _run_start(kinds: Sequence[Kind], at: int) -> int:
    """Where the answer that ends at `at` begins."""
    while at > 0 and kinds[at - 1] == "answer":
        at -= 1
    return at


def _pair(first: int, second: int) -> tuple[int, ...]:
    return tuple(at for at in dict.fromkeys((first, second)) if at >= 0)

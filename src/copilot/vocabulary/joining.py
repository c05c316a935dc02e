"""Neighbouring pieces of one text as one event: for whoever is slower than those who tell them."""

from collections.abc import Sequence

from copilot.vocabulary.events import Event, TextDelta, ThinkingDelta, ToolOutput
from copilot.vocabulary.frozen import replace


def joined(first: Event, second: Event) -> Event | None:
    """Two neighbouring pieces of the same text as one; None where they are not."""
    return one_of((first, second)) if continues(first, second) else None


def continues(first: Event, second: Event) -> bool:
    """Whether the second goes on with the text of which the first is a piece."""
    match first, second:
        case (TextDelta(), TextDelta()) | (ThinkingDelta(), ThinkingDelta()):
            pass
        case ToolOutput(), ToolOutput():
            if (first.call_id, first.stream) != (second.call_id, second.stream):
                return False
        case _:
            return False
    return (first.worker, first.turn_id) == (second.worker, second.turn_id)


def one_of(pieces: Sequence[Event]) -> Event:
    """Events of which each `continues` the one before it, as one."""
    last = pieces[-1]
    if len(pieces) < 2 or not isinstance(last, TextDelta | ThinkingDelta | ToolOutput):
        return last
    told = (one.text for one in pieces if isinstance(one, TextDelta | ThinkingDelta | ToolOutput))
    return replace(last, text="".join(told))

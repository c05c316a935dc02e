"""Neighbouring pieces of one text as one event: for whoever is slower than those who tell them."""

from copilot.vocabulary.events import Event, TextDelta, ThinkingDelta, ToolOutput
from copilot.vocabulary.frozen import replace


def joined(first: Event, second: Event) -> Event | None:
    """Two neighbouring pieces of the same text as one; None where they are not."""
    match first, second:
        case TextDelta(), TextDelta() if _together(first, second):
            return replace(second, text=first.text + second.text)
        case ThinkingDelta(), ThinkingDelta() if _together(first, second):
            return replace(second, text=first.text + second.text)
        case ToolOutput(), ToolOutput() if _together(first, second) and (first.call_id, first.stream) == (
            second.call_id,
            second.stream,
        ):
            return replace(second, text=first.text + second.text)
        case _:
            return None


def _together(
    first: TextDelta | ThinkingDelta | ToolOutput, second: TextDelta | ThinkingDelta | ToolOutput
) -> bool:
    return (first.worker, first.turn_id) == (second.worker, second.turn_id)

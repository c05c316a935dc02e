"""Taking events from the worker within a frame's budget."""

from collections.abc import Callable
from dataclasses import replace

from copilot.vocabulary.events import Event, TextDelta, ThinkingDelta, ToolOutput

BUDGET_SECONDS = 0.004
"""DESIGN 8: a frame has 16 ms at 60 a second, and most of it belongs to drawing."""


def drain(next_event: Callable[[], Event | None], ticks: Callable[[], float]) -> list[Event]:
    """The events that wait, as many as the budget allows, neighbouring pieces of text joined."""
    until = ticks() + BUDGET_SECONDS
    found: list[Event] = []
    while (event := next_event()) is not None:
        longer = joined(found[-1], event) if found else None
        if longer is None:
            found.append(event)
        else:
            found[-1] = longer
        if ticks() > until:
            break
    return found


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

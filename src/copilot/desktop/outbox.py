"""Taking events from the worker within a frame's budget."""

from collections.abc import Callable

from copilot.vocabulary.events import Event
from copilot.vocabulary.joining import continues, one_of

BUDGET_SECONDS = 0.004
"""DESIGN 8: a frame has 16 ms at 60 a second, and most of it belongs to drawing."""


def drain(next_event: Callable[[], Event | None], ticks: Callable[[], float]) -> list[Event]:
    """The events that wait, as many as the budget allows, neighbouring pieces of text joined."""
    until = ticks() + BUDGET_SECONDS
    found: list[list[Event]] = []
    while (event := next_event()) is not None:
        if found and continues(found[-1][-1], event):
            found[-1].append(event)
        else:
            found.append([event])
        if ticks() > until:
            break
    return [one_of(pieces) for pieces in found]

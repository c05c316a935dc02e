"""Taking events from the worker within a frame's budget."""

from collections.abc import Callable

from copilot.vocabulary.events import Event
from copilot.vocabulary.joining import joined

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

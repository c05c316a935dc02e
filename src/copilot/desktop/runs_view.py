"""What the window knows of runs: the newest word on each, found again by its call. Pure values."""

from copilot.vocabulary.events import RunChanged

MOST = 1_000
"""Runs; what older ones changed is asked for again when it is looked at."""


def heard(runs: tuple[RunChanged, ...], event: RunChanged) -> tuple[RunChanged, ...]:
    """With what was just told in place of what was known of that run."""
    same = [one for one in runs if (one.run, one.call_id) != (event.run, event.call_id)]
    return (*same, event)[-MOST:]


def run_of(runs: tuple[RunChanged, ...], call_id: str) -> RunChanged | None:
    """The newest word on a call's run; None where nothing was told, number 0 where nothing is kept of it."""
    return next((one for one in reversed(runs) if one.call_id == call_id), None)

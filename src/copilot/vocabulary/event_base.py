"""What all events carry. Whoever needs an event imports it from `events`."""

from copilot.vocabulary.frozen import frozen


@frozen
class Event:
    """What all events carry."""

    at: float
    worker: str


@frozen
class TurnEvent(Event):
    """What all events of a turn carry."""

    turn_id: str
    branch: str

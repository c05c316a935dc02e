"""What waits beside a turn to be said; `events` names the event with all the others."""

from copilot.vocabulary.event_base import TurnEvent
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.messages import Attachment


@frozen
class QueuedMessage:
    """A person's message that was typed during a turn and is not yet part of the branch."""

    message_id: str
    text: str
    attachments: tuple[Attachment, ...] = ()


@frozen
class QueueChanged(TurnEvent):
    """All that waits on the branch now, in order; `turn_id` is the turn that it waits for, or waited for.

    A message that leaves because it is said comes as `MessageKept` with the same id.
    """

    messages: tuple[QueuedMessage, ...]

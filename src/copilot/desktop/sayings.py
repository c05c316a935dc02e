"""What the person sent and nobody took yet: should it be refused, it goes back to where it was written."""

from copilot.vocabulary.events import CommandFailed, Event, QueueChanged, TurnStarted
from copilot.vocabulary.messages import Attachment

Said = tuple[str, tuple[Attachment, ...]]
"""What was written, and what goes with it."""


class Sayings:
    """By the id of the request that sent them."""

    def __init__(self) -> None:
        self._waiting: dict[str, Said] = {}
        self._refused: list[Said] = []

    def sent(self, request_id: str, words: str, attached: tuple[Attachment, ...]) -> None:
        """This was sent."""
        self._waiting[request_id] = (words, attached)

    def heard(self, event: Event) -> str:
        """Take note of what became of it; why it was refused, where it was, else ""."""
        match event:
            case CommandFailed(request_id=request_id) if request_id in self._waiting:
                self._refused.append(self._waiting.pop(request_id))
                words = (event.message, event.hint, "What you wrote is in the composer again.")
                return " ".join(filter(None, words))
            case TurnStarted(turn_id=request_id):
                self._waiting.pop(request_id, None)
            case QueueChanged(messages=messages):
                for message in messages:
                    self._waiting.pop(message.message_id, None)
            case _:
                pass
        return ""

    def refused(self) -> tuple[Said, ...]:
        """What was refused since the last call."""
        found, self._refused = tuple(self._refused), []
        return found

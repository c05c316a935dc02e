"""Recorded results that stand in for real ones, for as long as the model calls what it called then."""

from collections.abc import Iterable

from copilot.vocabulary.messages import ToolCall
from copilot.vocabulary.recorded_calls import RecordedCall


class StandIns:
    """The calls of a recording that are still to come, in their order."""

    def __init__(self, recorded: Iterable[RecordedCall] = ()) -> None:
        self._left = list(recorded)

    def take(self, call: ToolCall) -> RecordedCall | None:
        """The recorded call that this one is; None from the first on that is another: the histories part."""
        if self._left and (self._left[0].name, dict(self._left[0].arguments)) == (
            call.name,
            dict(call.arguments),
        ):
            return self._left.pop(0)
        self._left.clear()
        return None

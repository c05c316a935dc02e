"""From which message on a branch is shown. What lies in history files is read when the person goes there."""

from copilot.vocabulary.message_runs import Messages
from copilot.vocabulary.shelved import Shelved

LEAST = 50
"""Messages that are shown at first, wherever they lie; so many at the beginning are not kept back."""

STEP = 200
"""Messages that come into view together."""


class Stretch:
    """Of one list of cards. With `whole` nothing is ever kept back."""

    def __init__(self, *, whole: bool = False) -> None:
        self._whole = whole
        self._start = 0
        self._first = ""

    def of(self, path: Messages) -> int:
        """The place of the first message that is shown. It stays while the branch grows behind it."""
        if self._whole or not path:
            return 0
        if self._start >= len(path) or path[self._start].id != self._first:
            self._begin(path, _first_shown(path))
        return self._start

    def earlier(self, path: Messages) -> None:
        """Show some more at the beginning."""
        self._begin(path, self.of(path) - STEP)

    def everything(self, path: Messages) -> None:
        """Show the branch whole."""
        self._begin(path, 0)

    def reach(self, path: Messages, message: str) -> None:
        """Have a message among those that are shown, where it is on the branch."""
        place = path.place(message, self.of(path))
        if place is not None:
            self._begin(path, place - LEAST)

    def _begin(self, path: Messages, at: int) -> None:
        """With what the person asked at that place or before it."""
        while at > 0 and path[at].role != "user":
            at -= 1
        self._start = at if at > LEAST else 0
        self._first = path[self._start].id if path else ""


def _first_shown(path: Messages) -> int:
    at = len(path)
    while at > 0 and (not isinstance(path[at - 1], Shelved) or len(path) - at < LEAST):
        at -= 1
    return min(at, len(path) - 1)

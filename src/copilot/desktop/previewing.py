"""When a preview of the next request is asked for: what it depends on changed, then stood still."""

from dataclasses import dataclass

STILL_SECONDS = 0.6
"""How long nothing may change before a preview is asked for: a pause in typing."""

PATIENCE_SECONDS = 20.0
"""How long an answer is waited for before one may be asked for again."""

REMEMBERED = 8


@dataclass(slots=True)
class _Asked:
    request_id: str
    message: str
    at: float


class Previewing:
    """Remembers what was asked for. Times are seconds of any clock."""

    def __init__(self) -> None:
        self._facts: object = None
        self._since = 0.0
        self._done: object = None
        self._asked: list[_Asked] = []
        self._waiting = ""

    @property
    def waiting(self) -> bool:
        """Whether an answer is on its way."""
        return bool(self._waiting)

    def due(self, facts: object, now: float, *, possible: bool) -> bool:
        """Whether to ask now. `facts` are what a preview depends on; `possible`: visible and no turn runs."""
        if facts != self._facts:
            self._facts, self._since = facts, now
        if self._waiting and now - self._asked[-1].at > PATIENCE_SECONDS:
            self._waiting = ""
        still = now - self._since >= STILL_SECONDS
        return possible and still and not self._waiting and self._facts != self._done

    def knows(self, facts: object) -> bool:
        """Whether these facts are those that were asked for last."""
        return facts == self._done

    def again(self) -> None:
        """Ask at the next look, although nothing changed."""
        self._done, self._since = None, float("-inf")

    def asked(self, request_id: str, facts: object, message: str, now: float) -> None:
        """A preview was asked for, of these facts and so of this message."""
        self._done, self._waiting = facts, request_id
        self._asked = [*self._asked[1 - REMEMBERED :], _Asked(request_id, message, now)]

    def answered(self, request_id: str) -> None:
        """An answer came."""
        if request_id == self._waiting:
            self._waiting = ""

    def message_of(self, request_id: str) -> str | None:
        """The message that a preview was asked for with; None where that is not known."""
        return next((one.message for one in self._asked if one.request_id == request_id), None)

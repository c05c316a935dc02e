"""The requests that run now, and by whose leave: what a revoked token began ends with it."""

import asyncio
from collections.abc import Iterable

from copilot.serve.contract import User
from copilot.serve.tokens import Token
from copilot.vocabulary.frozen import field, mutable

GRACE_SECONDS = 0.4
"""For a stream to say why it ends; after it the request is cancelled."""

_TURNS = 10
"""Of the loop, which a stream has for that at the least, however late the loop is."""


@mutable
class Visit:
    """A request of somebody whose token was right. The routes fill in `did` and `project` for the audit log.

    `ended` is set when it is to end: `why` says the reason, in a word that followers are told.
    """

    token: Token
    user: User
    peer: str
    task: "asyncio.Task[object] | None" = None
    did: str = ""
    project: str = ""
    received: int = 0
    refused_before: int = 0
    why: str = ""
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    def end(self, why: str) -> None:
        """Ask it to end, and see to it. Only on the loop."""
        if self.why:
            return
        self.why = why
        self.ended.set()
        asyncio.get_running_loop().call_later(GRACE_SECONDS, self._cancel, _TURNS)

    def _cancel(self, turns: int) -> None:
        if self.task is None or self.task.done():
            return
        if turns:
            asyncio.get_running_loop().call_soon(self._cancel, turns - 1)
        else:
            self.task.cancel()


class Visits:
    """All of them. Only for the loop."""

    def __init__(self) -> None:
        self._by_id: dict[int, Visit] = {}
        self.seen: dict[str, str] = {}
        """The tokens that were used since the start: id to user."""

    def __len__(self) -> int:
        return len(self._by_id)

    def enter(self, visit: Visit) -> None:
        """A request begins."""
        self._by_id[id(visit)] = visit
        self.seen[visit.token.id] = visit.user.name

    def leave(self, visit: Visit) -> None:
        """It has ended: nothing cancels its task any more, which may go on with another request."""
        self._by_id.pop(id(visit), None)
        visit.task = None

    def end(self, tokens: Iterable[str], why: str) -> None:
        """End the requests of these tokens."""
        ids = set(tokens)
        for visit in list(self._by_id.values()):
            if visit.token.id in ids:
                visit.end(why)

    def end_all(self, why: str) -> None:
        """End every request."""
        for visit in list(self._by_id.values()):
            visit.end(why)

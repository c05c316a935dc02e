"""Who somebody is, by the token in the Authorization header and nothing else; and how often they may come."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import NoReturn

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from copilot.serve.answers import RefusedError
from copilot.serve.guarding import CutOffError, header, retry_after
from copilot.serve.throttling import Buckets
from copilot.serve.tokens import Register
from copilot.serve.visits import Visit, Visits
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.patterns import late

VISIT = "copilot.visit"
"""Where a request's `Visit` is in its scope."""

FAILURES_A_MINUTE = 20.0
"""Wrong tokens of one peer that are answered; a right one is heard at any time."""

_FAILED_SECONDS = 0.5
_FAILING_AT_ONCE = 32
_BEARER = late(r"[Bb][Ee][Aa][Rr][Ee][Rr] (?P<token>[A-Za-z0-9_.~+/=-]{1,512})")
_NEXT_STEP = (
    "Send `Authorization: Bearer TOKEN`; whoever runs the server makes tokens: copilot serve users add"
)


@frozen
class Clocks:
    """`utc` for what expires, `steady` for what is counted; `pause` waits for so many seconds."""

    utc: Callable[[], float] = time.time
    steady: Callable[[], float] = time.monotonic
    pause: Callable[[float], Awaitable[object]] = asyncio.sleep


class Admitting:
    """Lets in who has a token, and ends what they began when it is revoked.

    `strange` notes who had none; `forsaken` ends what runs for a user whose token went away meanwhile.
    """

    def __init__(
        self,
        app: ASGIApp,
        register: Register,
        visits: Visits,
        clocks: Clocks,
        strange: Callable[[Scope, str], None],
        forsaken: Callable[[str], Awaitable[None]],
    ) -> None:
        self._app, self._register, self._visits, self._clocks = app, register, visits, clocks
        self._strange, self._forsaken = strange, forsaken
        self._failures = Buckets()
        self._failing = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        roll = self._register.roll()
        token = roll.admit(_presented(scope), self._clocks.utc())
        if token is None:
            await self._refuse(scope)
        visit = Visit(token=token, user=roll.user(token.user), peer=peer_of(scope))
        visit.task = asyncio.current_task()
        scope[VISIT] = visit
        self._visits.enter(visit)
        try:
            await self._serve(visit, scope, receive, send)
        finally:
            self._visits.leave(visit)
            if token.id not in self._register.roll().valid(self._clocks.utc()):
                await self._forsaken(token.user)  # it may have begun something since the others were told

    async def _serve(self, visit: Visit, scope: Scope, receive: Receive, send: Send) -> None:
        begun = False

        async def sending(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, sending)
        except asyncio.CancelledError:
            if not visit.why:
                raise
            task = asyncio.current_task()
            assert task is not None, "a request is a task"
            task.uncancel()
            if begun:
                raise CutOffError from None
            raise _ended(visit.why) from None

    async def _refuse(self, scope: Scope) -> NoReturn:
        """Say no, late; soon and without a word of who it was where there were too many."""
        wait = self._failures.take(peer_of(scope), FAILURES_A_MINUTE, self._clocks.steady())
        if wait or self._failing >= _FAILING_AT_ONCE:
            raise RefusedError(429, "too many wrong tokens", headers=retry_after(wait), closes=True)
        self._strange(scope, "token" if header(scope, b"authorization") else "no token")
        self._failing += 1
        try:
            await self._clocks.pause(_FAILED_SECONDS)
        finally:
            self._failing -= 1
        raise RefusedError(
            401, "no token, or a wrong one", _NEXT_STEP, headers={"www-authenticate": "Bearer"}, closes=True
        )


class Rated:
    """Bounds the requests of a user in a minute, whatever tokens they have."""

    def __init__(self, app: ASGIApp, clocks: Clocks) -> None:
        self._app, self._clocks = app, clocks
        self._buckets = Buckets()
        self._refused: dict[str, int] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] == "http":
            visit: Visit = scope[VISIT]
            name, most = visit.user.name, visit.user.limits.requests_a_minute
            wait = self._buckets.take(name, most, self._clocks.steady())
            if wait:
                self._refused[name] = self._refused.get(name, 0) + 1
                raise RefusedError(
                    429,
                    f"more than {most} requests in a minute",
                    "Wait for as long as Retry-After says.",
                    headers=retry_after(wait),
                    closes=True,
                )
            visit.refused_before = self._refused.pop(name, 0)
        await self._app(scope, receive, send)


def peer_of(scope: Scope) -> str:
    """The address at the other end of the socket, whatever the headers say of it."""
    return scope["client"][0] if scope.get("client") else "socket"


def _presented(scope: Scope) -> str:
    found = _BEARER.fullmatch(header(scope, b"authorization") or "")
    return found["token"] if found is not None else ""


def _ended(why: str) -> RefusedError:
    if why == "revoked":
        return RefusedError(401, "the token was revoked", headers={"www-authenticate": "Bearer"}, closes=True)
    return RefusedError(503, "the server is ending", closes=True)

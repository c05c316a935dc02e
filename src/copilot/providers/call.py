"""One call of a provider: what it waits with, and what it posts.

All requests run on the threads of those who make them. Nothing that blocks waits for longer than
`POLL_SECONDS` without looking here, so a stop and a time limit reach it wherever it is: while a name is
looked up, a connection made, a certificate checked, a request written or an answer read.
"""

import math
import threading
import time
from collections.abc import Callable
from contextvars import ContextVar
from hashlib import sha256
from types import TracebackType
from typing import TYPE_CHECKING, Final

from copilot.providers.base import Cancelled
from copilot.vocabulary.errors import TurnCancelledError
from copilot.vocabulary.frozen import mutable

if TYPE_CHECKING:
    import httpx2

    from copilot.providers.ahead import Ahead
    from copilot.providers.early import Early

POLL_SECONDS = 0.05
"""How long whoever waits goes without looking for a stop."""


class OutOfTimeError(Exception):
    """The time that a call had for something is over; an SDK may wrap this."""


class HeldBackError(Exception):
    """A request was made only to be looked at; an SDK may wrap this."""


def _never() -> bool:
    return False


@mutable
class Call:
    """What is under way on this thread. `until` is when its patience ends, on the monotonic clock.

    `body` is the newest one that was posted, with its hash; with `held` it goes nowhere. An answer must begin
    within `first_byte` seconds and is read for up to `silence` seconds without a byte; 0 leaves it to the
    client. `ahead` is on its way before the SDK asked for it, `early` before the HTTP library was there; both
    are this call's alone. `instead` is an address's end and the body that is posted there, whatever an SDK
    made of it. `meanwhile` is what whoever waits has to do. What is posted is `plain` where it surely holds
    no attachments.
    """

    cancelled: Cancelled = _never
    until: float = math.inf
    expired: bool = False
    held: bool = False
    body: bytes | None = None
    sha256: str = ""
    first_byte: float = 0.0
    silence: float = 0.0
    cut: bool = False
    ahead: "Ahead | None" = None
    early: "Early | None" = None
    instead: tuple[str, bytes] | None = None
    meanwhile: Callable[[], None] | None = None
    plain: bool = False

    def idle(self) -> None:
        """To be called before a wait: what was put off until there is time is done now, once."""
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile is not None:
            meanwhile()

    def pause(self, end: float = math.inf) -> float:
        """How long to wait now, up to `end`. Raises TurnCancelledError and OutOfTimeError instead."""
        if self.cancelled():
            raise TurnCancelledError("the request was stopped")
        now = time.monotonic()
        if now >= self.until:
            self.expired = True
            raise OutOfTimeError("it took too long")
        return min(POLL_SECONDS, max(min(end, self.until) - now, 0.001))

    def within(self, seconds: float) -> "_Within":
        """What is done in here has so much time; `expired` is True afterwards where it was not enough."""
        return _Within(self, seconds)

    def was_cut(self) -> None:
        """The answer ended in the middle of a line."""
        self.cut = True

    def note(self, method: str, body: bytes) -> None:
        """Take in a body that is about to be sent. Raises HeldBackError where it is not to be."""
        if method == "POST":
            self.body, self.sha256 = body, sha256(body).hexdigest()
        if self.held:
            raise HeldBackError(f"this {method} was not to be sent")

    def left_early(self, method: str, url: str, body: bytes) -> bool:
        """Whether a request that is about to be made has left already."""
        if self.early is None or self.early.passed.is_set():
            return False
        assert self.early.is_for(method, url, body), "what left early is what is asked first"
        return True

    def taken(self, request: "httpx2.Request") -> "Ahead | None":
        """What went ahead for this request, which takes its answer; None where nothing did."""
        if self.ahead is None or not self.ahead.is_for(request):
            return None
        ahead, self.ahead = self.ahead, None
        return ahead

    def well_begun(self) -> "httpx2.Response | None":
        """The answer to what went ahead, which is the caller's then; None where it is not a good one."""
        answer = self.ahead.good() if self.ahead is not None else None
        if answer is not None:
            self.ahead = None
        return answer

    def drop_ahead(self) -> None:
        """Give up what went ahead and no request has asked for."""
        ahead, self.ahead = self.ahead, None
        early, self.early = self.early, None
        if early is not None:
            early.drop()
        if ahead is not None:
            ahead.drop()


class _Within:
    """See `Call.within`. Entered for each event of an answer, so no generator."""

    __slots__ = ("_before", "_call", "_seconds")

    def __init__(self, call: Call, seconds: float) -> None:
        self._call, self._seconds, self._before = call, seconds, call.until

    def __enter__(self) -> None:
        self._before, self._call.expired = self._call.until, False
        self._call.until = min(self._before, time.monotonic() + self._seconds)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._call.until = self._before


_CALL: Final[ContextVar[Call | None]] = ContextVar("call", default=None)


def current() -> Call:
    """The call that this thread is in; one without limits where it is in none."""
    return _CALL.get() or Call()


def under(call: Call) -> "_Under":
    """What is done in here is part of `call`."""
    return _Under(call)


class _Under:
    """See `under`. Entered for each piece of an answer, so no generator."""

    __slots__ = ("_before", "_call")

    def __init__(self, call: Call) -> None:
        self._call: Call | None = call
        self._before: Call | None = None

    def __enter__(self) -> None:
        self._before = _CALL.get()
        _CALL.set(self._call)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _CALL.set(self._before)


def beside(work: Callable[[], None]) -> Callable[[float], None]:
    """Begin `work` in a thread of its own. What is given waits until it is done, and raises what it raised.

    Loading an SDK and looking up a name cannot be interrupted; waiting for them can. It waits until a time on
    the monotonic clock; then it raises TimeoutError.
    """
    failed: list[BaseException] = []
    done = threading.Event()

    def run() -> None:
        try:
            work()
        except BaseException as error:  # for who waits
            failed.append(error)
        finally:
            done.set()

    def wait(end: float = math.inf) -> None:
        if not done.is_set():
            current().idle()
        while not done.wait(current().pause(end)):
            if time.monotonic() >= end:
                raise TimeoutError
        if failed:
            raise failed[0]

    threading.Thread(target=run, name="providers", daemon=True).start()
    return wait

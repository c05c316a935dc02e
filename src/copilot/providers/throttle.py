"""How long to hold a request back, so that a service's limits and the person's own are kept.

One `SharedThrottle` for each service and key; every worker that uses them shares it. It learns from the
headers of each answer (Anthropic and OpenAI send them, Gemini and local servers do not) and from what a
service asks for when it refuses. It counts what this process sends; what others send with the same key shows
in the service's headers only.
"""

import re
import threading
import time
from array import array
from bisect import bisect_right
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from datetime import datetime

from copilot.providers.base import Cancelled, Hold
from copilot.vocabulary.errors import TurnCancelledError
from copilot.vocabulary.frozen import mutable
from copilot.vocabulary.values import Rate

WINDOW_SECONDS = 60.0
"""`Rate` counts in any sixty seconds."""

WORTH_SECONDS = 0.05
"""Shorter waits are not worth telling."""

_POLL_SECONDS = 0.05
_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
_NAMES = {"requests": "requests", "tokens": "tokens", "input-tokens": "input tokens"}


@mutable(kw_only=True)
class _Allowance:
    """What a service said is left. The services let it grow back evenly until it is full at `full_at`."""

    limit: float
    left: float
    full_at: float

    def wait_for(self, wanted: float, now: float) -> float:
        """Seconds until `wanted` is there, or all there is where more is wanted than the limit."""
        missing = min(wanted, self.limit) - self.left
        if missing <= 0 or now >= self.full_at or self.limit <= self.left:
            return 0.0
        return (self.full_at - now) * missing / (self.limit - self.left)


class SharedThrottle:
    """See the module. May be used from any thread.

    `rate` is the person's own. `single` is for a server that answers one request at a time. `clock` gives
    seconds that never go back.
    """

    def __init__(self, *, single: bool = False, clock: Callable[[], float] = time.monotonic) -> None:
        self.rate = Rate()
        self._clock = clock
        self._lock = threading.Lock()
        self._slot = threading.Lock() if single else None
        self._sent, self._tokens = array("d"), array("q")
        """When each request of the last minute left, and its tokens."""
        self._told: dict[str, _Allowance] = {}
        self._held_until = 0.0

    def hold(self, tokens: int, longest: float) -> Hold | None:
        """Why and how long a request of so many tokens is to wait; None where it may go at once.

        Where the service's limits would have it wait for more than `longest` seconds it goes: whoever sends
        it knows of that limit by now, and the service may have changed its mind.
        """
        with self._lock:
            now = self._clock()
            theirs = [
                hold for hold in (*self._asked(now), *self._learned(tokens, now)) if hold.seconds <= longest
            ]
            found = [*theirs, *self._own(tokens, now)]
        last = max(found, key=lambda hold: hold.seconds, default=None)
        return last if last is not None and last.seconds >= WORTH_SECONDS else None

    def sent(self, tokens: int) -> None:
        """A request of so many tokens goes out."""
        with self._lock:
            self._sent.append(self._clock())
            self._tokens.append(tokens)
            for name, allowance in self._told.items():
                allowance.left -= 1 if name == "requests" else tokens if name == "tokens" else 0

    def wait_asked(self, seconds: float) -> None:
        """The service asks for a pause."""
        with self._lock:
            self._held_until = max(self._held_until, self._clock() + seconds)

    def answered(self) -> None:
        """The service answers again: a pause that it asked for is over."""
        with self._lock:
            self._held_until = 0.0

    def learn(self, headers: Mapping[str, str]) -> None:
        """Take in the headers of an answer, names in lower case; what makes no sense is passed over."""
        with self._lock:
            now = self._clock()
            for name in _NAMES:
                said = _anthropic(headers, name) or _openai(headers, name)
                if said is not None:
                    limit, left, seconds = said
                    self._told[name] = _Allowance(limit=limit, left=left, full_at=now + seconds)

    @contextmanager
    def turn(self, cancelled: Cancelled, meanwhile: Callable[[], None] | None = None) -> Generator[None]:
        """While this is open a server that takes one request at a time has it. Raises TurnCancelledError.

        `meanwhile` is called where that has to be waited for.
        """
        if self._slot is None:
            yield
            return
        if not self._slot.acquire(blocking=False):
            if meanwhile is not None:
                meanwhile()
            while not self._slot.acquire(timeout=_POLL_SECONDS):
                if cancelled():
                    raise TurnCancelledError("stopped while another request had the server")
        try:
            yield
        finally:
            self._slot.release()

    def _asked(self, now: float) -> list[Hold]:
        return [Hold(seconds=self._held_until - now, reason="the service asked for a pause")]

    def _own(self, tokens: int, now: float) -> list[Hold]:
        """The person's own limits, over what left in the last minute."""
        gone = bisect_right(self._sent, now - WINDOW_SECONDS)
        del self._sent[:gone], self._tokens[:gone]
        found: list[Hold] = []
        most = self.rate.requests_per_minute
        if most is not None and len(self._sent) >= most:
            seconds = self._sent[len(self._sent) - most] + WINDOW_SECONDS - now
            found.append(Hold(seconds=seconds, reason=f"your limit of {_counted(most, 'request')} a minute"))
        allowed = self.rate.tokens_per_minute
        if allowed is not None:
            over = sum(self._tokens) + tokens - allowed
            # the oldest first, until there is room; a request larger than that goes alone
            for at, count in zip(self._sent, self._tokens, strict=True):
                if over <= 0:
                    break
                over -= count
                reason = f"your limit of {_counted(allowed, 'token')} a minute"
                found.append(Hold(seconds=at + WINDOW_SECONDS - now, reason=reason))
        return found

    def _learned(self, tokens: int, now: float) -> list[Hold]:
        # Anthropic's input tokens leave out most of what its cache had, which an estimate cannot know: only
        # an empty account counts there.
        wanted = {"requests": 1, "tokens": tokens, "input-tokens": 1}
        return [
            Hold(
                seconds=allowance.wait_for(wanted[name], now),
                reason=f"the service's limit of {allowance.limit:,.0f} {_NAMES[name]}",
            )
            for name, allowance in self._told.items()
        ]


def _anthropic(headers: Mapping[str, str], name: str) -> tuple[float, float, float] | None:
    """Limit, rest, seconds until it is full; the reset is a time (RFC 3339) by the service's own clock."""
    start = f"anthropic-ratelimit-{name}-"
    limit = None if name == "tokens" else _number(headers.get(f"{start}limit"))  # it is only the tightest one
    left = None if limit is None else _number(headers.get(f"{start}remaining"))
    if limit is None or left is None:
        return None
    from email.utils import parsedate_to_datetime  # the HTTP library has it loaded

    try:
        reset = datetime.fromisoformat(headers.get(f"{start}reset", ""))
        now = parsedate_to_datetime(headers["date"])
        seconds = (reset - now).total_seconds()
    except (ValueError, TypeError, KeyError, OverflowError):
        return None
    return limit, left, max(seconds, 0.0)


def _openai(headers: Mapping[str, str], name: str) -> tuple[float, float, float] | None:
    """The same where the reset is a duration like `6m0s`."""
    limit = _number(headers.get(f"x-ratelimit-limit-{name}"))
    if limit is None:
        return None
    left = _number(headers.get(f"x-ratelimit-remaining-{name}"))
    seconds = duration(headers.get(f"x-ratelimit-reset-{name}", ""))
    return None if left is None or seconds is None else (limit, left, seconds)


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def duration(text: str) -> float | None:
    """The seconds of `6m0s`, `12ms`, `1h30m` or `1.5s`; None for anything else."""
    if not re.fullmatch(r"(\d+(\.\d+)?(ms|h|m|s))+", text) or len(text) > 40:
        return None
    return sum(float(n) * _UNITS[u] for n, u in re.findall(r"(\d+(?:\.\d+)?)(ms|h|m|s)", text))


def _number(text: str | None) -> float | None:
    if text is None:
        return None
    try:
        value = float(text)
    except ValueError:
        return None
    return value if 0 <= value < 1e12 else None

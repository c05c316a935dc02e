"""Sending a request, and sending it again when nothing of its answer has been seen yet.

Retries are ours, never the SDK's: each wait is announced before it begins, and ends at once when the person
stops the turn or wants the request to go now. One rule decides whether a request may go again: no chunk of
its answer has arrived. Then nothing was shown, nothing kept, and no tool can have run because of it, so the
second request repeats nothing, in the first round of a turn as after its tools. Once something was seen, the
answer broke off: it is kept as partial, and the person decides (`CONTINUE`).

A service that refuses for a reason that stays (a key, money, safety, the request) is never asked twice.
"""

import time
from collections.abc import Callable, Generator
from contextlib import closing
from datetime import datetime

from copilot.ai.voice import Voice
from copilot.providers.base import Chunk, NoticeChunk, Throttle
from copilot.vocabulary.errors import ProviderError, RateLimitedError, TurnCancelledError, UnavailableError
from copilot.vocabulary.events import RetryScheduled
from copilot.vocabulary.frozen import frozen

POLL_SECONDS = 0.05
"""How long a wait goes on without looking for a stop."""

LATER = "Send the message again after that, or choose another model."


@frozen
class Attempts:
    """How a request is sent: `most` times at the most, no wait longer than `longest_wait` seconds.

    `hurried` tells, once, that the person wants a wait to end; `random` gives numbers from 0 up to 1.
    """

    voice: Voice
    throttle: Throttle
    cancelled: Callable[[], bool]
    hurried: Callable[[], bool]
    random: Callable[[], float]
    most: int
    longest_wait: float

    def stream(self, start: Callable[[], Generator[Chunk]], tokens: int) -> Generator[Chunk]:
        """The chunks of `start()`, a request of about so many tokens.

        Raises the last ProviderError, or TurnCancelledError.
        """
        hurried = False
        for attempt in range(1, self.most + 1):
            if not hurried:
                hurried = self._hold_back(attempt, tokens)
            self.throttle.sent(tokens)
            seen = False
            try:
                with closing(start()) as chunks:
                    for chunk in chunks:
                        if not seen and not isinstance(chunk, NoticeChunk):
                            seen = True
                            self.throttle.answered()
                        yield chunk
                return
            except ProviderError as error:
                if seen or not error.retryable:
                    raise
                seconds = self._wait(error, attempt)
                if attempt == self.most:
                    raise
                hurried = self._pause(attempt + 1, seconds, str(error), "retry")

    def _hold_back(self, attempt: int, tokens: int) -> bool:
        """Wait until the limits let the request go; True where the person wanted it to go now."""
        while (hold := self.throttle.hold(tokens, self.longest_wait)) is not None:
            if hold.seconds > self.longest_wait:
                until = f"{_span(hold.seconds)}, until {self._until(hold.seconds)}"
                raise RateLimitedError(f"{hold.reason}: {until}", LATER, retry_after=hold.seconds)
            if self._pause(attempt, hold.seconds, hold.reason, "limit"):
                return True
        return False

    def _wait(self, error: ProviderError, attempt: int) -> float:
        """Seconds before the next attempt. Raises where the service wants a longer wait than is allowed."""
        asked = error.retry_after
        if asked is None:
            return min(2 ** (attempt - 1) * (0.5 + self.random()), self.longest_wait)
        self.throttle.wait_asked(asked)
        if asked > self.longest_wait:
            words = f"{error} (it asks to wait {_span(asked)}, until {self._until(asked)})"
            if isinstance(error, RateLimitedError):
                raise RateLimitedError(
                    words, LATER, request_id=error.request_id, retry_after=asked
                ) from error
            raise UnavailableError(words, LATER, request_id=error.request_id) from error
        return asked

    def _pause(self, attempt: int, seconds: float, reason: str, kind: str) -> bool:
        """Announce a wait and wait; True where the person ended it. Raises TurnCancelledError."""
        self.hurried()  # a wish for an earlier wait does not end this one
        self.voice.say(RetryScheduled, attempt=attempt, wait_seconds=seconds, reason=reason, kind=kind)
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            if self.cancelled():
                raise TurnCancelledError("stopped while waiting to send the request")
            if self.hurried():
                return True
            time.sleep(min(POLL_SECONDS, left))
        return False

    def _until(self, seconds: float) -> str:
        """The time of the day, with the date where it is not today."""
        now = datetime.fromtimestamp(self.voice.clock()).astimezone()
        then = datetime.fromtimestamp(self.voice.clock() + seconds).astimezone()
        return f"{then:%H:%M}" if then.date() == now.date() else f"{then:%Y-%m-%d %H:%M}"


def _span(seconds: float) -> str:
    """A wait in words: `45 s`, `12 min`, `3 h 5 min`."""
    minutes = round(seconds / 60)
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60} min"

"""Trying a request again when nothing of its answer has been seen yet.

Retries are ours, never the SDK's: each wait is announced before it begins and ends at once when the person
stops the turn. A request is repeated only while no chunk has arrived; no tool can have run in between.
"""

import time
from collections.abc import Callable, Iterator

from copilot.ai.voice import Voice
from copilot.providers.base import Chunk
from copilot.vocabulary.errors import ProviderError, RateLimitedError, TurnCancelledError
from copilot.vocabulary.events import RetryScheduled

ATTEMPTS = 3
LONGEST_WAIT_SECONDS = 60.0


def stream_with_retry(
    start: Callable[[], Iterator[Chunk]], voice: Voice, cancelled: Callable[[], bool]
) -> Iterator[Chunk]:
    """The chunks of `start()`, begun again up to `ATTEMPTS` times. Raises the last ProviderError."""
    for attempt in range(1, ATTEMPTS + 1):
        seen = False
        try:
            for chunk in start():
                seen = True
                yield chunk
            return
        except ProviderError as error:
            wait = _wait(error, attempt)
            if seen or attempt == ATTEMPTS or wait is None:
                raise
            voice.say(RetryScheduled, attempt=attempt + 1, wait_seconds=wait, reason=str(error))
            pause(wait, cancelled)


def _wait(error: ProviderError, attempt: int) -> float | None:
    """Seconds to wait before the next attempt; None where trying again cannot help or takes too long."""
    if not error.retryable:
        return None
    asked = error.retry_after if isinstance(error, RateLimitedError) else None
    if asked is None:
        return float(2 ** (attempt - 1))
    return asked if asked <= LONGEST_WAIT_SECONDS else None


def pause(seconds: float, cancelled: Callable[[], bool]) -> None:
    """Wait, looking for a stop twenty times a second. Raises TurnCancelledError."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        if cancelled():
            raise TurnCancelledError("stopped while waiting to try again")
        time.sleep(min(0.05, left))

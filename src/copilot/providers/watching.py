"""The events of a streamed answer on their way to whoever puts it together, each within its time."""

import time
from collections.abc import Callable, Generator, Iterable
from contextlib import suppress
from typing import TypeVar

from copilot.providers.base import Patience
from copilot.providers.call import current
from copilot.providers.failures import Service
from copilot.vocabulary.errors import NetworkError

T = TypeVar("T")

SLOW = "Try again, or another model. [limits] in config.toml says how long an answer may take."

DRAIN_SECONDS = 1.0
"""How long what follows the last event that matters is read before it is cut off."""


def watched(
    events: Iterable[T],
    service: Service,
    patience: Patience | None = None,
    *,
    beats: Callable[[T], bool] = lambda _: False,
) -> Generator[T]:
    """The same events. Raises NetworkError when they take longer than `patience` allows.

    Only a whole event is progress, however many pings and comments come in between; the client's own read
    timeout does not see a server that sends those, or one byte a second, for ever. Nor is one that `beats`
    finds to be a ping, after the first. When the caller has seen enough and closes this, what is left is read
    for `DRAIN_SECONDS` and then cut off.
    """
    clock, call = time.monotonic, current()
    allowed = patience or Patience()
    idle, begun = allowed.first_byte or allowed.progress, False
    waited = 0.0  # since the last progress, without what the caller does between two events
    end = clock() + allowed.answer
    iterator = iter(events)
    try:
        while True:
            asked = clock()
            left = end - asked
            try:
                with call.within(min(idle - waited, left)):
                    event = next(iterator)
            except StopIteration:
                return
            except Exception as error:
                if not call.expired:
                    raise
                if left <= idle - waited:
                    words = f"the answer was not done after {allowed.answer:g} s"
                elif begun:
                    words = f"the answer made no progress for {idle:g} s"
                else:
                    words = f"no answer began within {idle:g} s"
                raise NetworkError(service.cannot(f"{words}; it was given up"), SLOW) from error
            if begun and beats(event):
                waited += clock() - asked
            else:
                idle, begun, waited = allowed.progress, True, 0.0
            yield event
    finally:
        with suppress(Exception), call.within(DRAIN_SECONDS):  # the answer is whole: the rest does not matter
            for _ in iterator:
                pass

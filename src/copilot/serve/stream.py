"""The events of one project as its followers get them: a bounded ring of lines, and a place in it for each.

A follower holds no events of its own. One that is slower than the ring is long is dropped and begins again
with a snapshot, so that nobody makes the server grow.
"""

import threading
from collections import deque
from collections.abc import Callable
from itertools import islice

from copilot.serve.contract import Numbered

MOST_BYTES = 1024 * 1024
MOST_LINES = 8192
"""Of the ring. The newest line is in it however long it is."""

AT_ONCE = 256 * 1024
"""Bytes that `take` gives at the most, or one line."""

SLOW = "you were too slow: events are gone that you did not take; follow again"


class Stream:
    """The ring. Any thread."""

    def __init__(self, before: int) -> None:
        """`before` is the number after which it begins."""
        self.changed = threading.Condition()
        self._lines: deque[Numbered] = deque()
        self._bytes = 0
        self._last = before
        self._followers: set[Following] = set()
        self.snapshot: Numbered | None = None
        """The last one that was made, as long as the ring goes on from it; no long one."""

    @property
    def last(self) -> int:
        """The number of the newest line."""
        return self._last

    def put(self, line: Numbered) -> None:
        """Append the next line: its number is that of the one before and 1."""
        with self.changed:
            self._lines.append(line)
            self._bytes += len(line.line)
            self._last = line.number
            while len(self._lines) > 1 and (self._bytes > MOST_BYTES or len(self._lines) > MOST_LINES):
                self._bytes -= len(self._lines.popleft().line)
            if self.snapshot is not None and not self.reaches(self.snapshot.number):
                self.snapshot = None
            self.changed.notify_all()
            followers = [one for one in self._followers if one.sleeps()]
        for one in followers:
            one.wake()

    def reaches(self, after: int) -> bool:
        """Whether nothing is missing behind the number `after`."""
        with self.changed:
            return self._last - len(self._lines) <= after <= self._last

    def since(self, after: int) -> tuple[Numbered, ...]:
        """The next lines behind `after`, which it reaches."""
        found: list[Numbered] = []
        room = AT_ONCE
        with self.changed:
            for line in islice(self._lines, len(self._lines) - (self._last - after), None):
                room -= len(line.line)
                if found and room < 0:
                    break
                found.append(line)
        return tuple(found)

    def add(self, follower: "Following") -> None:
        """One more to be woken."""
        with self.changed:
            self._followers.add(follower)

    def remove(self, follower: "Following") -> None:
        """No more."""
        with self.changed:
            self._followers.discard(follower)

    def end(self, why: str) -> None:
        """Nothing more comes; every follower is told."""
        with self.changed:
            followers = list(self._followers)
        for one in followers:
            one.end(why)


class Following:
    """One follower (`contract.Follow`). `closed` is called once, when it is over or closed."""

    def __init__(
        self,
        stream: Stream,
        after: int,
        first: Numbered | None,
        wake: Callable[[], None],
        closed: Callable[["Following"], None],
    ) -> None:
        """`first` is a snapshot to begin with, whose number is `after`; None: the stream reaches `after`."""
        self._stream = stream
        self._after = after
        self._first = first
        self._closed = closed
        self._gone = self._woken = False
        self._over = ""
        self.wake = wake
        self.holds = len(first.line) if first is not None else 0
        """Bytes of a snapshot that waits, or was handed over and may still be on its way."""
        stream.add(self)

    @property
    def over(self) -> str:
        """See `Follow`."""
        return self._over

    def take(self, seconds: float = 0.0) -> tuple[Numbered, ...]:
        """See `Follow`."""
        stream = self._stream
        with stream.changed:
            self._woken = False
            if self._first is None and seconds:
                stream.changed.wait_for(lambda: self._over or stream.last > self._after, seconds)
            if self._first is not None:
                first, self._first = self._first, None
                return (first,)
            self.holds = 0
            slow = not stream.reaches(self._after)
            found = () if slow else stream.since(self._after)
            if found:
                self._after = found[-1].number
        if slow:
            self.end(SLOW)
        return found

    def sleeps(self) -> bool:
        """Whether it is to be woken: once for all that comes until it takes again."""
        with self._stream.changed:
            before, self._woken = self._woken, True
            return not before

    def end(self, why: str) -> None:
        """It is over, for the reason that is given first."""
        with self._stream.changed:
            self._over = self._over or why
            self._stream.changed.notify_all()
        self._leave()
        self.wake()

    def close(self) -> None:
        """See `Follow`."""
        with self._stream.changed:
            self._over = self._over or "closed"
        self._leave()

    def _leave(self) -> None:
        with self._stream.changed:
            gone, self._gone = self._gone, True
        if not gone:
            self._stream.remove(self)
            self._closed(self)

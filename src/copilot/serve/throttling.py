"""How often somebody may come: buckets that fill with time and from which each request takes one."""

from copilot.vocabulary.frozen import mutable

MOST_KEYS = 4_096
"""Of one table; the bucket that was used least recently makes room for a new one."""


@mutable
class _Bucket:
    left: float
    at: float


class Buckets:
    """A bucket for each key. Not to be shared by threads."""

    def __init__(self) -> None:
        self._buckets: dict[str, _Bucket] = {}

    def take(self, key: str, a_minute: float, now: float) -> float:
        """Take one from a bucket that holds, and gets, `a_minute`; 0, or the seconds until there is one.

        `now` is in seconds of a clock that never goes back.
        """
        bucket = self._buckets.pop(key, None) or _Bucket(left=a_minute, at=now)
        self._buckets[key] = bucket  # at the end: used last
        if len(self._buckets) > MOST_KEYS:
            del self._buckets[next(iter(self._buckets))]
        bucket.left = min(a_minute, bucket.left + (now - bucket.at) * a_minute / 60.0)
        bucket.at = now
        if bucket.left >= 1.0:
            bucket.left -= 1.0
            return 0.0
        return (1.0 - bucket.left) * 60.0 / a_minute if a_minute > 0 else 60.0

"""What texts count, kept in little memory: two rows of numbers instead of a dictionary."""

import threading
from array import array
from bisect import bisect_left

MOST = 16_384
"""Texts that are known, 16 bytes each; beyond that all are forgotten and counted anew."""


class Counted:
    """Wordpieces by the hash of a text (64 bits): texts themselves would be a second copy of every message.

    Any thread may call it.
    """

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._forget()

    def get(self, key: int) -> float | None:
        """What the text with this hash counts; None where nobody counted it."""
        with self._lock:
            at = bisect_left(self._keys, key)
            known = at < len(self._keys) and self._keys[at] == key
            return self._pieces[at] if known else None

    def put(self, key: int, pieces: float) -> None:
        """Keep what a text counts."""
        with self._lock:
            at = bisect_left(self._keys, key)
            if at < len(self._keys) and self._keys[at] == key:
                return
            if len(self._keys) >= self._most:
                self._forget()
                at = 0
            self._keys.insert(at, key)
            self._pieces.insert(at, pieces)

    def _forget(self) -> None:
        self._keys, self._pieces = array("q"), array("d")

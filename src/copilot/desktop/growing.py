"""A text that grows at its end, as a value: adding a piece costs the piece, not the text before it."""

import threading


class Growing:
    """Equal to any other of the same text. All that grew from one share what they hold."""

    __slots__ = ("_length", "_shared")

    def __init__(self, text: str = "", *, _shared: "_Shared | None" = None, _length: int = 0) -> None:
        self._shared = _Shared(text) if _shared is None else _shared
        self._length = len(text) if _shared is None else _length

    def plus(self, piece: str) -> "Growing":
        """The text with a piece behind it."""
        shared = self._shared
        if shared.length != self._length:  # something else was put behind this very text before
            return Growing(self.text + piece)
        shared.add(piece)
        return Growing(_shared=shared, _length=shared.length)

    @property
    def text(self) -> str:
        """All of it; put together when it is asked for."""
        return self._shared.begun(self._length)

    def __len__(self) -> int:
        return self._length

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Growing):
            return NotImplemented
        return self._length == other._length and (self._shared is other._shared or self.text == other.text)

    def __hash__(self) -> int:
        return hash(self._length)

    def __repr__(self) -> str:
        return f"Growing({self.text!r})"


class _Shared:
    """What was said so far, and the pieces that came since somebody asked for it.

    Whoever holds a state may read it on another thread while it grows.
    """

    __slots__ = ("_lock", "_pieces", "_text", "length")

    def __init__(self, text: str) -> None:
        self._lock = threading.Lock()
        self._text = text
        self._pieces: list[str] = []
        self.length = len(text)

    def add(self, piece: str) -> None:
        """Put a piece behind all the others."""
        with self._lock:
            self._pieces.append(piece)
            self.length += len(piece)

    def begun(self, length: int) -> str:
        """The first `length` characters."""
        with self._lock:
            if self._pieces:
                self._text = "".join((self._text, *self._pieces))
                self._pieces = []
            return self._text if length == self.length else self._text[:length]

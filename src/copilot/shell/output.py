"""What a running program prints: shown as it comes, bounded in memory, whole on disk up to a cap."""

import codecs
import os
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, Protocol

from copilot.vocabulary.frozen import field, frozen, mutable
from copilot.vocabulary.patterns import late

MEMORY_CHARACTERS = 32_000
"""Kept in memory of one stream: the first and the last half of this."""
LIVE_CHARACTERS = 200_000
"""Shown while it runs, of one stream; after that only counted."""
DISK_BYTES = 50_000_000
"""Kept on disk, of one stream."""

_BAD_BYTE = late("[\udc80-\udcff]")
_NOT_SHOWN_LIVE = "\n[more output follows; it is not shown while it runs]\n"


class Filter(Protocol):
    """Takes secrets out of text that comes in pieces; may hold back a piece until the next or `flush`."""

    def feed(self, text: str, /) -> str: ...
    def flush(self) -> str: ...


class NoFilter:
    """Lets everything through."""

    def feed(self, text: str, /) -> str:
        """The text itself."""
        return text

    def flush(self) -> str:
        """Nothing was held back."""
        return ""


@frozen
class Kept:
    """One finished stream. `text` has a line in the middle where something was left out (`truncated`).

    `lossy`: some bytes were not UTF-8 and became U+FFFD (on disk they are written as \\xhh).
    """

    text: str
    truncated: bool
    lossy: bool
    total_bytes: int
    file: Path | None
    trouble: str


@mutable(kw_only=True)
class StreamKeeper:
    """Takes the bytes of one stream from one thread. `live` is told the text to show."""

    file: Path | None
    new_filter: Callable[[], Filter]
    live: Callable[[str], None]
    disk_bytes: int = DISK_BYTES
    _filter: Filter = field(init=False)
    _decoder: codecs.IncrementalDecoder = field(init=False)
    _disk: BinaryIO | None = field(default=None, init=False)
    _head: str = field(default="", init=False)
    _tail: str = field(default="", init=False)
    _shown: int = field(default=0, init=False)
    _characters: int = field(default=0, init=False)
    _bytes: int = field(default=0, init=False)
    _late: bytes = field(default=b"", init=False)
    _lossy: bool = field(default=False, init=False)
    _trouble: str = field(default="", init=False)

    def __post_init__(self) -> None:
        self._restart()

    def feed(self, data: bytes) -> None:
        """Take the next bytes. Past the disk cap only the last of them are kept, so that a flood is cheap."""
        over = self._bytes >= self.disk_bytes
        self._bytes += len(data)
        if over:
            self._late = (self._late + data)[-MEMORY_CHARACTERS * 2 :]
        else:
            self._take(self._filter.feed(self._decoder.decode(data)))

    def finish(self) -> Kept:
        """The stream has ended: flush, close, and say what is kept."""
        self._take(self._filter.feed(self._decoder.decode(b"", True)) + self._filter.flush())
        late = bool(self._late)
        if late:
            self._restart()
            text = self._filter.feed(self._decoder.decode(self._late.lstrip(_CONTINUATION), True))
            self._tail = self._readable(text + self._filter.flush())[-MEMORY_CHARACTERS // 2 :]
        self._close()
        left_out = self._characters - len(self._head) - len(self._tail)
        return Kept(
            text=self._head + self._gap(left_out, late) + self._tail,
            truncated=late or left_out > 0,
            lossy=self._lossy,
            total_bytes=self._bytes,
            file=self.file if self._bytes else None,
            trouble=self._trouble,
        )

    def _restart(self) -> None:
        self._filter = self.new_filter()
        # surrogateescape marks each bad byte exactly; _readable and _write turn the marks into text
        self._decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")

    def _take(self, text: str) -> None:
        if not text:
            return
        self._write(text)
        text = self._readable(text)
        self._characters += len(text)
        room = MEMORY_CHARACTERS // 2 - len(self._head)
        self._head += text[:room]
        if room < len(text):
            self._tail = (self._tail + text[max(room, len(text) - MEMORY_CHARACTERS) :])[
                -MEMORY_CHARACTERS // 2 :
            ]
        if self._shown < LIVE_CHARACTERS:
            self._shown += len(text)
            self.live(text if self._shown < LIVE_CHARACTERS else text[:LIVE_CHARACTERS] + _NOT_SHOWN_LIVE)

    def _readable(self, text: str) -> str:
        if text.isascii() or not _BAD_BYTE.search(text):
            return text
        self._lossy = True
        return _BAD_BYTE.sub("\ufffd", text)

    def _write(self, text: str) -> None:
        if self.file is None or self._trouble:
            return
        escaped = text if text.isascii() else _BAD_BYTE.sub(lambda m: f"\\x{ord(m[0]) - 0xDC00:02x}", text)
        try:
            self._disk = self._disk or _create(self.file)
            self._disk.write(escaped.encode("utf-8", "replace"))
        except OSError as error:
            self._trouble = f"the output could not be kept in {self.file}: {error.strerror or error}"

    def _close(self) -> None:
        if self._disk is not None:
            try:
                self._disk.close()
            except OSError as error:
                self._trouble = (
                    f"the output could not be kept whole in {self.file}: {error.strerror or error}"
                )

    def _gap(self, left_out: int, late: bool) -> str:
        if not late and left_out <= 0:
            return ""
        size = f"{left_out:,} characters" if not late else f"most of {self._bytes:,} bytes"
        if self.file is None or self._trouble:
            return f"\n[... {size} left out ...]\n"
        part = f"the first {self.disk_bytes:,} bytes are" if late else "the whole output is"
        return f"\n[... {size} left out; {part} in {self.file} ...]\n"


_CONTINUATION = bytes(range(0x80, 0xC0))


def _create(path: Path) -> BinaryIO:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    return os.fdopen(os.open(path, flags, 0o600), "wb")

"""Bytes to text and back: which encoding, which line ends, and the same bytes again where nothing changed.

The order is: byte order mark, strict UTF-8, a guess by charset-normalizer where it can be imported, cp1252 as
Windows has it. A guess is said to be one: rewriting such a file may change what was guessed wrong.
"""

from importlib import import_module
from typing import Any

from copilot.vocabulary.errors import ToolError
from copilot.vocabulary.frozen import frozen

_MARKS = (
    (b"\xff\xfe\x00\x00", "utf-32-le"),
    (b"\x00\x00\xfe\xff", "utf-32-be"),
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)
_LOOKED_AT = 8_192
"""Bytes in which a NUL makes a file binary, as git decides it."""
_GUESSED_FROM = 65_536
_FEWEST_CLUES = 16
"""Bytes outside ASCII from which a guess beats cp1252; from fewer it finds anything."""


@frozen
class TextFile:
    """A text file's words and how they are written.

    `text` has plain line feeds where `newline` is CRLF (every line of the file ends so); a file that mixes
    line ends keeps them in `text`. `guessed` says that the encoding is not certain.
    """

    text: str
    encoding: str = "utf-8"
    mark: bytes = b""
    newline: str = "\n"
    guessed: bool = False

    def encode(self, text: str) -> bytes:
        """Other text, written the same way. Raises ToolError where the encoding lacks a character."""
        if self.newline == "\r\n":
            text = text.replace("\r\n", "\n").replace("\n", "\r\n")
        try:
            return self.mark + text.encode(self.encoding)
        except UnicodeEncodeError as error:
            lacking = text[error.start : error.start + 1].encode("ascii", "backslashreplace").decode()
            raise ToolError(f"the file is written in {self.encoding}, which has no '{lacking}'.") from error


def decode(data: bytes) -> TextFile | None:
    """The text in `data`; None for binary. `decode(d).encode(decode(d).text)` gives `d` again, or None."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _exact(data, data[len(mark) :], encoding, mark)
    if b"\0" in data[:_LOOKED_AT]:
        return None
    return (
        _exact(data, data, "utf-8")
        or _exact(data, data, _guess(data), guessed=True)
        or _exact(data, data, "cp1252", guessed=True)
    )


def decode_quickly(data: bytes) -> str | None:
    """The text in `data` for a look at it, without guesses that take time; None for binary."""
    if any(data.startswith(mark) for mark, _ in _MARKS):
        marked = decode(data)
        return None if marked is None else marked.text
    if b"\0" in data[:_LOOKED_AT]:
        return None
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _exact(
    data: bytes, body: bytes, encoding: str, mark: bytes = b"", *, guessed: bool = False
) -> TextFile | None:
    try:
        raw = body.decode(encoding)
    except (UnicodeError, LookupError):
        return None
    windows = "\r" in raw and raw.count("\r\n") == raw.count("\n") == raw.count("\r")
    found = TextFile(
        text=raw.replace("\r\n", "\n") if windows else raw,
        encoding=encoding,
        mark=mark,
        newline="\r\n" if windows else "\n",
        guessed=guessed,
    )
    try:
        return found if found.encode(found.text) == data else None
    except ToolError:
        return None


def _guess(data: bytes) -> str:
    sample = data[:_GUESSED_FROM]
    if sum(byte >= 0x80 for byte in sample) < _FEWEST_CLUES:
        return "cp1252"
    try:
        library: Any = import_module("charset_normalizer")
    except ImportError:
        return "cp1252"
    best = library.from_bytes(sample).best()
    # UTF-16 and UTF-32 without a mark are not believed: any even number of letters looks like them
    return "cp1252" if best is None or best.encoding.startswith("utf") else str(best.encoding)

"""What a file that a person attaches really is: told from its first bytes, never from its name.

Nothing is decoded: a picture's size stands in its header, so that one which claims 60000 x 60000 pixels costs
nothing to refuse. A PDF's pages are counted from its page objects, also where those are compressed.
"""

import re
import zlib
from collections.abc import Iterator

from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.messages import MediaType

_MOST_INFLATED = 32 * 2**20
"""Bytes of a PDF's compressed objects that are looked at for pages; a bomb ends there."""

_STEP = 2**16
"""Bytes that are inflated at a time: to give the rest of a file to each of its objects is to copy it all."""

_MOST_SEGMENTS = 10_000
"""Of a JPEG before its frame; real ones have some dozens."""

_PAGE = re.compile(rb"/Type\s*/Page(?![A-Za-z])")
_COUNT = re.compile(
    rb"/Type\s*/Pages\b[^>]{0,400}?/Count\s+(\d{1,7})|/Count\s+(\d{1,7})[^>]{0,400}?/Type\s*/Pages\b"
)
_OBJECTS = re.compile(rb"/ObjStm\b.{0,400}?stream\r?\n", re.DOTALL)
_ENCRYPTED = re.compile(rb"/Encrypt\s+\d+\s+\d+\s+R")

_JPEG_SIZES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_JPEG_BARE = frozenset(range(0xD0, 0xD8)) | {0x01, 0xFF}


class MediaError(ValueError):
    """The bytes are nothing that can be attached; says what they are or lack."""


@frozen
class Media:
    """What the bytes are. `width`, `height` in pixels (PDF: 0); `pages` 0 where they cannot be counted."""

    media_type: MediaType
    width: int = 0
    height: int = 0
    pages: int = 0


def look(data: bytes) -> Media:
    """What `data` is. Raises MediaError for everything but PNG, JPEG, GIF, WebP and PDF, and broken ones."""
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return _picture("image/png", *_png(data))
    if data.startswith(b"\xff\xd8\xff"):
        return _picture("image/jpeg", *_jpeg(data))
    if data.startswith((b"GIF87a", b"GIF89a")):
        return _picture("image/gif", *_gif(data))
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return _picture("image/webp", *_webp(data))
    if data.startswith(b"%PDF-"):
        return _pdf(data)
    if not data:
        raise MediaError("it is empty")
    raise MediaError("it is no PNG, JPEG, GIF, WebP or PDF, whatever its name says")


def _picture(media_type: MediaType, width: int, height: int) -> Media:
    if width < 1 or height < 1:
        raise MediaError("its header gives it no size: it is broken")
    return Media(media_type=media_type, width=width, height=height)


def _png(data: bytes) -> tuple[int, int]:
    if data[12:16] != b"IHDR" or len(data) < 33:
        raise MediaError("it begins like a PNG and breaks off in its header")
    if b"IEND" not in data[-16:]:
        raise MediaError("it begins like a PNG and breaks off before its end")
    return int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")


def _gif(data: bytes) -> tuple[int, int]:
    if len(data) < 14 or b"\x3b" not in data[-8:]:
        raise MediaError("it begins like a GIF and breaks off")
    return int.from_bytes(data[6:8], "little"), int.from_bytes(data[8:10], "little")


def _jpeg(data: bytes) -> tuple[int, int]:
    at = 2
    for _ in range(_MOST_SEGMENTS):
        if at + 4 > len(data) or data[at] != 0xFF:
            break
        kind = data[at + 1]
        if kind in _JPEG_BARE:
            at += 1 if kind == 0xFF else 2
            continue
        length = int.from_bytes(data[at + 2 : at + 4], "big")
        if kind in _JPEG_SIZES and at + 9 <= len(data):
            if b"\xff\xd9" not in data[at + length :]:
                raise MediaError("it begins like a JPEG and breaks off before its end")
            return int.from_bytes(data[at + 7 : at + 9], "big"), int.from_bytes(data[at + 5 : at + 7], "big")
        if length < 2:
            break
        at += 2 + length
    raise MediaError("it begins like a JPEG and has no frame: it is broken")


def _webp(data: bytes) -> tuple[int, int]:
    if int.from_bytes(data[4:8], "little") + 8 > len(data) + 1 or len(data) < 30:
        raise MediaError("it begins like a WebP and breaks off")
    match data[12:16]:
        case b"VP8X":
            return 1 + int.from_bytes(data[24:27], "little"), 1 + int.from_bytes(data[27:30], "little")
        case b"VP8L":
            bits = int.from_bytes(data[21:25], "little")
            return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
        case b"VP8 ":
            width, height = (int.from_bytes(data[n : n + 2], "little") for n in (26, 28))
            return width & 0x3FFF, height & 0x3FFF
        case _:
            raise MediaError("it begins like a WebP and holds no picture")


def _pdf(data: bytes) -> Media:
    if b"%%EOF" not in data[-2048:]:
        raise MediaError("it begins like a PDF and breaks off before its end")
    if _ENCRYPTED.search(data):
        raise MediaError("it is a PDF with a password or other protection, which no model can read")
    bodies = (data, *_inflated(data))
    counts = [int(one or other) for body in bodies for one, other in _COUNT.findall(body)]
    return Media(
        media_type="application/pdf",
        pages=max(counts, default=0) or sum(len(_PAGE.findall(body)) for body in bodies),
    )


def _inflated(data: bytes) -> Iterator[bytes]:
    """The streams that hold compressed objects, as far as they can be read."""
    left = _MOST_INFLATED
    for found in _OBJECTS.finditer(data):
        try:
            body = _inflate(data, found.end(), left)
        except zlib.error:
            continue
        left -= len(body)
        yield body
        if left <= 0:
            return


def _inflate(data: bytes, at: int, most: int) -> bytes:
    """At most `most` bytes of the compressed stream that begins at `at`. Raises zlib.error."""
    stream, view, body = zlib.decompressobj(), memoryview(data), bytearray()
    while not stream.eof and at < len(data) and len(body) < most:
        body += stream.decompress(view[at : at + _STEP], most - len(body))
        at += _STEP
    return bytes(body)

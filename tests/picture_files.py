"""Small real images and PDFs, made here, and hostile ones."""

import struct
import zlib


def png(width: int = 20, height: int = 30, colour: bytes = b"\x40\x80\xc0", *, noise: int = 0) -> bytes:
    """A PNG in one colour; `noise` bytes of it cannot be compressed."""
    rows = b"".join(b"\0" + colour * width for _ in range(height))
    extra = chunk(b"teXt", bytes((n * 7919 >> 3) & 255 for n in range(noise))) if noise else b""
    return (
        PNG_MARK + header(width, height) + extra + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    )


PNG_MARK = b"\x89PNG\r\n\x1a\n"


def chunk(kind: bytes, data: bytes) -> bytes:
    """A chunk of a PNG."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def header(width: int, height: int) -> bytes:
    """A PNG's header chunk: eight bits of red, green and blue."""
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))


def bomb(width: int = 60_000, height: int = 60_000) -> bytes:
    """A PNG of a few bytes that claims to be ten gigabytes."""
    return PNG_MARK + header(width, height) + chunk(b"IDAT", zlib.compress(b"\0" * 64)) + chunk(b"IEND", b"")


def gif(width: int = 3, height: int = 2) -> bytes:
    """A GIF of one grey picture."""
    head = b"GIF89a" + struct.pack("<HHBBB", width, height, 0x80, 0, 0) + b"\x80\x80\x80\x00\x00\x00"
    return head + b"\x2c" + struct.pack("<HHHHB", 0, 0, width, height, 0) + b"\x02\x02\x44\x01\x00\x3b"


def jpeg(width: int = 8, height: int = 4) -> bytes:
    """The parts of a JPEG that say what it is and how large."""
    frame = struct.pack(">HBHHB", 11, 8, height, width, 1) + b"\x01\x11\x00"
    app = b"\xff\xe0" + struct.pack(">H", 16) + b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0"
    scan = b"\xff\xda" + struct.pack(">H", 8) + b"\x01\x01\x00\x00\x3f\x00" + b"\x00" * 8
    return b"\xff\xd8" + app + b"\xff\xc0" + frame + scan + b"\xff\xd9"


def webp(width: int = 5, height: int = 6) -> bytes:
    """A WebP of the extended kind: its size stands in its first chunk."""
    size = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    body = b"WEBPVP8X" + struct.pack("<I", 10) + b"\0\0\0\0" + size + b"\0" * 8
    return b"RIFF" + struct.pack("<I", len(body)) + body


def pdf(pages: int = 2, *, words: str = "", encrypted: bool = False, packed: bool = False) -> bytes:
    """A PDF with so many empty pages; `packed` hides its objects in a compressed stream."""
    tree = f"<</Type/Pages/Count {pages}/Kids[{' '.join(f'{n + 3} 0 R' for n in range(pages))}]>>"
    if packed:
        stream = zlib.compress(f"2 0 {tree}".encode())
        objects = (
            f"9 0 obj<</Type/ObjStm/N 1/First 4/Length {len(stream)}/Filter/FlateDecode>>stream\n".encode()
        )
        objects += stream + b"\nendstream endobj\n"
    else:
        each = "".join(f"{n + 3} 0 obj<</Type/Page/Parent 2 0 R>>endobj\n" for n in range(pages))
        objects = f"2 0 obj{tree}endobj\n{each}".encode()
    lock = "/Encrypt 8 0 R" if encrypted else ""
    head = f"%PDF-1.7\n% {words}\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n".encode()
    return head + objects + f"trailer<</Root 1 0 R{lock}>>\n%%EOF\n".encode()

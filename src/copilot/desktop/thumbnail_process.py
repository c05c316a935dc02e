"""Makes a picture small: `python -m copilot.desktop.thumbnail_process FILE`, in a process of its own.

Decoding is left to a library written in C that was not made for files of strangers; what it does with one
must not take the window with it. Standard output gets `WIDTH * HEIGHT * 4` bytes, red, green, blue and alpha;
nothing where the file cannot be decoded.
"""

import sys
from typing import Any

from copilot.desktop.gate import dpg

WIDTH, HEIGHT = 96, 72
MOST_PIXELS = 12_000_000
"""A larger picture would take more than a quarter of a gigabyte to be made small; it gets an icon."""


def main(path: str) -> int:
    """Write the small picture; 1 where there is none."""
    loaded: Any = dpg.load_image(path)
    if loaded is None:
        return 1
    width, height, channels, data = loaded
    pixels = memoryview(data)
    sys.stdout.buffer.write(_small(width, height, channels, pixels))
    return 0


def _small(width: int, height: int, channels: int, pixels: Any) -> bytes:
    """The picture in the middle of the canvas, as large as it fits; each pixel is the mean of some."""
    scale = min(WIDTH / width, HEIGHT / height, 1.0)
    wide, high = max(1, int(width * scale)), max(1, int(height * scale))
    left, top = (WIDTH - wide) // 2, (HEIGHT - high) // 2
    out = bytearray(WIDTH * HEIGHT * 4)
    for y in range(high):
        rows = _spread(y, high, height)
        for x in range(wide):
            columns = _spread(x, wide, width)
            seen = [(row * width + column) * channels for row in rows for column in columns]
            at = ((top + y) * WIDTH + left + x) * 4
            for part in range(4):
                total = sum(pixels[place + part] for place in seen) if part < channels else len(seen)
                out[at + part] = min(255, int(total / len(seen) * 255))
    return bytes(out)


def _spread(at: int, steps: int, size: int) -> tuple[int, ...]:
    """Up to three of the rows or columns that one of the small picture stands for."""
    first, last = at * size // steps, max(at * size // steps, (at + 1) * size // steps - 1)
    return tuple(dict.fromkeys((first, (first + last) // 2, last)))


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1]))

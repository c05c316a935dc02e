"""Small pictures of attachments: asked for when they are to be drawn, there when they are made."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

from copilot.desktop.errands import Errands
from copilot.desktop.gate import Item, dpg
from copilot.desktop.thumbnail_process import HEIGHT, MOST_PIXELS, WIDTH
from copilot.shell.own_python import own_environment, own_python
from copilot.vocabulary.messages import Attachment

SECONDS = 20.0
"""How long one may take to be made."""

MOST = 400
"""Pictures held; those that come later get an icon."""

_DRAWN = ("image/png", "image/jpeg", "image/gif")
"""What the library can decode."""


class Thumbnails:
    """`path_of` gives the file of an attachment, from any thread; None where it is gone."""

    def __init__(self, errands: Errands, path_of: Callable[[Attachment], Path | None]) -> None:
        self._errands = errands
        self._path_of = path_of
        self._registry: Item | None = None
        self._made: dict[str, Item] = {}

    def texture(self, part: Attachment) -> Item | None:
        """A texture of `WIDTH` x `HEIGHT`, empty until the picture is made; None where there will be none."""
        if part.media_type not in _DRAWN or part.width * part.height > MOST_PIXELS:
            return None
        if part.sha256 not in self._made and len(self._made) < MOST:
            self._made[part.sha256] = self._begin(part)
        return self._made.get(part.sha256)

    def _begin(self, part: Attachment) -> Item:
        if self._registry is None:
            self._registry = dpg.add_texture_registry()
        empty = [0.0] * (WIDTH * HEIGHT * 4)
        texture = dpg.add_dynamic_texture(WIDTH, HEIGHT, empty, parent=self._registry)

        def show(pixels: bytes) -> None:
            if len(pixels) == WIDTH * HEIGHT * 4:  # any other length would be read past its end
                dpg.set_value(texture, [value / 255 for value in pixels])

        self._errands.add(lambda: made_small(self._path_of(part)), show)
        return texture


def made_small(path: Path | None) -> bytes:
    """The pixels of a small picture, from a process of its own; empty where it could not be made."""
    if path is None:
        return b""
    command = own_python("-m", "copilot.desktop.thumbnail_process", str(path))
    try:
        done = subprocess.run(
            command,
            env=own_environment(os.environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=SECONDS,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return b""
    return done.stdout if done.returncode == 0 else b""

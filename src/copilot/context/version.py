"""Which summariser this is: what was made by another one is made anew."""

import hashlib
import os
import sys
from contextlib import suppress
from pathlib import Path

_ROOMS = ("context", "context/languages", "context/python")
_FILES = (
    "tokens/estimator.py",
    "vocabulary/text.py",
    "workspace/boundary.py",
    "workspace/reading.py",
    "workspace/secrets.py",
)
_LIBRARIES = ("tree_sitter", "charset_normalizer")


def summariser_version() -> str:
    """A hash over the code that makes summaries, this Python's minor version and the libraries in use."""
    package = Path(__file__).parent.parent
    digest = hashlib.sha256(f"{sys.version_info[:2]} {sorted(_libraries())}".encode())
    sources = [f"{room}/{name}" for room in _ROOMS for name in _names(package / room) if name.endswith(".py")]
    for name in sorted((*sources, *_FILES)):
        digest.update(name.encode())
        with suppress(OSError):  # a module that was installed without its source
            digest.update((package / name).read_bytes())
    return digest.hexdigest()


def _libraries() -> list[str]:
    """The names of the installed grammars, and of what guesses encodings: they hold their versions."""
    return [
        name
        for folder in sys.path
        if folder.endswith(("site-packages", "dist-packages"))
        for name in _names(folder)
        if name.startswith(_LIBRARIES) and name.endswith(".dist-info")
    ]


def _names(folder: str | Path) -> list[str]:
    """What the folder holds; nothing where there is none."""
    with suppress(OSError), os.scandir(folder) as entries:
        return [entry.name for entry in entries]
    return []

"""Which summariser this is: what was made by another one is made anew."""

import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

_PACKAGE = Path(__file__).parent.parent
_ROOMS = ("context", "context/languages", "context/python", "grammars")
_FILES = (
    "tokens/estimator.py",
    "vocabulary/text.py",
    "workspace/boundary.py",
    "workspace/reading.py",
    "workspace/secrets.py",
)
_LIBRARIES = ("tree_sitter", "charset_normalizer")


def summariser_version(package: Path = _PACKAGE) -> str:
    """Names this Python's minor version, the libraries in use and the code that makes summaries.

    The code is known by place, sizes and times, as Python knows whether to compile a module anew: to read it
    would take longer than everything else that a run with nothing new has to do before it looks at files.
    """
    told = [f"{sys.version_info[:2]}", str(package), *sorted(_libraries())]
    for room in _ROOMS:
        told += sorted(_sources(package, room))
    for name in _FILES:
        with suppress(OSError):  # a module that was installed without its source
            info = os.stat(f"{package}/{name}")  # noqa: PTH116
            told.append(f"{name} {info.st_size} {info.st_mtime_ns}")
    return "\n".join(told).encode("utf-8", "replace").decode()


def _sources(package: Path, room: str) -> Iterator[str]:
    with suppress(OSError), os.scandir(package / room) as entries:
        for entry in entries:
            if entry.name.endswith((".py", ".pyc")):
                info = entry.stat()
                yield f"{room}/{entry.name} {info.st_size} {info.st_mtime_ns}"


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

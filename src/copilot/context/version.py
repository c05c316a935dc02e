"""Which summariser this is: what was made by another one is made anew."""

import hashlib
import sys
from pathlib import Path

_ROOMS = ("context", "context/languages")
_FILES = (
    "tokens/estimator.py",
    "vocabulary/text.py",
    "workspace/boundary.py",
    "workspace/reading.py",
    "workspace/secrets.py",
)


def summariser_version() -> str:
    """A hash over the code that makes summaries, this Python's minor version and the libraries in use."""
    package = Path(__file__).parent.parent
    digest = hashlib.sha256(f"{sys.version_info[:2]} {sorted(_libraries())}".encode())
    sources = [path for room in _ROOMS for path in (package / room).glob("*.py")]
    for path in sorted((*sources, *(package / name for name in _FILES))):
        digest.update(path.read_bytes() if path.is_file() else path.name.encode())
    return digest.hexdigest()


def _libraries() -> list[str]:
    """The names of the installed grammars, and of what guesses encodings: they hold their versions."""
    return [
        entry.name
        for folder in map(Path, sys.path)
        if folder.name in ("site-packages", "dist-packages") and folder.is_dir()
        for pattern in ("tree_sitter*.dist-info", "charset_normalizer*.dist-info")
        for entry in folder.glob(pattern)
    ]

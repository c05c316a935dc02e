"""What the search keeps of a source to know it again: its files' sizes and times, and how far it was read."""

import gzip
import json
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

from copilot.record.search_index import SearchText
from copilot.vocabulary.frozen import frozen


@frozen
class Reading:
    """What is to be put into the index for a source; `beneath` as in `SearchIndex.put`."""

    texts: Iterator[SearchText]
    stamp: str
    beneath: tuple[str, ...] | None = None


Read = Callable[[str, Callable[[str], str | None]], Reading]
"""Reads a source: is handed the stamp of last time, and what tells a known message's branch."""


def stamp_of(*paths: Path) -> tuple[str, int]:
    """Sizes and times of files, and their bytes in all; that one is not there is a fact, too."""
    facts: list[tuple[int, int] | None] = []
    for path in paths:
        try:
            status = path.stat()
            facts.append((status.st_size, status.st_mtime_ns))
        except OSError:
            facts.append(None)
    return json.dumps(facts), sum(fact[0] for fact in facts if fact is not None)


def bytes_from(path: Path, start: int, most: int = -1) -> bytes:
    """A file from a byte on, a compressed one as it was before; nothing where it cannot be read."""
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            file.seek(start)
            return file.read(most)
    except (OSError, EOFError, zlib.error):
        return b""


def joined(files: str, **said: object) -> str:
    """The whole stamp."""
    return json.dumps({"files": json.loads(files), **said})


def said_of(stamp: str) -> dict[str, Any] | None:
    """What a whole stamp says; None for the empty one of a source that was not read to its end."""
    return cast("dict[str, Any]", json.loads(stamp)) if stamp else None


def unchanged(stamp: str, files: str) -> bool:
    """Whether a source's files are as they were."""
    said = said_of(stamp)
    return said is not None and said["files"] == json.loads(files)

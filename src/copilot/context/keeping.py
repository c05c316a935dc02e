"""`md_gen/`: the contexts as they were sent, numbered; equal content is kept once, old ones go by and by."""

import contextlib
import errno
import itertools
import os
import re
import stat
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from copilot.storage.atomic import sweep_temps, write_atomic, write_new
from copilot.storage.disk import storage_error
from copilot.vocabulary.patterns import late

KEPT_FILES = 50
"""Contexts of a project that stay, however old."""
KEPT_SECONDS = 30 * 86_400.0
"""Age up to which more of them stay, by the time they were written."""
MOST_FILES = 500
"""Contexts of a project beyond which the oldest go, however young."""
_NOT_IN_NAMES = late(r"[^\w.-]+")
_PIECE_BYTES = 1_000_000


def keep(md_gen: Path, project: str, text: Iterable[str], now: float) -> Path:
    """Keep a context, given in pieces, as `<project>_NNN.md` under the next free number; its path.

    Where the newest one has the same content, that one is it and nothing is written. No file is ever
    overwritten, and none is there that is not whole. `now` in UTC seconds says which old ones go. Raises
    StorageError.
    """
    name = _NOT_IN_NAMES.sub("-", project) or "project"
    try:
        md_gen.mkdir(mode=0o700, parents=True, exist_ok=True)
        numbered = _numbered(md_gen, name)
        new = _new(numbered[-1][1], text) if numbered else encoded(text)
        if new is None:
            return numbered[-1][1]
    except OSError as error:
        raise storage_error("writing the context into", md_gen, error) from error
    first = 1 + (numbered[-1][0] if numbered else 0)
    path = write_new((md_gen / f"{name}_{number:03}.md" for number in itertools.count(first)), new)
    _drop_old([one for _, one in numbered], now)
    return path


def write(path: Path, text: Iterable[str], *, mode: int = 0o600) -> None:
    """Put the text into this very file, whole or not at all; untouched where it holds the text already.

    A new file gets `mode`; one that is there keeps its own (less the umask), a link its target. A pipe or a
    device is written to as it is. Raises StorageError.
    """
    try:
        path = path.resolve()
        info = path.stat() if path.exists() else None
        if info is not None and not stat.S_ISREG(info.st_mode) and not stat.S_ISDIR(info.st_mode):
            with path.open("wb") as file:
                file.writelines(encoded(text))
            return
    except (OSError, RuntimeError) as error:  # RuntimeError: a loop of links
        reason = error if isinstance(error, OSError) else OSError(errno.ELOOP, os.strerror(errno.ELOOP))
        raise storage_error("writing", path, reason) from error
    new = _new(path, text)
    if new is not None:
        sweep_temps(path)
        write_atomic(path, new, mode=mode if info is None else stat.S_IMODE(info.st_mode))


def newest(md_gen: Path, project: str) -> Path | None:
    """The newest context of a project; None where there is none."""
    try:
        numbered = _numbered(md_gen, _NOT_IN_NAMES.sub("-", project) or "project")
        # one without content: on a disk that has no links, a program was killed that was about to write it
        return next((path for _, path in reversed(numbered) if path.stat().st_size), None)
    except OSError:
        return None


def encoded(text: Iterable[str]) -> Iterator[bytes]:
    """The pieces as UTF-8, joined to about a megabyte each. Lone surrogates become "?".

    Each is encoded by itself: joined first, all would be as wide as the widest character among them.
    """
    waiting: list[bytes] = []
    size = 0
    for piece in text:
        data = piece.encode("utf-8", "replace")
        waiting.append(data)
        size += len(data)
        if size >= _PIECE_BYTES:
            yield b"".join(waiting)
            waiting, size = [], 0
    yield b"".join(waiting)


def _numbered(folder: Path, name: str) -> list[tuple[int, Path]]:
    """The project's contexts by number."""
    pattern = re.compile(re.escape(name) + r"_([0-9]+)\.md")
    with os.scandir(folder) as entries:
        found = [(int(match[1]), entry.name) for entry in entries if (match := pattern.fullmatch(entry.name))]
    return [(number, folder / entry) for number, entry in sorted(found)]


def _new(path: Path, text: Iterable[str]) -> Iterable[bytes] | None:
    """The pieces to write, none made twice; None where the file holds this text and nothing else."""
    pieces = encoded(text)
    same: list[bytes] = []
    with contextlib.suppress(OSError), path.open("rb") as file:
        for piece in pieces:
            same.append(piece)
            if file.read(len(piece)) != piece:
                break
        else:
            if not file.read(1):
                return None
    return itertools.chain(same, pieces)


def _drop_old(paths: Sequence[Path], now: float) -> None:
    """`paths` by age, the one just written not among them. What cannot be removed stays."""
    for place, path in enumerate(reversed(paths), start=2):
        if place <= KEPT_FILES:
            continue
        with contextlib.suppress(OSError):
            if place > MOST_FILES or now - path.stat().st_mtime > KEPT_SECONDS:
                path.unlink()

"""What an approval rests on beside its text: the folder it runs in, and the project's files that it names."""

import os
import re
import stat
from collections.abc import Iterator, Mapping
from hashlib import sha256
from itertools import islice
from pathlib import Path

from copilot.ai.policy.parts import Asked, Piece
from copilot.ai.policy.words import rule_words
from copilot.vocabulary.readings import PathUse

MOST_FILES, MOST_NAMES = 64, 1_000
MOST_BYTES = 16 * 2**20
"""Of each file; what is larger is known by its size and time."""

NOTHING = "none"
"""Said of what is not there: what appears after the question was not asked about either."""

MAY_COME = "may come"
"""Said of what is not there and is only appended to: another run may have made it meanwhile."""

Operands = Mapping[str, str]
"""Each path as it was named, with what tells its content; of a folder, which one it is."""


def operands(asked: Asked) -> Operands:
    """What the request names in its folder, as it is now."""
    if not asked.base_dir:
        return {}
    root = Path(asked.base_dir)
    names: dict[str, None] = {}
    for piece in asked.pieces:
        names |= dict.fromkeys(_named(piece))
    found = {"": _folder(root)}
    files = 0
    for name in islice(names, MOST_NAMES):
        if name and "\0" not in name:
            found[name] = said = _content(root / name)
            files += said != NOTHING
            if said == NOTHING and _is_appended(name, asked):
                found[name] = MAY_COME
        if files >= MOST_FILES:
            break
    return found


def _named(piece: Piece) -> Iterator[str]:
    yield from map(_use_name, piece.paths)
    yield from _words(piece)


def _use_name(use: PathUse) -> str:
    return use.resolved if use.place == "inside" else use.text


def _words(piece: Piece) -> tuple[str, ...]:
    return piece.words or rule_words(piece.text)


def _is_appended(name: str, asked: Asked) -> bool:
    """Whether a name stands nowhere but behind `>>`, and is spelt out wherever it is meant."""
    if not any(">>" in piece.text for piece in asked.pieces):
        return False
    behind = re.compile(rf">>\s*(['\"]?){re.escape(name)}\1(?=[\s;&|)]|$)")
    for piece in asked.pieces:
        times = len(behind.findall(piece.text))
        read = any(use.effect != "writes" and _use_name(use) == name for use in piece.paths)
        if read or times != piece.text.count(name) or (not times and name in _words(piece)):
            return False
    return True


def changed(before: Operands, base_dir: str) -> str:
    """The first of them that is not as it was, "" where all are; "." for the folder itself."""
    root = Path(base_dir)
    for name, said in before.items():
        if said == MAY_COME and not _is_strange(root / name):
            continue
        now = _content(root / name) if name else _folder(root)
        if now != said:
            path = root / name
            return path.relative_to(root).as_posix() if path.is_relative_to(root) else name
    return ""


def _is_strange(path: Path) -> bool:
    """Whether something is there that is no file of its own: a link may lead anywhere."""
    try:
        info = path.lstat()
    except FileNotFoundError:
        return False
    except (OSError, ValueError):
        return True
    return not stat.S_ISREG(info.st_mode) or info.st_nlink > 1


def _folder(path: Path) -> str:
    try:
        info = path.stat()
    except OSError:
        return NOTHING
    return f"{info.st_dev}:{info.st_ino}"


def _content(path: Path) -> str:
    try:
        info = path.stat()
        if not stat.S_ISREG(info.st_mode):
            return f"{stat.S_IFMT(info.st_mode):o}:{info.st_dev}:{info.st_ino}"
        if info.st_size > MOST_BYTES:
            return f"{info.st_size}:{info.st_mtime_ns}:{info.st_ino}"
        fd = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        with os.fdopen(fd, "rb") as file:
            return sha256(file.read(MOST_BYTES + 1)).hexdigest()
    except (OSError, ValueError):
        return NOTHING

"""Files of instructions that a project brings along for assistants: found and read, and nothing else.

From the root (of the git repository, else the base directory) down to the base directory, one file a folder.
"""

import os
import stat
from pathlib import Path

from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.patterns import late
from copilot.vocabulary.text import visible
from copilot.workspace.secrets import secret_reason

NAMES = ("AGENTS.md", "CLAUDE.md", "GEMINI.md")
"""The first of these that a folder has is taken."""

MOST_BYTES = 32 * 1024
"""Of all files together; what stands nearer to the root is taken first."""

_MOST_FOLDERS = 64
_COMMENT = late(r"<!--")
_SHOWN_LINES = 6


@frozen
class InstructionFile:
    """One file. `name` is its path from the base directory, forward slashes. `sha256` is that of its bytes.

    `text` is what a model would read: without characters that do not show, and cut where it does not fit.
    `warnings` are for the person.
    """

    name: str
    sha256: str
    text: str
    warnings: tuple[str, ...] = ()


def instruction_files(base_dir: Path, most_bytes: int = MOST_BYTES) -> tuple[InstructionFile, ...]:
    """The files from the root down. What cannot be read is passed over; nothing is run or changed."""
    root = root_of(base_dir)
    found: list[InstructionFile] = []
    left = most_bytes
    for folder in _down(root, base_dir):
        data, name = _first(folder, root)
        if data is None:
            continue
        shown = Path(os.path.relpath(folder / name, base_dir)).as_posix()
        found.append(_file(shown, data, left))
        left = max(0, left - len(data))
    return tuple(found)


def root_of(base_dir: Path) -> Path:
    """The folder with a `.git` in it, at or above the base directory; else the base directory itself."""
    folder = base_dir
    for _ in range(_MOST_FOLDERS):
        try:
            os.lstat(folder / ".git")
            return folder
        except OSError:
            pass
        if folder.parent == folder:
            break
        folder = folder.parent
    return base_dir


def _down(root: Path, base_dir: Path) -> list[Path]:
    return [*(one for one in reversed(base_dir.parents) if one.is_relative_to(root)), base_dir]


def _first(folder: Path, root: Path) -> tuple[bytes | None, str]:
    for name in NAMES:
        data = _read(folder / name, root)
        if data is not None:
            return data, name
    return None, ""


def _read(path: Path, root: Path) -> bytes | None:
    """A regular file, or a link to one that stays below the root; at most a little more than all may have.

    A link to what may hold secrets is none: those are shown to a model by another door.
    """
    try:
        real = os.path.realpath(path, strict=True)
        if not Path(real).is_relative_to(os.path.realpath(root)):
            return None
        flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
        fd = os.open(real, flags | getattr(os, "O_BINARY", 0))
    except (OSError, ValueError):
        return None
    try:
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            return None
        data = _whole(fd)
        return None if secret_reason(Path(real).as_posix(), data) else data
    except OSError:
        return None
    finally:
        os.close(fd)


def _whole(fd: int) -> bytes:
    pieces: list[bytes] = []
    left = MOST_BYTES * 8
    while left and (piece := os.read(fd, left)):
        pieces.append(piece)
        left -= len(piece)
    return b"".join(pieces)


def _file(name: str, data: bytes, left: int) -> InstructionFile:
    whole = data.decode("utf-8-sig", "replace").replace("\r\n", "\n")
    taken = data[:left].decode("utf-8-sig", "ignore").replace("\r\n", "\n")
    text = without_hidden(taken)
    warnings = [*hidden_words(whole), *comment_words(whole)]
    if len(data) > left:
        warnings.append(
            f"only the first {left:,} of its {len(data):,} bytes fit into the {MOST_BYTES // 1024} KiB"
            if left
            else f"nothing of it fits into the {MOST_BYTES // 1024} KiB for all instructions"
        )
    from hashlib import sha256  # with OpenSSL: most folders have no such file

    return InstructionFile(name=name, sha256=sha256(data).hexdigest(), text=text, warnings=tuple(warnings))


def without_hidden(text: str) -> str:
    """The text without characters that do not show; other spaces become ordinary ones."""
    if visible(text) == text:
        return text
    hidden = {char: " " if char.isspace() else "" for char in set(text) if visible(char) != char}
    return text.translate({ord(char): instead for char, instead in hidden.items()})


def hidden_words(text: str) -> list[str]:
    """What is said of characters that do not show, with the lines they stand in."""
    lines = [number for number, line in enumerate(text.split("\n"), 1) if visible(line) != line]
    if not lines:
        return []
    return [f"characters that do not show, in {_lines(lines)}; the model does not get them"]


def comment_words(text: str) -> list[str]:
    """What is said of comments, which a page made from the file would not show."""
    lines = [number for number, line in enumerate(text.split("\n"), 1) if _COMMENT.search(line)]
    return [f"HTML comments, which a rendered page hides, in {_lines(lines)}"] if lines else []


def _lines(numbers: list[int]) -> str:
    told = ", ".join(str(number) for number in numbers[:_SHOWN_LINES])
    more = f" and {len(numbers) - _SHOWN_LINES} more" if len(numbers) > _SHOWN_LINES else ""
    return f"line{'s' if len(numbers) > 1 else ''} {told}{more}"

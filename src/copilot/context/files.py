"""How the context reads the base directory. STAND-IN until workspace/ is there."""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


class NotShownError(Exception):
    """A chosen file cannot be shown; the text says why."""


def decode(data: bytes) -> str | None:
    if b"\0" in data[:8000]:
        return None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


@dataclass(frozen=True, slots=True)
class Folder:
    base_dir: Path

    def walk(self) -> Iterator[str]:
        for folder, names, files in os.walk(self.base_dir):
            names[:] = sorted(n for n in names if n not in (".git", ".venv", "__pycache__", "node_modules"))
            for name in sorted(files):
                yield (Path(folder) / name).relative_to(self.base_dir).as_posix()

    def stamp(self, path: str) -> tuple[int, int]:
        try:
            found = (self.base_dir / path).stat()
        except OSError:
            return 0, 0
        return found.st_size, found.st_mtime_ns

    def read(self, path: str, limit: int) -> bytes:
        whole = self.base_dir / path
        try:
            if not whole.resolve().is_relative_to(self.base_dir.resolve()):
                raise NotShownError("leads outside the base directory")
            found = whole.stat()
            if not stat.S_ISREG(found.st_mode):
                raise NotShownError("not a regular file")
            if found.st_size > limit:
                raise NotShownError(f"too large ({found.st_size:,} bytes; the limit is {limit:,})")
            return whole.read_bytes()
        except FileNotFoundError as error:
            raise NotShownError("not there any more") from error
        except OSError as error:
            raise NotShownError(f"unreadable: {error.strerror}") from error

    def why_not(self, path: str) -> str:
        return "ignored" if (self.base_dir / path).exists() else "no such file"

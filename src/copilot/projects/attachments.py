"""The bytes of attachments: files named by their own hash, beside the project whose messages name them.

`projects/<name>_attachments/<sha256>.png` (`.jpg`, `.gif`, `.webp`, `.pdf`). Nothing here is ever removed by
the program: another branch, or a copy of the project, may name it as well. `state/attached/` holds what was
attached and not yet sent; only the newest stay there.
"""

from collections.abc import Mapping
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Final

from copilot.projects.home import Home
from copilot.storage.atomic import write_atomic
from copilot.storage.disk import SYSTEM_DISK, Disk, make_folder
from copilot.vocabulary.messages import Attachment, MediaType

ENDINGS: Final[Mapping[MediaType, str]] = {
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/gif": ".gif",
    "image/webp": ".webp",
    "application/pdf": ".pdf",
}

WAITING_FILES = 200
"""Files in `state/attached/`; the oldest go."""


def attachments_of_project(home: Home, name: str) -> "Attachments":
    """Those of a project in a home."""
    return Attachments(
        AttachmentFolder(home.projects / f"{name}_attachments"), AttachmentFolder(home.state / "attached")
    )


class AttachmentFolder:
    """One folder of files named by their hashes; it is made when there is something to keep. Any thread."""

    def __init__(self, folder: Path, disk: Disk = SYSTEM_DISK) -> None:
        self.folder = folder
        self._disk = disk
        self._checked: dict[str, tuple[int, int]] = {}

    def path(self, part: Attachment) -> Path:
        """Where its bytes are, or would be."""
        return self.folder / f"{part.sha256}{ENDINGS[part.media_type]}"

    def keep(self, part: Attachment, data: bytes) -> Path:
        """Write the bytes and sync them, unless they are there already. Raises StorageError."""
        assert sha256(data).hexdigest() == part.sha256, "an attachment is named by its own hash"
        path = self.path(part)
        if self.read(part) == data:
            with suppress(OSError):
                path.touch()  # the newest of those that wait
            return path
        make_folder(self.folder)
        write_atomic(path, data, disk=self._disk)
        return path

    def read(self, part: Attachment) -> bytes | None:
        """The bytes; None where they are gone, or are no longer those that were attached."""
        try:
            path = self.path(part)
            if path.stat().st_size != part.size:
                return None
            data = path.read_bytes()
        except OSError:
            return None
        return data if sha256(data).hexdigest() == part.sha256 else None

    def there(self, part: Attachment) -> bool:
        """Whether `read` would give the bytes: they are hashed again only where the file changed since."""
        path = self.path(part)
        try:
            status = path.stat()
        except OSError:
            return False
        facts = (status.st_size, status.st_mtime_ns)
        if self._checked.get(path.name) != facts:
            if self.read(part) is None:
                return False
            self._checked[path.name] = facts
        return status.st_size == part.size

    def forget_oldest(self, newest: int = WAITING_FILES) -> None:
        """Remove all but the newest files. Only for what waits: a project's attachments are never removed."""
        with suppress(OSError):
            files = sorted(self.folder.iterdir(), key=lambda path: -path.stat().st_mtime_ns)
            for path in files[newest:]:
                path.unlink(missing_ok=True)


class Attachments:
    """What a project's messages name (`kept`), and what was attached and is not sent yet (`waiting`)."""

    def __init__(self, kept: AttachmentFolder, waiting: AttachmentFolder) -> None:
        self._kept = kept
        self.waiting = waiting

    def keep(self, part: Attachment) -> None:
        """Keep the bytes of one that waits with the project, synced. Raises StorageError."""
        data = None if self._kept.there(part) else self.waiting.read(part)
        if data is not None:
            self._kept.keep(part, data)

    def read(self, part: Attachment) -> bytes | None:
        """The bytes; None where they are gone or changed. Any thread."""
        data = self._kept.read(part)
        return self.waiting.read(part) if data is None else data

    def there(self, part: Attachment) -> bool:
        """Whether there are bytes to read."""
        return self._kept.there(part) or self.waiting.there(part)

    def path(self, part: Attachment) -> Path | None:
        """The file that holds the bytes, for a picture of them; None where there is none."""
        found = next((folder for folder in (self._kept, self.waiting) if folder.there(part)), None)
        return None if found is None else found.path(part)

"""The bytes of attachments: files named by their own hash, beside the project whose messages name them.

`projects/<name>_attachments/<sha256>.png` (`.jpg`, `.gif`, `.webp`, `.pdf`). Nothing here is ever removed by
the program: a discussion forgets no message. `state/attached/` holds what was attached and not yet sent; only
the newest stay there.
"""

from collections.abc import Mapping
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Final

from copilot.storage.atomic import write_atomic
from copilot.storage.disk import SYSTEM_DISK, Disk, storage_error
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


class AttachmentFolder:
    """One folder of files named by their hashes; it is made when there is something to keep. Any thread."""

    def __init__(self, folder: Path, disk: Disk = SYSTEM_DISK) -> None:
        self.folder = folder
        self._disk = disk

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
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise storage_error("making the folder", self.folder, error) from error
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

    def forget_oldest(self, newest: int = WAITING_FILES) -> None:
        """Remove all but the newest files. Only for what waits: a project's attachments are never removed."""
        with suppress(OSError):
            files = sorted(self.folder.iterdir(), key=lambda path: -path.stat().st_mtime_ns)
            for path in files[newest:]:
                path.unlink(missing_ok=True)

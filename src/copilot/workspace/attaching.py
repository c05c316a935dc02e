"""Reading a file that a person attaches, without being hung, flooded or led astray by it."""

import os
import stat
from hashlib import sha256
from pathlib import Path

from copilot.vocabulary.errors import AttachmentError
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.messages import Attachment
from copilot.vocabulary.text import clean, visible
from copilot.workspace.media import MediaError, look

LARGEST = 50 * 2**20
"""Bytes of the largest file that is read at all: no service takes a larger one in a request."""

_LONGEST_NAME = 120


@frozen
class Attached:
    """A file that was read: what the discussion keeps of it, and its bytes."""

    part: Attachment
    data: bytes


def read_attachment(path: Path) -> Attached:
    """Read a regular file of at most `LARGEST` bytes. Raises AttachmentError.

    Links are refused, since their name says nothing of what is sent; pipes and devices are never read, and a
    file that is too large is not read either.
    """
    shown = visible(str(path), keep="")
    try:
        if stat.S_ISLNK(path.lstat().st_mode):
            target = visible(str(path.resolve()), keep="")
            raise AttachmentError(
                f"{shown} is a link to {target}.", "Attach that file itself if you mean it."
            )
        data = _read(path, shown)
    except FileNotFoundError as error:
        raise AttachmentError(f"{shown} is not there.", "Check the name; ~ is your own folder.") from error
    except OSError as error:
        raise AttachmentError(f"{shown} cannot be read: {error.strerror or error}.") from error
    return attachment_of(path.name, data)


def attachment_of(name: str, data: bytes) -> Attached:
    """Bytes that were pasted or read, as an attachment named `name`. Raises AttachmentError."""
    name = clean(name)[-_LONGEST_NAME:]
    if len(data) > LARGEST:
        raise _too_large(visible(name, keep=""), len(data))
    try:
        media = look(data)
    except MediaError as error:
        raise AttachmentError(
            f"{visible(name, keep='')} cannot be attached: {error}.",
            "Images (PNG, JPEG, GIF, WebP) and PDFs can be attached; text files go into the context.",
        ) from error
    part = Attachment(
        name=name,
        media_type=media.media_type,
        size=len(data),
        sha256=sha256(data).hexdigest(),
        width=media.width,
        height=media.height,
        pages=media.pages,
    )
    return Attached(part=part, data=data)


def _read(path: Path, shown: str) -> bytes:
    flags = os.O_RDONLY
    for name in ("O_NONBLOCK", "O_NOFOLLOW", "O_CLOEXEC", "O_BINARY"):
        flags |= getattr(os, name, 0)
    fd = os.open(path, flags)
    try:
        status = os.fstat(fd)
        if not stat.S_ISREG(status.st_mode):
            raise AttachmentError(f"{shown} is no ordinary file.", "Attach an image or a PDF.")
        if status.st_size > LARGEST:
            raise _too_large(shown, status.st_size)
        with os.fdopen(fd, "rb", closefd=False) as file:
            data = file.read(LARGEST + 1)
    finally:
        os.close(fd)
    if len(data) > LARGEST:  # it grew meanwhile
        raise _too_large(shown, len(data))
    return data


def _too_large(shown: str, size: int) -> AttachmentError:
    return AttachmentError(
        f"{shown} has {size / 2**20:,.0f} MB; at most {LARGEST // 2**20} MB can be attached.",
        "Make the image smaller, or take only the pages that matter.",
    )

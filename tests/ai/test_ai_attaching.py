"""Attachments of a new message beside those that the branch has already."""

from hashlib import sha256
from pathlib import Path

import pytest
from branches import message, user

from copilot.ai.attaching import keep_attachments
from copilot.projects.attachments import AttachmentFolder, Attachments
from copilot.vocabulary.errors import AttachmentError
from copilot.vocabulary.messages import Attachment, Summary, Text


def pdf(number: int, pages: int) -> Attachment:
    data = f"%PDF {number}".encode()
    return Attachment(
        name=f"{number}.pdf",
        media_type="application/pdf",
        sha256=sha256(data).hexdigest(),
        size=len(data),
        pages=pages,
    )


def test_what_a_summary_stands_for_leaves_room_for_new_ones(tmp_path: Path) -> None:
    waiting = AttachmentFolder(tmp_path / "waiting")
    kept = Attachments(AttachmentFolder(tmp_path / "kept"), waiting)
    for number in range(2):
        waiting.keep(pdf(number, 60), f"%PDF {number}".encode())
    history = [
        message(0, "user", pdf(0, 60), Text(text="this one")),
        message(1, "assistant", Text(text="seen")),
    ]
    with pytest.raises(AttachmentError, match="those that the branch has already"):
        keep_attachments([pdf(1, 60)], history, "anthropic", kept)
    assert not (tmp_path / "kept").exists()
    history += [message(2, "user", Summary(text="a report", covers=("m0", "m1"))), user(3, "and?")]
    keep_attachments([pdf(1, 60)], history, "anthropic", kept)
    assert [path.stem for path in (tmp_path / "kept").iterdir()] == [pdf(1, 60).sha256]

"""Keeping the bytes of attachments: by hash, synced, never others than were attached."""

import os
from pathlib import Path

import pytest

from copilot.projects.attachments import AttachmentFolder, Attachments
from copilot.vocabulary.messages import Attachment
from copilot.workspace.attaching import attachment_of
from picture_files import pdf, png


def test_bytes_are_kept_once_under_their_hash(tmp_path: Path) -> None:
    folder = AttachmentFolder(tmp_path / "shop_attachments")
    one, same, other = (
        attachment_of(n, d) for n, d in (("a.png", png()), ("b.png", png()), ("c.pdf", pdf()))
    )
    paths = [folder.keep(attached.part, attached.data) for attached in (one, same, other)]
    assert [path.name for path in paths] == [
        f"{one.part.sha256}.png",
        f"{one.part.sha256}.png",
        f"{other.part.sha256}.pdf",
    ]
    assert folder.read(one.part) == png()
    assert {path.stat().st_mode & 0o777 for path in paths} == {0o600}
    assert sorted(path.name for path in folder.folder.iterdir()) == sorted({path.name for path in paths})


def test_a_file_that_changed_or_went_away_is_not_read(tmp_path: Path) -> None:
    folder = AttachmentFolder(tmp_path)
    attached = attachment_of("a.png", png())
    path = folder.keep(attached.part, attached.data)
    assert folder.there(attached.part)
    other = bytearray(png())
    other[-20] ^= 1
    path.write_bytes(bytes(other))
    os.utime(path, ns=(0, 0))
    assert (folder.there(attached.part), folder.read(attached.part)) == (False, None)
    path.unlink()
    assert (folder.there(attached.part), folder.read(attached.part)) == (False, None)
    folder.keep(attached.part, attached.data)
    assert folder.there(attached.part)


def test_what_waits_moves_to_the_project_when_its_message_is_kept(tmp_path: Path) -> None:
    kept, waiting = AttachmentFolder(tmp_path / "kept"), AttachmentFolder(tmp_path / "waiting")
    both = Attachments(kept, waiting)
    attached = attachment_of("a.png", png())
    waiting.keep(attached.part, attached.data)
    assert both.read(attached.part) == png()
    assert both.path(attached.part) == waiting.path(attached.part)
    both.keep(attached.part)
    waiting.path(attached.part).unlink()
    assert both.read(attached.part) == png()
    assert both.path(attached.part) == kept.path(attached.part)


def test_only_the_newest_of_what_waits_stays(tmp_path: Path) -> None:
    folder = AttachmentFolder(tmp_path)
    parts: list[Attachment] = []
    for number in range(5):
        attached = attachment_of("a.png", png(number + 1, 1))
        os.utime(folder.keep(attached.part, attached.data), (number, number))
        parts.append(attached.part)
    folder.forget_oldest(2)
    assert [folder.there(part) for part in parts] == [False, False, False, True, True]


def test_bytes_under_another_hash_are_never_kept(tmp_path: Path) -> None:
    one, other = attachment_of("a.png", png()), attachment_of("b.png", png(1, 1))
    with pytest.raises(AssertionError):
        AttachmentFolder(tmp_path).keep(one.part, other.data)

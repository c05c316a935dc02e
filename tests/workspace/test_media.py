"""What a file is, by its bytes; and reading files that mean harm."""

import os
import threading
import time
from pathlib import Path

import pytest

from copilot.vocabulary.errors import AttachmentError
from copilot.workspace.attaching import LARGEST, attachment_of, read_attachment
from copilot.workspace.media import Media, MediaError, look
from picture_files import bomb, gif, jpeg, pdf, png, webp

HANG_SECONDS = 5.0
"""Ten times what the largest file should take."""


@pytest.mark.parametrize(
    ("data", "media"),
    [
        (png(20, 30), Media(media_type="image/png", width=20, height=30)),
        (jpeg(8, 4), Media(media_type="image/jpeg", width=8, height=4)),
        (gif(3, 2), Media(media_type="image/gif", width=3, height=2)),
        (webp(5, 6), Media(media_type="image/webp", width=5, height=6)),
        (pdf(3), Media(media_type="application/pdf", pages=3)),
        (pdf(41, packed=True), Media(media_type="application/pdf", pages=41)),
        (bomb(), Media(media_type="image/png", width=60_000, height=60_000)),
    ],
)
def test_bytes_say_what_they_are(data: bytes, media: Media) -> None:
    assert look(data) == media


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "it is empty"),
        (b"<html><body>no picture</body></html>", "no PNG, JPEG, GIF, WebP or PDF"),
        (b"MZ\x90\x00", "no PNG"),
        (png()[:20], "breaks off in its header"),
        (png()[:60], "breaks off before its end"),
        (bomb(0, 5), "no size"),
        (jpeg()[:12], "no frame"),
        (jpeg()[:-2], "breaks off"),
        (gif()[:9], "breaks off"),
        (webp()[:22], "breaks off"),
        (pdf()[:30], "breaks off"),
        (pdf(encrypted=True), "password"),
    ],
)
def test_what_cannot_be_attached_says_why(data: bytes, words: str) -> None:
    with pytest.raises(MediaError, match=words):
        look(data)


def test_a_compressed_bomb_in_a_pdf_ends_after_some_megabytes() -> None:
    import zlib

    squeezed = zlib.compress(b"\0" * 2**28, 9)
    data = b"%PDF-1.7\n9 0 obj<</Type/ObjStm/N 1/First 4>>stream\n" + squeezed * 3 + b"\n%%EOF\n"
    assert look(data) == Media(media_type="application/pdf")


def test_a_file_made_of_very_many_pieces_is_looked_at_in_a_moment() -> None:
    import zlib

    packed = zlib.compress(b"1 0 <</Type/Page>>")
    piece = b"9 0 obj<</Type/ObjStm/N 1/First 4>>stream\n" + packed + b"\nendstream\n" + b"x" * 20_000
    filled = b"\xff\xd8" + b"\xff" * 2**25
    begun = time.monotonic()
    assert look(b"%PDF-1.7\n" + piece * 2_000 + b"\n%%EOF\n").pages == 2_000
    with pytest.raises(MediaError, match="no frame"):
        look(filled)
    assert time.monotonic() - begun < HANG_SECONDS


def test_every_cut_of_a_real_file_is_refused_or_read_and_never_fails_otherwise() -> None:
    for whole in (png(), jpeg(), gif(), webp(), pdf(2), pdf(2, packed=True)):
        for end in range(len(whole)):
            try:
                look(whole[:end])
            except MediaError:
                continue


def test_a_file_is_told_by_its_content_and_not_by_its_name(tmp_path: Path) -> None:
    path = tmp_path / "drawing.txt"
    path.write_bytes(jpeg(8, 4))
    attached = read_attachment(path)
    assert (attached.part.name, attached.part.media_type) == ("drawing.txt", "image/jpeg")
    assert attached.part.size == len(attached.data) == path.stat().st_size
    page = tmp_path / "page.png"
    page.write_text("<html></html>")
    with pytest.raises(AttachmentError, match=r"page\.png cannot be attached: it is no PNG"):
        read_attachment(page)


def test_what_is_not_there_is_a_folder_or_is_empty_says_so(tmp_path: Path) -> None:
    (tmp_path / "empty.png").touch()
    told = {"nothing.png": "is not there", "": "no ordinary file|cannot be read", "empty.png": "empty"}
    for name, words in told.items():
        with pytest.raises(AttachmentError, match=words):
            read_attachment(tmp_path / name)


def test_a_link_is_named_with_its_target_and_refused(tmp_path: Path) -> None:
    (tmp_path / "outside.png").write_bytes(png())
    link = tmp_path / "inside.png"
    link.symlink_to(tmp_path / "outside.png")
    with pytest.raises(AttachmentError, match=r"inside\.png is a link to .*outside\.png"):
        read_attachment(link)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_does_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    told: list[str] = []

    def read() -> None:
        try:
            read_attachment(tmp_path / "pipe.png")
        except AttachmentError as error:
            told.append(str(error))

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    thread.join(10)
    assert told == [f"{tmp_path / 'pipe.png'} is no ordinary file."]


def test_a_huge_file_is_refused_without_being_read(tmp_path: Path) -> None:
    import resource

    path = tmp_path / "huge.png"
    with path.open("wb") as file:
        file.write(png())
        file.truncate(2**30)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(AttachmentError, match=f"1,024 MB; at most {LARGEST // 2**20} MB"):
        read_attachment(path)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000  # KiB


def test_a_name_that_would_move_a_terminal_is_kept_and_shown_escaped(tmp_path: Path) -> None:
    with pytest.raises(AttachmentError) as raised:
        attachment_of("\x1b[2Jx.png", b"no")
    assert "\x1b" not in str(raised.value)

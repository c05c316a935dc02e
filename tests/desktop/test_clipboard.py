"""What of a clipboard can be attached, decided for each system; small pictures; the window's drops."""

from pathlib import Path

import pytest

from copilot.desktop.attachable import Offer, attachable, offered
from copilot.desktop.clipboard import expanded, files_in, picture_bytes, picture_command
from copilot.desktop.thumbnail_process import HEIGHT, WIDTH
from copilot.desktop.thumbnails import made_small
from picture_files import bomb, jpeg, png


def test_files_are_told_from_text(tmp_path: Path) -> None:
    one, two = tmp_path / "a b.png", tmp_path / "ü.pdf"
    one.touch()
    two.touch()
    assert files_in(f"{one}\n") == (one,)
    assert files_in(f"'{one}'") == (one,)
    assert files_in(one.name) == ()
    assert files_in(one.name, tmp_path) == (one,)
    assert files_in(f"~nobody-of-this-name/{one.name}", tmp_path) == ()
    assert expanded("~nobody-of-this-name/a") == Path("~nobody-of-this-name/a")
    assert expanded("~/a") == Path.home() / "a"
    assert files_in("a" * 5_000, tmp_path) == ()
    assert files_in(str(one).replace(" ", "\\ ")) == (one,)
    assert files_in(f"{one.as_uri()}\r\n{two.as_uri()}\r\n") == (one, two)
    assert files_in(f"{one} is the file") == ()
    assert files_in(f"{one}\n{tmp_path / 'gone.png'}") == ()
    assert files_in("file://elsewhere/a.png") == ()
    assert files_in("a b.png") == ()
    assert files_in("") == files_in("x" * 9_000) == files_in("/a\0b.png") == ()


@pytest.mark.parametrize(
    ("platform", "environ", "there", "command"),
    [
        ("linux", {}, {"xclip"}, ("/bin/xclip", "-selection", "clipboard", "-target", "image/png", "-out")),
        (
            "linux",
            {"WAYLAND_DISPLAY": "w"},
            {"wl-paste", "xclip"},
            ("/bin/wl-paste", "--no-newline", "--type", "image/png"),
        ),
        (
            "linux",
            {"WAYLAND_DISPLAY": "w"},
            {"xclip"},
            ("/bin/xclip", "-selection", "clipboard", "-target", "image/png", "-out"),
        ),
        ("linux", {}, {"wl-paste"}, ()),
        ("linux", {}, set(), ()),
        ("darwin", {}, {"osascript"}, ("/bin/osascript", "-e", "the clipboard as «class PNGf»")),
    ],
)
def test_the_tool_for_pictures(
    platform: str, environ: dict[str, str], there: set[str], command: tuple[str, ...]
) -> None:
    which = {name: f"/bin/{name}" for name in there}.get
    assert picture_command(platform, environ, which) == command


def test_the_tool_for_pictures_on_windows_asks_for_png_and_no_profile() -> None:
    command = picture_command("win32", {}, lambda name: f"C:\\{name}.exe")
    assert command[:4] == ("C:\\powershell.exe", "-NoProfile", "-NonInteractive", "-Command")
    assert "Get-Clipboard -Format Image" in command[4]
    assert "ImageFormat]::Png" in command[4]


def test_what_the_tools_write() -> None:
    assert picture_bytes("linux", png()) == png()
    assert picture_bytes("darwin", b"\xc2\xabdata PNGf" + png().hex().encode() + b"\xc2\xbb\n") == png()
    assert picture_bytes("darwin", b"execution error") == b""
    from base64 import b64encode

    assert picture_bytes("win32", b64encode(png()) + b"\r\n") == png()
    assert picture_bytes("win32", b"no picture!") == b""


def test_a_folder_offers_folders_first_and_what_can_be_attached(tmp_path: Path) -> None:
    (tmp_path / "z").mkdir()
    for name in ("b.PNG", "a.pdf", "code.py", ".hidden.png"):
        (tmp_path / name).write_bytes(b"1234")
    found = offered(tmp_path)
    assert found.entries == (
        Offer(path=tmp_path / "z", folder=True),
        Offer(path=tmp_path / "a.pdf", folder=False, size=4),
        Offer(path=tmp_path / "b.PNG", folder=False, size=4),
    )
    assert "cannot be read" in offered(tmp_path / "nowhere").trouble
    assert attachable(Path("x.WEBP"))
    assert not attachable(Path("x.py"))


def test_a_small_picture_is_made_in_a_process_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(png(400, 300, b"\xff\x00\x80"))
    pixels = made_small(path)
    assert len(pixels) == WIDTH * HEIGHT * 4
    middle = (HEIGHT // 2 * WIDTH + WIDTH // 2) * 4
    assert tuple(pixels[middle : middle + 4]) == (255, 0, 128, 255)
    thin = tmp_path / "thin.png"
    thin.write_bytes(png(300, 2))
    assert made_small(thin)[:4] == bytes(4)  # nothing above it


def test_what_cannot_be_decoded_has_no_small_picture(tmp_path: Path) -> None:
    for data in (bomb(2_000, 2_000), jpeg()[:24], b"", png()[:60]):
        path = tmp_path / "x.png"
        path.write_bytes(data)
        assert made_small(path) == b""
    assert made_small(tmp_path / "gone.png") == b""
    assert made_small(None) == b""

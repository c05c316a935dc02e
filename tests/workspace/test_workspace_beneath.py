"""Entries of a held folder: by the kernel's own check where there is one, and without it."""

import errno
import os
import stat
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from unicodedata import normalize

import pytest

from copilot.vocabulary.errors import ForbiddenPathError
from copilot.workspace.beneath import Opener, by_openat, by_openat2, opener
from copilot.workspace.boundary import Boundary
from copilot.workspace.folders import Found, HandleFolder, true_spelling

KERNEL = by_openat2()
WAYS = [pytest.param(by_openat, id="openat")] + (
    [pytest.param(KERNEL, id="openat2")] if KERNEL is not None else []
)
FLAGS = os.O_RDONLY | os.O_CLOEXEC | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no handles of folders")


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[int]:
    """A held folder with one of each, beside a file that must not be reached."""
    (tmp_path / "outside.txt").write_text("CANARY")
    inside = tmp_path / "proj"
    (inside / "sub").mkdir(parents=True)
    (inside / "a.txt").write_text("a")
    (inside / "sub" / "b.txt").write_text("b")
    (inside / "link").symlink_to("a.txt")
    (inside / "up").symlink_to("..")
    (inside / "magic").symlink_to("/proc/self/fd/0")
    held = os.open(inside, os.O_RDONLY | os.O_DIRECTORY)
    yield held
    os.close(held)


@pytest.mark.parametrize("way", WAYS)
def test_an_entry_is_opened(folder: int, way: Opener) -> None:
    fd = way("a.txt", FLAGS, 0, folder)
    assert os.read(fd, 10) == b"a"
    assert not os.get_inheritable(fd)
    os.close(fd)
    os.close(way("sub", FLAGS | os.O_DIRECTORY, 0, folder))


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("..", errno.EXDEV),
        ("../outside.txt", errno.EXDEV),
        ("/etc/passwd", errno.EXDEV),
        ("link", errno.ELOOP),
        ("up", errno.ELOOP),
        ("magic", errno.ELOOP),
        ("missing", errno.ENOENT),
    ],
)
def test_what_is_no_entry_is_not(folder: int, way: Opener, name: str, number: int) -> None:
    with pytest.raises(OSError, match=name) as caught:
        os.close(way(name, FLAGS, 0, folder))
    assert caught.value.errno == number


@pytest.mark.parametrize("way", WAYS)
def test_a_name_is_not_cut_at_a_nul(folder: int, way: Opener) -> None:
    with pytest.raises(ValueError, match="null"):
        way("a.txt\0b", FLAGS, 0, folder)


@pytest.mark.parametrize("way", WAYS)
def test_a_new_file_gets_its_mode_and_is_never_one_that_is_there(folder: int, way: Opener) -> None:
    new = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
    os.close(way("new.txt", new, 0o600, folder))
    assert stat.S_IMODE(os.stat("new.txt", dir_fd=folder).st_mode) == 0o600
    for name in ("new.txt", "link"):
        with pytest.raises(FileExistsError):
            way(name, new, 0o600, folder)


@pytest.mark.skipif(KERNEL is None, reason="this kernel has no openat2, or it is forbidden here")
def test_the_kernel_is_asked_where_it_can_be(folder: int) -> None:
    assert opener() is not by_openat
    with pytest.raises(OSError, match="sub") as caught:  # by its links alone, not by what a name looks like
        opener()("sub/../../outside.txt", FLAGS, 0, folder)
    assert caught.value.errno == errno.EXDEV


def test_a_kernel_that_forbids_the_call_is_done_without(tmp_path: Path) -> None:
    """As containers do; here by a filter of system calls in a process of its own."""
    code = (
        "import ctypes, struct\n"
        "from copilot.workspace import beneath\n"
        "libc = ctypes.CDLL(None, use_errno=True)\n"
        "rules = ((0x20, 0, 0, 0), (0x15, 0, 1, 437), (6, 0, 0, 0x50000 | 1), (6, 0, 0, 0x7FFF0000))\n"
        "program = b''.join(struct.pack('HBBI', *rule) for rule in rules)\n"
        "held = ctypes.create_string_buffer(program)\n"
        "filter = struct.pack('HxxxxxxQ', len(rules), ctypes.addressof(held))\n"
        "assert libc.prctl(38, 1, 0, 0, 0) == 0\n"
        "assert libc.prctl(22, 2, ctypes.create_string_buffer(filter), 0, 0) == 0\n"
        "assert beneath.by_openat2() is None and beneath.opener() is beneath.by_openat\n"
        "print('done without')\n"
    )
    if sys.platform != "linux" or KERNEL is None:
        pytest.skip("no openat2 to forbid")
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.stdout == "done without\n", done.stderr


class NoCase:
    """A folder of a disk that knows no case and no normal form, as far as spelling goes."""

    def __init__(self, files: Path) -> None:
        self._files = files

    def look(self, name: str) -> os.stat_result | None:
        for entry in self._files.iterdir():
            if normalize("NFC", entry.name).casefold() == normalize("NFC", name).casefold():
                return entry.lstat()
        return None

    def scan(self) -> Sequence[Found]:
        return tuple(Found(name=entry.name, info=entry.lstat()) for entry in self._files.iterdir())


@pytest.mark.parametrize(
    ("asked", "real"),
    [("README.md", "Readme.md"), ("readme.MD", "Readme.md"), ("Readme.md", "Readme.md"), ("none", "none"),
     ("e\u0301", "\u00e9"), ("\u00e9", "\u00e9"), ("1", "1")],
)  # fmt: skip
def test_another_spelling_of_an_entry_is_told(tmp_path: Path, asked: str, real: str) -> None:
    for name in ("Readme.md", "\u00e9", "1", "other"):
        (tmp_path / name).touch()
    assert true_spelling(NoCase(tmp_path), asked) == real  # type: ignore[arg-type]


def test_two_names_of_one_file_are_two_names_where_case_counts(tmp_path: Path) -> None:
    (tmp_path / "a.txt").touch()
    try:
        os.link(tmp_path / "a.txt", tmp_path / "A.TXT")
    except FileExistsError:
        pytest.skip("this disk knows no case")
    held = HandleFolder(os.open(tmp_path, os.O_RDONLY | os.O_DIRECTORY))
    assert [held.true_name(name) for name in ("a.txt", "A.TXT")] == ["a.txt", "A.TXT"]
    held.close()


@pytest.mark.parametrize("handles", [True, False])
def test_a_file_that_appears_while_a_new_one_is_written_is_not_overwritten(
    tmp_path: Path, handles: bool
) -> None:
    folder = HandleFolder(os.open(tmp_path, os.O_RDONLY | os.O_DIRECTORY))

    def made_meanwhile() -> bool:
        (tmp_path / "new.txt").write_text("the person's")
        return True

    with pytest.raises(FileExistsError):
        folder.replace("new.txt", b"ours", None, unchanged=made_meanwhile)
    folder.close()
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"new.txt": "the person's"}
    with pytest.raises(ForbiddenPathError, match="changed on disk"):
        Boundary(tmp_path, handles=handles).write_bytes("new.txt", b"ours", expected=None)
    assert (tmp_path / "new.txt").read_text() == "the person's"


def test_a_change_while_the_new_bytes_are_written_stops_the_write(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_text("old")
    folder = HandleFolder(os.open(tmp_path, os.O_RDONLY | os.O_DIRECTORY))
    with pytest.raises(FileExistsError):
        folder.replace("a.txt", b"ours", file.lstat(), unchanged=lambda: False)
    folder.close()
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"a.txt": "old"}

"""The folder of a run is the one that was held when the person was asked, wherever its path leads later."""

import ctypes
import os
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from copilot.shell.confine.fences import Fences
from copilot.shell.shell_runner import Outcome, run_script
from copilot.shell.shells import Shell
from copilot.shell.work_folder import WorkFolder, held_folder, hold_on_windows
from copilot.vocabulary.confinement import Fence
from copilot.vocabulary.errors import ToolError

SH = Shell(name="sh", path="/bin/sh")

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="swaps links; the rest is decided by a fake")


@dataclass
class Swapped:
    """Two folders and a link to the first, which `swap` turns to the second."""

    place: Path

    def __post_init__(self) -> None:
        for name in ("shown", "other"):
            (self.place / name).mkdir()
        self.link.symlink_to(self.place / "shown")

    @property
    def link(self) -> Path:
        return self.place / "link"

    def swap(self) -> None:
        self.link.unlink()
        self.link.symlink_to(self.place / "other")

    def run(self, work: WorkFolder, *, at_start: bool, fences: Fences | None = None) -> Outcome:
        here = None if fences is None else fences.here()
        return run_script(
            SH,
            "echo here > ran; pwd -P",
            folder=self.place / "scripts",
            session="s",
            work=work,
            environ={"PATH": os.environ["PATH"], "HOME": str(self.place / "home")},
            platform=sys.platform,
            timeout_seconds=20,
            cancelled=lambda: False,
            output=lambda _stream, _text: None,
            started=lambda _path, _sha256: self.swap() if at_start else None,
            fences=fences,
            fence=None if here is None else Fence(confined=here.files, network=True, here=here),
        )

    def ran(self) -> list[str]:
        return [path.parent.name for path in self.place.glob("*/ran") if not path.parent.is_symlink()]


@pytest.fixture
def swapped(tmp_path: Path) -> Swapped:
    return Swapped(tmp_path)


def test_a_path_that_was_swapped_is_refused_before_anything_starts(swapped: Swapped) -> None:
    with held_folder(swapped.link) as work:
        swapped.swap()
        with pytest.raises(ToolError, match="became another one after it was shown; nothing was run"):
            swapped.run(work, at_start=False)
    assert swapped.ran() == []


@pytest.mark.parametrize("in_a_fence", [False, True])
def test_one_that_is_swapped_at_the_last_moment_changes_nothing(swapped: Swapped, in_a_fence: bool) -> None:
    home = swapped.place / "home"
    home.mkdir()
    fences = Fences(swapped.place / "private", {"HOME": str(home)}, sys.platform) if in_a_fence else None
    with held_folder(swapped.link) as work:
        outcome = swapped.run(work, at_start=True, fences=fences)
    assert outcome.stdout == f"{os.path.realpath(swapped.place)}/shown\n"
    assert swapped.ran() == ["shown"]
    assert swapped.link.resolve().name == "other"


def test_a_folder_moved_away_is_still_the_one_that_is_worked_in(swapped: Swapped) -> None:
    """The descriptor means the folder and not its name: only the check of the path comes before."""
    with held_folder(swapped.place / "shown") as work:
        (swapped.place / "shown").rename(swapped.place / "moved")
        (swapped.place / "shown").mkdir()
        with pytest.raises(ToolError):
            work.check()
        assert work.fd is not None
        assert os.path.samestat(os.fstat(work.fd), (swapped.place / "moved").stat())


def test_nothing_stays_open(swapped: Swapped) -> None:
    with held_folder(swapped.link) as work:
        assert work.fd is not None
        os.fstat(work.fd)
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(work.fd)
    with (
        pytest.raises(ToolError, match="cannot be used as a folder to run in"),
        held_folder(swapped.place / "nowhere"),
    ):
        pytest.fail("it was let through")


@dataclass
class Kernel:
    """Answers like kernel32; `real` is what the handle leads to."""

    real: str
    handle: int = 77
    asked: list[tuple[Any, ...]] = field(default_factory=list)

    def CreateFileW(self, *words: object) -> int | None:
        self.asked.append(words)
        return self.handle

    def GetFinalPathNameByHandleW(self, handle: int, told: Any, size: int, flags: int) -> int:
        told.value = self.real
        return len(self.real)

    def CloseHandle(self, handle: int) -> bool:
        self.asked.append(("close", handle))
        return True

    def GetLastError(self) -> int:
        return 5


@pytest.mark.parametrize(
    ("real", "path"),
    [("\\\\?\\D:\\work\\shown", "D:\\work\\shown"), ("\\\\?\\UNC\\host\\share\\p", "\\\\host\\share\\p")],
)
def test_on_windows_a_handle_holds_the_folder_and_tells_its_path(real: str, path: str) -> None:
    kernel = Kernel(real)
    handle, found = hold_on_windows(Path("C:\\link"), kernel)
    assert (handle, str(found)) == (77, path)
    # list the folder; share reading and writing but not deletion, which renaming needs, too; a folder
    assert kernel.asked == [("C:\\link", 1, 1 | 2, None, 3, 0x0200_0000, None)]


def test_on_windows_what_cannot_be_held_is_an_error() -> None:
    with pytest.raises(OSError, match="error 5"):
        hold_on_windows(Path("C:\\link"), Kernel("", handle=ctypes.c_void_p(-1).value or 0))
    nameless = Kernel("")
    with pytest.raises(OSError, match="where it is"):
        hold_on_windows(Path("C:\\link"), nameless)
    assert nameless.asked[-1] == ("close", 77)

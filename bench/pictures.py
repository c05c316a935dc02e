"""Take the pictures of docs/pictures: the tour in the real window, with mouse and keyboard, under Xvfb.

    .venv/bin/python bench/pictures.py [NAME...]

Needs Xvfb, openbox, xdotool and ImageMagick. The desk, the files, the scripts and the processes are real; the
model's words are the shipped rehearsal's. The pictures of branches are of a discussion that the window tests
play. Each picture is made small enough for the repository.
"""

import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TESTS = ROOT / "tests" / "desktop"
sys.path.insert(0, str(TESTS))

from driver import Window  # noqa: E402
from virtual_display import missing, virtual_display  # noqa: E402

from copilot.rehearsal.tour import PROMPTS, copy_calculator, plant_bug  # noqa: E402

PICTURES = ROOT / "docs" / "pictures"
COLOURS = 200
"""Of the palette of each PNG: the window's own colours and the edges of its letters."""

QUIET = 1.2
"""Seconds until the approval dialog takes a click (DESIGN 5), and a little."""

Size = tuple[int, int]


SHOTS: tuple[tuple[Size, str, dict[str, str]], ...] = (
    ((1440, 900), "", {"tour": "after"}),
    ((1440, 900), 'theme = "light"', {"tour-light": "after", "modal-light": "modal"}),
    ((1280, 800), "", {"empty-1280x800": "empty", "modal-1280x800": "modal", "tour-1280x800": "after"}),
    (
        (1920, 1080),
        "",
        {"modal-1920x1080": "modal", "tour-1920x1080": "after", "context-1920x1080": "context"},
    ),
    ((1920, 1160), 'theme = "light"\nscale = 1.5', {"tour-light-scale-1.5": "after"}),
)
"""Pixels, what `[window]` of the settings says, and the pictures with their moments."""

PLAYED: tuple[tuple[Size, str, str], ...] = (
    ((1280, 800), "dark 1 15", "branches-1280x800"),
    ((1280, 800), "light 1 15", "branches-light-1280x800"),
)
"""Pixels, the look, and the picture of branches side by side."""


def main(names: list[str]) -> int:
    """Take the pictures of these names, or all; 0 when each was taken."""
    lacking = [*missing(), *(() if shutil.which("convert") else ("convert",))]
    if lacking:
        sys.stderr.write(f"pictures: these programs are missing: {', '.join(lacking)}\n")
        return 1
    PICTURES.mkdir(parents=True, exist_ok=True)
    with virtual_display() as name:
        for size, dress, wanted in SHOTS:
            if not names or set(names) & set(wanted):
                pictures = {moment: PICTURES / f"{file}.png" for file, moment in wanted.items()}
                take(name, size, dress, pictures)
        for size, dress, file in PLAYED:
            if not names or file in names:
                take_branches(name, size, dress, PICTURES / f"{file}.png")
    return 0


def take(display_name: str, size: Size, dress: str, pictures: dict[str, Path]) -> None:
    """One tour at one size, with a picture at each of the moments."""
    with tempfile.TemporaryDirectory(prefix="copilot-pictures-") as folder:
        window = opened(Path(folder), display_name, size, dress)
        try:
            tour(window, lambda moment: moment in pictures and shoot(window, pictures[moment]))
            window.close()
            window.ended()
        finally:
            window.kill()


def take_branches(display_name: str, size: Size, dress: str, path: Path) -> None:
    """Two branches of a discussion side by side."""
    with tempfile.TemporaryDirectory(prefix="copilot-pictures-") as folder:
        home, out = Path(folder) / "home", Path(folder) / "out"
        command = [sys.executable, str(TESTS / "run_dressed.py"), str(home), "paths", str(out)]
        window = Window.start([*command, *dress.split(), *map(str, size)], display_name, out)
        try:
            choose(window, "Compare with another branch")
            window.find(words="in common")
            window.fresh(6)
            shoot(window, path)
        finally:
            window.kill()


def choose(window: Window, action: str) -> None:
    """Do an action by its name in the palette, and take the first of what it asks for."""
    window.press("p", "ctrl", "shift")
    window.until(lambda: (box := window.maybe(tag="chooser.search")) and box.active, "the palette")
    window.type(action)
    window.until(lambda: window.find(tag="chooser.search").value == action, "the name")
    window.press("Return")
    window.until(lambda: window.find(tag="chooser.search").value in ("", None), "what it asks for")
    window.fresh(3)
    window.press("Return")


def opened(folder: Path, display_name: str, size: Size, dress: str) -> Window:
    """The window on a fresh copy of the calculator that has one bug."""
    project = folder / "calculator"
    copy_calculator(project)
    plant_bug(project)
    (folder / "home").mkdir()
    (folder / "home" / "config.toml").write_text(f"[window]\n{dress}\n", encoding="utf-8")
    command = [sys.executable, str(TESTS / "run_real.py"), str(folder / "home"), str(project)]
    command += ["rehearsal", "", str(folder / "out"), str(size[0]), str(size[1])]
    return Window.start(command, display_name, folder / "out", cwd=project)


def tour(window: Window, moment: Callable[[str], object]) -> None:
    """What a person does: choose files, ask, read, approve three scripts, read the answer."""
    window.find(words="What shall we do?")
    window.fresh(6)
    moment("empty")
    window.click(window.find(tag="files.add"))
    window.type("calculator/*.py")
    window.press("Return")
    window.find(words="evaluator.py", kind="DrawText")
    window.click(window.find(tag="composer.input"))
    window.type(PROMPTS["tour"])
    window.until(
        lambda: window.nudge() or window.find(tag="composer.input").value == PROMPTS["tour"], "the prompt"
    )
    window.press("Return", "ctrl")
    for number, words in enumerate(("python3 -m unittest", "mended.tmp", "python3 -m unittest")):
        window.until(
            lambda w=words: (box := window.maybe(tag="confirm.text")) and w in box.value, f"script {number}"
        )
        time.sleep(QUIET)
        window.fresh(3)
        if number == 1:
            moment("modal")
        asked = window.find(tag="confirm.text").value
        window.click(window.find(tag="confirm.approve"))
        window.until(  # the next request may take the dialog over before it was seen to go
            lambda was=asked: (box := window.maybe(tag="confirm.text")) is None or box.value != was,
            "the dialog to go on",
        )
    window.find(words="Every step is in the log")
    window.find(tag="composer.send")
    window.fresh(6)
    moment("after")
    window.press("F6")
    window.until(lambda: window.nudge() or window.maybe(tag="context.back"), "the large context panel")
    window.fresh(3)
    window.click(window.find(tag="context.text_tab"))
    window.find(words="Raw bytes")
    window.fresh(6)
    moment("context")
    window.press("Escape")


def shoot(window: Window, path: Path) -> None:
    """A picture of the window, with the mouse out of the way, in few colours."""
    window.park()
    window.fresh(6)
    window.picture(path)
    subprocess.run(
        ["convert", str(path), "-strip", "+dither", "-colors", str(COLOURS), f"PNG8:{path}"], check=True
    )
    sys.stdout.write(f"{path.relative_to(ROOT)}  {path.stat().st_size // 1024} KB\n")


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

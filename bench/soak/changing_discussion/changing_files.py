"""The project of the long discussion: files that the model, its scripts and other programs change.

Each version of a file bears a mark of its own, «path vN», so that a reader of a request can tell which
versions are in it.
"""

from pathlib import Path

LINES = 6
"""Lines of text in each version of a file."""

WRITTEN, SCRIPTED, EDITED = "written.txt", "scripted.txt", "edited.txt"
OUTSIDE, THERE_AND_BACK, TOUCHED = "outside.txt", "there_and_back.txt", "touched.txt"
COMES_AND_GOES, OUTLINED, STILL = "comes_and_goes.txt", "outlined.py", "still.txt"
FILES = (WRITTEN, SCRIPTED, EDITED, OUTSIDE, THERE_AND_BACK, TOUCHED, COMES_AND_GOES, OUTLINED, STILL)


def version(path: str, number: int) -> str:
    """The whole text of one version."""
    if path == OUTLINED:
        return f'def version_{number}() -> str:\n    """«{path} v{number}»"""\n    return ""\n'
    lines = (f"Line {i} of {path}, which says what version {number} says." for i in range(1, LINES))
    return "\n".join((f"«{path} v{number}»", *lines, ""))


def lay_out(folder: Path) -> None:
    """The project as it begins: version 0 of every file."""
    for path in FILES:
        (folder / path).write_text(version(path, 0), encoding="utf-8")


def change_from_outside(folder: Path, number: int) -> None:
    """What other programs do while the model answers request `number` (from 1)."""
    if number % 3 == 0:
        (folder / OUTSIDE).write_text(version(OUTSIDE, number), encoding="utf-8")
    if number % 4 == 0:
        back = (folder / THERE_AND_BACK).read_text(encoding="utf-8") != version(THERE_AND_BACK, 0)
        text = version(THERE_AND_BACK, 0 if back else number)
        (folder / THERE_AND_BACK).write_text(text, encoding="utf-8")
    if number % 5 == 0:
        (folder / OUTLINED).write_text(version(OUTLINED, number), encoding="utf-8")
    if number % 7 == 0:
        there = (folder / COMES_AND_GOES).exists()
        if there:
            (folder / COMES_AND_GOES).unlink()
        else:
            (folder / COMES_AND_GOES).write_text(version(COMES_AND_GOES, number), encoding="utf-8")
    if number % 2 == 0:
        (folder / TOUCHED).write_text(version(TOUCHED, 0), encoding="utf-8")  # the same bytes, another time


def on_disk(folder: Path) -> dict[str, str]:
    """Every file that is there, with its text."""
    return {path: text for path in FILES if (text := _read(folder / path))}


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""

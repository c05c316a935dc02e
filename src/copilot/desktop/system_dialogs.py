"""The system's own dialogs for files and folders, each as a program of its own; none where there is none.

They are looked for in this order: zenity, kdialog, osascript, and Python's own tkinter in another process.
Call from an errand, never on the main thread: a dialog stays as long as the person wants.
"""

import atexit
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal

from copilot.shell.programs import find_program
from copilot.vocabulary.frozen import frozen

Wanted = Literal["folder", "files", "save"]

_MACOS: Mapping[Wanted, str] = {
    "folder": "on run argv\nreturn POSIX path of (choose folder with prompt (item 1 of argv)"
    " default location (POSIX file (item 2 of argv)))\nend run",
    "files": "on run argv\nset found to choose file with prompt (item 1 of argv) default location"
    ' (POSIX file (item 2 of argv)) with multiple selections allowed\nset told to ""\n'
    "repeat with one in found\nset told to told & POSIX path of one & linefeed\nend repeat\n"
    "return told\nend run",
    "save": "on run argv\nreturn POSIX path of (choose file name with prompt (item 1 of argv) default name"
    " (item 3 of argv) default location (POSIX file (item 2 of argv)))\nend run",
}

_TKINTER = """
import os, sys, tkinter
from tkinter import filedialog
root = tkinter.Tk()
root.withdraw()
root.attributes("-topmost", True)
wanted, title, start, name = sys.argv[1:]
if wanted == "save":
    found = [filedialog.asksaveasfilename(parent=root, title=title, initialdir=start, initialfile=name)]
elif wanted == "folder":
    found = [filedialog.askdirectory(parent=root, title=title, initialdir=start, mustexist=True)]
else:
    found = filedialog.askopenfilenames(parent=root, title=title, initialdir=start)
sys.stdout.buffer.write(b"\\n".join(os.fsencode(one) for one in found if one))
"""


@frozen(kw_only=False)
class Chosen:
    """What the person chose; nothing where the dialog was cancelled. `shown` is False where there is none."""

    paths: tuple[Path, ...] = ()
    shown: bool = True


def choose(
    wanted: Wanted,
    title: str,
    start: Path,
    *,
    platform: str = sys.platform,
    find: Callable[[str], str | None] = find_program,
    python: str = sys.executable,
    environ: Mapping[str, str] | None = None,
    name: str = "",
) -> Chosen:
    """Ask by the system's dialog, and wait for it. To "save" it proposes `name` in the folder `start`, and
    has asked already whether a file that is there may be written over."""
    for argv in _commands(wanted, title, start, platform, find, python, name):
        try:
            done = _run(argv, environ)
        except OSError:
            continue
        found = tuple(Path(os.fsdecode(line)) for line in done.stdout.split(b"\n") if line)
        if found:
            return Chosen(found)
        if not _broken(done):
            return Chosen()  # cancelled
    return Chosen(shown=False)


def _run(argv: list[str], environ: Mapping[str, str] | None) -> "subprocess.CompletedProcess[bytes]":
    """Wait for the dialog; it goes with this program where that ends first. Raises OSError."""
    with subprocess.Popen(
        argv,
        env=None if environ is None else dict(environ),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as dialog:
        atexit.register(dialog.kill)
        try:
            said, errors = dialog.communicate()
        finally:
            atexit.unregister(dialog.kill)
    return subprocess.CompletedProcess(argv, dialog.returncode, said, errors)


def _broken(done: "subprocess.CompletedProcess[bytes]") -> bool:
    """Whether the program could not show its dialog; 0 and 1 without a word are a person's "cancel"."""
    said = done.stderr.lower()
    excuses = (b"cannot open display", b"could not connect", b"no module named", b"tclerror", b"traceback")
    return done.returncode not in (0, 1) or any(words in said for words in excuses)


def _commands(
    wanted: Wanted,
    title: str,
    start: Path,
    platform: str,
    find: Callable[[str], str | None],
    python: str,
    name: str,
) -> list[list[str]]:
    folder = str(start)
    found: list[list[str]] = []
    if platform == "darwin" and (program := find("osascript")):
        found.append([program, "-e", _MACOS[wanted], title, folder, name])
    if platform not in ("darwin", "win32"):
        if program := find("zenity"):
            kind = {
                "folder": ["--directory"],
                "files": ["--multiple", "--separator=\n"],
                "save": ["--save", "--confirm-overwrite"],
            }[wanted]
            there = f"--filename={folder}/{name}"
            found.append([program, "--file-selection", f"--title={title}", there, *kind])
        if program := find("kdialog"):
            kinds = {
                "folder": "--getexistingdirectory",
                "files": "--getopenfilename",
                "save": "--getsavefilename",
            }
            there = f"{folder}/{name}" if wanted == "save" else folder
            more = ["--multiple", "--separate-output"] if wanted == "files" else []
            found.append([program, "--title", title, kinds[wanted], there, *more])
    if python:
        found.append([python, "-I", "-c", _TKINTER, wanted, title, folder, name])
    return found

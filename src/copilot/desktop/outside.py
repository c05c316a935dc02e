"""What lies beyond this window: windows of other projects, and the notifications of the desktop."""

import os
import subprocess
import sys
import tempfile
import webbrowser
from collections.abc import Callable, Sequence
from pathlib import Path

from copilot.assembly.surroundings import Surroundings
from copilot.desktop.notifying import Told
from copilot.projects.home import Home
from copilot.shell.own_python import own_environment, own_python
from copilot.shell.programs import find_program
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.text import visible

STARTED_SECONDS = 20.0
"""A window that is still there after this is taken to be open."""

_SAID = 2_000
"""Bytes of what a window that did not open said last."""


@frozen
class Outside:
    """Each may take seconds and is called away from the main thread. All but `notify` give the trouble there
    was, "" where there was none. `around` is what work beside the worker stands on; None: there is none."""

    open_project: Callable[[str], str]
    open_folder: Callable[[Path], str]
    open_file: Callable[[Path], str]
    play_back: Callable[[str], str]
    notify: Callable[[Told], object]
    around: Surroundings | None = None


NOTHING_OUTSIDE = Outside(
    open_project=lambda name: f"The project {name} cannot be opened from here.",
    open_folder=lambda folder: f"The folder {folder} cannot be opened from here.",
    open_file=lambda path: f"{path} cannot be shown from here.",
    play_back=lambda session: f"The session {session} cannot be played back from here.",
    notify=lambda told: told,
)


def another_window(home: Home, more: Sequence[str], python: str = sys.executable) -> str:
    """Start the program on another project, in a window of its own which outlives this one.

    A project that is open already comes to the front. Gives what went wrong in the first seconds, else "".
    """
    argv = own_python("-m", "copilot", "--home", str(home.root), *more, python=python)
    with tempfile.TemporaryFile() as said:
        try:
            process = subprocess.Popen(
                argv,
                env=own_environment(os.environ),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=said,
                start_new_session=True,
            )
            code = process.wait(STARTED_SECONDS)
        except OSError as error:
            return f"The other window did not open: {error}"
        except subprocess.TimeoutExpired:
            return ""
        if code == 0:
            return ""
        said.seek(0, 2)
        said.seek(max(0, said.tell() - _SAID))
        words = " ".join(said.read().decode("utf-8", "replace").split())
    return f"The other window did not open (exit code {code}): {visible(words)}"


def shown_by_system(path: Path, platform: str = sys.platform) -> str:
    """Show a text file in the program that the system has for it; the trouble there was, else ""."""
    if not path.is_file():
        return f"{visible(str(path), keep='')} is not there any more."
    program = find_program("open" if platform == "darwin" else "xdg-open") if platform != "win32" else None
    try:
        if program is not None:
            subprocess.Popen(
                [program, str(path)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
            return ""
        if webbrowser.open(path.resolve().as_uri()):
            return ""
    except (OSError, webbrowser.Error) as error:
        return f"{visible(str(path), keep='')} cannot be shown: {error}"
    return f"This system has no program to show {visible(str(path), keep='')}."

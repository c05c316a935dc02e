"""What lies beyond this window: windows of other projects, and the notifications of the desktop."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from copilot.desktop.notifying import Told
from copilot.projects.home import Home
from copilot.shell.own_python import own_environment, own_python
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.text import visible

STARTED_SECONDS = 20.0
"""A window that is still there after this is taken to be open."""

_SAID = 2_000
"""Bytes of what a window that did not open said last."""


@frozen
class Outside:
    """Each may take seconds and is called away from the main thread. All but the last give the trouble there
    was, "" where there was none."""

    open_project: Callable[[str], str]
    open_folder: Callable[[Path], str]
    play_back: Callable[[str], str]
    notify: Callable[[Told], object]


NOTHING_OUTSIDE = Outside(
    open_project=lambda name: f"The project {name} cannot be opened from here.",
    open_folder=lambda folder: f"The folder {folder} cannot be opened from here.",
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

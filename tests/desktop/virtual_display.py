"""A display of our own, with a window manager: Xvfb and openbox, for the window tests and the pictures."""

import os
import shutil
import subprocess
import time
from collections.abc import Generator
from contextlib import contextmanager

NEEDED = ("Xvfb", "openbox", "xdotool", "import")


def missing() -> tuple[str, ...]:
    """The programs that are needed and not here."""
    return tuple(name for name in NEEDED if shutil.which(name) is None)


@contextmanager
def virtual_display() -> Generator[str]:
    """The name of a display of 1920 by 1200 pixels."""
    reader, writer = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writer), "-screen", "0", "1920x1200x24", "-nolisten", "tcp"],
        pass_fds=(writer,),
        stderr=subprocess.DEVNULL,
    )
    os.close(writer)
    with os.fdopen(reader) as pipe:
        name = f":{pipe.readline().strip()}"
    manager = subprocess.Popen(
        ["openbox", "--sm-disable"],
        env={**os.environ, "DISPLAY": name},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for_manager(name)
        yield name
    finally:
        for process in (manager, server):
            process.terminate()
            process.wait(10)


def _wait_for_manager(name: str) -> None:
    """Wait until keyboard focus works: the manager has told the root window that it is there."""
    until = time.monotonic() + 10
    while time.monotonic() < until:
        found = subprocess.run(
            ["xdotool", "get_desktop"], env={**os.environ, "DISPLAY": name}, capture_output=True, check=False
        )
        if found.returncode == 0:
            return
        time.sleep(0.05)
    raise AssertionError("no window manager after ten seconds")

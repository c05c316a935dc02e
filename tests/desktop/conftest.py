"""A display of our own for the window tests: Xvfb and a window manager, for the whole session."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator

import pytest

NEEDED = ("Xvfb", "openbox", "xdotool")


@pytest.fixture(scope="session")
def display() -> Iterator[str]:
    """The name of a virtual display of 1920 by 1200 with a window manager."""
    missing = [name for name in NEEDED if shutil.which(name) is None]
    if missing and os.environ.get("CI") == "true":
        pytest.fail(f"the test command installs {', '.join(missing)}, but they are not here")
    if missing:
        pytest.skip(f"window tests need {', '.join(missing)}")
    reader, writer = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writer), "-screen", "0", "1920x1200x24", "-nolisten", "tcp"],
        pass_fds=(writer,),
        stderr=subprocess.DEVNULL,
    )
    os.close(writer)
    with os.fdopen(reader) as pipe:
        number = pipe.readline().strip()
    name = f":{number}"
    manager = subprocess.Popen(
        ["openbox", "--sm-disable"],
        env={**os.environ, "DISPLAY": name},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _wait_for_manager(name)
    yield name
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

"""The process that a person started: quick to start, quick to end, and whole at its end."""

import os
import subprocess
import sys
from pathlib import Path

import pytest


def run(code: str, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code, *words], capture_output=True, text=True, timeout=60, check=False
    )


def test_what_asked_for_the_end_is_called_and_everything_is_written(tmp_path: Path) -> None:
    code = (
        "import atexit, sys, copilot.__main__ as entry\n"
        "atexit.register(lambda: print('called at the end'))\n"
        "class Last:\n"
        "    def __del__(self): print('taken down')\n"
        "last = Last()\n"
        "sys.exit(entry.main())"
    )
    done = run(code, "context", "--home", str(tmp_path))
    assert done.returncode == 2
    assert done.stdout == "called at the end\n"  # and nothing was taken down
    assert "name some files or a project" in done.stderr


def test_a_program_that_calls_it_goes_on(tmp_path: Path) -> None:
    code = (
        "import gc, sys, copilot.__main__ as entry\n"
        "code = entry.main(sys.argv[1:])\n"
        "print(code, gc.isenabled(), gc.get_freeze_count())"
    )
    assert run(code, "context", "--home", str(tmp_path)).stdout == "2 True 0\n"


def test_a_thread_that_still_works_is_waited_for() -> None:
    code = (
        "import sys, threading, time, copilot.__main__ as entry\n"
        "threading.Thread(target=lambda: (time.sleep(0.3), print('done'))).start()\n"
        "sys.exit(entry.main())"
    )
    done = run(code, "--version")
    assert (done.returncode, done.stdout.splitlines()[1:]) == (0, ["done"])


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a disk that is always full")
def test_output_that_cannot_be_written_is_told() -> None:
    code = "import sys, copilot.__main__ as entry; sys.exit(entry.main())"
    fd = os.open("/dev/full", os.O_WRONLY)
    try:
        done = subprocess.run(
            [sys.executable, "-c", code, "--version"],
            stdout=fd,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
        )
    finally:
        os.close(fd)
    assert (done.returncode, "No space left" in done.stderr) == (1, True)


def test_what_runs_longer_looks_for_cycles_again_but_not_in_what_was_loaded() -> None:
    code = (
        "import gc\nfrom copilot.cli import process\n"
        "process.settled()\nprint(gc.get_freeze_count())\n"
        "process.begin()\nprint(gc.isenabled())\n"
        "process.settled()\nprint(gc.isenabled(), gc.get_freeze_count() > 1_000)"
    )
    assert run(code).stdout.split() == ["0", "False", "True", "True"]

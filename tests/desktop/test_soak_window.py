"""A slice of what starts, stops, tears off and docks without a trace; `bench/soak/windows` is the whole."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

SOAK = Path(__file__).parents[2] / "bench" / "soak" / "windows" / "windows.py"

pytestmark = pytest.mark.window


@pytest.mark.timeout(900)
def test_starts_stops_and_torn_off_panels_leave_nothing(display: str) -> None:
    """Each state once, ended in four ways; panels go by a chord, by their X, and killed."""
    words = [sys.executable, str(SOAK), "--inside", "5", "3"]
    environ = {**os.environ, "DISPLAY": display}
    done = subprocess.run(words, env=environ, capture_output=True, text=True, check=False, timeout=850)
    assert done.stdout.splitlines()[-1:] == ["nothing was wrong"], done.stdout + done.stderr
    assert done.returncode == 0

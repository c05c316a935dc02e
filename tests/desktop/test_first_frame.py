"""The window's first frame comes before any provider's package is loaded (issue 5, point 9)."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

INSIDE = Path(__file__).parents[2] / "bench" / "first_frame_inside.py"

pytestmark = pytest.mark.window


def test_the_first_frame_comes_before_any_sdk(display: str, tmp_path: Path) -> None:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("COPILOT_")}
    done = subprocess.run(
        [sys.executable, str(INSIDE), "copilot", str(tmp_path / "home")],
        cwd=tmp_path,
        env={**kept, "DISPLAY": display, "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    told = json.loads(done.stdout)
    assert told["sdks"] == []
    assert told["modules"] > 100  # it was the window that drew, and not nothing

"""One holder at a time, and none after its death."""

import subprocess
import sys
from pathlib import Path

import pytest

from copilot.storage.locks import hold
from copilot.vocabulary.errors import LockedError, StorageError

HOLDER = """
import sys
from pathlib import Path
from copilot.storage.locks import hold
held = hold(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


def test_a_lock_is_held_once(tmp_path: Path) -> None:
    path = tmp_path / "demo.lock"
    with hold(path), pytest.raises(LockedError) as caught:
        hold(path)
    assert str(caught.value) == "demo is open in another window or program (demo.lock is held)"
    assert caught.value.hint
    hold(path).release()


def test_a_second_process_is_refused_and_a_killed_one_lets_go(tmp_path: Path) -> None:
    path = tmp_path / "demo.lock"
    child = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with child:
        assert child.stdout is not None
        assert child.stdout.readline() == "held\n"
        with pytest.raises(LockedError):
            hold(path, wait_seconds=0.1)
        child.kill()
        child.wait(timeout=30)
        hold(path, wait_seconds=5).release()


def test_a_lock_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "folder.lock").mkdir()
    with pytest.raises(StorageError, match="locking"):
        hold(tmp_path / "folder.lock")
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StorageError, match="locking"):
        hold(tmp_path / "file" / "demo.lock")

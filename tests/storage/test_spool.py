"""Texts put aside: each comes back as it was, and nothing of them is left in the folder."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from copilot.storage.spool import Spool
from copilot.vocabulary.errors import StorageError

pytestmark = pytest.mark.skipif(not hasattr(os, "pread"), reason="a system that reads at no place")
TEXTS = ("", "plain\n", "ÿ → 🙂", "a lone \udce9", "x" * 300_000, "after the large one")


def test_each_text_comes_back(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    held = [spool.put(text) for text in TEXTS * 3]
    assert [str(one) for one in reversed(held)] == list(reversed(TEXTS * 3))
    assert list(tmp_path.iterdir()) == []


def test_it_equals_its_text_wherever_that_is_held(tmp_path: Path) -> None:
    one, same, other = Spool(tmp_path).put("a"), Spool(tmp_path).put("a"), Spool(tmp_path).put("b")
    assert one == "a"
    assert one == same
    assert hash(one) == hash("a")
    assert one != other
    assert one != 1


def test_the_file_goes_with_the_last_text(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    descriptor, held = spool._fd, spool.put("a")
    del spool
    assert str(held) == "a"
    del held
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(descriptor)


FULL = """
import resource, sys
from pathlib import Path
from copilot.storage.spool import Spool

resource.setrlimit(resource.RLIMIT_FSIZE, (600_000, 600_000))
spool = Spool(Path(sys.argv[1]))
texts = [f"{number} " * 20_000 for number in range(60)]
held = [spool.put(text) for text in texts]
print([str(one) for one in held] == texts, 0 < spool._written <= 600_000)
"""


def test_a_full_disk_costs_memory_alone(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(tmp_path)], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.stdout, done.stderr) == ("True True\n", "")


def test_what_was_lost_on_the_disk_is_said(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    held = spool.put("x" * 300_000)
    os.ftruncate(spool._fd, 10)
    with pytest.raises(StorageError, match="shorter than it was"):
        str(held)


def test_without_a_folder_there_is_none(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        Spool(tmp_path / "gone")

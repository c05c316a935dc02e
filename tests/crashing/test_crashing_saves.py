"""Every way of saving, killed and refused at every call that it makes; and none that nobody thought of."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from unlisted_saves import ELSEWHERE, SOURCE, listed, writing_modules

HERE = Path(__file__).parent


def found(kinds: str, every: int, heavy: int) -> dict[str, int]:
    """What came of it, in a process that has no other threads; nothing may be wrong."""
    command = [sys.executable, str(HERE / "killed_saves.py"), kinds, str(every), str(heavy)]
    run = subprocess.run(command, capture_output=True, text=True, timeout=110, check=False)
    assert run.stdout, run.stderr
    told = json.loads(run.stdout.splitlines()[-1])
    if told["trouble"]:
        pytest.skip(told["trouble"])
    assert told["wrong"] == []
    return told["met"]


def test_what_a_kill_or_a_power_cut_leaves_at_any_call_is_an_acknowledged_state() -> None:
    met = found("image", 1, 40)
    assert min(met.values()) > 10
    assert sum(met.values()) > 1_100


def test_a_slice_of_real_kills_of_refusals_and_of_short_writes() -> None:
    """All of them are met by bench/soak/kills."""
    assert sum(found("kill+fail+full+short", 25, 0).values()) > 60


def test_a_way_of_saving_that_is_not_safe_is_found(tmp_path: Path) -> None:
    """The judge itself: a file that is written in place, and one whose folder is not synced."""
    command = [sys.executable, str(HERE / "unsafe_saves.py")]
    run = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    told = json.loads(run.stdout)
    if told["trouble"]:
        pytest.skip(told["trouble"])
    assert any("a kill in call" in one for one in told["in place"])
    assert any("a power cut" in one and "the end" not in one for one in told["not synced"])
    assert not any("a kill" in one for one in told["not synced"])
    assert any("left behind" in one for one in told["leftovers"])


def test_no_module_writes_files_that_is_in_nobodys_list() -> None:
    writing = writing_modules()
    assert sorted(writing - listed() - set(ELSEWHERE)) == []
    idle = sorted(one for one in (listed() | set(ELSEWHERE)) - writing if (SOURCE / one).exists())
    assert idle == [], "these write nothing any more"
    assert sorted(listed() & set(ELSEWHERE)) == []

"""A second start finds the first window; nobody without the key does."""

import json
import os
import signal
import stat
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from multiprocessing.connection import Client
from pathlib import Path

import pytest

from copilot.desktop.first_window import RAISE, Bell, ring
from copilot.projects.home import Home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(root=tmp_path / "home").make()


@pytest.fixture
def short_folder() -> Iterator[Path]:
    """A folder for temporary files whose name leaves room for that of a socket, as pytest's own may not."""
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        yield Path(folder)


def test_who_rings_is_heard_each_time(home: Home) -> None:
    heard = threading.Semaphore(0)
    bell = Bell(home, "shop", heard.release)
    assert bell.hang()
    try:
        for _ in range(3):
            assert ring(home, "shop")
            assert heard.acquire(timeout=10)
        assert not ring(home, "another")
    finally:
        bell.take_down()
    assert not ring(home, "shop")
    assert list((home.state / "windows").iterdir()) == []


def test_what_a_killed_window_left_behind_answers_nobody(home: Home) -> None:
    (home.state / "windows").mkdir(parents=True)
    place = home.state / "windows" / "shop.json"
    for left in (b"", b"[]", b'{"address": "/nowhere/bell", "key": "00"}', b'{"key": 3}'):
        place.write_bytes(left)
        assert not ring(home, "shop")
    heard = threading.Event()
    bell = Bell(home, "shop", heard.set)
    assert bell.hang()
    assert ring(home, "shop")
    bell.take_down()


def test_only_this_user_reads_the_key_and_without_it_nobody_is_heard(home: Home) -> None:
    heard = threading.Event()
    bell = Bell(home, "shop", heard.set)
    assert bell.hang()
    try:
        place = home.state / "windows" / "shop.json"
        assert stat.S_IMODE(place.stat().st_mode) & 0o077 == 0
        address = json.loads(place.read_bytes())["address"]
        with pytest.raises(Exception, match=r"digest|auth"), Client(address, authkey=b"guess") as connection:
            connection.send_bytes(RAISE)
        assert not heard.is_set()
        assert ring(home, "shop")
    finally:
        bell.take_down()


KILLED = """
import os, signal, sys
from pathlib import Path
from copilot.desktop.first_window import Bell
from copilot.projects.home import Home
assert Bell(Home(root=Path(sys.argv[1])), "shop", lambda: None).hang()
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_the_next_window_takes_the_socket_of_a_killed_one_away_and_nothing_else(
    home: Home, short_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(short_folder))
    words = [sys.executable, "-c", KILLED, str(home.root)]
    environ = {**os.environ, "TMPDIR": str(short_folder)}
    assert subprocess.run(words, env=environ, check=False, timeout=60).returncode == -signal.SIGKILL
    left = list(short_folder.iterdir())
    assert len(left) == 1
    bell = Bell(home, "shop", lambda: None)
    assert bell.hang()
    assert ring(home, "shop")
    assert not left[0].exists()
    bell.take_down()
    assert list(short_folder.iterdir()) == []
    mine = short_folder / "mine"
    mine.mkdir()
    (mine / "bell").touch()
    place = home.state / "windows" / "shop.json"
    place.write_text(json.dumps({"address": str(mine / "bell"), "key": "00"}))
    assert bell.hang()
    bell.take_down()
    assert (mine / "bell").exists()


def test_a_long_name_of_the_folder_for_temporary_files_is_no_trouble(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = tmp_path / ("x" * 120)
    long.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(long))
    bell = Bell(home, "shop", lambda: None)
    assert bell.hang()
    assert ring(home, "shop")
    bell.take_down()


def test_no_thread_is_left_and_a_folder_that_takes_no_file_costs_only_the_bell(home: Home) -> None:
    before = set(threading.enumerate())
    bell = Bell(home, "shop", lambda: None)
    assert bell.hang()
    bell.take_down()
    for thread in set(threading.enumerate()) - before:
        thread.join(10)
        assert not thread.is_alive()
    (home.state / "windows").rmdir()
    (home.state / "windows").touch()
    assert not bell.hang()
    assert not ring(home, "shop")

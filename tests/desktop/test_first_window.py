"""A second start finds the first window; nobody without the key does."""

import json
import stat
import threading
from multiprocessing.connection import Client
from pathlib import Path

import pytest

from copilot.desktop.first_window import RAISE, Bell, ring
from copilot.projects.home import Home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(root=tmp_path / "home").make()


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

"""Where torn-off panels come back: on the monitor they were on, and wholly on one that is there."""

from pathlib import Path

import pytest

from copilot.desktop.torn.memory import Remembered, Windows, load, save
from copilot.desktop.torn.messages import Place
from copilot.desktop.torn.monitors import LEAST, Monitor, found_place, placed

LEFT, RIGHT = Monitor("DP-1", 0, 0, 1920, 1080), Monitor("HDMI-2", 1920, -200, 2560, 1440)


def test_a_place_is_known_by_its_monitor_and_found_again_there() -> None:
    place = placed(2020, 100, 600, 400, (LEFT, RIGHT))
    assert place == Place(x=100, y=300, width=600, height=400, monitor="HDMI-2")
    assert found_place(place, (LEFT, RIGHT)) == (2020, 100, 600, 400)


def test_it_goes_with_a_monitor_that_was_moved() -> None:
    place = placed(2020, 100, 600, 400, (LEFT, RIGHT))
    assert found_place(place, (Monitor("HDMI-2", 0, 0, 2560, 1440),)) == (100, 300, 600, 400)


@pytest.mark.parametrize(
    ("place", "wanted"),
    [
        (Place(x=2000, y=900, width=800, height=600, monitor="gone"), (1120, 480, 800, 600)),
        (Place(x=-500, y=-20, width=800, height=600, monitor="DP-1"), (0, 0, 800, 600)),
        (Place(x=10, y=10, width=9000, height=9000, monitor="DP-1"), (0, 0, 1920, 1080)),
        (Place(x=10, y=10, width=-5, height=0, monitor="DP-1"), (10, 10, *LEAST)),
    ],
)
def test_a_window_is_wholly_on_a_monitor_that_is_there(place: Place, wanted: tuple[int, ...]) -> None:
    assert found_place(place, (LEFT, RIGHT)) == wanted


def test_without_monitors_places_count_from_the_corner_of_the_desktop() -> None:
    place = placed(30, 40, 600, 400, ())
    assert place.monitor == ""
    assert found_place(place, ()) == (30, 40, 600, 400)


def test_what_was_torn_off_is_remembered(tmp_path: Path) -> None:
    path = tmp_path / "state" / "torn_off.json"
    place = Place(x=1, y=2, width=300, height=400, monitor="DP-1")
    windows = Windows().moved("usage", place).opened("usage", opened=True).opened("log", opened=True)
    windows = windows.opened("log", opened=False)
    save(path, windows)
    assert load(path) == windows
    assert load(path).of("usage") == Remembered(panel="usage", place=place, open=True)
    assert load(path).of("log").open is False
    assert load(path).of("files") == Remembered(panel="files")


@pytest.mark.parametrize(
    "data", [b"", b"{", b"[]", b'{"type":"Windows","panels":[{"panel":5}]}', b"\xff" * 200_000]
)
def test_what_cannot_be_read_means_that_all_are_docked(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "torn_off.json"
    assert load(path) == Windows()
    path.write_bytes(data)
    assert load(path) == Windows()

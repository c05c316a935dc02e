"""The sizes of docked panels in a window that gets smaller and larger again."""

import re

import pytest

from copilot.desktop.dock_sizes import DockSizes, sizes
from copilot.desktop.layout import default_layout, fitted

FULL, SMALL = (1440, 900), (900, 600)
FILES, TOOLS = "00000001", "00000006"


class Docks:
    """A layout as the library holds it."""

    def __init__(self) -> None:
        self.ini = default_layout(*FULL, 1.0)
        self.puts = 0
        self.sizes = DockSizes(lambda: self.ini, self.put)
        self.sizes.tick(FULL)

    def put(self, node: str, size: tuple[int, int]) -> None:
        self.puts += 1
        found = rf"(ID=0x{node} .*?SizeRef=)\d+,\d+"
        self.ini = re.sub(found, rf"\g<1>{size[0]},{size[1]}", self.ini)

    def of(self, *nodes: str) -> list[int]:
        return [sizes(self.ini)[node][0] for node in nodes]


def test_each_panel_gives_its_part_and_gets_it_back() -> None:
    docks = Docks()
    before = docks.ini
    docks.sizes.tick((1200, 900))
    assert docks.sizes.tick(SMALL)
    assert docks.of(FILES, TOOLS) == [195, 252]
    later = sizes(fitted(before, *SMALL, 1.0))  # as at the next start
    assert docks.of(FILES, TOOLS) == [later[FILES][0], later[TOOLS][0]]
    for size in ((1000, 700), (30, 20), (1440, 900), (2560, 1400)):
        docks.sizes.tick(size)
    assert docks.ini == before


def test_where_nothing_changes_nothing_is_put() -> None:
    docks = Docks()
    for size in (FULL, (1600, 1000), (1600, 1000), (0, 0), FULL):
        assert not docks.sizes.tick(size)
    assert docks.puts == 0


@pytest.mark.parametrize("width", [900, 720, 1440])
def test_a_splitter_that_was_moved_meanwhile_stays_where_it_was_put(width: int) -> None:
    docks = Docks()
    docks.sizes.tick((width, 900))
    docks.put(FILES, (240, sizes(docks.ini)[FILES][1]))
    tools = docks.of(TOOLS)
    for size in ((width - 1, 900), (width, 900)):
        docks.sizes.tick(size)
        assert docks.of(FILES, TOOLS) == pytest.approx([240, *tools], abs=1)
    docks.sizes.tick((2000, 1200))
    assert docks.of(FILES, TOOLS) == pytest.approx([240 * 1440 / width, 404], abs=2)


def test_sizes_that_the_person_chose_in_a_larger_window_are_those_that_are_shared() -> None:
    docks = Docks()
    docks.sizes.tick((2000, 1200))
    docks.put(FILES, (600, sizes(docks.ini)[FILES][1]))
    docks.sizes.tick((1000, 1200))
    assert docks.of(FILES) == [300]
    docks.sizes.tick((2000, 1200))
    assert docks.of(FILES) == [600]


def test_another_layout_is_as_it_is_to_be() -> None:
    docks = Docks()
    docks.sizes.tick(SMALL)
    docks.ini = default_layout(*SMALL, 1.0)
    docks.sizes.forget()
    docks.sizes.tick(SMALL)
    before = docks.of(FILES)
    docks.sizes.tick(FULL)
    assert docks.of(FILES) == before

"""A slice of the link-swap race with a real second process; `bench/soak/link_swap_race.py` is the whole."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

RACE = Path(__file__).parents[2] / "bench" / "soak" / "link_swap_race.py"
ROUNDS = 150

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="exchanges names with renameat2")


@pytest.fixture(scope="module")
def race() -> ModuleType:
    """The soak script, loaded as a module."""
    spec = importlib.util.spec_from_file_location("link_swap_race", RACE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_no_tool_reaches_outside_while_links_are_swapped(race: ModuleType, tmp_path: Path) -> None:
    refused = 0
    with race.swapping(tmp_path) as place:
        for name in race.CALLS:
            refused += race.race(place, name, ROUNDS)["OutsideProjectError"]
        outcomes = race.race_boundary(place, 4 * ROUNDS)
    assert outcomes["done"] > 0
    assert outcomes["OutsideProjectError"] > 0
    assert refused > 0, "the links were never met: the race tested nothing"

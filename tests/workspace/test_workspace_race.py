"""A slice of the link-swap race with a real second process; `bench/soak/link_swap_race.py` is the whole."""

import importlib.util
import sys
from collections import Counter
from pathlib import Path
from types import ModuleType

import pytest

from copilot.tools.registry import default_tools

RACE = Path(__file__).parents[2] / "bench" / "soak" / "link_swap_race.py"
ROUNDS = 150
MOST_TRIES = 20
"""How often 600 writes are raced until some were let through and some refused."""

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


def test_every_tool_that_touches_files_is_raced(race: ModuleType) -> None:
    tools = default_tools(None, environ={}, platform=sys.platform)
    assert {name.split(" ")[0] for name in race.CALLS} == {spec.name for spec in tools.specs}


def test_no_tool_reaches_outside_while_links_are_swapped(race: ModuleType, tmp_path: Path) -> None:
    refused = 0
    place = race.prepared(tmp_path)
    runs = race.run_to_undo(place)
    with race.swapping(place):
        for name in race.CALLS:
            refused += race.race(place, name, ROUNDS)["OutsideProjectError"]
        outcomes = Counter[str]()
        for _ in range(MOST_TRIES):  # on a busy machine one process may have all of a processor for a while
            outcomes += race.race_boundary(place, 4 * ROUNDS)
            if outcomes["done"] and outcomes["OutsideProjectError"]:
                break
        race.race_undo(place, runs, 20)
        applied = race.race_apply(place, 40)
    assert applied["StorageError"] > 0
    assert outcomes["done"] > 0
    assert outcomes["OutsideProjectError"] > 0
    assert refused > 0, "the links were never met: the race tested nothing"

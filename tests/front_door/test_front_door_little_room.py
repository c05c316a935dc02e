"""A slice of the discussion with little room in its prompts; `bench/soak/little_room.py` is the whole."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

SOAK = Path(__file__).parents[2] / "bench" / "soak" / "little_room.py"


def soak() -> ModuleType:
    spec = importlib.util.spec_from_file_location("little_room", SOAK)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # where its dataclasses look for their types
    spec.loader.exec_module(module)
    return module


@pytest.mark.timeout(300)
def test_a_discussion_over_all_services_stays_legal_while_files_change(tmp_path: Path) -> None:
    report = soak().discuss(tmp_path, 9)
    assert report.requests == 27
    assert report.providers == {"anthropic", "gemini", "openai", "compatible"}
    assert report.blocks == 18, "a whole block in each request after a change"
    assert report.pruned, "prompts had room for everything: nothing was tried"

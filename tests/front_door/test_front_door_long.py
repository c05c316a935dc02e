"""A slice of the long discussion; `bench/soak/changing_discussion` holds the whole, 200 rounds of it."""

import importlib
import sys
from itertools import pairwise
from pathlib import Path
from types import ModuleType

import pytest

SOAK = Path(__file__).parents[2] / "bench" / "soak" / "changing_discussion"
ROUNDS, LONGEST = 33, 3
"""Sixteen turns."""

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the model's scripts are a shell's")


@pytest.fixture
def soak(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The soak script, loaded as a module."""
    monkeypatch.syspath_prepend(str(SOAK))
    return importlib.import_module("changing_discussion")


def test_every_request_is_legal_stable_and_up_to_date(soak: ModuleType, tmp_path: Path) -> None:
    planned = soak.turns(ROUNDS, LONGEST)
    steps = pairwise(turn.provider for turn in planned)
    assert len(set(steps)) == 15, "a step from one provider to another, or to itself, is missing"
    told = soak.discuss(tmp_path, ROUNDS, longest=LONGEST)
    assert told.wrong == []
    assert sum(told.seen[name] for name in ("anthropic", "gemini", "openai", "compatible")) == ROUNDS
    assert told.seen["blocks replaced"] >= 5
    assert told.seen["requests with new file contents"] >= 10
    assert told.seen["turns that begin as the last one of their provider did"] >= 4
    assert told.pruned == 0
    assert len(told.memory) >= 5

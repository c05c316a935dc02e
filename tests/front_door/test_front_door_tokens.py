"""Estimates get better by what the service counts, within a session and in the next one."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from copilot.rehearsal.tour import PROMPTS
from copilot.vocabulary.events import Event, RequestSent, TurnFinished, UsageReported


def errors(events: Sequence[Event]) -> list[float]:
    """How far each request's estimate lay from what the service counted, as a share of that."""
    sent = [e.tokens for e in events if isinstance(e, RequestSent)]
    counted = [e.usage.input_tokens for e in events if isinstance(e, UsageReported)]
    return [abs(estimate / actual - 1) for estimate, actual in zip(sent, counted, strict=True)]


@pytest.mark.parametrize("provider", ["anthropic", "gemini", "openai", "compatible"])
def test_each_reply_teaches_the_estimate_and_the_home_remembers(
    sit: Any, home_dir: Path, provider: str
) -> None:
    path = home_dir / "state" / "tokens.json"
    path.parent.mkdir(parents=True)
    name = f"{provider}/some-model"
    path.write_text(json.dumps({"format": 1, "factors": {name: 2.5}}))
    first = sit(provider, "calculator", model="some-model")
    assert isinstance(first.turn(PROMPTS["calculator"]), TurnFinished)
    first.close()
    found = errors(first.events)
    assert found[-1] < found[0] * 0.9
    assert json.loads(path.read_bytes())["factors"][name] < 2.5
    second = sit(provider, "calculator", model="some-model")
    assert isinstance(second.turn(PROMPTS["calculator"]), TurnFinished)
    assert errors(second.events)[0] < found[0] * 0.9

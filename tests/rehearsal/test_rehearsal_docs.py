"""The scenarios in docs/rehearsal.md are scenarios, and its tables name every word there is."""

import re
from pathlib import Path
from typing import get_args

import pytest
from pydantic import BaseModel

from copilot.rehearsal.scenario import FaultPart, Scenario, When, parse_scenario

PAGE = (Path(__file__).parents[2] / "docs" / "rehearsal.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_an_example_loads(number: int) -> None:
    assert parse_scenario(EXAMPLES[number]).rules


def test_the_examples_were_found() -> None:
    assert len(EXAMPLES) == 7


@pytest.mark.parametrize("model", [When, Scenario, FaultPart])
def test_every_word_is_explained(model: type[BaseModel]) -> None:
    words = {"[[rule]]" if name == "rule" else name for name in model.model_fields}
    assert {word for word in words if f"`{word}`" not in PAGE and f"`{word} =" not in PAGE} <= {"fault"}


def test_every_fault_is_explained() -> None:
    faults = get_args(FaultPart.model_fields["fault"].annotation)
    assert [fault for fault in faults if f"| `{fault}` |" not in PAGE] == []

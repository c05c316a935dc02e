"""The hostile cases, by id: what a test of theirs begins with, and how it claims them."""

import json
from functools import cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("hostile.jsonl")


def case(case_id: str) -> Any:
    """The input of one case. A test that calls this with the id written out claims the case."""
    return all_cases()[case_id]["input"]


@cache
def all_cases() -> dict[str, dict[str, Any]]:
    """Every case: id, area, input, must."""
    with FILE.open(encoding="utf-8") as lines:
        return {found["id"]: found for found in map(json.loads, lines)}

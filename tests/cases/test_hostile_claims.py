"""Every hostile case of an area whose issue is done is claimed by a test: `case("<id>")` in this folder."""

import ast
from pathlib import Path

from hostile import all_cases

ISSUES = {
    "path": 2,
    "toolargs": 2,
    "wire": 4,
    "filename": 5,
    "exfil": 5,
    "script-look": 6,
    "script-effect": 6,
    "approval": 6,
    "runner": 6,
    "powershell": 6,
    "trust": 6,
    "secret": 6,
    "crash": 7,
    "mcp": 8,
    "server": 8,
}
"""Which issue makes an area pass."""

DONE = {2, 4, 5, 6, 7, 8}
"""The issues whose areas must be claimed in full. Whoever ends an issue adds its number."""


def claimed() -> set[str]:
    """The ids that tests of this folder write out in `case(...)`."""
    found: set[str] = set()
    for path in Path(__file__).parent.glob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(func=ast.Name(id="case"), args=[ast.Constant(value=str(case_id))]):
                    found.add(case_id)
                case _:
                    pass
    return found


def test_every_area_has_an_issue() -> None:
    assert {case["area"] for case in all_cases().values()} == set(ISSUES)


def test_every_case_of_a_done_issue_is_claimed() -> None:
    due = {case_id for case_id, case in all_cases().items() if ISSUES[case["area"]] in DONE}
    assert due - claimed() == set()


def test_nothing_is_claimed_that_is_no_case() -> None:
    assert claimed() - set(all_cases()) == set()

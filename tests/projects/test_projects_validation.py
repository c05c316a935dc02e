"""The rules of files, one by one: what each lets pass, what it stands for, what it says of the rest."""

import datetime
import subprocess
import sys
from collections.abc import Callable
from math import inf, nan
from typing import Any

import pytest

from copilot.projects import validation as rules
from copilot.projects.config_tables import config_table
from copilot.projects.tables import file_table
from copilot.projects.validation import Fault, check

HUGE = 10**400
DAY = datetime.date(2026, 11, 21)


@pytest.mark.parametrize(
    ("rule", "passes", "refuses"),
    [
        (rules.text, ["", "x"], [1, True, None, ["x"], DAY]),
        (rules.some_text, ["x", " "], ["", 1]),
        (rules.flag, [True, False], [0, 1, "true"]),
        (rules.whole(1, 20), [1, 20], [0, 21, True, 1.0, "1", inf]),
        (rules.whole(0), [0, HUGE], [-1, -HUGE, False]),
        (rules.number, [0, -1, 1.5, inf, -inf, nan], [True, "1", HUGE, [1]]),
        (rules.above_zero, [1, 0.1, inf], [0, -1, nan, -inf, True]),
        (rules.zero_or_more, [0, -0.0, inf], [-1, nan, -inf]),
        (rules.amount, [0, 2.5], [inf, nan, -1, HUGE]),
        (rules.between(10, 28), [10, 15.5, 28], [9.9, 28.1, nan, inf, "15"]),
        (rules.one_of(("a", "b")), ["a"], ["A", "", 1, ["a"], 16**5000]),
        (rules.one_of((1,)), [1], [True, 1.0, "1", 2]),
        (rules.list_of(rules.flag, at_least=1), [[True]], [[], [1], True, {}]),
        (rules.names_of(rules.flag), [{}, {"any": True}], [{"any": 1}, []]),
        (rules.json_object, ["{}", '{"a": [null]}'], ["[1]", "{", "", {}, "[" * 100_000]),
        (rules.json_table, [{}, {"a": [1]}], [{"a": DAY}, {"a": [DAY]}, "{}"]),
    ],
)
def test_a_rule_lets_pass_what_fits_and_nothing_else(
    rule: Callable[[object], object], passes: list[object], refuses: list[object]
) -> None:
    assert [one for one in passes if isinstance(check(rule, one), list) and one] == []
    assert [one for one in refuses if not _faults(check(rule, one))] == []


def _faults(found: object) -> bool:
    return isinstance(found, list) and bool(found) and all(isinstance(one, Fault) for one in found)


def test_a_whole_number_may_stand_for_a_number() -> None:
    found = check(rules.number, 3)
    assert (found, type(found)) == (3.0, float)


def test_a_table_tells_everything_that_is_wrong_in_it_in_the_order_of_the_file() -> None:
    inner = rules.table(dict[str, Any], {"name": rules.some_text, "on": rules.flag}, ("name",))
    outer = rules.table(dict[str, Any], {"many": rules.list_of(inner), "size": rules.whole(1)})
    wrong = {"size": 0, "sizes": 1, "many": [{"name": "a"}, {"on": "yes", "nam": "b"}]}
    assert check(outer, wrong) == [
        Fault(path=("size",), reason="0: input should be greater than or equal to 1"),
        Fault(path=("sizes",), reason="unknown key (did you mean size?)", unknown=True),
        Fault(path=("many", 1, "on"), reason="'yes': input should be a valid boolean"),
        Fault(path=("many", 1, "nam"), reason="unknown key (did you mean name?)", unknown=True),
        Fault(path=("many", 1, "name"), reason="it is missing"),
    ]
    assert check(outer, {"many": [{"name": "a"}], "size": 2}) == {"many": ({"name": "a"},), "size": 2}


def test_a_value_that_is_too_long_for_a_sentence_is_not_shown() -> None:
    assert check(rules.flag, "x" * 100) == [Fault(path=(), reason="input should be a valid boolean")]
    assert check(rules.text, 16**5000) == [Fault(path=(), reason="input should be a valid string")]


@pytest.mark.parametrize("table", [file_table, config_table])
@pytest.mark.parametrize("data", ["", [], 1, None])
def test_what_is_no_table_is_told(table: Callable[[object], object], data: object) -> None:
    (fault,) = check(table, data)  # type: ignore[misc]
    assert str(fault).endswith("input should be a table")


def test_a_price_needs_both_of_its_sides() -> None:
    prices = {"openai/a": {"input": 1}, "openai/b": {"input": 1, "output": 2.5}}
    assert check(config_table, {"prices": prices}) == [
        Fault(
            path=("prices", "openai/a"),
            reason="a price needs input and output, in USD for a million tokens",
        )
    ]


def test_files_are_checked_without_pydantic() -> None:
    code = "import sys, copilot.projects.config_tables; print('pydantic' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"

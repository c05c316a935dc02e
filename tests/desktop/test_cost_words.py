"""Costs in words: a model without a price is never counted as free."""

import pytest

from copilot.desktop.cost_words import cost_notes, session_words, spent
from copilot.desktop.view_state import RequestUsage
from copilot.vocabulary.money import money
from copilot.vocabulary.values import Usage


def request(turn: str = "t1", *, usd: float | None = 0.0212) -> RequestUsage:
    """One request, as the window shows it."""
    usage = Usage(input_tokens=10_000, output_tokens=500, cache_read_tokens=8_000)
    return RequestUsage(turn_id=turn, round=1, provider="p", model="m", usage=usage, seconds=1, usd=usd)


UNPRICED = request("t2", usd=None)


def test_a_session_is_the_sum_of_its_requests() -> None:
    sums = spent((request(), request(), UNPRICED))
    assert sums.usd == pytest.approx(2 * 0.0212)
    assert (sums.priced, sums.unknown) == (2, 1)


@pytest.mark.parametrize(
    ("requests", "old", "notes"),
    [
        ((), "", ""),
        ((request(), request("t2")), "", ""),
        ((UNPRICED, UNPRICED), "2026-11-21", ""),
        ((request(), UNPRICED), "", "1 request with no price known"),
        ((request(), UNPRICED, UNPRICED), "", "2 requests with no price known"),
        ((request(),), "2026-11-21", "Prices of 2026-11-21: they may have changed"),
    ],
)
def test_the_notes_say_what_the_sum_leaves_open(
    requests: tuple[RequestUsage, ...], old: str, notes: str
) -> None:
    assert cost_notes(requests, old) == notes


def test_a_session_without_a_price_costs_nothing_that_is_known() -> None:
    assert session_words(()) == "$0"
    assert session_words((request(), UNPRICED)) == "$0.021"
    assert session_words((UNPRICED,)) == "–"


@pytest.mark.parametrize(
    ("usd", "words"),
    [
        (0, "$0"),
        (0.00001, "less than $0.0001"),
        (0.0001, "$0.0001"),
        (0.00123, "$0.0012"),
        (0.00996, "$0.010"),
        (0.0343, "$0.034"),
        (0.56, "$0.56"),
        (0.0996, "$0.10"),
        (1234.5, "$1,234.50"),
    ],
)
def test_amounts_keep_what_tells(usd: float, words: str) -> None:
    assert money(usd) == words

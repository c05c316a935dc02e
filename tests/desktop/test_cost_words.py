"""Costs in words: each sum says "about", and a model without a price is never counted as free."""

import pytest

from copilot.desktop.cost_words import cost_lines, spent
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
    ("requests", "lines"),
    [
        ((), ""),
        ((request(),), "Last request about $0.021"),
        ((request("t1"), request("t2")), "Last request about $0.021\nSession about $0.042"),
        (
            (request("t1"), request("t2"), request("t2")),
            "Last request about $0.021 · turn about $0.042\nSession about $0.064",
        ),
        ((UNPRICED, UNPRICED), "No price known"),
        (
            (request(), UNPRICED),
            "Last request with no price known\nSession about $0.021 and 1 request with no price known",
        ),
    ],
)
def test_the_lines_name_the_last_request_its_turn_and_the_session(
    requests: tuple[RequestUsage, ...], lines: str
) -> None:
    assert cost_lines(requests) == lines


def test_old_prices_are_said_to_be_old() -> None:
    told = cost_lines((request(),), "2026-11-21")
    assert told.endswith("\nPrices of 2026-11-21: they may have changed")


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

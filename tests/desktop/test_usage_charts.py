"""What the usage panel plots, as values."""

import pytest

from copilot.desktop.usage_charts import CHARTS, SERIES, chart, ticks
from copilot.desktop.view_values import RequestUsage
from copilot.vocabulary.values import Usage


def request(turn: str, round_: int = 1, *, usd: float | None = 0.02, seconds: float = 2.0) -> RequestUsage:
    usage = Usage(input_tokens=10_000, output_tokens=500, cache_read_tokens=8_000)
    return RequestUsage(
        turn_id=turn, round=round_, provider="p", model="m", usage=usage, seconds=seconds, usd=usd
    )


THREE = (request("t1"), request("t2", 1, seconds=4.0), request("t2", 2, usd=0.04, seconds=9.0))


def test_tokens_are_drawn_up_to_their_own_tops() -> None:
    made = chart("tokens", THREE, 40)
    assert made.values == ((10_500.0,) * 3, (10_000.0,) * 3, (8_000.0,) * 3)
    assert made.names == ("1", "2", "3")
    assert made.notes[2] == (
        "Request 3, round 2",
        "8,000 cached, 2,000 new",
        "500 output",
        "9.0 s, $0.040",
    )
    assert made.ticks[:2] == (("0", 0.0), ("5k", 5_000.0))


def test_cost_is_told_by_turn_and_until_then() -> None:
    made = chart("cost", THREE, 40)
    assert made.values == ((0.02, pytest.approx(0.06)), (0.02, pytest.approx(0.08)))
    assert made.notes[1] == ("Turn 2", "$0.060", "$0.080 until then")


def test_what_has_no_price_is_said_and_never_drawn_as_free() -> None:
    made = chart("cost", (request("t1"), request("t1", 2, usd=None)), 40)
    assert made.notes[0] == ("Turn 1", "$0.020", "$0.020 until then", "1 request with no price known")
    none = chart("cost", (request("t1", usd=None),), 40)
    assert none.lacks
    assert not none.values


def test_rounds_are_counted_by_turn_in_whole_numbers() -> None:
    made = chart("rounds", THREE, 40)
    assert made.values == ((1.0, 2.0),)
    assert [value for _, value in made.ticks] == [0.0, 1.0, 2.0]
    assert made.notes[1] == ("Turn 2", "2 rounds", "13.0 s of answers")


def test_seconds_stand_beside_their_median() -> None:
    made = chart("seconds", THREE, 40)
    assert made.values == ((2.0, 4.0, 9.0), (4.0, 4.0, 4.0))


def test_the_newest_are_shown_under_the_numbers_they_always_had() -> None:
    many = tuple(request(f"t{number}") for number in range(30))
    assert chart("tokens", many, 10).names == tuple(map(str, range(21, 31)))
    cost = chart("cost", many, 10)
    assert cost.names == tuple(map(str, range(21, 31)))
    assert cost.values[1][-1] == pytest.approx(30 * 0.02)


@pytest.mark.parametrize("name", [name for name, _, _ in CHARTS])
def test_every_chart_has_as_many_values_as_names_and_notes(name: str) -> None:
    made = chart(name, THREE, 40)  # type: ignore[arg-type]
    assert len(made.values) == len(SERIES[name])  # type: ignore[index]
    assert {len(values) for values in made.values} == {len(made.names)} == {len(made.notes)}
    assert chart(name, (), 40).names == ()  # type: ignore[arg-type]


@pytest.mark.parametrize("top", [1e-5, 0.0312, 0.999, 1.0, 2.5, 6.61, 9.99, 10.0, 31_234.0, 4.2e6])
def test_ticks_are_few_and_within_the_plot(top: float) -> None:
    found = ticks(top)
    assert found[0] == 0.0
    assert 3 <= len(found) <= 6
    assert found[-1] <= top * (1 + 1e-9)

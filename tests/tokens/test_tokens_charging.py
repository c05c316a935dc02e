"""What a request will cost at least and at most, and which models cost nothing."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot.tokens.charging import FREE, Charging, bounds, free, missed
from copilot.tokens.prices import Price, Rates, cost
from copilot.vocabulary.values import ModelChoice, ProviderName, Usage

TODAY = date(2026, 11, 21)
RATE = st.floats(min_value=0.01, max_value=100)


@given(
    rates=st.builds(
        Rates,
        input=RATE,
        output=RATE,
        cached=st.none() | st.just(0.005),
        cache_write=st.none() | st.floats(min_value=100, max_value=200),
    ),
    tokens=st.integers(1, 10**6),
    share=st.floats(0, 1),
    cached=st.floats(0, 1),
    written=st.floats(0, 1),
    output=st.integers(1, 32_000),
)
def test_whatever_is_cached_and_answered_costs_between_least_and_most(
    rates: Rates, tokens: int, share: float, cached: float, written: float, output: int
) -> None:
    price = Price(names=(), rates=rates)
    new = int(tokens * share)
    read = int((tokens - new) * cached)
    fresh = tokens - read
    usage = Usage(
        input_tokens=tokens,
        output_tokens=output,
        cache_read_tokens=read,
        cache_write_tokens=int(fresh * written),
    )
    found = bounds(price, tokens, new, 32_000)
    assert found.least <= cost(usage, price) + 1e-9
    assert cost(usage, price) <= found.most + 1e-9


def test_a_prefix_below_a_caches_minimum_is_never_read_from_it() -> None:
    rates = Rates(input=3.0, output=15.0, cached=0.3)
    small = Price(names=(), rates=rates, cache_minimum=4_096)
    assert bounds(small, 4_000, 100, 10).least > bounds(Price(names=(), rates=rates), 4_000, 100, 10).least


def test_an_answer_is_no_longer_than_the_model_allows() -> None:
    price = Price(names=(), rates=Rates(input=0.0, output=10.0), max_output=1_000)
    assert bounds(price, 100, 100, 32_000).most == pytest.approx(0.01)


@pytest.mark.parametrize(
    ("provider", "url", "is_free"),
    [
        ("rehearsal", "", True),
        ("compatible", "", True),
        ("compatible", "http://127.0.0.1:11434/v1", True),
        ("compatible", "http://localhost:1234/v1", True),
        ("compatible", "http://[::1]:8080", True),
        ("anthropic", "http://127.9.9.9:1", False),
        ("anthropic", "", False),
        ("openai", "https://localhost.example.com/v1", False),
        ("compatible", "http://192.168.1.5:11434/v1", False),
        ("compatible", "no address", False),
    ],
)
def test_what_answers_on_this_machine_is_free(provider: ProviderName, url: str, is_free: bool) -> None:
    model = ModelChoice(provider=provider, model="unheard-of", base_url=url)
    assert free(model) == is_free
    assert Charging({}).price(model, TODAY) == (FREE if is_free else None)


def test_a_persons_own_price_goes_before_the_table_and_keeps_its_limits() -> None:
    own = Rates(input=1.0, output=2.0)
    charging = Charging({"anthropic/claude-sonnet-4-5": own, "rehearsal/rehearsal": own})
    model = ModelChoice(provider="anthropic", model="claude-sonnet-4-5")
    known = Charging({}).price(model, TODAY)
    mine = charging.price(model, TODAY)
    assert known is not None
    assert mine is not None
    assert (mine.rates, mine.window, mine.threshold) == (own, known.window, None)
    rehearsed = charging.price(ModelChoice(provider="rehearsal", model="rehearsal"), TODAY)
    assert rehearsed is not None
    assert rehearsed.rates == own


def test_a_missed_cache_costs_what_reading_would_have_saved() -> None:
    price = Price(names=(), rates=Rates(input=3.0, output=15.0, cached=0.3, cache_write=3.75))
    plain = Usage(input_tokens=10_000)
    assert missed(price, 10_000, plain) == pytest.approx(0.027)
    written = Usage(input_tokens=10_000, cache_write_tokens=10_000)
    assert missed(price, 10_000, written) == pytest.approx(0.0345)


def test_the_rehearsal_is_free_in_every_protocol() -> None:
    model = ModelChoice(provider="anthropic", model="rehearsal", base_url="http://127.0.0.1:1")
    assert free(model)


def test_where_caches_are_kept_apart_the_most_holds_one() -> None:
    rates = Rates(input=1.0, output=0.0)
    plain = bounds(Price(names=(), rates=rates), 1_000_000, 0, 10)
    kept = bounds(Price(names=(), rates=rates, keeps=True, storage=4.5), 1_000_000, 0, 10)
    assert plain.most == pytest.approx(1.2)
    assert kept.most == pytest.approx(1.2 + 1.2 * (1.0 + 4.5))
    assert kept.least == plain.least

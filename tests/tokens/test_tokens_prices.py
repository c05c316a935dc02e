"""Prices: the table is whole, names are found as providers write them, and each token is paid once."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot.providers.catalog import DEFAULT_MODELS
from copilot.tokens.prices import Price, Prices, Rates, cost, load
from copilot.vocabulary.values import ProviderName, Usage

DAY = date(2026, 11, 21)

PLAIN = Price(
    names=("m",),
    rates=Rates(input=4, output=20, cached=0.2, cache_write=5),
    threshold=200_000,
    above=Rates(input=8, output=30, cached=0.4, cache_write=10),
)


@pytest.fixture(scope="module")
def prices() -> Prices:
    return load()


@pytest.mark.parametrize(
    ("provider", "model", "paid"),
    [  # as the providers' own pages had them in November 2026
        ("anthropic", "claude-opus-5-5", (4, 20)),
        ("anthropic", "claude-sonnet-5-5", (2, 10)),
        ("anthropic", "claude-haiku-5-5", (0.1, 0.5)),
        ("anthropic", "claude-fable-5-1", (10, 50)),
        ("anthropic", "claude-sonnet-4-5-20250929", (3, 15)),
        ("anthropic", "claude-opus-4-20250514", (15, 75)),
        ("anthropic", "claude-sonnet-4-5@20250929", (3, 15)),
        ("openai", "gpt-6-astra", (10, 50)),
        ("openai", "gpt-6.1-sol-2026-09-29", (2, 10)),
        ("openai", "gpt-5.6", (4, 20)),
        ("gemini", "gemini-3.8-flash", (0.75, 3.75)),
        ("gemini", "models/gemini-3.8-flash", (0.75, 3.75)),
        ("gemini", "gemini-flash-latest", (0.75, 3.75)),
        ("gemini", "gemini-2.5-flash-lite-preview-09-2025", (0.1, 0.4)),
        ("gemini", "gemini-2.5-pro-001", (1.25, 10)),
    ],
)
def test_models_have_the_price_on_their_providers_page(
    prices: Prices, provider: ProviderName, model: str, paid: tuple[float, float]
) -> None:
    price = prices.of(provider, model, DAY)
    assert price is not None
    assert (price.rates.input, price.rates.output) == paid


@pytest.mark.parametrize(
    ("provider", "model"),
    [
        ("rehearsal", "rehearsal"),
        ("compatible", "gpt-6-astra"),
        ("openai", "claude-opus-5-5"),
        ("openai", "gpt-6-astra-mini"),
        ("openai", "gpt-6"),
        ("anthropic", "claude-opus-5-6"),
        ("anthropic", ""),
    ],
)
def test_a_model_that_is_not_there_has_no_price(prices: Prices, provider: ProviderName, model: str) -> None:
    assert prices.of(provider, model, DAY) is None


def test_every_model_that_answers_by_default_has_one(prices: Prices) -> None:
    for provider, model in DEFAULT_MODELS.items():
        assert (prices.of(provider, model) is not None) == (model != "")


def test_a_price_holds_from_its_day_on(prices: Prices) -> None:
    def paid(day: date | None) -> float | None:
        price = prices.of("gemini", "gemini-4-argon", day)
        return price and price.rates.input

    assert paid(None) == paid(date(2026, 11, 30)) == paid(date(2020, 1, 1)) == 2
    assert paid(date(2026, 12, 1)) == paid(date(2030, 1, 1)) == 4


def test_the_table_is_whole(prices: Prices) -> None:
    assert set(prices.models) == {"anthropic", "gemini", "openai"}
    assert prices.sources
    for models in prices.models.values():
        told = [name for dated in models for name in dated[0].names]
        assert len(told) == len(set(told))
        for dated in models:
            assert dated[0].since is None
            assert [p.since for p in dated[1:]] == sorted(p.since for p in dated[1:] if p.since)
            for price in dated:
                for rates in filter(None, (price.rates, price.above)):
                    assert 0 < (rates.cached or rates.input) <= rates.input < rates.output
                    assert (rates.cache_write or rates.input) >= rates.input
                assert (price.above is None) == (price.threshold is None)
                assert price.window is None or price.window >= 100_000


def test_each_token_is_paid_once_at_its_own_rate() -> None:
    usage = Usage(
        input_tokens=100_000,
        output_tokens=3_000,
        cache_read_tokens=60_000,
        cache_write_tokens=10_000,
        thinking_tokens=2_000,
    )
    assert cost(usage, PLAIN) == pytest.approx(0.03 * 4 + 0.06 * 0.2 + 0.01 * 5 + 0.003 * 20)


def test_a_long_prompt_is_charged_as_a_whole_by_the_upper_rates() -> None:
    assert PLAIN.prompt_cost(200_000) == pytest.approx(0.8)
    assert PLAIN.prompt_cost(200_001) == pytest.approx(0.200001 * 8)
    long = Usage(input_tokens=300_000, output_tokens=1_000, cache_read_tokens=100_000)
    assert cost(long, PLAIN) == pytest.approx(0.2 * 8 + 0.1 * 0.4 + 0.001 * 30)


def test_without_a_rate_for_caches_the_plain_one_counts() -> None:
    price = Price(names=("m",), rates=Rates(input=2, output=3))
    usage = Usage(input_tokens=1_000_000, cache_read_tokens=400_000, cache_write_tokens=300_000)
    assert cost(usage, price) == pytest.approx(2)
    free = Price(names=("m",), rates=Rates(input=2, output=3, cached=0))
    assert free.prompt_cost(1_000_000, cached=400_000) == pytest.approx(1.2)


@given(st.integers(0, 10**7), st.integers(0, 10**7), st.integers(0, 10**7))
def test_what_is_read_from_a_cache_never_costs_more(tokens: int, more: int, less: int) -> None:
    much, little = (min(n, tokens) for n in (max(more, less), min(more, less)))
    assert 0 <= PLAIN.prompt_cost(tokens, much) <= PLAIN.prompt_cost(tokens, little) + 1e-9


def test_prices_grow_old_after_ninety_days(prices: Prices) -> None:
    assert prices.age_days(prices.made) == 0
    assert not prices.old(prices.made + timedelta(days=90))
    assert prices.old(prices.made + timedelta(days=91))

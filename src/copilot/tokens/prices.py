"""What tokens cost, from the dated table `prices.toml`: no account is asked, so every sum is an "about".

Batch, priority and regional prices are not in the table. Providers that are not in it, such as servers on
one's own machine, have no price known.
"""

import tomllib
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from copilot.tokens.rates import Rates as Rates
from copilot.vocabulary.frozen import field, frozen, replace
from copilot.vocabulary.patterns import late
from copilot.vocabulary.values import ModelInfo, Usage

OLD_AFTER_DAYS = 90

_SUFFIX = late(r"[-@](\d{8}|\d{4}-\d{2}-\d{2}|\d{3}|latest|preview(-\d{2}-(\d{2}|\d{4}))?)|")
"""What may follow a model's name and still mean the model: a date, a release number, a channel."""

KEEPERS = frozenset({"gemini"})
"""Providers whose caches are made apart from requests, and are paid for by the hour."""

_MILLION = 1_000_000


@frozen
class Price:
    """One model's price from `since` on, None for always, and the limits known of it (tokens; None: unknown).

    A prompt of more than `threshold` tokens is charged by `above` as a whole, with its reply. `storage` is
    USD for keeping a million tokens in a cache for an hour; `keeps` says that caches are made apart from
    requests, and paid for so. `window` is the largest prompt, `cache_minimum` the smallest prefix that a
    cache takes.
    """

    names: tuple[str, ...]
    rates: Rates
    since: date | None = None
    threshold: int | None = None
    above: Rates | None = None
    storage: float | None = None
    keeps: bool = False
    window: int | None = None
    max_output: int | None = None
    cache_minimum: int | None = None

    def rates_for(self, prompt_tokens: int) -> Rates:
        """The rates of a request whose whole prompt, cached parts included, has so many tokens."""
        if self.above is not None and self.threshold is not None and prompt_tokens > self.threshold:
            return self.above
        return self.rates

    def prompt_cost(self, tokens: int, cached: int = 0) -> float:
        """USD for a prompt of `tokens`, of which `cached` are read from a cache."""
        return cost(Usage(input_tokens=tokens, cache_read_tokens=cached), self)


@frozen
class Prices:
    """The table: `made` on that day from `sources`. Within a model, prices are in order of `since`."""

    made: date
    sources: tuple[str, ...]
    models: Mapping[str, tuple[tuple[Price, ...], ...]] = field(default_factory=dict[str, Any])

    def of(self, provider: str, model: str, on: date | None = None) -> Price | None:
        """The price of a model `on` a day, else on the day the table was made; None where none is known.

        Of several names that the model's begins with, the longest counts.
        """
        asked = model.removeprefix("models/")  # how Gemini's own lists write a model's name
        best, found = "", None
        for dated in self.models.get(provider, ()):
            for name in dated[0].names:
                if len(name) > len(best) and _stands_for(name, asked):
                    best, found = name, dated
        if found is None:
            return None
        day = self.made if on is None else on
        return [price for price in found if price.since is None or price.since <= day][-1]

    def age_days(self, today: date) -> int:
        """How long ago the table was made."""
        return (today - self.made).days

    def old(self, today: date) -> bool:
        """Whether a person should be told that prices may have changed."""
        return self.age_days(today) > OLD_AFTER_DAYS


def cost(usage: Usage, price: Price) -> float:
    """USD for one request.

    `output_tokens` holds the thinking already. What was written to a cache is charged as kept for the
    shortest time (Anthropic: five minutes).
    """
    rates = price.rates_for(usage.input_tokens)
    read, written = usage.cache_read_tokens, usage.cache_write_tokens
    plain = max(usage.input_tokens - read - written, 0)
    return (
        plain * rates.input
        + read * (rates.input if rates.cached is None else rates.cached)
        + written * (rates.input if rates.cache_write is None else rates.cache_write)
        + usage.output_tokens * rates.output
    ) / _MILLION


def with_prices(
    models: Iterable[ModelInfo], price_of: Callable[[str], Price | None]
) -> tuple[ModelInfo, ...]:
    """The models with what is known of each by name; a limit that the provider itself told stays."""
    return tuple(_with_price(model, price_of(model.name)) for model in models)


def _with_price(model: ModelInfo, price: Price | None) -> ModelInfo:
    if price is None:
        return model
    return replace(
        model,
        window=model.window or price.window,
        max_output=model.max_output or price.max_output,
        input_price=price.rates.input,
        output_price=price.rates.output,
    )


def storage_cost(tokens: int, hours: float, price: Price, *, made: bool) -> float:
    """USD for tokens that a cache keeps for so long; with `made` they are paid as a prompt as well."""
    prompt = price.rates_for(tokens).input if made else 0.0
    return tokens * (prompt + (price.storage or 0.0) * hours) / _MILLION


@cache
def load() -> Prices:
    """The table that came with the program, read once."""
    read = tomllib.loads(Path(__file__).with_name("prices.toml").read_text(encoding="utf-8"))
    models: dict[str, tuple[tuple[Price, ...], ...]] = {}
    for entry in read["model"]:
        provider = entry["provider"]
        models[provider] = (*models.get(provider, ()), tuple(_price(entry, one) for one in entry["price"]))
    return Prices(made=read["made"], sources=tuple(read["sources"]), models=models)


def _stands_for(name: str, asked: str) -> bool:
    return asked.startswith(name) and _SUFFIX.fullmatch(asked, len(name)) is not None


def _price(entry: Mapping[str, Any], one: Mapping[str, Any]) -> Price:
    above = one.get("above")
    return Price(
        names=tuple(entry["names"]),
        rates=_rates(one),
        since=one.get("since"),
        threshold=above["tokens"] if above else None,
        above=_rates(above) if above else None,
        storage=entry.get("storage"),
        keeps=entry["provider"] in KEEPERS,
        window=entry.get("window"),
        max_output=entry.get("max_output"),
        cache_minimum=entry.get("cache_minimum"),
    )


def _rates(table: Mapping[str, Any]) -> Rates:
    return Rates(
        input=table["input"],
        output=table["output"],
        cached=table.get("cached"),
        cache_write=table.get("cache_write"),
        cache_write_1h=table.get("cache_write_1h"),
    )

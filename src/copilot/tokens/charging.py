"""What a request will cost at least and at most, by the table of prices and by a person's own.

Models on this machine cost nothing, unless the person gave them a price: the rehearsal in whatever protocol,
and a compatible server at a loopback address. What else speaks the protocol of a service there may well be a
gateway to it: a bill comes, so it is charged as that service.
"""

import ipaddress
import threading
from collections.abc import Mapping
from datetime import date
from urllib.parse import urlsplit

from copilot.tokens.calibration import key
from copilot.tokens.prices import KEEPERS, Price, Prices, Rates, cost, load, storage_cost
from copilot.vocabulary.frozen import frozen, replace
from copilot.vocabulary.values import ModelChoice, Usage

ERROR = 1.2
"""An estimate of tokens may be a fifth off: the least counts that much less, the most that much more."""

FREE = Price(names=(), rates=Rates(input=0.0, output=0.0))


@frozen
class Bounds:
    """USD."""

    least: float
    most: float


class Charging:
    """Prices by model. `own` are the person's, by "provider/model". The table is read at its first use."""

    def __init__(self, own: Mapping[str, Rates]) -> None:
        self._own = own
        self._lock = threading.Lock()
        self._table: Prices | None = None
        self._last: tuple[ModelChoice, date, Price | None] | None = None

    def price(self, model: ModelChoice, on: date) -> Price | None:
        """What the model costs on a day; None where nobody knows."""
        last = self._last  # each request asks three times
        if last is None or last[:2] != (model, on):
            last = self._last = (model, on, self._price(model, on))
        return last[2]

    def _price(self, model: ModelChoice, on: date) -> Price | None:
        own = self._own.get(key(model.provider, model.model))
        if own is None and free(model):
            return FREE
        known = self.table().of(model.provider, model.model, on)
        if own is None:
            return known
        limits = known or replace(FREE, names=(model.model,), keeps=model.provider in KEEPERS)
        return replace(limits, rates=own, threshold=None, above=None)

    def old_since(self, today: date) -> str:
        """The day of the table where a person should be told that prices may have changed, else ""."""
        table = self.table()
        return str(table.made) if table.old(today) else ""

    def table(self) -> Prices:
        """The table that came with the program."""
        with self._lock:
            if self._table is None:
                self._table = load()
            return self._table


def free(model: ModelChoice) -> bool:
    """Whether it runs on this machine: no service sends a bill for it."""
    if model.provider == "rehearsal":
        return True
    if model.provider != "compatible" and model.model != "rehearsal":
        return False
    if not model.base_url:
        return model.provider == "compatible"  # where nothing else is said it is asked at this machine
    host = urlsplit(model.base_url).hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def bounds(price: Price, tokens: int, new_tokens: int, most_output: int) -> Bounds:
    """What a prompt of about `tokens` will cost, with its answer of at most `most_output` tokens.

    At least: all but its `new_tokens`, which no request had before, is read from a cache, and the answer is
    one token. At most: nothing is cached, everything is written to a cache, and the answer is as long as it
    may be; where caches are kept apart from requests, one is made of it all and kept for an hour.
    """
    low, high = int(tokens / ERROR), int(tokens * ERROR)
    known = max(low - int(new_tokens / ERROR), 0)
    if known < (price.cache_minimum or 0):
        known = 0
    output = min(most_output, price.max_output or most_output)
    least = Usage(input_tokens=low, cache_read_tokens=known, output_tokens=1)
    plain = Usage(input_tokens=high, output_tokens=output)
    written = replace(plain, cache_write_tokens=high)
    most = max(cost(plain, price), cost(written, price))
    if price.keeps:
        most += storage_cost(high, 1.0, price, made=True)
    return Bounds(least=cost(least, price), most=most)


def missed(price: Price, tokens: int, usage: Usage) -> float:
    """USD that `tokens` cost more than they would have, read from a cache."""
    rates = price.rates_for(usage.input_tokens)
    paid = rates.cache_write if usage.cache_write_tokens >= tokens else None
    saved = rates.input if rates.cached is None else rates.cached
    return max(tokens * ((rates.input if paid is None else paid) - saved), 0.0) / 1_000_000

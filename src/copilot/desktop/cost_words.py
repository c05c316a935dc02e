"""What requests of this session cost, in words. Nothing here draws."""

from collections.abc import Iterable

from copilot.desktop.text import plural
from copilot.desktop.view_values import RequestUsage
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.money import UNKNOWN, money


@frozen
class Spent:
    """USD of the requests whose model has a price, how many those are, and how many others there were."""

    usd: float = 0.0
    priced: int = 0
    unknown: int = 0


def spent(requests: Iterable[RequestUsage]) -> Spent:
    """The sum over `requests`, as the worker reckoned each."""
    costs = [request.usd for request in requests]
    known = [usd for usd in costs if usd is not None]
    return Spent(usd=sum(known), priced=len(known), unknown=len(costs) - len(known))


def cost_notes(requests: tuple[RequestUsage, ...], old: str = "") -> str:
    """What is not certain in the sum of these, in short lines; empty where all of it is.

    `old` is the day of the table of prices, where that is long ago.
    """
    whole = spent(requests)
    lines: list[str] = []
    if whole.unknown and whole.priced:
        lines.append(f"{plural(whole.unknown, 'request')} with {UNKNOWN}")
    if whole.priced and old:
        lines.append(f"Prices of {old}: they may have changed")
    return "\n".join(lines)


def session_words(requests: tuple[RequestUsage, ...]) -> str:
    """What these cost, for a tile; a dash where nobody knows."""
    whole = spent(requests)
    return money(whole.usd) if whole.priced or not requests else "–"

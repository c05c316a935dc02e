"""What requests cost, in words. Nothing here draws."""

from collections.abc import Iterable
from datetime import date

from copilot.desktop.view_state import RequestUsage
from copilot.tokens.prices import Price, Prices, cost
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.money import UNKNOWN, money


@frozen
class Spent:
    """USD of the requests whose model has a price, how many those are, and how many others there were."""

    usd: float = 0.0
    priced: int = 0
    unknown: int = 0


def spent(requests: Iterable[RequestUsage], prices: Prices, today: date) -> Spent:
    """The sum over `requests` at the prices of `today`."""
    usd, priced, unknown = 0.0, 0, 0
    seen: dict[tuple[str, str], Price | None] = {}
    for request in requests:
        key = (request.provider, request.model)
        if key not in seen:
            seen[key] = prices.of(request.provider, request.model, today)
        price = seen[key]
        if price is None:
            unknown += 1
        else:
            usd += cost(request.usage, price)
            priced += 1
    return Spent(usd=usd, priced=priced, unknown=unknown)


def cost_lines(requests: tuple[RequestUsage, ...], prices: Prices, today: date) -> str:
    """The last request and its turn, then the session, in short lines; empty before the first request."""
    if not requests:
        return ""
    whole = spent(requests, prices, today)
    if not whole.priced:
        return UNKNOWN.capitalize()
    turn = tuple(r for r in requests if r.turn_id == requests[-1].turn_id)
    lines = [f"Last request {_about(spent(requests[-1:], prices, today))}"]
    if len(turn) > 1:
        lines[0] += f" · turn {_about(spent(turn, prices, today))}"
    if len(requests) > 1:
        lines.append(f"Session {_about(whole)}")
    if prices.old(today):
        lines.append(f"Prices of {prices.made}: they may have changed")
    return "\n".join(lines)


def _about(sum_: Spent) -> str:
    if not sum_.priced:
        return f"with {UNKNOWN}"
    amount = f"about {money(sum_.usd)}"
    requests = "request" if sum_.unknown == 1 else "requests"
    return f"{amount} and {sum_.unknown} {requests} with {UNKNOWN}" if sum_.unknown else amount

"""What requests of this session cost, in words. Nothing here draws."""

from collections.abc import Iterable

from copilot.desktop.view_state import RequestUsage
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


def cost_lines(requests: tuple[RequestUsage, ...], old: str = "") -> str:
    """The last request and its turn, then the session, in short lines; empty before the first request.

    `old` is the day of the table of prices, where that is long ago.
    """
    if not requests:
        return ""
    whole = spent(requests)
    if not whole.priced:
        return UNKNOWN.capitalize()
    turn = tuple(r for r in requests if r.turn_id == requests[-1].turn_id)
    lines = [f"Last request {_about(spent(requests[-1:]))}"]
    if len(turn) > 1:
        lines[0] += f" · turn {_about(spent(turn))}"
    if len(requests) > 1:
        lines.append(f"Session {_about(whole)}")
    if old:
        lines.append(f"Prices of {old}: they may have changed")
    return "\n".join(lines)


def _about(sum_: Spent) -> str:
    if not sum_.priced:
        return f"with {UNKNOWN}"
    amount = f"about {money(sum_.usd)}"
    requests = "request" if sum_.unknown == 1 else "requests"
    return f"{amount} and {sum_.unknown} {requests} with {UNKNOWN}" if sum_.unknown else amount

"""What the window knows of tokens and money, as a fold over events. No Dear PyGui here."""

from dataclasses import replace

from copilot.vocabulary import events as e
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.money import costs, left_words, money
from copilot.vocabulary.usage_events import BranchCost, TotalScope, UsageTotal
from copilot.vocabulary.values import ModelChoice

_SCOPES: dict[TotalScope, str] = {
    "turn": "This turn",
    "branch": "This branch",
    "project": "This project",
    "day": "Today",
}


@frozen
class SpendingView:
    """`totals` until now, and what `branches` have cost; the newest request that was `sent`; why a cache
    `missed` in the latest turn; the newest exact count.
    """

    totals: tuple[UsageTotal, ...] = ()
    branches: tuple[BranchCost, ...] = ()
    sent: e.RequestSent | None = None
    missed: e.CacheMissed | None = None
    counted: e.TokensCounted | None = None


def told(view: SpendingView, event: e.Event) -> SpendingView:
    """The view after one more event; the same one where the event tells nothing of this."""
    match event:
        case e.UsageTotalled(totals=totals, branches=branches):
            return replace(view, totals=totals, branches=branches)
        case e.TurnStarted():
            return replace(view, missed=None, sent=None)
        case e.RequestSent():
            return replace(view, sent=event)
        case e.CacheMissed():
            return replace(view, missed=event)
        case e.TokensCounted():
            return replace(view, counted=event)
        case _:
            return view


@frozen
class TotalRow:
    """One line of the usage panel, in words. `over`: the cap is used up."""

    name: str
    fresh: int
    cached: int
    output: int
    cost: str
    cap: str
    left: str
    note: str
    over: bool


def rows(totals: tuple[UsageTotal, ...]) -> tuple[TotalRow, ...]:
    """The totals that tell something: a scope without requests only where it has a cap."""
    return tuple(_row(total) for total in totals if total.requests or total.cap_usd is not None)


def _row(total: UsageTotal) -> TotalRow:
    usage = total.usage
    unknown = total.requests and total.unpriced == total.requests
    return TotalRow(
        name=_SCOPES[total.scope],
        fresh=usage.input_tokens - usage.cache_read_tokens,
        cached=usage.cache_read_tokens,
        output=usage.output_tokens,
        cost="no price" if unknown else money(total.usd),
        cap="" if total.cap_usd is None else f" of {money(total.cap_usd)}",
        left=left_words(total),
        note=_note(total),
        over=total.cap_usd is not None and total.usd >= total.cap_usd,
    )


def _note(total: UsageTotal) -> str:
    """What is not certain in a sum."""
    found = [
        f"{money(total.open_usd)} of it is the most that requests without an end may have cost"
        if total.open_usd
        else "",
        f"{total.estimated:,} broke off and are estimated" if total.estimated else "",
        f"{total.unpriced:,} have no known price and are not in the cost" if total.unpriced else "",
    ]
    requests = f"{total.requests:,} {'request' if total.requests == 1 else 'requests'}"
    return "\n".join([requests, *filter(None, found)])


def bounds_of(preview: e.RequestPreviewed | None, model: ModelChoice) -> str:
    """What the next request costs, as far as its preview is for this model."""
    if preview is None or preview.model != model:
        return ""
    return bounds_words(preview.least_usd, preview.most_usd)


def bounds_words(least: float | None, most: float | None) -> str:
    """What a whole request costs, for a place with little room; empty where there is nothing to say."""
    return costs(least, most) if most else ""

"""What the usage panel plots over a session, as values: tokens, cost, rounds, seconds. Nothing here draws."""

from collections.abc import Callable, Sequence
from itertools import accumulate
from math import floor, log10
from statistics import median
from typing import Literal

from copilot.desktop import text
from copilot.desktop.palette import Tone
from copilot.desktop.view_values import RequestUsage
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.money import UNKNOWN, money

ChartName = Literal["tokens", "cost", "rounds", "seconds"]
Draw = Literal["bars", "line"]
Requests = tuple[RequestUsage, ...]

CHARTS: tuple[tuple[ChartName, str, str], ...] = (
    ("tokens", "Tokens", "Tokens of each request: from the cache, new, and the answer  (1)"),
    ("cost", "Cost", "What each turn cost, and all of them until then  (2)"),
    ("rounds", "Rounds", "Requests that each turn took  (3)"),
    ("seconds", "Latency", "Seconds from sending each request to the end of its answer  (4)"),
)
"""In the order of their tabs: the name, what the tab says, what it tells when the mouse rests on it."""

NO_PRICE = "No price is known for these models: write it to [prices] in config.toml."


@frozen(kw_only=False)
class Series:
    """A name, its colour, and how it is drawn. Bars of one chart lie over each other, the first behind."""

    label: str
    tone: Tone
    draw: Draw = "bars"


SERIES: dict[ChartName, tuple[Series, ...]] = {
    "tokens": (Series("Output", "violet"), Series("New", "accent"), Series("Cached", "cached_bar")),
    "cost": (Series("Turn", "accent"), Series("All until then", "amber", "line")),
    "rounds": (Series("Rounds", "accent"),),
    "seconds": (Series("Seconds", "accent"), Series("Median", "amber", "line")),
}


@frozen
class Chart:
    """`values` of each series at the places 1, 2, ...; `names` under them; `notes` on each, in lines.

    `ticks` of the vertical axis, as it is written. `lacks` says why there is nothing, else "".
    """

    values: tuple[tuple[float, ...], ...] = ()
    names: tuple[str, ...] = ()
    notes: tuple[tuple[str, ...], ...] = ()
    ticks: tuple[tuple[str, float], ...] = ()
    top: float = 1.0
    lacks: str = ""


def chart(name: ChartName, requests: Requests, newest: int) -> Chart:
    """The chart of that name, over the `newest` requests or turns of the session."""
    if not requests:
        return Chart()
    match name:
        case "tokens":
            return _tokens(requests, newest)
        case "cost":
            return _cost(requests, newest)
        case "rounds":
            return _rounds(requests, newest)
        case "seconds":
            return _seconds(requests, newest)


def _tokens(requests: Requests, newest: int) -> Chart:
    shown = requests[-newest:]
    whole = [float(one.usage.input_tokens) for one in shown]
    tops = [tokens + one.usage.output_tokens for tokens, one in zip(whole, shown, strict=True)]
    cached = [float(one.usage.cache_read_tokens) for one in shown]
    return _made((tops, whole, cached), *_of_requests(requests, newest), _tokens_word)


def _cost(requests: Requests, newest: int) -> Chart:
    turns = _turns(requests)
    if not any(one.usd is not None for one in requests):
        return Chart(lacks=NO_PRICE)
    sums = [sum(one.usd or 0.0 for one in turn) for turn in turns]
    until = list(accumulate(sums))
    names, _ = _of_turns(turns)
    notes = [
        (f"Turn {name}", money(sum_), f"{money(all_)} until then", *_unpriced(turn))
        for name, turn, sum_, all_ in zip(names, turns, sums, until, strict=True)
    ]
    return _made((sums[-newest:], until[-newest:]), names[-newest:], notes[-newest:], money)


def _rounds(requests: Requests, newest: int) -> Chart:
    turns = _turns(requests)
    names, notes = _of_turns(turns)
    counts = [float(len(turn)) for turn in turns]
    return _made((counts[-newest:],), names[-newest:], notes[-newest:], lambda count: f"{count:.0f}", 1.0)


def _seconds(requests: Requests, newest: int) -> Chart:
    seconds = [one.seconds for one in requests[-newest:]]
    middle = [median(one.seconds for one in requests)] * len(seconds)
    return _made((seconds, middle), *_of_requests(requests, newest), lambda value: f"{value:g} s")


def _made(
    values: Sequence[Sequence[float]],
    names: Sequence[str],
    notes: Sequence[tuple[str, ...]],
    written: Callable[[float], str],
    least: float = 0.0,
) -> Chart:
    top = max((value for series in values for value in series), default=0.0) or 1.0
    top = max(top, 2 * least)
    return Chart(
        values=tuple(map(tuple, values)),
        names=tuple(names),
        notes=tuple(notes),
        ticks=tuple((written(value), value) for value in ticks(top, least)),
        top=top * 1.08,
    )


def ticks(top: float, least: float = 0.0) -> tuple[float, ...]:
    """Zero and the round values up to `top`, which is above zero: at most five, at least `least` apart."""
    power = 10.0 ** floor(log10(top))
    step = max(least, next(power * part for part in (0.2, 0.5, 1, 2) if top / (power * part) <= 5))
    return tuple(round(step * count, 10) for count in range(int(top / step + 1e-9) + 1))


def _of_requests(requests: Requests, newest: int) -> tuple[list[str], list[tuple[str, ...]]]:
    first = max(0, len(requests) - newest)
    numbers = range(first + 1, len(requests) + 1)
    notes = [
        (f"Request {number}, round {one.round}", *_lines(one))
        for number, one in zip(numbers, requests[first:], strict=True)
    ]
    return [str(number) for number in numbers], notes


def _lines(one: RequestUsage) -> tuple[str, ...]:
    usage = one.usage
    fresh = usage.input_tokens - usage.cache_read_tokens
    return (
        f"{usage.cache_read_tokens:,} cached, {fresh:,} new",
        f"{usage.output_tokens:,} output",
        f"{one.seconds:.1f} s, {UNKNOWN if one.usd is None else money(one.usd)}",
    )


def _of_turns(turns: Sequence[Requests]) -> tuple[list[str], list[tuple[str, ...]]]:
    names = [str(number) for number in range(1, len(turns) + 1)]
    notes = [
        (
            f"Turn {name}",
            text.plural(len(turn), "round"),
            f"{sum(one.seconds for one in turn):.1f} s of answers",
        )
        for name, turn in zip(names, turns, strict=True)
    ]
    return names, notes


def _unpriced(turn: Requests) -> tuple[str, ...]:
    lacking = sum(one.usd is None for one in turn)
    return (f"{text.plural(lacking, 'request')} with {UNKNOWN}",) if lacking else ()


def _turns(requests: Requests) -> list[Requests]:
    """The requests of each turn, the turns in the order in which they began."""
    found: dict[str, list[RequestUsage]] = {}
    for one in requests:
        found.setdefault(one.turn_id, []).append(one)
    return [tuple(turn) for turn in found.values()]


def _tokens_word(value: float) -> str:
    return text.count(int(value)).replace(".0", "")

"""The tokens of a turn as a table: each round and all of them, for `copilot ask --verbose`."""

from collections.abc import Iterable, Sequence

from copilot.vocabulary.events import UsageReported
from copilot.vocabulary.money import UNKNOWN, money
from copilot.vocabulary.values import Usage

HEADS = ("round", "prompt", "cached", "output", "thinking", "time", "cost")


def table_lines(reports: Sequence[UsageReported]) -> tuple[str, ...]:
    """A line of heads, one for each round, one for all where there are several; none without a report.

    `prompt` counts the `cached` tokens too, and `output` those of `thinking`.
    """
    if not reports:
        return ()
    rows = [
        HEADS,
        *(_row(str(one.round), one.usage, one.seconds, _cost((one,))) for one in reports),
    ]
    if len(reports) > 1:
        seconds = sum(one.seconds for one in reports)
        rows.append(_row("all", Usage.total(one.usage for one in reports), seconds, _cost(reports)))
    widths = [max(len(row[place]) for row in rows) for place in range(len(HEADS))]
    return tuple(
        "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in rows
    )


def total_usd(reports: Iterable[UsageReported]) -> float | None:
    """What they cost in all; None where no price is known of one."""
    costs = [one.usd for one in reports]
    known = [usd for usd in costs if usd is not None]
    return sum(known) if len(known) == len(costs) else None


def _cost(reports: Sequence[UsageReported]) -> str:
    usd = total_usd(reports)
    return UNKNOWN if usd is None else money(usd)


def _row(name: str, usage: Usage, seconds: float, cost: str) -> tuple[str, ...]:
    counts = (usage.input_tokens, usage.cache_read_tokens, usage.output_tokens, usage.thinking_tokens)
    return (name, *(f"{count:,}" for count in counts), f"{seconds:.1f} s", cost)

"""A play with a session of some turns behind it: tokens, cost, rounds and seconds of eighteen requests."""

from collections.abc import Iterator
from dataclasses import replace

from plays import AT, Play
from typing_plays import Typist

from copilot.vocabulary import events as e
from copilot.vocabulary.usage_events import BranchCost, TotalScope, UsageTotal
from copilot.vocabulary.values import Usage

ROUNDS = (1, 4, 2, 6, 3, 2)
"""How many requests each turn took."""

NEW, COLD = 2_600, 9_000
"""New tokens of a request, and of the first, which nothing is cached for."""


def spending(*, priced: bool = True) -> Play:
    """The whole play; without prices, nobody knows what a request cost."""
    play = Typist().play()
    return replace(play, first=(*play.first, *_spent(priced=priced)))


def _spent(*, priced: bool) -> Iterator[e.Event]:
    cached, number = 0, 0
    used: list[tuple[str, Usage, float]] = []
    for turn, rounds in enumerate(ROUNDS, 1):
        for round_ in range(1, rounds + 1):
            number += 1
            fresh = COLD if number == 1 else NEW + 700 * (number % 3)
            output = 180 + 260 * (number % 4) + (900 if round_ == rounds else 0)
            usage = Usage(input_tokens=cached + fresh, output_tokens=output, cache_read_tokens=cached)
            cached += fresh if number % 7 else -cached  # what was kept went away once in a while
            usd = (fresh * 3.0 + usage.cache_read_tokens * 0.3 + output * 15.0) / 1e6
            used.append((f"turn-{turn}", usage, usd))
            yield e.UsageReported(
                at=AT + 10 * number,
                worker="w",
                turn_id=f"turn-{turn}",
                branch="main",
                round=round_,
                usage=usage,
                seconds=1.1 + 0.45 * (number % 5) + output / 400,
                usd=usd if priced else None,
            )
    last = [one for one in used if one[0] == f"turn-{len(ROUNDS)}"]
    scopes: tuple[tuple[TotalScope, str, list[tuple[str, Usage, float]], float | None], ...] = (
        ("turn", last[0][0], last, None),
        ("branch", "main", used, None),
        ("project", "shop", used * 5, 20.0),
        ("day", "2026-01-05", used * 2, 5.0),
    )
    totals = tuple(
        UsageTotal(
            scope=scope,
            name=name,
            requests=len(found),
            usage=Usage.total(usage for _, usage, _ in found),
            usd=sum(usd for _, _, usd in found) if priced else 0.0,
            unpriced=0 if priced else len(found),
            cap_usd=cap,
        )
        for scope, name, found, cap in scopes
    )
    whole = totals[1]
    costs = (BranchCost(branch="main", requests=whole.requests, usd=whole.usd, unpriced=whole.unpriced),)
    yield e.UsageTotalled(at=AT + 999, worker="w", branch="main", totals=totals, branches=costs)

"""Tokens and money in the window's words: totals with their caps, and why a cache missed."""

import io

import pytest

from copilot.cli.paint import Paint
from copilot.cli.terminal import Terminal
from copilot.desktop.event_words import log_row
from copilot.desktop.spending_view import SpendingView, TotalRow, rows, told
from copilot.vocabulary import events as e
from copilot.vocabulary.codec import decode_event, encode_event
from copilot.vocabulary.usage_events import UsageTotal
from copilot.vocabulary.values import Usage

USED = Usage(input_tokens=5_000, output_tokens=70, cache_read_tokens=4_000)
IN = {"at": 1.0, "worker": "w", "turn_id": "t1", "branch": "main"}
MISSED = e.CacheMissed(
    **IN,  # type: ignore[arg-type]
    round=2,
    cause="changed",
    kind="files",
    name="src/a.py",
    tokens=41_000,
    usd=0.12,
    idle_seconds=3.0,
)


def test_a_total_tells_what_is_new_what_is_left_and_what_is_not_certain() -> None:
    day = UsageTotal(
        scope="day", name="2026-11-21", requests=3, usage=USED, usd=4.5, open_usd=1.0, unpriced=1,
        estimated=2, cap_usd=5.0,
    )  # fmt: skip
    branch = UsageTotal(scope="branch", name="main", requests=0, usage=Usage(), usd=0.0)
    note = (
        "3 requests\n$1.00 of it is the most that requests without an end may have cost\n"
        "2 broke off and are estimated\n1 have no known price and are not in the cost"
    )
    assert rows((branch, day)) == (
        TotalRow(
            name="Today", fresh=1_000, cached=4_000, output=70, cost="$4.50", cap=" of $5.00",
            left="$0.50 left of $5.00", note=note, over=False,
        ),
    )  # fmt: skip


def test_the_view_keeps_the_newest_and_forgets_a_miss_with_the_next_turn() -> None:
    view = told(SpendingView(), MISSED)
    assert view.missed == MISSED
    assert told(view, e.TextDelta(**IN, text="x")) is view  # type: ignore[arg-type]
    total = UsageTotal(scope="turn", name="t1", requests=1, usage=USED, usd=0.1)
    event = e.UsageTotalled(at=1.0, worker="w", branch="main", totals=(total,))
    assert told(view, event).totals == (total,)
    assert decode_event(encode_event(event)) == event


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "cache missed: src/a.py changed first; about 41,000 tokens, $0.12"),
        ({"kind": "system", "name": "system prompt", "usd": None},
         "cache missed: the system prompt changed first; about 41,000 tokens"),
        ({"kind": "tools", "name": "look"},
         "cache missed: the tool look changed first; about 41,000 tokens, $0.12"),
        ({"kind": "branch", "name": "user"},
         "cache missed: a message of the discussion changed first; about 41,000 tokens, $0.12"),
        ({"cause": "expired", "kind": "", "name": "", "idle_seconds": 700.0},
         "cache missed: nothing changed, but 12 minutes passed since the last request; "
         "about 41,000 tokens, $0.12"),
        ({"cause": "unknown", "kind": "", "name": ""},
         "cache missed: nothing that was sent before changed; about 41,000 tokens, $0.12"),
    ],
)  # fmt: skip
def test_a_missed_cache_is_one_line_in_the_window_and_in_the_terminal(
    changes: dict[str, object], words: str
) -> None:
    event = decode_event({**encode_event(MISSED), **changes})  # type: ignore[dict-item]
    row = log_row(event)
    assert row is not None
    assert (row.level, row.text) == ("warning", words)
    err = io.StringIO()
    Terminal(out=io.StringIO(), err=err, paint=Paint(on=False)).show(event)
    assert err.getvalue() == f"  {words}\n"

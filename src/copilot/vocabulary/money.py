"""Amounts of money in words, the same in the terminal and in the window."""

from collections.abc import Mapping
from typing import Literal

from copilot.vocabulary.approvals import SpendDetail
from copilot.vocabulary.caps import CapScope
from copilot.vocabulary.usage_events import CacheMissed, SectionKind, UsageTotal

UNKNOWN = "no price known"

SCOPE_WORDS: Mapping[CapScope, str] = {
    "turn": "in this turn",
    "project": "in this project",
    "day": "today",
}
_KIND_WORDS: Mapping[SectionKind, str] = {
    "": "",
    "tools": "the tool",
    "system": "the",
    "files": "",
    "branch": "a message of the discussion",
    "message": "the message",
}
_NAMED: tuple[Literal["tools", "system", "files"], ...] = ("tools", "system", "files")
_NO_FILE: Mapping[str, str] = {
    "no files": "no file is sent any more",
    "not shown": "the list of files that are not shown changed first",
}
"""What stands in the place of files is no file."""


def money(usd: float) -> str:
    """An amount with two telling digits or cents: $0.0012, $0.034, $0.56, $12.30."""
    if usd <= 0:
        return "$0"
    if usd < 0.0001:
        return "less than $0.0001"
    places = 4 if usd < 0.00995 else 3 if usd < 0.0995 else 2
    return f"${usd:,.{places}f}"


def costs(least: float | None, most: float | None) -> str:
    """What a request costs at least and at most."""
    if least is None or most is None:
        return UNKNOWN
    if most <= 0:
        return "nothing"
    return f"from {money(least)} to {money(most)}"


def cap_words(detail: SpendDetail) -> str:
    """A cap and what is used of it: `$5.00 in this project, $4.93 of it used`."""
    return f"{money(detail.cap_usd)} {SCOPE_WORDS[detail.scope]}, {money(detail.spent_usd)} of it used"


def left_words(total: UsageTotal) -> str:
    """What a cap leaves, empty without a cap: `$1.20 left of $5.00`."""
    if total.cap_usd is None:
        return ""
    return f"{money(total.cap_usd - total.usd)} left of {money(total.cap_usd)}"


def missed_words(event: CacheMissed) -> str:
    """Why a service's cache did not serve, and what that cost, in one line."""
    match event.cause:
        case "expired":
            minutes = event.idle_seconds / 60
            why = f"nothing changed, but {minutes:.0f} minutes passed since the last request"
        case "unknown":
            why = "nothing that was sent before changed"
        case "changed" if event.kind == "files" and event.name in _NO_FILE:
            why = _NO_FILE[event.name]
        case "changed":
            name = event.name if event.kind in _NAMED else ""
            why = " ".join(filter(None, (_KIND_WORDS[event.kind], name))) + " changed first"
    cost = "" if event.usd is None else f", {money(event.usd)}"
    return f"cache missed: {why}; about {event.tokens:,} tokens{cost}"

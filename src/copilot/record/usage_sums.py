"""Adding up what was spent, in all and by what a person asks for."""

from collections import defaultdict
from collections.abc import Iterable
from math import fsum
from operator import add, attrgetter, sub
from typing import Final, Literal

from copilot.record.ledger_lines import Spent
from copilot.vocabulary.frozen import replace
from copilot.vocabulary.values import Usage

By = Literal["day", "project", "branch", "model", "turn", "round"]
BY: tuple[By, ...] = ("day", "project", "branch", "model", "turn", "round")

_BILLION = 1_000_000_000
_TOKENS = (
    "input_tokens",
    "output_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "thinking_tokens",
)
_COUNTED = attrgetter("requests", *(f"usage.{name}" for name in _TOKENS), "unpriced", "estimated")

Counts = tuple[int, ...]
Key = tuple[str, ...]

NOTHING = Spent(day="", project="", branch="", provider="", model="", requests=0)


def added(found: Iterable[Spent]) -> Spent:
    """The sum; its day, project, branch and model are those that the first one has."""
    all_ = tuple(found)
    if not all_:
        return NOTHING
    return replace(
        all_[0],
        turn="",
        round=0,
        at=0.0,
        requests=sum(one.requests for one in all_),
        usage=Usage.total(one.usage for one in all_),
        usd=fsum(one.usd for one in all_),
        open_usd=fsum(one.open_usd for one in all_),
        unpriced=sum(one.unpriced for one in all_),
        estimated=sum(one.estimated for one in all_),
    )


class RunningSum:
    """What `added` gives for entries that come and go, without adding all of them up again.

    Money is counted in billionths of a dollar, which is what the ledger's lines hold, so nothing drifts.
    """

    __slots__ = ("_counts", "_entries", "_like")

    def __init__(self) -> None:
        self._entries = 0
        self._like = NOTHING
        self._counts = _NO_COUNTS

    def put(self, one: Spent, counts: Counts) -> None:
        """Count an entry in, whose counts these are."""
        if not self._entries:
            self._like = replace(one, turn="", round=0, at=0.0)
        self._entries += 1
        self._counts = tuple(map(add, self._counts, counts))

    def drop(self, counts: Counts) -> None:
        """Count an entry out again."""
        self._entries -= 1
        self._counts = tuple(map(sub, self._counts, counts))

    def take_in(self, other: "RunningSum", branch: str) -> None:
        """Count in all that another one counts, as that of a branch."""
        if not self._entries:
            self._like = replace(other._like, branch=branch)
        self._entries += other._entries
        self._counts = tuple(map(add, self._counts, other._counts))

    def sum(self, without: Counts | None = None) -> Spent:
        """The sum; its day, project, branch and model are those of the first that was put in.

        An entry with the counts `without` is in it, and is not counted.
        """
        if self._entries == (without is not None):
            return NOTHING
        counts = self._counts if without is None else tuple(map(sub, self._counts, without))
        requests, *tokens, unpriced, estimated, usd, open_usd = counts
        return replace(
            self._like,
            requests=requests,
            usage=Usage(**dict(zip(_TOKENS, tokens, strict=True))),
            usd=usd / _BILLION,
            open_usd=open_usd / _BILLION,
            unpriced=unpriced,
            estimated=estimated,
        )


def keys_of(spent: Spent) -> tuple[Key, ...]:
    """The sums that an entry counts in, but for that of its turn."""
    return ("day", spent.day), ("project", spent.project), ("branch", spent.project, spent.branch)


def counts_of(one: Spent) -> Counts:
    """What an entry adds to a sum."""
    return *_COUNTED(one), round(one.usd * _BILLION), round(one.open_usd * _BILLION)


_NO_COUNTS: Final = counts_of(NOTHING)


def grouped(found: Iterable[Spent], by: By) -> list[tuple[str, Spent]]:
    """A name and a sum for each group, in the order of days, else of first use.

    Of days that were summed up no turn and no round is known; they are left out there.
    """
    groups: defaultdict[str, list[Spent]] = defaultdict(list)
    for one in found:
        if by not in ("turn", "round") or one.turn:
            groups[_name(one, by)].append(one)
    rows = [(name, added(spent)) for name, spent in groups.items()]
    return sorted(rows, key=lambda row: row[0]) if by == "day" else rows


def _name(one: Spent, by: By) -> str:
    match by:
        case "day":
            return one.day
        case "project":
            return one.project
        case "branch":
            return f"{one.project} {one.branch}"
        case "model":
            return f"{one.provider}/{one.model}"
        case "turn":
            return one.turn
        case "round":
            return f"{one.turn} {one.round}"

"""Which view each chosen file keeps when all of them together are larger than the budget.

Of all ways to fit, the best in this order is taken; in each line the more important file decides first:

1. pinned files, and any file that ranks above one: by name rather than not at all, then as a summary, then
   whole. What a person pinned gives way only to other such files.
2. the name of every other file: what a model does not know of, it cannot ask for.
3. files named in the message, and those between them and the pinned ones: as a summary, then whole.
4. all others as a summary.
5. all others whole.

So a smaller budget never gives more: at the first decision, in this order, where two budgets differ, the
larger one has the larger view. No rule could promise that for each file by itself and still use what room
there is: when a large file steps down, smaller ones before it can be whole again.
"""

from collections.abc import Callable, Iterator, Sequence
from math import inf

from copilot.context.markdown import amount
from copilot.context.ranking.candidate import Placed as Placed
from copilot.context.ranking.rank import Ranked
from copilot.vocabulary.frozen import field, frozen, mutable
from copilot.vocabulary.values import Standing, View

_SIZES: dict[View, int] = {"off": 0, "names": 1, "summary": 2, "full": 3}
_SAID: dict[View, str] = {
    "off": "left out",
    "names": "stepped down to names",
    "summary": "stepped down to summary",
}


def fit(
    files: Sequence[tuple[Ranked, View]],
    cost: Callable[[str, View], float],
    budget: float,
    tokens_per_piece: float = 1.0,
) -> tuple[Placed, ...]:
    """The view of each file, most important first as given; their costs sum to `budget` at most.

    Each file comes with the view wanted for it. `cost` gives the wordpieces of a file's section at a view: it
    is asked once for each wanted view, and once for a smaller one only where the file may have to take it;
    never for "off", which costs nothing. No file gets a view that costs as much as a larger one.
    `budget` is in wordpieces too; `tokens_per_piece` serves the words of `why` only.
    """
    ranks = [ranked for ranked, _ in files]
    wanted: list[View] = [view for _, view in files]
    costs = [_exact(cost(ranked.path, view)) if view != "off" else 0 for ranked, view in files]
    over = 0 if budget == inf else sum(costs) - _exact(max(budget, 0.0))
    work = _Work(
        views=list(wanted), costs=costs, over=over, ask=lambda at, view: _exact(cost(ranks[at].path, view))
    )
    for at, floor in _decisions(ranks):
        if work.over <= 0:
            break
        work.step(at, floor)
    work.give_back()
    beyond = amount(max(round(over / _ONE * tokens_per_piece), 1), "token")
    return tuple(
        Placed(path=ranked.path, wanted=want, view=view, why=_why(ranked, want, view, beyond))
        for ranked, want, view in zip(ranks, wanted, work.views, strict=True)
    )


@frozen
class _Step:
    at: int
    before: View
    after: View
    saved: int


@mutable(kw_only=True)
class _Work:
    """Views and costs as they step down; `over` is what is beyond the budget, 0 or less once it fits."""

    views: list[View]
    costs: list[int]
    over: int
    ask: Callable[[int, View], int]
    steps: list[_Step] = field(default_factory=list[_Step])

    def step(self, at: int, floor: View) -> None:
        """Take file `at` down to `floor`, where that is a step and saves anything."""
        before = self.views[at]
        if _SIZES[before] <= _SIZES[floor]:
            return
        saved = self.costs[at] - (0 if floor == "off" else self.ask(at, floor))
        if saved > 0:
            self.views[at] = floor
            self.costs[at] -= saved
            self.over -= saved
            self.steps.append(_Step(at=at, before=before, after=floor, saved=saved))

    def give_back(self) -> None:
        """Undo, last step first and so the most important file first, each step that there is room for."""
        for step in reversed(self.steps):
            if self.views[step.at] == step.after and self.over + step.saved <= 0:
                self.views[step.at] = step.before
                self.costs[step.at] += step.saved
                self.over += step.saved


def _decisions(ranks: Sequence[Ranked]) -> Iterator[tuple[int, View]]:
    """Which file steps down next, and to what: the order of the module's docstring from its end."""
    kept = _after_last(ranks, "pinned", 0)
    named = _after_last(ranks, "named", kept)
    end = len(ranks)
    yield from _from_last(named, end, "summary")
    yield from _from_last(named, end, "names")
    yield from _from_last(kept, named, "summary")
    yield from _from_last(kept, named, "names")
    yield from _from_last(kept, end, "off")
    yield from _from_last(0, kept, "summary")
    yield from _from_last(0, kept, "names")
    yield from _from_last(0, kept, "off")


def _from_last(first: int, end: int, floor: View) -> Iterator[tuple[int, View]]:
    for at in reversed(range(first, end)):
        yield at, floor


def _after_last(ranks: Sequence[Ranked], standing: Standing, least: int) -> int:
    return max((at + 1 for at, ranked in enumerate(ranks) if ranked.standing == standing), default=least)


_ONE = 2**1074


def _exact(cost: float) -> int:
    """In units of 2**-1074, of which every float is a whole number: sums are exact, in whatever order."""
    above, below = cost.as_integer_ratio()
    return above * (_ONE // below)


def _why(ranked: Ranked, wanted: View, view: View, beyond: str) -> str:
    if view == wanted:
        return ""
    return f"{_SAID[view]}: {beyond} over the budget; {_place(ranked)}"


def _place(ranked: Ranked) -> str:
    """Why this file rather than another."""
    match ranked.standing:
        case "pinned":
            return "pinned, but what is pinned does not fit by itself"
        case "named" | "recent" | "referenced":
            return f"{ranked.reason}, but the files ranked above it come first"
        case "rest":
            return "not referenced by anything chosen"

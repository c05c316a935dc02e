"""What steps down when the chosen files exceed the budget: by hand, and against every other way to fit."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import product
from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot.context.ranking.budget import Placed, fit
from copilot.context.ranking.rank import Ranked
from copilot.vocabulary.values import STANDINGS, Standing, View

REASONS: dict[Standing, str] = {
    "pinned": "pinned",
    "named": "named in the message (cart.py)",
    "recent": "changed lately",
    "referenced": "used by 1 chosen file: a.py",
    "rest": "",
}
LEVELS: tuple[View, ...] = ("off", "names", "summary", "full")
Prices = Mapping[tuple[str, View], float]


def place(path: str, standing: Standing = "rest") -> Ranked:
    return Ranked(path=path, standing=standing, score=0.0, reason=REASONS[standing])


@dataclass(slots=True)
class Till:
    """Prices, and every question asked."""

    prices: Prices
    asked: list[tuple[str, View]] = field(default_factory=list)

    def __call__(self, path: str, view: View) -> float:
        self.asked.append((path, view))
        return self.prices[path, view]


def usual(*paths: str) -> Till:
    """Whole 100, summary 20, names 2."""
    sizes: dict[View, float] = {"full": 100.0, "summary": 20.0, "names": 2.0}
    return Till({(path, view): size for path in paths for view, size in sizes.items()})


def views(placed: Sequence[Placed]) -> str:
    """One letter for each file: F, S, N, or a dot for off."""
    letters: dict[View, str] = {"full": "F", "summary": "S", "names": "N", "off": "."}
    return "".join(letters[one.view] for one in placed)


def all_full(*ranks: Ranked) -> list[tuple[Ranked, View]]:
    return [(one, "full") for one in ranks]


FOUR = all_full(place("a", "pinned"), place("b", "named"), place("c"), place("d"))


def test_nothing_steps_down_while_everything_fits() -> None:
    till = usual("a", "b", "c", "d")
    placed = fit(FOUR, till, 400.0)
    assert views(placed) == "FFFF"
    assert {one.why for one in placed} == {""}
    assert till.asked == [("a", "full"), ("b", "full"), ("c", "full"), ("d", "full")]
    assert views(fit(FOUR, usual("a", "b", "c", "d"), inf)) == "FFFF"


@pytest.mark.parametrize(
    ("budget", "expected"),
    [
        (399.0, "FFFS"),
        (320.0, "FFFS"),
        (319.0, "FFSS"),
        (239.0, "FFSN"),
        (221.0, "FFNN"),
        (203.0, "FSSS"),
        (159.0, "FSSN"),
        (125.0, "FSNN"),
        (107.0, "FNNN"),
        (105.0, "FNN."),
        (103.0, "FN.."),
        (101.0, "F..."),
        (99.0, "SSSS"),
        (30.0, "SNNN"),
        (19.0, "NNNN"),
        (3.0, "N..."),
        (1.0, "...."),
        (0.0, "...."),
        (-5.0, "...."),
    ],
)
def test_the_least_important_steps_first_and_the_pinned_last(budget: float, expected: str) -> None:
    assert views(fit(FOUR, usual("a", "b", "c", "d"), budget)) == expected


def test_only_what_may_step_down_is_priced_smaller() -> None:
    till = usual("a", "b", "c", "d")
    fit(FOUR, till, 399.0)
    assert till.asked[4:] == [("d", "summary")]


def test_what_is_whole_in_its_summary_stays_whole_and_may_still_become_names() -> None:
    files = all_full(place("long"), place("short"))
    prices: dict[tuple[str, View], float] = {
        ("long", "full"): 100.0,
        ("long", "summary"): 20.0,
        ("long", "names"): 2.0,
        ("short", "full"): 10.0,
        ("short", "summary"): 10.0,
        ("short", "names"): 2.0,
    }
    assert views(fit(files, Till(prices), 105.0)) == "SF"
    assert views(fit(files, Till(prices), 25.0)) == "SN"


def test_room_that_a_large_file_leaves_goes_back_to_the_others() -> None:
    files = all_full(place("top"), place("large"), place("small"), place("least"))
    prices = dict(usual("top", "small", "least").prices)
    prices |= {("large", "full"): 5_000.0, ("large", "summary"): 200.0, ("large", "names"): 2.0}
    assert views(fit(files, Till(prices), 5_100.0)) == "FSFF"


def test_a_pin_ranked_lower_is_as_strong_as_what_stands_above_it() -> None:
    """A person who puts what changed lately before pins has it kept as long as pins are."""
    files = all_full(place("a", "recent"), place("b", "pinned"), place("c"))
    assert views(fit(files, usual("a", "b", "c"), 202.0)) == "FFN"
    assert views(fit(files, usual("a", "b", "c"), 199.0)) == "FSS"


def test_why_says_how_much_too_large_and_why_this_file() -> None:
    ranks = (place("a", "pinned"), place("b", "named"), place("c", "recent"), place("d", "referenced"))
    files = all_full(*ranks, place("e"))
    till = usual("a", "b", "c", "d", "e")
    down = "stepped down to names: 970 tokens over the budget; "
    assert [one.why for one in fit(files, till, 15.0, tokens_per_piece=2.0)] == [
        down + "pinned, but what is pinned does not fit by itself",
        *(f"{down}{REASONS[one.standing]}, but the files ranked above it come first" for one in ranks[1:]),
        down + "not referenced by anything chosen",
    ]
    assert fit(all_full(place("e")), usual("e"), 1.0)[0].why == (
        "left out: 99 tokens over the budget; not referenced by anything chosen"
    )


def test_wanted_views_are_never_exceeded_and_off_is_never_priced() -> None:
    files: list[tuple[Ranked, View]] = [(place("a"), "summary"), (place("b"), "off"), (place("c"), "names")]
    till = usual("a", "b", "c")
    assert views(fit(files, till, 1_000.0)) == "S.N"
    assert ("b", "off") not in till.asked
    assert views(fit(files, usual("a", "b", "c"), 4.0)) == "N.N"


# Random piles of files, of all kinds of prices.

tenths = st.integers(0, 100).map(lambda number: number / 10)
Pile = tuple[list[tuple[Ranked, View]], Prices]


@st.composite
def piles(draw: st.DrawFn, most: int = 8) -> Pile:
    standings = draw(st.lists(st.sampled_from(STANDINGS), max_size=most))
    ordered: list[Standing] = sorted(standings, key=STANDINGS.index)
    wanted = st.sampled_from(LEVELS)
    files = [(place(str(at), standing), draw(wanted)) for at, standing in enumerate(ordered)]
    prices = {(str(at), view): draw(tenths) for at in range(len(files)) for view in LEVELS[1:]}
    return files, prices


def exact(prices: Iterable[float]) -> Fraction:
    """Their sum, not rounded: 7.0 and 2.2 are a little more than 9.2."""
    return sum(map(Fraction, prices), Fraction())


def spent(placed: Sequence[Placed], prices: Prices) -> Fraction:
    return exact(prices[one.path, one.view] for one in placed if one.view != "off")


@given(piles(), tenths)
def test_it_fits_steps_only_down_and_only_where_that_saves(pile: Pile, budget: float) -> None:
    files, prices = pile
    till = Till(prices)
    placed = fit(files, till, budget)
    assert [one.path for one in placed] == [rank.path for rank, _ in files]
    assert len(till.asked) == len(set(till.asked))
    assert spent(placed, prices) <= budget
    whole = exact(prices[rank.path, view] for rank, view in files if view != "off")
    if whole <= budget:
        assert [one.view for one in placed] == [view for _, view in files]
        assert len(till.asked) == sum(view != "off" for _, view in files)
    for one, (_, wanted) in zip(placed, files, strict=True):
        assert one.wanted == wanted
        assert bool(one.why) == (one.view != wanted)
        assert LEVELS.index(one.view) <= LEVELS.index(wanted)
        if one.view not in (wanted, "off"):
            assert prices[one.path, one.view] < prices[one.path, wanted]


def rungs(path: str, wanted: View, prices: Prices) -> list[View]:
    """The views a file may have: each smaller one only where it is cheaper than all above it."""
    found = [wanted]
    for view in reversed(LEVELS[: LEVELS.index(wanted)]):
        price = 0.0 if view == "off" else prices[path, view]
        if found[-1] != "off" and price < prices[path, found[-1]]:
            found.append(view)
    return found


def worth(files: Sequence[tuple[Ranked, View]], chosen: Sequence[View]) -> tuple[bool, ...]:
    """The decisions of budget.py's docstring in their order; of two ways to fit the larger is the better."""
    kept = [at for at, (rank, _) in enumerate(files) if rank.standing == "pinned"]
    named = [at for at, (rank, _) in enumerate(files) if rank.standing == "named"]
    others = [at for at in range(len(files)) if at not in kept and at not in named]

    def at_least(level: View, which: Sequence[int]) -> Iterator[bool]:
        return (LEVELS.index(chosen[at]) >= LEVELS.index(level) for at in which)

    return (
        *at_least("names", kept),
        *at_least("summary", kept),
        *at_least("full", kept),
        *at_least("names", sorted(named + others)),
        *at_least("summary", named),
        *at_least("full", named),
        *at_least("summary", others),
        *at_least("full", others),
    )


@given(piles(most=5), tenths)
def test_no_other_way_to_fit_is_better(pile: Pile, budget: float) -> None:
    files, prices = pile
    placed = fit(files, Till(prices), budget)
    ways = [
        way
        for way in product(*(rungs(rank.path, wanted, prices) for rank, wanted in files))
        if exact(prices[rank.path, view] for (rank, _), view in zip(files, way, strict=True) if view != "off")
        <= budget
    ]
    best = max(worth(files, way) for way in ways)
    assert worth(files, [one.view for one in placed]) == best


@given(piles(), tenths, tenths)
def test_a_smaller_budget_never_gives_more(pile: Pile, one: float, other: float) -> None:
    files, prices = pile
    less, more = (
        worth(files, [placed.view for placed in fit(files, Till(prices), budget)])
        for budget in sorted((one, other))
    )
    assert less <= more


@given(st.integers(0, 12), tenths, tenths)
def test_where_files_cost_alike_no_file_has_more_under_a_smaller_budget(
    count: int, one: float, other: float
) -> None:
    files = all_full(*(place(str(at)) for at in range(count)))
    alike = Till({(rank.path, view): float(LEVELS.index(view)) for rank, _ in files for view in LEVELS[1:]})
    less, more = (fit(files, alike, budget) for budget in sorted((one, other)))
    assert all(LEVELS.index(a.view) <= LEVELS.index(b.view) for a, b in zip(less, more, strict=True))

"""What the rows of the branch panel say: pure words and marks, made from the state. No Dear PyGui here."""

from collections.abc import Mapping

from copilot.desktop import text
from copilot.desktop.branch_tree import Twig, lanes, twigs
from copilot.desktop.palette import Tone
from copilot.desktop.view_state import PHASE_WORDS, ViewState
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.money import money
from copilot.vocabulary.usage_events import BranchCost


@frozen
class BranchRow:
    """One branch. `lanes` are the depths of the lines that pass it; `facts` stand below its name.

    `tone` colours its knot; `phase` is what its turn does, "" where none runs.
    """

    name: str
    parent: str | None
    depth: int
    lanes: tuple[int, ...]
    facts: str
    phase: str
    tone: Tone
    active: bool
    messages: int
    own: int
    fork: str | None
    tip: str | None


def row_facts(state: ViewState) -> tuple[object, ...]:
    """All that the rows are made from: they are the same as long as this is. Takes no time, however long the
    discussion is."""
    discussion = state.project.discussion if state.project is not None else None
    phases = tuple((turn.branch, turn.phase) for turn in state.turns)
    return (discussion, phases, state.approvals, state.queues, state.spending.branches)


def branch_rows(state: ViewState) -> tuple[BranchRow, ...]:
    """All branches of the project, each parent before what left it."""
    if state.project is None:
        return ()
    tree = twigs(state.project.discussion)
    costs = {one.branch: one for one in state.spending.branches}
    asked = {one.branch for one in state.approvals}
    return tuple(
        _row(twig, passing, state, costs, waits=twig.name in asked)
        for twig, passing in zip(tree, lanes(tree), strict=True)
    )


def cost_words(cost: BranchCost | None) -> str:
    """What a branch cost; empty where nothing was spent on it."""
    if cost is None or not cost.requests:
        return ""
    if cost.unpriced == cost.requests:
        return "no price"
    return money(cost.usd)


def _row(
    twig: Twig, passing: tuple[int, ...], state: ViewState, costs: Mapping[str, BranchCost], *, waits: bool
) -> BranchRow:
    turn = state.turn_on(twig.name)
    active = twig.name == state.branch
    queued = len(state.queue_on(twig.name))
    facts = (
        text.plural(twig.messages, "message"),
        f"{twig.own:,} since {text.one_line(twig.parent, 24)}" if twig.parent is not None else "",
        cost_words(costs.get(twig.name)),
        f"{queued:,} queued" if queued else "",
    )
    phase = "" if turn is None else "waits for you" if waits else PHASE_WORDS[turn.phase]
    tone: Tone = "amber" if waits else "green" if turn is not None else "accent" if active else "faint"
    return BranchRow(
        name=twig.name,
        parent=twig.parent,
        depth=twig.depth,
        lanes=passing,
        facts=" · ".join(filter(None, facts)),
        phase=phase,
        tone=tone,
        active=active,
        messages=twig.messages,
        own=twig.own,
        fork=twig.fork,
        tip=twig.last.id if twig.last is not None else None,
    )

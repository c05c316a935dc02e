"""What requests may cost and did cost, for a whole program: prices, the ledger, totals with their caps.

A turn's part of it is `turn_spending`.
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import date

from copilot.ai.weight import Estimate, weigh
from copilot.providers.base import CacheKept, Request
from copilot.record.ledger import Ledger
from copilot.record.ledger_lines import Spent
from copilot.tokens.charging import Bounds, Charging, bounds
from copilot.tokens.prices import Price, storage_cost
from copilot.vocabulary.caps import Caps
from copilot.vocabulary.errors import (
    StorageError,
)
from copilot.vocabulary.frozen import replace
from copilot.vocabulary.messages import Message
from copilot.vocabulary.usage_events import BranchCost, TotalScope, UsageTotal
from copilot.vocabulary.values import ModelChoice, Project, Usage

_SCOPES: tuple[TotalScope, ...] = ("turn", "branch", "project", "day")


class Spending:
    """Of one program. `caps` are the person's; a project may lower them. Any thread may call it."""

    def __init__(self, ledger: Ledger, charging: Charging, caps: Caps, clock: Callable[[], float]) -> None:
        self.charging = charging
        self.ledger = ledger
        self.caps = caps
        self.clock = clock
        self.told: set[str] = set()

    def price(self, model: ModelChoice) -> Price | None:
        """What the model costs today; None where nobody knows."""
        return self.charging.price(model, date.fromtimestamp(self.clock()))

    def bounds(self, request: Request, tokens: int, estimate: Estimate) -> Bounds | None:
        """What a request of about `tokens` will cost, in USD; None where no price is known."""
        price = self.price(request.model)
        if price is None:
            return None
        new = sum(weigh(m, estimate, request.model.model) for m in _new_messages(request.messages))
        return bounds(price, tokens, new, request.model.max_output_tokens)

    def totals(self, project: Project, branch: str, turn: str, without: str = "") -> tuple[UsageTotal, ...]:
        """What was used until now, with the caps; nothing where the ledger cannot be read.

        The request with the id `without` is on its way, and not counted.
        """
        caps = self.caps.lowered(project.caps)
        now = self.clock()
        try:
            sums = self.ledger.sums(now, project.name, branch, turn, without)
        except StorageError:
            return ()
        day = self.ledger.place(now, "", "", "", 0, "", "").day
        names: dict[TotalScope, str] = {"turn": turn, "branch": branch, "project": project.name, "day": day}
        return tuple(_total(scope, names[scope], sums[scope], caps) for scope in _SCOPES)

    def branches(self, project: Project, without: str = "") -> tuple[BranchCost, ...]:
        """What each branch has cost, in the same way."""
        names = [branch.name for branch in project.discussion.branches]
        try:
            found = self.ledger.by_branch(project.name, names, without)
        except StorageError:
            return ()
        return tuple(
            BranchCost(branch=name, requests=spent.requests, usd=spent.usd, unpriced=spent.unpriced)
            for name, spent in found.items()
        )

    def keep(self, kept: CacheKept, project: str, new_id: str) -> None:
        """Put down what a cache costs beside the requests: no request, no tokens of one, only its price."""
        price = self.price(ModelChoice(provider=kept.provider, model=kept.model))
        if price is None:
            return
        usd = storage_cost(kept.tokens, kept.hours, price, made=kept.made)
        place = self.ledger.place(self.clock(), project, "", "", 0, kept.provider, kept.model)
        with suppress(StorageError):  # the next request meets the same trouble, and says so
            self.ledger.add(new_id, replace(place, requests=0).settled(Usage(), usd, estimated=False))

    def once(self, what: str) -> bool:
        """True the first time that it is asked with these words."""
        new = what not in self.told
        self.told.add(what)
        return new


def _new_messages(messages: tuple[Message, ...]) -> tuple[Message, ...]:
    """Those that no request had before: from the last reply on, which was not yet part of a prompt."""
    for at in range(len(messages) - 1, -1, -1):
        if messages[at].role == "assistant":
            return messages[at:]
    return messages


def _total(scope: TotalScope, name: str, spent: Spent, caps: Caps) -> UsageTotal:
    return UsageTotal(
        scope=scope,
        name=name,
        requests=spent.requests,
        usage=spent.usage,
        usd=spent.usd,
        open_usd=spent.open_usd,
        unpriced=spent.unpriced,
        estimated=spent.estimated,
        cap_usd=None if scope == "branch" else caps.of(scope),
    )

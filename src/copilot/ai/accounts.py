"""What a turn tells of money after each request: what the cache missed, and the totals until now."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from copilot.ai.approval import Gate
from copilot.ai.last_sent import Answered, miss
from copilot.ai.turn_spending import TurnSpending
from copilot.ai.voice import Voice
from copilot.ai.xray import Layout
from copilot.providers.base import Done, Request
from copilot.vocabulary.events import CacheMissed, Event, UsageTotalled
from copilot.vocabulary.values import ModelChoice, Project

if TYPE_CHECKING:
    from copilot.ai.kit import Kit


def spending_of(
    kit: "Kit", project: Project, model: ModelChoice, voice: Voice, gate: Gate, root: str = ""
) -> TurnSpending:
    """What knows of each of a turn's requests before it leaves. `root` is the turn that they count for."""
    return TurnSpending(
        spending=kit.spending,
        project=project,
        voice=voice,
        gate=gate,
        estimate=lambda text: kit.estimate(text, model),
        root=root,
    )


class Accounts:
    """Of one turn, whose context has this layout. A request that is on its way is not in its totals."""

    def __init__(
        self,
        kit: "Kit",
        project: Project,
        voice: Voice,
        layout: Layout,
        spending: TurnSpending,
    ) -> None:
        self._kit = kit
        self._spending = spending
        self._project = project
        self._voice = voice
        self._layout = layout

    def answered(self, number: int, request: Request, done: Done, began: float, ended: float) -> None:
        """Round `number` was answered between `began` and `ended` (UTC seconds)."""
        kit, voice = self._kit, self._voice
        now = Answered(
            request=request,
            body=done.sent,
            layout=self._layout,
            usage=done.usage,
            began=began,
            ended=ended,
        )
        before = kit.last_sent.remember(self._project.name, voice.branch, now)
        if before is not None:
            price = kit.spending.price(request.model)
            found = miss(before, now, lambda text: kit.estimate(text, request.model), price)
            if found is not None:
                voice.say(
                    CacheMissed,
                    round=number,
                    cause=found.cause,
                    kind=found.kind,
                    name=found.name,
                    tokens=found.tokens,
                    usd=found.usd,
                    idle_seconds=found.idle_seconds,
                )
        self.tell()

    def tell(self) -> None:
        """Tell the totals."""
        spending = self._spending
        branch, left = self._voice.branch, spending.under_way
        tell_totals(self._kit, self._voice.emit, self._project, branch, spending.account, left)


def tell_totals(
    kit: "Kit", emit: Callable[[Event], None], project: Project, branch: str, turn: str, without: str = ""
) -> None:
    """Say what was used until now, by this and by all other programs of the home.

    The request with the id `without` is not counted.
    """
    totals = kit.spending.totals(project, branch, turn, without)
    if totals:
        costs = kit.spending.branches(project, without)
        told = UsageTotalled(at=kit.clock(), worker=kit.name, branch=branch, totals=totals, branches=costs)
        emit(told)

"""The events that tell of tokens and money; `events` names them with all the others."""

from typing import Literal

from copilot.vocabulary.event_base import Event, TurnEvent
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.values import ModelChoice, Usage

TotalScope = Literal["turn", "branch", "project", "day"]
MissCause = Literal["changed", "expired", "unknown"]
SectionKind = Literal["", "tools", "system", "files", "branch", "message"]


@frozen
class UsageReported(TurnEvent):
    """What the provider counted for one request. `seconds` from sending to the closing event.

    `sha256` is that of the body that was sent, as `RequestPreviewed` has it. `usd` is what it cost by the
    price table, None where no price is known.
    """

    round: int
    usage: Usage
    seconds: float
    sha256: str = ""
    usd: float | None = None


@frozen
class UsageTotal:
    """The sum over requests of all programs that share this home. `name` is the turn's, the day's, ...

    `usd` is what they cost; of it `open_usd` is the most that requests without an end may have cost, and
    `estimated` requests broke off and are estimated. `unpriced` requests have no price and are not in `usd`.
    """

    scope: TotalScope
    name: str
    requests: int
    usage: Usage
    usd: float
    open_usd: float = 0.0
    unpriced: int = 0
    estimated: int = 0
    cap_usd: float | None = None


@frozen
class BranchCost:
    """What the requests of a branch have cost; `unpriced` of them have no price and are not in `usd`."""

    branch: str
    requests: int
    usd: float
    unpriced: int = 0


@frozen
class UsageTotalled(Event):
    """What has been used until now: on this day, in this project, on this branch, in its latest turn, and on
    each branch of the project that has used anything."""

    branch: str
    totals: tuple[UsageTotal, ...]
    branches: tuple[BranchCost, ...] = ()


@frozen
class CacheMissed(TurnEvent):
    """The service read less from its cache than the request before on this branch had left there.

    `kind` and `name` are the first section that differs, "" where `cause` is another: "expired" when
    nothing changed but `idle_seconds` are more than the service keeps a prefix. `tokens` were paid as new;
    `usd` is what that cost more than reading them would have, None where no price is known.
    """

    round: int
    cause: MissCause
    kind: SectionKind
    name: str
    tokens: int
    usd: float | None
    idle_seconds: float


@frozen
class TokensCounted(Event):
    """The answer to `CountTokens`: what the provider's own endpoint counts, beside our estimate."""

    request_id: str
    branch: str
    model: ModelChoice
    tokens: int
    estimated: int

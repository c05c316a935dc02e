"""What requests may cost and did cost: the caps are asked before each, the ledger knows of it until its end.

`Spending` is a program's, `TurnSpending` a turn's. A request is reserved at its most before it leaves
(`TurnSpending.before`), or, where there is no cap to hold, as soon as it has left. Each attempt of sending it
runs through `Sending.stream`, which settles it by what the service counted. An attempt that was refused costs
nothing. One that broke off may have cost something, so it is put down at an estimate: the whole prompt as
new, and what was heard of the answer.
"""

from collections.abc import Callable, Generator
from contextlib import closing

from copilot.ai.approval import Gate
from copilot.ai.spending import Spending
from copilot.ai.voice import Voice
from copilot.ai.weight import Estimate
from copilot.providers.base import Chunk, Done, NoticeChunk, Request, TextChunk, ThinkingChunk
from copilot.record.ledger import Over
from copilot.record.ledger_lines import Ended, Spent
from copilot.tokens.charging import Bounds
from copilot.tokens.prices import cost
from copilot.vocabulary.approvals import SpendDetail
from copilot.vocabulary.caps import CAP_SCOPES, Caps, CapScope
from copilot.vocabulary.errors import (
    AuthError,
    BadRequestError,
    CapError,
    ContextTooLongError,
    NetworkError,
    ProviderError,
    QuotaError,
    RateLimitedError,
    RejectedError,
    StorageError,
    UnavailableError,
)
from copilot.vocabulary.frozen import field, mutable, replace
from copilot.vocabulary.money import cap_words, costs
from copilot.vocabulary.text import sentences
from copilot.vocabulary.values import Project, Usage

_REFUSALS = (AuthError, BadRequestError, ContextTooLongError, RateLimitedError, QuotaError, UnavailableError)
"""Answers to a request that no service charges for, as long as nothing of an answer came before."""

_NO_CAPS = Caps()


@mutable(kw_only=True)
class TurnSpending:
    """Of one turn. `gate` asks the person; `estimate` counts tokens of a text for the turn's model.

    What it uses counts for the turn `root`, from which it follows; "" for its own. `defer` is handed what
    puts down how a request ended, and, where there is no cap, that the next one leaves; it calls that when
    that one has left, or before anything else that takes long. Without it nothing waits, and several threads
    may send. `under_way` is the id of what is on its way.
    """

    spending: Spending
    project: Project
    voice: Voice
    gate: Gate
    estimate: Estimate
    root: str = ""
    defer: Callable[[Callable[[], None]], None] | None = None
    under_way: str = field(default="", init=False)
    leaving: "Leaving | None" = field(default=None, init=False)
    ended: Ended | None = field(default=None, init=False)
    _unpriced_allowed: bool = field(default=False, init=False)

    @property
    def caps(self) -> Caps:
        """The person's, lowered by the project's own."""
        return self.spending.caps.lowered(self.project.caps)

    def before(self, request: Request, tokens: int, number: int) -> "Sending":
        """Reserve round `number`'s request, of about `tokens`; ask the person where a cap may be passed.

        Raises CapError where it is not to be sent, StorageError where a cap cannot be held, since the ledger
        cannot be written; TurnCancelledError.
        """
        found = self.spending.bounds(request, tokens, self.estimate)
        sending = Sending(turn=self, request=request, tokens=tokens, number=number, bounds=found)
        sending.reserve()
        return sending

    def put_down(self) -> None:
        """Put down how the last request ended and that the next one leaves, where that waits."""
        ended, self.ended = self.ended, None
        leaving, self.leaving = self.leaving, None
        self.write(ended, leaving)
        if leaving is not None and not leaving.booked:
            self.ended = ended  # the ledger took neither: once more with the next

    def write(self, ended: Ended | None, leaving: "Leaving | None") -> None:
        """Put down the one, the other, or both at once."""
        ledger = self.spending.ledger
        try:
            if leaving is not None:
                ledger.reserve(leaving.id, leaving.spent, _NO_CAPS, ended=ended)
                leaving.booked = True
            elif ended is not None:
                ledger.end(ended)
        except StorageError as error:
            self.trouble(error)
        self.look_at_ledger()

    def allow_unpriced(self, model: str) -> None:
        """Say once that a model has no price; with a cap, ask once a turn. Raises CapError."""
        if self.spending.once(f"unpriced {model}"):
            self.voice.warn(
                f"No price is known for {model}: what it costs is not counted, and no cap can hold for it. "
                f'You can set one under [prices."{model}"] in config.toml.'
            )
        for scope in CAP_SCOPES:
            cap = self.caps.of(scope)
            if cap is not None and not self._unpriced_allowed:
                self.ask(Over(scope=scope, cap_usd=cap, spent_usd=self.used(scope)), None, model)
                self._unpriced_allowed = True

    @property
    def account(self) -> str:
        """The id of the turn that its requests count for."""
        return self.root or self.voice.turn_id

    def used(self, scope: CapScope) -> float:
        """USD that a cap's scope has used. Raises StorageError."""
        spending, voice = self.spending, self.voice
        sums = spending.ledger.sums(spending.clock(), self.project.name, voice.branch, self.account)
        return sums[scope].usd

    def ask(self, over: Over, bounds: Bounds | None, model: str) -> None:
        """Ask the person whether the request may go all the same. Raises CapError, TurnCancelledError."""
        detail = SpendDetail(
            scope=over.scope,
            cap_usd=over.cap_usd,
            spent_usd=over.spent_usd,
            least_usd=None if bounds is None else bounds.least,
            most_usd=None if bounds is None else bounds.most,
            model=model,
        )
        try:
            self.gate.approve(detail)
        except RejectedError as error:
            price = costs(detail.least_usd, detail.most_usd)
            told = "may pass it" if bounds is not None else "cannot be held against it"
            raise CapError(
                f"the request was not sent: its cost ({price}) {told}, the cap is {cap_words(detail)}"
            ) from error

    def trouble(self, error: StorageError) -> None:
        """Say once that the ledger takes nothing; the turn goes on."""
        if self.spending.once("trouble"):
            self.voice.warn(sentences(f"What is used cannot be recorded: {error}", error.hint))

    def look_at_ledger(self) -> None:
        """Say once that the ledger was damaged."""
        damaged = self.spending.ledger.damaged
        if damaged and self.spending.once(f"damaged {damaged}"):
            lines = "1 line" if damaged == 1 else f"{damaged} lines"
            self.voice.warn(
                f"{lines} of the ledger could not be read and are not counted. The file as it was is kept "
                "beside it in state/, with .broken in its name."
            )


@mutable(kw_only=True)
class Leaving:
    """What a request may cost at the most; `booked` when the ledger has it."""

    id: str
    spent: Spent
    booked: bool = False


@mutable(kw_only=True)
class Sending:
    """One request on its way, attempt by attempt. `usd` is what it cost, None as long as nobody knows.

    `close` it when no attempt follows. Caps that the person let it pass are not asked for again, unless an
    attempt cost something meanwhile.
    """

    turn: TurnSpending
    request: Request
    tokens: int
    number: int
    bounds: Bounds | None
    usd: float | None = None
    _id: str = ""
    _place: Spent | None = None
    _leaving: Leaving | None = None
    _begun: bool = False
    _allowed: frozenset[CapScope] = frozenset()

    @property
    def least_usd(self) -> float | None:
        """See `bounds`."""
        return None if self.bounds is None else self.bounds.least

    @property
    def most_usd(self) -> float | None:
        """See `bounds`."""
        return None if self.bounds is None else self.bounds.most

    def close(self) -> None:
        """Release what was reserved for an attempt that never began."""
        if self._place is not None and not self._begun:
            self._release()

    def reserve(self) -> None:
        """Put the next attempt into the ledger. Raises as `TurnSpending.before`."""
        turn, voice, model = self.turn, self.turn.voice, self.request.model
        spending = turn.spending
        if self.bounds is None:
            turn.allow_unpriced(f"{model.provider}/{model.model}")
        place = spending.ledger.place(
            spending.clock(),
            turn.project.name,
            voice.branch,
            turn.account,
            self.number,
            model.provider,
            model.model,
        )
        self._id = turn.gate.new_id()
        if self.bounds is not None and self.bounds.most > 0:
            self._reserve(replace(place, usd=self.bounds.most), self.bounds)
        self._place, self._begun = place, False

    def stream(self, start: Callable[[], Generator[Chunk]]) -> Generator[Chunk]:
        """The chunks of one attempt: the ledger knows of it (see the head), and it is settled in the end."""
        if self._place is None:  # the attempt before this one has ended
            self.reserve()
        self._begun = True
        heard: list[str] = []
        try:
            with closing(start()) as chunks:
                for chunk in chunks:
                    match chunk:
                        case TextChunk(text=text) | ThinkingChunk(text=text):
                            heard.append(text)
                        case Done(usage=usage):
                            self._settle(usage, heard, whole=True)
                        case NoticeChunk():
                            pass
                    yield chunk
        except ProviderError as error:
            unsent = isinstance(error, NetworkError) and not error.sent
            if not heard and (unsent or isinstance(error, _REFUSALS)):
                self._release()
            raise
        finally:
            if self._place is not None:
                self._settle(Usage(), heard)

    def _reserve(self, spent: Spent, bounds: Bounds) -> None:
        turn = self.turn
        caps = turn.caps
        leaving = Leaving(id=self._id, spent=spent)
        if caps.any:
            turn.put_down()  # what the last one cost counts, and no longer what it may cost
            while (over := turn.spending.ledger.reserve(self._id, spent, caps, self._allowed)) is not None:
                turn.ask(over, bounds, f"{spent.provider}/{spent.model}")
                self._allowed = self._allowed.union((over.scope,))
            leaving.booked = True
            turn.look_at_ledger()
        elif turn.defer is not None:  # nothing is to be held: nobody need wait for it
            turn.leaving = leaving
            turn.defer(turn.put_down)
        else:
            turn.write(None, leaving)
        turn.under_way, self._leaving = self._id, leaving

    def _settle(self, usage: Usage, heard: list[str], *, whole: bool = False) -> None:
        """Put down what was used; an estimate where the service told nothing. What is `whole` may wait."""
        estimated = not usage.input_tokens
        if estimated:
            usage = Usage(input_tokens=self.tokens, output_tokens=self.turn.estimate("".join(heard)))
        price = self.turn.spending.price(self.request.model)
        usd = None if price is None else cost(usage, price)
        if price is not None and usd is not None and estimated:
            usd = max(usd, cost(replace(usage, cache_write_tokens=usage.input_tokens), price))
        self.usd = usd
        place, self._place, self._allowed = self._place, None, frozenset()
        turn = self.turn
        booked = self._is_booked()
        turn.put_down()
        turn.under_way = ""
        if booked:
            ended = Ended(id=self._id, usage=usage, usd=usd, estimated=estimated)
        elif place is not None:
            ended = Ended(id=self._id, spent=place.settled(usage, usd, estimated=estimated))
        else:
            return
        if whole and turn.defer is not None:
            turn.ended = ended
            turn.defer(turn.put_down)
        else:
            turn.write(ended, None)

    def _release(self) -> None:
        self._place, self.turn.under_way = None, ""
        try:
            if self._is_booked():
                self.turn.spending.ledger.release(self._id)
        except StorageError as error:
            self.turn.trouble(error)

    def _is_booked(self) -> bool:
        """Whether the ledger has it as reserved. If not, it never will: the request's end says all of it."""
        leaving, self._leaving = self._leaving, None
        if leaving is not None and self.turn.leaving is leaving:
            self.turn.leaving = None
        return leaving is not None and leaving.booked

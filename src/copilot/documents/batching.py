"""Questions that go to the provider's own batches: sent together, answered in a day, at half the price.

What is on its way is kept in the store, so that any later run collects it. In the ledger a batch is
one entry: reserved at its most when it is sent, settled when it is collected.
"""

from collections.abc import Callable, Mapping

from copilot.documents.asking import Asker, Question, answer_text
from copilot.documents.store import SentBatch, Store, marked
from copilot.documents.tidying import tidied
from copilot.providers.base import Batching, Cancelled, Request
from copilot.record.ledger import Ledger
from copilot.tokens.charging import Bounds
from copilot.tokens.prices import cost
from copilot.vocabulary.caps import CapScope
from copilot.vocabulary.errors import CopilotError, NetworkError, ProviderError
from copilot.vocabulary.frozen import field, frozen, mutable, replace
from copilot.vocabulary.values import Usage

SHARE = 0.5
"""Of the ordinary price, at all three services (their pages on batches, November 2026)."""
MOST_REQUESTS = 2_000
MOST_CHARACTERS = 8_000_000
"""Of one batch: Gemini takes 20 MB inline, the others more."""
LOST_SECONDS = 900.0
"""After which a batch that the service does not name never arrived: until then it may not be listed yet."""


@mutable
class Collected:
    """`waiting` requests are on their way; `answered` came now; `failed` are keys that were not answered."""

    waiting: int = 0
    answered: int = 0
    failed: dict[str, str] = field(default_factory=dict[str, str])


@frozen
class Sender:
    """Sends and collects for one model. `service` tells the provider and its address apart from others."""

    asker: Asker
    batching: Batching
    store: Store
    service: str
    new_id: Callable[[], str]
    cancelled: Cancelled

    def waiting(self) -> frozenset[str]:
        """The keys of questions that are on their way."""
        return frozenset(key for batch in self.store.batches(self.service) for key in batch.names.values())

    def collect(self) -> Collected:
        """Take in what has ended. Raises ProviderError, StorageError, TurnCancelledError."""
        found = Collected()
        for sent in self.store.batches(self.service):
            batch = self._named(sent, found)
            if batch is None:
                continue
            state = self.batching.batch_state(batch.id, self.cancelled)
            if not state.ended:
                found.waiting += len(batch.names)
            else:
                self._take(batch, state.trouble, found)
        return found

    def _named(self, batch: SentBatch, found: Collected) -> SentBatch | None:
        """The batch with its id; None where the program ended before it heard one, and it is not there."""
        if not batch.marker:
            return batch
        known = frozenset(one.id for one in self.store.batches(self.service))
        id_ = self.batching.find_batch(batch.marker, frozenset(batch.names), known, self.cancelled)
        if id_:
            self.store.name_batch(self.service, batch.id, id_)
            return replace(batch, id=id_)
        if id_ is None or self.asker.spending.spending.clock() - batch.sent < LOST_SECONDS:
            found.waiting += len(batch.names)
        else:
            self._ledger.release(batch.place)
            self.store.forget_batch(self.service, batch.id)
        return None

    def send(self, questions: Mapping[str, Question]) -> int:
        """Send questions by their keys; how many batches they are. Raises CapError as well."""
        sent = 0
        for some in _parcels(questions):
            self._send(some)
            sent += 1
        return sent

    def _take(self, batch: SentBatch, trouble: str, found: Collected) -> None:
        used = Usage()
        answers: list[tuple[str, str]] = []
        missing = dict(batch.names)
        order = list(batch.names)
        told = () if trouble else self.batching.batch_answers(batch.id, self.cancelled)
        for at, one in enumerate(told):
            name = one.name or (order[at] if at < len(order) else "")
            key = missing.pop(name, None)
            if key is None:
                continue
            if one.done is None:
                found.failed[key] = one.error
                continue
            used = Usage.total((used, one.done.usage))
            try:
                text = tidied(answer_text(one.done, self.asker.keys))
            except ProviderError as error:
                found.failed[key] = str(error)
                continue
            answers.append((key, text))
        found.failed.update((key, trouble or "the service gave no answer") for key in missing.values())
        found.answered += len(answers)
        self.store.keep(answers)
        self._settle(batch, used)
        self.store.forget_batch(self.service, batch.id)

    def _send(self, questions: Mapping[str, Question]) -> None:
        requests: dict[str, Request] = {}
        most, priced = 0.0, True
        for key, question in questions.items():
            requests[key] = question.request(self.asker.model, self.asker.patience)
            bounds = self.asker.bounds(question)
            most += 0.0 if bounds is None else bounds.most * SHARE
            priced = priced and bounds is not None
        entry = self._reserve(len(requests), most if priced else None)
        marker = self.new_id()
        names = {key: key for key in questions}
        # Before it is sent: should the program end before the service has said its id, it is found by this.
        self.store.keep_batch(self.service, SentBatch(id=marked(marker), place=entry, names=names))
        try:
            id_ = self.batching.send_batch(requests, marker, self.cancelled)
        except CopilotError as error:
            if not (isinstance(error, NetworkError) and error.sent):  # else it may have arrived, and cost
                self._ledger.release(entry)
                self.store.forget_batch(self.service, marked(marker))
            raise
        self.store.name_batch(self.service, marked(marker), id_)

    @property
    def _ledger(self) -> Ledger:
        return self.asker.spending.spending.ledger

    def _reserve(self, requests: int, most: float | None) -> str:
        """Put the batch into the ledger. Raises CapError, StorageError."""
        turn = self.asker.spending
        model = self.asker.model
        if most is None:
            turn.allow_unpriced(f"{model.provider}/{model.model}")
        place = self._ledger.place(
            turn.spending.clock(),
            turn.project.name,
            turn.voice.branch,
            turn.voice.turn_id,
            1,
            model.provider,
            model.model,
        )
        entry = self.new_id()
        allowed: frozenset[CapScope] = frozenset()
        spent = replace(place, requests=requests, usd=most or 0.0)
        while (over := self._ledger.reserve(entry, spent, turn.caps, allowed)) is not None:
            turn.ask(over, Bounds(least=0.0, most=most or 0.0), f"{model.provider}/{model.model}")
            allowed = allowed.union((over.scope,))
        return entry

    def _settle(self, batch: SentBatch, used: Usage) -> None:
        price = self.asker.spending.spending.price(self.asker.model)
        usd = None if price is None else cost(used, price) * SHARE
        self._ledger.settle(batch.place, used, usd)
        self.asker.usd += usd or 0.0
        self.asker.used = Usage.total((self.asker.used, used))


def _parcels(questions: Mapping[str, Question]) -> list[dict[str, Question]]:
    """The questions in as few batches as the services take."""
    found: list[dict[str, Question]] = []
    size = 0
    for key, question in questions.items():
        long = sum(map(len, (question.system, *question.turns)))
        if not found or len(found[-1]) >= MOST_REQUESTS or size + long > MOST_CHARACTERS:
            found.append({})
            size = 0
        found[-1][key] = question
        size += long
    return found

"""One question to the model: counted, paid for and retried as a request of a turn, from any thread."""

import hashlib
import json
import threading
from collections.abc import Callable, Collection, Sequence
from functools import partial

from copilot.ai.retry import Attempts
from copilot.ai.turn_spending import TurnSpending
from copilot.ai.weight import MESSAGE_TOKENS
from copilot.providers.base import Done, Hold, Patience, Provider, Request, Throttle
from copilot.tokens.charging import Bounds
from copilot.vocabulary.errors import BadResponseError, ProviderError, RefusedError
from copilot.vocabulary.frozen import field, frozen, mutable
from copilot.vocabulary.messages import Message, Text
from copilot.vocabulary.text import clean, without_keys
from copilot.vocabulary.values import ModelChoice, Rate, Usage

ANSWER_TOKENS = 8_000
"""The most that an answer may have, thinking included; some 600 are wanted."""


@frozen(kw_only=False)
class Question:
    """A system prompt and what is said by turns, the person first and last."""

    system: str
    turns: tuple[str, ...]

    def key(self, model: ModelChoice) -> str:
        """What its answer is kept under: the hash of who is asked and of every word."""
        asked = [model.provider, model.model, self.system, *self.turns]
        return hashlib.sha256(json.dumps(asked, ensure_ascii=True).encode()).hexdigest()

    def request(self, model: ModelChoice, patience: Patience) -> Request:
        """As the provider is sent it."""
        messages = tuple(_message(at, words, model) for at, words in enumerate(self.turns))
        return Request(
            model=model,
            system=self.system,
            tools=(),
            messages=messages,
            cache_key=hashlib.sha256(self.system.encode()).hexdigest()[:32],
            patience=patience,
        )


def _message(at: int, words: str, model: ModelChoice) -> Message:
    if at % 2 == 0:
        return Message(id=f"d{at}", parent=None, role="user", parts=(Text(text=words),), at=0.0)
    return Message(
        id=f"d{at}",
        parent=None,
        role="assistant",
        parts=(Text(text=words),),
        at=0.0,
        provider=model.provider,
        model=model.model,
    )


@mutable(kw_only=True)
class Asker:
    """Asks one model. `attempts` and `spending` are of one run; `learn` hears what prompts really had.

    `used` sums up the tokens, `usd` what they cost as far as that is known.
    """

    model: ModelChoice
    provider: Provider
    attempts: Attempts
    spending: TurnSpending
    patience: Patience
    keys: Collection[str]
    cancelled: Callable[[], bool]
    learn: Callable[[int, int], None]
    used: Usage = field(default_factory=Usage)
    usd: float = 0.0
    asked: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def tokens(self, question: Question) -> int:
        """About how many tokens its prompt has."""
        return prompt_tokens(question, self.spending.estimate)

    def bounds(self, question: Question) -> Bounds | None:
        """What it will cost, in USD; None where no price is known."""
        request = question.request(self.model, self.patience)
        return self.spending.spending.bounds(request, self.tokens(question), self.spending.estimate)

    def ask(self, question: Question) -> str:
        """The answer's text. Raises ProviderError, CapError, StorageError, TurnCancelledError."""
        request = question.request(self.model, self.patience)
        tokens = self.tokens(question)
        with self._lock:
            self.asked += 1
            number = self.asked
            sending = self.spending.before(request, tokens, number)
        try:
            start = partial(sending.stream, lambda: self.provider.stream(request, self.cancelled))
            done = next((one for one in self.attempts.stream(start, tokens) if isinstance(one, Done)), None)
        finally:
            sending.close()
        if done is None:
            raise AssertionError("a provider's stream ended without Done and without an error")
        self._account(done.usage, sending.usd, tokens)
        return answer_text(done, self.keys)

    def _account(self, usage: Usage, usd: float | None, tokens: int) -> None:
        with self._lock:
            self.used = Usage.total((self.used, usage))
            self.usd += usd or 0.0
        self.learn(tokens, usage.input_tokens)


def prompt_tokens(question: Question, estimate: Callable[[str], int]) -> int:
    """About how many tokens its prompt has."""
    return estimate(question.system) + sum(estimate(words) + MESSAGE_TOKENS for words in question.turns)


def answer_text(done: Done, keys: Collection[str]) -> str:
    """What was said. Raises RefusedError, BadResponseError."""
    text = "".join(part.text for part in done.parts if isinstance(part, Text)).strip()
    if done.stop == "refused":
        raise RefusedError(f"the model declined to describe it ({done.detail})")
    if done.stop == "max_tokens":
        raise BadResponseError("the answer was cut off at the output limit", "Choose another model.")
    if not text:
        raise BadResponseError("the model gave no text", "Try again, or choose another model.")
    return without_keys(clean(text), keys)


class InTurn:
    """A throttle for several threads: what may go is counted at once, before another thread looks."""

    def __init__(self, inner: Throttle) -> None:
        self.inner = inner
        self.rate: Rate = inner.rate
        self._lock = threading.Lock()
        self._mine = threading.local()

    def hold(self, tokens: int, longest: float) -> Hold | None:
        """As the throttle has it; where it says None the request is counted."""
        with self._lock:
            held = self.inner.hold(tokens, longest)
            if held is None:
                self.inner.sent(tokens)
                self._mine.counted = True
            return held

    def sent(self, tokens: int) -> None:
        """Count what `hold` has not counted."""
        if getattr(self._mine, "counted", False):
            self._mine.counted = False
        else:
            self.inner.sent(tokens)

    def wait_asked(self, seconds: float) -> None:
        """The service asks for a pause."""
        self.inner.wait_asked(seconds)

    def answered(self) -> None:
        """The service answers again."""
        self.inner.answered()


def sum_bounds(found: Sequence[Bounds | None]) -> Bounds | None:
    """All of them together; None where one is not known."""
    known = [one for one in found if one is not None]
    if len(known) < len(found):
        return None
    return Bounds(least=sum(one.least for one in known), most=sum(one.most for one in known))


def of_one_file(error: ProviderError) -> bool:
    """Whether the error is of this question alone, so that the others may go on."""
    return error.kind in ("refused", "bad_response", "too_long")

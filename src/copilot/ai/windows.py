"""How long a prompt may be: what the person says, else what the model takes.

What a service counts differs from our estimate, and its answer needs room in the same window; so a tenth of
the window is kept free, and what the answer may take. A local server is asked once what it was started with.
Gemini, whose list of models has their windows, is asked for one that the price table lacks, once a prompt is
so long that it matters. Where nobody knows a window, `UNKNOWN_LIMIT_TOKENS` stand for it.
"""

import time
from collections import Counter
from collections.abc import Callable

from copilot.ai.history import PROMPT_LIMIT_TOKENS
from copilot.providers.base import Cancelled, Provider
from copilot.tokens.prices import Price, Prices
from copilot.vocabulary.errors import CopilotError
from copilot.vocabulary.frozen import replace
from copilot.vocabulary.values import Limits, ModelChoice

UNKNOWN_LIMIT_TOKENS = 128_000
"""For models of which no window is known: the one that most larger models have at least."""

HEADROOM = 0.9
"""Of a window, as estimates may be wrong (sdks.md: keep 10 % headroom)."""

ASK_SECONDS = 5.0
"""How long a service may take to say what its windows are."""

MOST_ASKED = 2
"""How often one is asked that does not say: Ollama knows only of a model that has answered before."""


def prompt_limit(
    model: ModelChoice, limits: Limits, window: int | None = None, max_output: int | None = None
) -> int:
    """Estimated tokens that a prompt for `model` may have; `window` and `max_output` where they are known.

    For Anthropic's models `PROMPT_LIMIT_TOKENS`, or less where a window is smaller. The person's own number
    stands as it is.
    """
    if limits.max_prompt_tokens:
        return limits.max_prompt_tokens
    claude = model.provider in ("anthropic", "rehearsal")
    if window is None:
        return PROMPT_LIMIT_TOKENS if claude else UNKNOWN_LIMIT_TOKENS
    answer = min(model.max_output_tokens, max_output or window, window // 4)
    if claude:
        return min(PROMPT_LIMIT_TOKENS, window - answer)
    return int(window * HEADROOM) - answer


LONG_PROMPT_CHARACTERS = UNKNOWN_LIMIT_TOKENS
"""From which on Gemini is asked: a prompt has fewer tokens than characters."""


class Windows:
    """The models' windows, from the price table and from services that say them."""

    def __init__(self, load: Callable[[], Prices], provider: Callable[[ModelChoice], Provider]) -> None:
        self._load = load
        self._prices: Prices | None = None
        self._provider = provider
        self._told: dict[tuple[str, str], int] = {}
        self._asked: Counter[tuple[str, str]] = Counter()

    def limit(
        self,
        model: ModelChoice,
        limits: Limits,
        cancelled: Cancelled | None = None,
        characters: Callable[[], int] | None = None,
    ) -> int:
        """Estimated tokens that a prompt may have.

        Where `cancelled` is given, a local server is asked; Gemini where `characters` counts a long prompt.
        """
        if limits.max_prompt_tokens:
            return limits.max_prompt_tokens
        if model.provider == "compatible":
            return prompt_limit(model, limits, self._told_by(model, cancelled))
        price = self._price(model)
        if price is not None:
            return prompt_limit(model, limits, price.window, price.max_output)
        if model.provider != "gemini":
            return prompt_limit(model, limits)
        long = characters is not None and characters() >= LONG_PROMPT_CHARACTERS
        return prompt_limit(model, limits, self._told_by(model, cancelled if long else None))

    def answering(self, model: ModelChoice) -> ModelChoice:
        """The model, asked for no longer an answer than it gives: services refuse a request for more."""
        price = None if model.provider == "compatible" else self._price(model)
        if price is None or not price.max_output or price.max_output >= model.max_output_tokens:
            return model
        return replace(model, max_output_tokens=price.max_output)

    def _price(self, model: ModelChoice) -> Price | None:
        if self._prices is None:
            self._prices = self._load()
        return self._prices.of(model.provider, model.model)

    def _told_by(self, model: ModelChoice, cancelled: Cancelled | None) -> int | None:
        """The window that a service says; None where it says none, or cannot be asked."""
        place = model.base_url, model.model
        if place in self._told or cancelled is None or self._asked[place] == MOST_ASKED:
            return self._told.get(place)
        self._asked[place] += 1
        until = time.monotonic() + ASK_SECONDS
        try:
            listed = self._provider(model).models(lambda: cancelled() or time.monotonic() > until)
        except CopilotError:
            return None  # the request itself will say what is wrong
        window = next((one.window for one in listed if one.name == model.model or not model.model), None)
        if window:
            self._told[place] = window
        return window
